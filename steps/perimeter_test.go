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
			r := l.apply(s)
			if r.Status != want {
				t.Errorf("the result is %s", r.Status)
				l.tell(r.Report)
			}
		})
	}
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
