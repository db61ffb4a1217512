package steps

import (
	"context"
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
)

// PortalGuide is what remains to be done in the reader's portal.
type PortalGuide struct {
	Portal        *Portal  // the values to enter; nil for per-account
	Steps         []string // what to press, in order
	IfVerifyFails []string // what to check then
}

func portalValues(s Setup) *Portal {
	if s.Mode != Centralized {
		return nil
	}
	return &Portal{AccountName: s.Account.Name, AccountID: s.Account.ID, RoleName: s.Account.Role, ExternalID: s.Reader.ExternalID, BucketARN: s.Bucket.ARN}
}

// GuidePortal says what to do in the reader's portal after a run; nothing where there is no reader.
func GuidePortal(s Setup) PortalGuide {
	if s.toGroups() {
		return PortalGuide{}
	}
	if s.Mode != Centralized {
		return PortalGuide{Steps: []string{
			"There is nothing to enter for this set-up.",
			"Sensors → Cloud Connectors → account " + s.Account.ID + " → Storage Accounts: the bucket " + s.bucketName() + " should show there.",
		}}
	}
	return PortalGuide{
		Portal: portalValues(s),
		Steps: []string{
			"Cloud Connectors → AWS → Add Account",
			"Account Type: Flow Logs",
			"Enter Account Name, Account ID, IAM Role Name, External ID and S3 Bucket ARN as shown here",
			"Verify, then Connect",
		},
		IfVerifyFails: []string{
			"IAM Role Name and External ID must be the same as here, to the letter",
			fmt.Sprintf("the portal must show the ColorTokens account ID %s and this external ID; where it shows others, change the set-up and apply again", s.Reader.Account),
			"flowgrant verify " + s.Name + " shows which document does not let the reader in",
		},
	}
}

func planPortal(s Setup) PlannedStep {
	return PlannedStep{Step: StepPortal, Account: s.Account.ID, Target: s.reader().Name, Change: ChangeNone,
		Summary: "what remains to be done in the " + s.reader().Name + " portal",
		exec:    &execution{needs: nil, run: showPortal}}
}

// practised is all that the sandbox can prove: in AWS only the reader's own portal shows that it is connected.
const practised = "Verify of the practice portal succeeds with these values"

// showPortal says what only the portal can show; where the endpoint plays the reader, its own attempt is the proof.
func showPortal(ctx context.Context, t *task) (string, error) {
	s := t.setup()
	guide := GuidePortal(s)
	t.run.await(ctx, t, []need{{step: StepAccess}})
	if tried := t.run.readersReport(); tried != nil {
		t.run.prove(t, t.check("portal", Pass, practised, count(len(tried.Checks), "check")+" of the practice portal's reader itself", ""))
		return practised, nil
	}
	t.run.prove(t, t.check("portal", Unknown, "only the portal can show that the reader is connected", "", strings.Join(guide.Steps, "; ")))
	return strings.Join(guide.Steps, "; "), nil
}

func (r *run) readerTried(report awsops.ReaderReport) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reader = &report
}

func (r *run) readersReport() *awsops.ReaderReport {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reader
}
