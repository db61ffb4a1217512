package steps_test

import (
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// Two set-ups plan on a bucket without a policy before either has written one: the second keeps the statements of the first.
func TestTheFirstStatementsInABucketPolicyStay(t *testing.T) {
	inBubble(t, "twins", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		home, err := l.cloud("").Account(t.Context(), "444455556666", "aws", awsops.Credentials{AssumeRole: "OrganizationAccountAccessRole"})
		l.must(err)
		l.must(home.CreateBucket(t.Context(), awsops.NewBucket{Name: "without-policy", Region: "us-east-1"}))
		one := setup(t, centralFile, "central-flow-logs", "without-policy")
		two := setup(t, centralFile, "central-flow-logs", "without-policy", "name: central-logs", "name: second-logs")
		first, second := l.plan(one), l.plan(two)
		l.expect(l.run(t.Context(), first, time.Minute), steps.ResultVerified)
		l.expect(l.run(t.Context(), second, time.Minute), steps.ResultVerified)
		if r := l.verify(one); r.Status != steps.ReportVerified {
			t.Errorf("the first set-up is %s", r.Status)
			l.tell(r)
		}
	})
}

// The same of a role without an S3 statement, to which each adds its own in an inline policy of one name.
func TestTheFirstStatementsInAnInlinePolicyStay(t *testing.T) {
	inBubble(t, "twins", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		home, err := l.cloud("").Account(t.Context(), "111122223333", "aws", awsops.Credentials{AssumeRole: "OrganizationAccountAccessRole"})
		l.must(err)
		role, err := home.Role(t.Context(), "ColorTokensCrossAccountAccessRole")
		l.must(err)
		for _, p := range role.Inline {
			if strings.Contains(p.Document, "s3:") {
				l.must(home.DeleteInline(t.Context(), role.Name, p.Name))
			}
		}
		one := setup(t, perAccountFile)
		two := setup(t, perAccountFile, "payments-flow-logs", "payments-second-logs", "name: payments-logs", "name: second-logs")
		first, second := l.plan(one), l.plan(two)
		l.expect(l.run(t.Context(), first, time.Minute), steps.ResultVerified)
		l.expect(l.run(t.Context(), second, time.Minute), steps.ResultVerified)
		if r := l.verify(one); r.Status != steps.ReportVerified {
			t.Errorf("the first set-up is %s", r.Status)
			l.tell(r)
		}
	})
}
