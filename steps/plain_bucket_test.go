package steps_test

import (
	"testing"

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
		l.expect(l.run(t.Context(), first, 60e9), steps.ResultVerified)
		l.expect(l.run(t.Context(), second, 60e9), steps.ResultVerified)
		if r := l.verify(one); r.Status != steps.ReportVerified {
			t.Errorf("the first set-up is %s", r.Status)
			l.tell(r)
		}
	})
}
