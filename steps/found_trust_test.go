package steps_test

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// The trust policy of a role that was there before is its owner's: doctor changes what it asks of the reader's external ID once that is confirmed,
// before anything is set up too, and leaves everything else in it.
func TestDoctorMendsTheTrustOfAFoundRole(t *testing.T) {
	const other = `{"Sid":"Audit","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222233334444:root"},"Action":"sts:AssumeRole"}`
	statement := func(principal, condition string) string {
		return `{"Sid":"Vendor","Effect":"Allow","Principal":{"AWS":` + principal + `},"Action":"sts:AssumeRole"` + condition + `}`
	}
	const vendor = `"arn:aws:iam::999988887777:root"`
	for _, c := range []struct {
		name, trust, cause string
		keeps              []string // what of the policy stays
		byHand             bool
	}{
		{name: "another external ID", trust: statement(vendor, `,"Condition":{"StringEquals":{"sts:ExternalId":"xs-old"}}`) + "," + other, cause: "external-id-mismatch",
			keeps: []string{`"Sid":"Vendor"`, `"Sid":"Audit"`}},
		{name: "a further condition", trust: statement(vendor, `,"Condition":{"StringEquals":{"sts:ExternalId":"XS-7F3A91"},"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::999988887777:role/*"}}`),
			cause: "external-id-case", keeps: []string{`"aws:PrincipalArn":"arn:aws:iam::999988887777:role/*"`}},
		{name: "no statement for the reader", trust: other, cause: "trust-wrong", keeps: []string{`"Sid":"Audit"`}},
		{name: "a statement shared with another account", cause: "external-id-mismatch", byHand: true,
			trust: statement(`["arn:aws:iam::999988887777:root","arn:aws:iam::222233334444:root"]`, `,"Condition":{"StringEquals":{"sts:ExternalId":"xs-old"}}`)},
		{name: "a Deny that keeps the reader out", cause: "trust-wrong", byHand: true,
			trust: statement(vendor, `,"Condition":{"StringEquals":{"sts:ExternalId":"xs-7f3a91"}}`) + `,{"Effect":"Deny","Principal":{"AWS":` + vendor + `},"Action":"sts:AssumeRole"}`},
	} {
		inBubble(t, c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, perAccountFile)
			home := l.admin(payments)
			l.must(home.PutTrust(t.Context(), existingRole, `{"Version":"2012-10-17","Statement":[`+c.trust+`]}`))
			blocked := l.plan(s).Blocked()
			if len(blocked) != 1 || blocked[0].Step != steps.StepTrust {
				t.Fatalf("blocked are %v", blocked)
			}
			if offered := strings.Contains(blocked[0].HandOff, "flowgrant doctor -f FILE changes it once you confirm"); offered == c.byHand {
				t.Errorf("the plan says %q", blocked[0].HandOff)
			}
			r := l.diagnose(s)
			at := -1
			for i, found := range r.Causes {
				if found.ID == c.cause {
					at = i
				}
			}
			if at < 0 || (r.Causes[at].Mend == steps.MendHand) != c.byHand {
				l.blame(r)
				t.Fatalf("found are %s", causeIDs(r))
			}
			p := l.engine.RepairPlan(s, r)
			if c.byHand {
				if len(p.Steps) > 0 {
					t.Errorf("it would do %v", p.Steps)
				}
				return
			}
			if len(p.Steps) != 1 || !strings.Contains(strings.Join(p.Steps[0].Notes, " "), "the one that the portal shows") {
				t.Fatalf("it would do %+v", p.Steps)
			}
			l.mend(s, r)
			now, err := home.Trust(t.Context(), existingRole)
			l.must(err)
			for _, kept := range append(c.keeps, `"sts:ExternalId":"xs-7f3a91"`) {
				if !strings.Contains(parsed(now).String(), kept) {
					t.Errorf("%s is not in %s", kept, now)
				}
			}
			l.expect(l.apply(s), steps.ResultUnchanged)
		})
	}
}

// Without an external ID in the set-up nothing says what the trust policy should ask for.
func TestDoctorLeavesTheTrustOfAFoundRoleWhereItCannotKnow(t *testing.T) {
	inBubble(t, "no external ID", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, strings.Replace(perAccountFile, ", external_id: xs-7f3a91", "", 1))
		l.must(l.admin(payments).PutTrust(t.Context(), existingRole,
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222233334444:root"},"Action":"sts:AssumeRole"}]}`))
		if p := l.engine.RepairPlan(s, l.diagnose(s)); len(p.Steps) > 0 {
			t.Errorf("it would do %v", p.Steps)
		}
	})
}
