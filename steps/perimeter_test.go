package steps_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// A bucket that keeps out whoever is not of the organization keeps out neither the role of ours nor the delivery.
func TestBucketOnlyForTheOrganization(t *testing.T) {
	for organization, want := range map[string]steps.ResultStatus{"o-sandbox001": steps.ResultVerified, "o-other00001": steps.ResultFailed} {
		inBubble(t, organization, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			a := l.admin(archive)
			text, err := a.BucketPolicy(t.Context(), "us-east-1", "archive-existing")
			l.must(err)
			l.must(a.PutBucketPolicy(t.Context(), "us-east-1", "archive-existing", parsed(text).With(policy.Statement{Sid: "OnlyOurs", Effect: policy.Deny,
				Principal: policy.Everyone(), Action: policy.One("s3:GetObject"), Resource: policy.One("arn:aws:s3:::archive-existing/*"),
				Condition: policy.Condition{{Operator: "StringNotEquals", Key: "aws:PrincipalOrgID", Values: policy.One(organization)},
					{Operator: "BoolIfExists", Key: "aws:PrincipalIsAWSService", Values: policy.One("false")}}}).String()))
			s := setup(t, central("central-flow-logs", "archive-existing"))
			l.calls.take(t)
			r := l.apply(s)
			if want == steps.ResultFailed && slices.ContainsFunc(l.calls.take(t), func(c loggedCall) bool { return c.Write }) {
				t.Error("something was written though the Deny was known before")
			}
			if want == steps.ResultFailed && (r.Failure == nil || !strings.Contains(r.Failure.Cause, "OnlyOurs") || !strings.Contains(r.Failure.Fix, "Deny")) {
				t.Errorf("the failure is %+v", r.Failure)
			}
			if r.Status != want {
				t.Errorf("the result is %s", r.Status)
				l.tell(r.Report)
			}
		})
	}
}

// From where the reader calls is not known here: a bucket that asks for it is neither refused nor praised.
func TestBucketOnlyForSomeAddresses(t *testing.T) {
	inBubble(t, "addresses", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, perAccountFile)
		l.expect(l.apply(s), steps.ResultVerified)
		a := l.admin(payments)
		text, err := a.BucketPolicy(t.Context(), "us-east-1", "payments-flow-logs")
		l.must(err)
		l.must(a.PutBucketPolicy(t.Context(), "us-east-1", "payments-flow-logs", parsed(text).With(policy.Statement{Sid: "Addresses", Effect: policy.Deny,
			Principal: policy.AWSPrincipal(role(payments)), Action: policy.One("s3:GetObject"), Resource: policy.One("arn:aws:s3:::payments-flow-logs/*"),
			Condition: policy.Condition{{Operator: "NotIpAddress", Key: "aws:SourceIp", Values: policy.One("203.0.113.0/24")}}}).String()))
		if blocked := l.plan(s).Blocked(); len(blocked) > 0 {
			t.Errorf("blocked is %+v", blocked)
		}
		r := l.verify(s)
		if !slices.ContainsFunc(r.Checks, func(c steps.Check) bool {
			return c.ID == "access.get" && c.Status == steps.Unknown && strings.Contains(c.Evidence, "Addresses")
		}) {
			t.Error("access.get is told to be known")
			l.tell(r)
		}
	})
}

// The role of a single account may read all of the bucket, which the plan says where other things may lie in it.
func TestPlanWarnsOfWhatElseCanBeRead(t *testing.T) {
	inBubble(t, "per-account, bucket that is there", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, perAccountFile)
		all := func(w string) bool {
			return strings.Contains(w, "every object") && strings.Contains(w, "payments-flow-logs")
		}
		if p := l.plan(s); slices.ContainsFunc(p.Warnings, all) {
			t.Errorf("a new bucket holds nothing else: %v", p.Warnings)
		}
		l.must(l.admin(payments).CreateBucket(t.Context(), awsops.NewBucket{Name: "payments-flow-logs", Region: "us-east-1"}))
		if p := l.plan(s); !slices.ContainsFunc(p.Warnings, all) {
			t.Errorf("the warnings are %v", p.Warnings)
		}
	})
}

// What a check says is what it found.
func TestEntryWithoutExternalIDIsNotPraised(t *testing.T) {
	inBubble(t, "per-account trust without external ID", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		l.must(l.admin(payments).PutTrust(t.Context(), "ColorTokensCrossAccountAccessRole", policy.AssumeRoleTrust("arn:aws:iam::999988887777:root", "").String()))
		r := l.apply(setup(t, perAccountFile))
		for _, c := range r.Report.Checks {
			if c.ID == "access.assume" && (c.Status != steps.Pass || strings.Contains(c.Summary, "nobody")) {
				t.Errorf("%s: %s (%s)", c.Status, c.Summary, c.Evidence)
			}
		}
	})
}
