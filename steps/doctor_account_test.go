package steps_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

func (l *lab) diagnoseAccount() steps.Report {
	l.Helper()
	r, err := steps.NewEngine(l.cloud("payments")).DiagnoseAccount(l.Context())
	l.must(err)
	return r
}

// Without a set-up doctor does not wait for AWS to notice: it looks at what the flow logs need at their destination.
func TestDoctorWithoutSetupLooksAtDestinations(t *testing.T) {
	says := map[string]string{
		"bucket-policy-missing": `"Sid": "FlowLogsWrite"`, "bucket-policy-denies": "DenyOutsideUploads", "bucket-policy-wrong-account": `"Sid": "FlowLogsWrite"`,
		"bucket-policy-source-arn": `"Sid": "FlowLogsWrite"`, "bucket-deleted": "aws ec2 delete-flow-logs --region us-east-1", "key-disabled": "aws kms enable-key",
		"key-pending-deletion": "aws kms cancel-key-deletion", "key-policy-missing": `"Sid": "AllowLogDelivery"`, "key-policy-denies": "DenyOutside", "key-unavailable": "aws s3api put-bucket-encryption",
		"layout-hive": "aws-account-id=111122223333", "prefix-mismatch": "misplaced",
		"cwl-role-missing": "FlowLogsOfThisAccount", "cwl-role-trust": "FlowLogsOfThisAccount", "cwl-role-trust-source": "FlowLogsOfThisAccount", "cwl-role-denies": "Freeze",
		"cwl-role-permissions": "WriteFlowLogs", "cwl-describe-scope": "FindLogGroups", "cwl-group-missing": "aws logs create-log-group",
	}
	for id, part := range says {
		inBubble(t, id, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, perAccountFile)
			l.expect(l.apply(s), steps.ResultVerified)
			l.logsToGroup()
			time.Sleep(2 * time.Minute)
			if r := l.diagnoseAccount(); r.Status != steps.ReportVerified || len(r.Causes) > 0 {
				t.Fatalf("before the break it is %s, %s", r.Status, causeIDs(r))
			}
			l.must(l.world.Break(id))
			time.Sleep(time.Second)
			r := l.diagnoseAccount()
			at := slices.IndexFunc(r.Causes, func(c steps.Cause) bool { return c.ID == id || id == "prefix-mismatch" || id == "layout-hive" })
			if at != 0 || slices.ContainsFunc(r.Causes, func(c steps.Cause) bool { return c.ID == "check-failed" }) || r.Status != steps.ReportFailed {
				t.Errorf("found are %s, %s", r.Status, causeIDs(r))
				l.blame(r)
				return
			}
			if c := r.Causes[0]; !strings.Contains(c.Fix+c.Evidence, part) || c.Mend != steps.MendHand || strings.Contains(c.Fix, "apply") {
				t.Errorf("the fix is %s by %s", c.Fix, c.Mend)
			}
		})
	}
}

// What belongs to another account only its owner can see: that is said, and nothing is made up.
func TestDoctorWithoutSetupSaysWhatItCannotSee(t *testing.T) {
	inBubble(t, "foreign bucket", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile)
		l.expect(l.apply(s), steps.ResultVerified)
		r := l.diagnoseAccount()
		if r.Status != steps.ReportVerified || len(r.Causes) > 0 || !slices.ContainsFunc(r.Limits, func(l string) bool { return strings.Contains(l, "central-flow-logs is not of account") }) {
			t.Errorf("it is %s, %s, limits %q", r.Status, causeIDs(r), r.Limits)
		}
		l.must(l.admin(archive).DeleteBucketPolicy(t.Context(), "us-east-1", hubBucket))
		time.Sleep(30 * time.Minute)
		r = l.diagnoseAccount()
		if len(r.Causes) != 1 || r.Causes[0].ID != "check-failed" || !strings.Contains(r.Causes[0].Fix, `"Sid": "FlowLogsWrite"`) {
			t.Errorf("it is %s, %s", r.Status, causeIDs(r))
			l.blame(r)
		}
	})
}

// In the account that owns the bucket doctor without a set-up looks at what others deliver there.
func TestDoctorWithoutSetupLooksAtWhatOthersDeliver(t *testing.T) {
	for id, says := range map[string]string{"": "", "bucket-policy-denies": "DenyOutsideUploads", "key-disabled": "aws kms enable-key", "key-policy-missing": `"Sid": "AllowLogDelivery"`, "key-aws-managed-cross-account": "aws s3api put-bucket-encryption"} {
		inBubble(t, "others "+id, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			l.expect(l.apply(setup(t, keyedFile(l.flowLogsKey()))), steps.ResultVerified)
			if id != "" {
				l.must(l.world.Break(id))
			}
			time.Sleep(2 * time.Minute)
			l.calls.take(t)
			r, err := steps.NewEngine(l.cloud("log-archive")).DiagnoseAccount(l.Context())
			l.must(err)
			if slices.ContainsFunc(l.calls.take(t), func(c loggedCall) bool { return c.Write }) {
				t.Error("the diagnosis wrote")
			}
			at := slices.IndexFunc(r.Checks, func(c steps.Check) bool {
				return c.ID == "flow-logs.destination" && strings.Contains(c.Target, hubBucket)
			})
			switch {
			case at < 0:
				t.Errorf("nothing is told of the bucket: %+v", r.Checks)
			case id == "" && (r.Status != steps.ReportVerified || len(r.Causes) > 0 || !strings.Contains(r.Checks[at].Evidence, "flow logs of 111122223333, 222233334444 lie there")):
				t.Errorf("it is %s, %s; %+v", r.Status, causeIDs(r), r.Checks[at])
			case id != "" && (r.Status != steps.ReportFailed || len(r.Causes) != 1 || r.Causes[0].ID != id || r.Causes[0].Mend != steps.MendHand || !strings.Contains(r.Causes[0].Evidence+r.Causes[0].Fix, says) || strings.Contains(r.Causes[0].Fix, "flowgrant apply")):
				t.Errorf("it is %s, %s, fix %+v", r.Status, causeIDs(r), r.Causes)
			}
		})
	}
}
