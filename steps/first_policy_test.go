package steps_test

import (
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// plannedTogether runs two set-ups that were both planned before either ran: both end verified, and the first stays so.
func (l *lab) plannedTogether(one, two steps.Setup) {
	l.Helper()
	first, second := l.plan(one), l.plan(two)
	l.expect(l.run(l.Context(), first, time.Minute), steps.ResultVerified)
	l.expect(l.run(l.Context(), second, time.Minute), steps.ResultVerified)
	if r := l.verify(one); r.Status != steps.ReportVerified {
		l.Errorf("the first set-up is %s", r.Status)
		l.tell(r)
	}
}

// Two set-ups plan on a bucket without a policy before either has written one: the second keeps the statements of the first.
func TestTheFirstStatementsInABucketPolicyStay(t *testing.T) {
	inBubble(t, "twins", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		l.must(l.admin(archive).CreateBucket(t.Context(), awsops.NewBucket{Name: "without-policy", Region: "us-east-1"}))
		one := setup(t, centralFile, "central-flow-logs", "without-policy")
		two := setup(t, centralFile, "central-flow-logs", "without-policy", "name: central-logs", "name: second-logs")
		l.plannedTogether(one, two)
	})
}

// The same of a role without an S3 statement, to which each adds its own in an inline policy of one name.
func TestTheFirstStatementsInAnInlinePolicyStay(t *testing.T) {
	inBubble(t, "twins", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		home := l.admin(payments)
		role, err := home.Role(t.Context(), "ColorTokensCrossAccountAccessRole")
		l.must(err)
		for _, p := range role.Inline {
			if strings.Contains(p.Document, "s3:") {
				l.must(home.DeleteInline(t.Context(), role.Name, p.Name))
			}
		}
		one := setup(t, perAccountFile)
		two := setup(t, perAccountFile, "payments-flow-logs", "payments-second-logs", "name: payments-logs", "name: second-logs")
		l.plannedTogether(one, two)
	})
}

// The bucket that two set-ups plan to make is there when the second comes to it. S3 in us-east-1 takes a second creation for success, elsewhere it
// is refused: either way the bucket is used as it is by then, and the policy that it has got stays.
func TestABucketThatSomebodyElseMadeFirst(t *testing.T) {
	for _, region := range []string{"us-east-1", "eu-west-1"} {
		inBubble(t, region, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			there := "create: true, region: " + region
			one := setup(t, centralFile, "create: true, region: us-east-1", there+", expire_after_days: 30")
			two := setup(t, centralFile, "create: true, region: us-east-1", there, "name: central-logs", "name: second-logs")
			first, second := l.plan(one), l.plan(two)
			l.expect(l.run(t.Context(), first, time.Minute), steps.ResultVerified)
			l.expect(l.run(t.Context(), second, time.Minute), steps.ResultVerified)
			l.expect(l.apply(one), steps.ResultUnchanged)
			l.expect(l.apply(two), steps.ResultUnchanged)
		})
		inBubble(t, "by hand in "+region, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, centralFile, "create: true, region: us-east-1", "create: true, region: "+region)
			planned := l.plan(s)
			home := l.admin(archive)
			l.must(home.CreateBucket(t.Context(), awsops.NewBucket{Name: "central-flow-logs", Region: region}))
			foreign := `{"Sid":"AuditTeamRead","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::central-flow-logs/audit/*"}`
			l.must(home.PutBucketPolicy(t.Context(), region, "central-flow-logs", policyOf(foreign)))
			l.expect(l.run(t.Context(), planned, time.Minute), steps.ResultVerified)
			b, err := home.Bucket(t.Context(), "central-flow-logs", region)
			l.must(err)
			if !strings.Contains(b.Policy, "AuditTeamRead") {
				t.Errorf("the policy has lost what somebody else put there: %s", b.Policy)
			}
			if strings.Contains(b.Policy, "TlsOnly") {
				t.Error("a bucket that somebody else made has become one without plain HTTP")
			}
		})
	}
}
