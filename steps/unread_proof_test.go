package steps_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// What the caller may not read is not known: it is no failure of a set-up that works, and no proof of it either.
func TestWhatMayNotBeReadIsUnknown(t *testing.T) {
	for _, c := range []struct {
		name, file string
		denied     []string
		still      []string // denied too, and no matter to the proof
	}{
		{"central", centralFile, []string{"iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:GetPolicyVersion", "s3:GetBucketEncryption", "s3:GetPublicAccessBlock", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy"},
			[]string{"cloudformation:DescribeStackResources"}},
		{"per account", perAccountFile, []string{"iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "s3:GetBucketEncryption"}, []string{"cloudformation:DescribeStackResources"}},
		{"log group", groups()(nil), []string{"iam:ListRolePolicies"}, []string{"cloudformation:DescribeStackResources"}},
	} {
		inBubble(t, c.name, func(t *testing.T) {
			state := filepath.Join(t.TempDir(), "sandbox.json")
			l := newLab(t, sandbox.Options{State: state})
			s := setup(t, c.file)
			l.expect(l.apply(s), steps.ResultVerified)
			time.Sleep(2 * time.Minute)
			prove := func(operation string, want steps.ReportStatus) {
				fault, err := sandbox.ParseFault(operation + "=deny")
				l.must(err)
				l := newLab(t, sandbox.Options{State: state, Faults: []sandbox.Fault{fault}})
				if r := l.verify(s); r.Status != want {
					t.Errorf("%s: %s", operation, r.Status)
					l.blame(r)
				}
				if r := l.diagnose(s); r.Status != want || len(r.Causes) > 0 {
					t.Errorf("%s: the diagnosis says %s, %s", operation, r.Status, causeIDs(r))
				}
			}
			for _, operation := range c.denied {
				prove(operation, steps.ReportUnproven)
			}
			for _, operation := range c.still {
				prove(operation, steps.ReportVerified)
			}
		})
	}
}
