package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// strangers names what lets others than the reader's account into a role that this set-up made, which had no trust before, and how it goes. Whom a role
// that was there trusts besides is its owner's to say.
func (s Setup) strangers(role *awsops.Role) (says, fix string) {
	trust, err := policy.Parse(role.Trust)
	if err != nil || role.Tags[TagSetup] != s.Name {
		return "", ""
	}
	left, found := s.withoutStrangers(trust)
	if len(found) == 0 {
		return "", ""
	}
	fix = "take those principals out of the trust policy"
	if left = s.mendedTrust(left); len(left.Statements) > 0 {
		fix += fmt.Sprintf(": aws iam update-assume-role-policy --role-name %s --policy-document '%s'", role.Name, strings.ReplaceAll(left.String(), "'", `'\''`))
	}
	return strings.Join(found, "; "), fix
}

// withoutStrangers is a trust policy without those that are not of the reader's account, and says which statement lets in whom. Services of AWS act for
// the role's own account.
func (s Setup) withoutStrangers(trust policy.Document) (left policy.Document, found []string) {
	left = policy.Document{Version: trust.Version, ID: trust.ID}
	for i, st := range trust.Statements {
		others := policy.TrustAdmits(policy.New(st), s.Reader.Account, "", s.Reader.ExternalID).Others
		others = slices.DeleteFunc(others, func(who string) bool { return strings.Contains(who, ".amazonaws.com") && !strings.Contains(who, ":") })
		if st.Effect != policy.Allow || len(others) == 0 {
			left.Statements = append(left.Statements, st)
			continue
		}
		found = append(found, fmt.Sprintf("statement %s of the trust policy lets in %s", orIndex(policy.Reason{Sid: st.Sid, Index: i}), strings.Join(others, ", ")))
		if kept, some := withoutPrincipals(st, others...); some {
			left.Statements = append(left.Statements, kept)
		}
	}
	return left, found
}

// withoutPrincipals takes principals out of a statement that names others too; left is false where nobody remains, or where it names everybody.
func withoutPrincipals(st policy.Statement, gone ...string) (out policy.Statement, left bool) {
	p := st.Principal
	if p == nil || p.Any || p.AWS.Has("*") {
		return st, false
	}
	st, kept := st.Clone(), *p
	for _, list := range []*policy.Strings{&kept.AWS, &kept.Service, &kept.Federated, &kept.CanonicalUser} {
		if *list = list.Without(gone...); list.Len() == 0 {
			*list = policy.Strings{}
		}
	}
	st.Principal = &kept
	return st, kept.AWS.IsSet() || kept.Service.IsSet() || kept.Federated.IsSet() || kept.CanonicalUser.IsSet()
}

// findStrangers tells of principals of third parties in the trust policy of a role that this set-up made.
func findStrangers(d *diagnosis) []Cause {
	role := d.l.role
	if role == nil || d.s.GrantsNobody() || !d.failed("access.beyond") {
		return nil
	}
	says, fix := d.s.strangers(role)
	if says == "" {
		return nil
	}
	c := Cause{Account: d.s.Account.ID, Target: d.s.Account.Role, Evidence: says, Fix: fix, Mend: MendHand}
	if role.Stack != "" {
		c.Fix = "take those principals out of the trust policy in the template of the stack " + role.Stack
		return []Cause{c}
	}
	current, _ := policy.Parse(role.Trust) // it was parsed a moment ago
	mend := func(now policy.Document) (policy.Document, error) {
		left, _ := d.s.withoutStrangers(now)
		return d.s.mendedTrust(left), nil
	}
	wanted, _ := mend(current)
	home := d.l.home
	c.Mend, c.repair = MendChange, ofRole(role.Name, changeStep(StepTrust, d.s.Account.ID, "", role.Name, "take others than the reader out of the trust policy", current, wanted, func(ctx context.Context, t *task) error {
		return t.rewriteTrust(ctx, home, role.Name, mend)
	}))
	return []Cause{c}
}

// onlyStrangers says whether nothing is wrong with the reader's own entry once others are out of the trust policy.
func (d *diagnosis) onlyStrangers(trust policy.Document) bool {
	left, found := d.s.withoutStrangers(trust)
	return len(found) > 0 && d.l.role.Tags[TagSetup] == d.s.Name && d.s.exact(left) && d.s.mendedTrust(left).Equal(left)
}
