package steps_test

import (
	"path/filepath"
	"slices"
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

// A setting of the bucket that may not be read is left as it is, also where another one is changed.
func TestWhatMayNotBeReadIsNotWritten(t *testing.T) {
	inBubble(t, "expiry", func(t *testing.T) {
		state := filepath.Join(t.TempDir(), "sandbox.json")
		l := newLab(t, sandbox.Options{State: state})
		s := setup(t, centralFile)
		l.expect(l.apply(s), steps.ResultVerified)
		var denied []sandbox.Fault
		for _, operation := range []string{"s3:GetBucketEncryption", "s3:GetPublicAccessBlock"} {
			fault, err := sandbox.ParseFault(operation + "=deny")
			l.must(err)
			denied = append(denied, fault)
		}
		l = newLab(t, sandbox.Options{State: state, Faults: denied})
		s.Bucket.ExpireAfterDays = 30
		p := l.plan(s)
		l.calls.take(t)
		l.run(t.Context(), p, time.Minute)
		if w := l.writes(); !slices.Equal(w, []string{"s3:PutBucketLifecycleConfiguration"}) {
			t.Errorf("written: %v", w)
		}
	})
}
