package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// findTrust tells why the trust policy keeps the reader out, or lets in more than the reader.
func findTrust(d *diagnosis) []Cause {
	if d.l.role == nil {
		return nil
	}
	c := Cause{Account: d.s.Account.ID, Target: d.s.Account.Role, Mend: d.mendOf(StepTrust)}
	current, err := policy.Parse(d.l.role.Trust)
	if err != nil {
		c.ID, c.Evidence, c.Fix, c.Mend = "trust-wrong", "the trust policy cannot be understood: "+err.Error(), "mend the trust policy", MendHand
		return []Cause{c}
	}
	principal := ""
	if d.s.Mode == Centralized {
		principal = d.s.readerPrincipal()
	}
	wanted := d.s.Reader.ExternalID
	f := policy.TrustAdmits(current, d.s.Reader.Account, principal, wanted)
	fault, _ := d.s.entryFault(f)
	wrong := fault != "" || d.failed(string(StepTrust)) || d.s.pathFault(d.l.role) == "" && (d.failed("access.assume") || d.enteredWithoutID())
	if !wrong || fault == "" && d.onlyStrangers(current) {
		return d.portalDiffers()
	}
	c.Evidence = "the trust policy asks for the external ID " + quotedIDs(f.ExternalIDs) + ", and the reader comes with " + quotedIDs([]string{wanted})
	switch {
	case f.Admits:
		c.ID, c.Evidence = "trust-loose", d.looseness(current, f, fault)
	case len(f.ExternalIDs) == 0 && len(f.UniqueIDs) == 0 || slices.Contains(f.ExternalIDs, wanted) && len(f.UniqueIDs) == 0:
		c.ID, c.Evidence = "trust-wrong", orUnnamed(fault, "the trust policy is not as it should be")+": "+current.String()
	case len(f.UniqueIDs) > 0:
		c.ID, c.Evidence = "principal-recreated", fmt.Sprintf("the trust policy names %s: that is what IAM makes of a principal that was deleted, and one of the same name is not it", strings.Join(f.UniqueIDs, ", "))
	default:
		c.ID = differentID(f.ExternalIDs, wanted)
	}
	c.Fix = "flowgrant apply -f FILE puts the external ID of the set-up into the trust policy; compare it with the one that the portal shows first"
	if slices.Contains([]string{"principal-recreated", "trust-wrong", "trust-loose"}, c.ID) {
		c.Fix = "flowgrant apply -f FILE puts the reader's statement into the trust policy as it should be"
	}
	if when := d.s.notNow(current); when != "" && !f.Admits && c.ID == "trust-wrong" && d.s.Mode == Centralized {
		c.Evidence, c.Mend = "the reader may not come now: "+when, MendHand
		c.Fix = "change the time in that condition of the trust policy, or take the condition out, if it is not meant to keep the reader out." + trustCommands(d.s.Account.Role, d.s.Account.ID)
		return []Cause{c}
	}
	if c.Mend == MendApply {
		return []Cause{c}
	}
	c.Mend = MendHand
	if d.l.role.Tags[TagSetup] == d.s.Name && d.l.role.Stack == "" && d.s.Mode == Centralized {
		c.Mend, c.repair = MendChange, d.tightenTrust(current)
		c.Fix = "take every other statement for the reader out of the trust policy, so that only this one is left for it:\n" + d.s.wantedTrust().Statements[0].Pretty()
		return []Cause{c}
	}
	statement := d.s.foundWanted()
	if d.s.Mode == Centralized {
		statement = d.s.wantedTrust().Statements[0]
	} else if c.repair = d.mendFoundTrust(current); len(c.repair) > 0 {
		c.Mend = MendChange
		c.Fix = fmt.Sprintf("let the trust policy of %s ask for the external ID %q, after you have compared it with the one that the portal shows for this account. The statement for the reader:\n%s",
			d.s.Account.Role, wanted, statement.Pretty())
		return []Cause{c}
	}
	right, differing := d.sorted(current, f.Statements, statement)
	switch {
	case right != "" && c.ID == "trust-loose":
		c.Fix = fmt.Sprintf("its owner takes statement %s out of the trust policy: statement %s is enough for the reader", differing, right)
	case differing != "":
		c.Fix = fmt.Sprintf("its owner gives the role this statement in its trust policy, in the place of statement %s:\n%s", differing, statement.Pretty())
	default:
		c.Fix = "its owner adds this statement to the trust policy of the role:\n" + statement.Pretty()
	}
	return []Cause{c}
}

// sorted names the statements for the reader that are as they should be, and the others.
func (d *diagnosis) sorted(trust policy.Document, statements []int, wanted policy.Statement) (right, differing string) {
	var is, isNot []string
	for _, i := range statements {
		st := trust.Statements[i]
		name := orIndex(policy.Reason{Sid: st.Sid, Index: i})
		if st.Sid = wanted.Sid; st.Equal(wanted) {
			is = append(is, name)
		} else {
			isNot = append(isNot, name)
		}
	}
	return strings.Join(is, ", "), strings.Join(isNot, ", ")
}

func orUnnamed(fault, otherwise string) string {
	if fault == "" {
		return otherwise
	}
	return fault
}

// failed says whether one of these very checks fails.
func (d *diagnosis) failed(checks ...string) bool {
	return slices.ContainsFunc(d.report.Checks, func(c Check) bool { return c.Status == Fail && slices.Contains(checks, c.ID) })
}

// enteredWithoutID says whether the reader itself got in without its external ID, or with a wrong one.
func (d *diagnosis) enteredWithoutID() bool {
	return slices.ContainsFunc(d.report.Checks, func(c Check) bool {
		return c.ID == "access.real" && c.Status == Fail && strings.Contains(c.Summary, ": assume-role-")
	})
}

// looseness names what is too wide in the statements that let the reader in.
func (d *diagnosis) looseness(trust policy.Document, f policy.TrustFinding, fault string) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	for _, i := range f.Statements {
		st := trust.Statements[i]
		as := d.s.wantedTrust().Statements[0]
		if as.Sid = st.Sid; st.Equal(as) {
			continue
		}
		if as.Principal = st.Principal; d.s.Mode == PerAccount && st.Equal(as) {
			continue // whom of the reader's account the owner lets in is the owner's to say
		}
		name := "statement " + orIndex(policy.Reason{Sid: st.Sid, Index: i})
		named := policy.Principals{}
		if st.Principal != nil {
			named = *st.Principal
		}
		if named.Any {
			add("%s names everybody (*)", name)
		}
		for _, p := range named.AWS.Values() {
			if p == "*" || arnPart(p, 5) == "root" || p == d.s.Reader.Account {
				add("%s names %s", name, map[bool]string{true: "everybody (*)", false: "the whole account " + d.s.Reader.Account}[p == "*"])
			} else if p != d.s.readerPrincipal() {
				add("%s also names %s", name, p)
			}
		}
		asked := false
		for _, t := range st.Condition {
			if !strings.EqualFold(t.Key, "sts:ExternalId") {
				continue
			}
			asked = true
			if strings.HasSuffix(strings.ToLower(t.Operator), "ifexists") {
				add("%s asks with %s, which lets in whoever gives no external ID", name, t.Operator)
			} else if !strings.EqualFold(t.Operator, "StringEquals") {
				add("%s compares the external ID with %s", name, t.Operator)
			}
			if v := t.Values.Values(); len(v) != 1 || v[0] != d.s.Reader.ExternalID {
				add("%s takes the external ID %s", name, quotedIDs(v))
			}
		}
		if !asked {
			add("%s asks for no external ID", name)
		}
	}
	if len(parts) == 0 {
		parts = append(parts, orUnnamed(fault, "it differs from what the set-up makes"))
	}
	return strings.Join(parts, "; ") + ": " + trust.String()
}

// tightenTrust leaves in the trust policy of a role that this set-up made one statement for the reader; those for others stay.
func (d *diagnosis) tightenTrust(current policy.Document) []PlannedStep {
	s, home, role := d.s, d.l.home, d.l.role.Name
	mend := func(now policy.Document) (policy.Document, error) {
		wanted := s.mendedTrust(now)
		about := policy.TrustAdmits(wanted, s.Reader.Account, s.readerPrincipal(), s.Reader.ExternalID)
		kept := wanted.Statements[:0:0]
		for i, st := range wanted.Statements {
			if s.isReaderTrust(st) || st.Effect == policy.Allow && !slices.Contains(about.Statements, i) || st.Effect == policy.Deny && about.Admits {
				kept = append(kept, st)
			}
		}
		wanted.Statements = kept
		return wanted, nil
	}
	wanted, _ := mend(current)
	if s.staysWrong(wanted) != "" || wanted.Equal(current) {
		return nil
	}
	return ofRole(role, changeStep(StepTrust, s.Account.ID, "", role, "leave one statement for the reader in the trust policy", current, wanted, func(ctx context.Context, t *task) error {
		return t.rewriteTrust(ctx, home, role, mend)
	}))
}

func quotedIDs(list []string) string {
	if len(list) == 0 || len(list) == 1 && list[0] == "" {
		return "none"
	}
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = fmt.Sprintf("%q", v)
	}
	return strings.Join(out, " or ")
}

// differentID tells in what way none of some external IDs is the one that is wanted.
func differentID(ids []string, wanted string) (cause string) {
	switch {
	case slices.ContainsFunc(ids, func(id string) bool { return id != wanted && withoutSpace(id) == withoutSpace(wanted) }):
		return "external-id-whitespace"
	case slices.ContainsFunc(ids, func(id string) bool { return strings.EqualFold(id, wanted) }):
		return "external-id-case"
	}
	return "external-id-mismatch"
}

// portalDiffers tells that the reader's portal shows another external ID than the set-up has, where the endpoint has a portal to ask.
func (d *diagnosis) portalDiffers() []Cause {
	shown, wanted := d.shownID, d.s.Reader.ExternalID
	if shown == "" || shown == wanted || wanted == "" || !d.failing("access") {
		return nil
	}
	return []Cause{{ID: differentID([]string{shown}, wanted), Account: d.s.Account.ID, Target: d.s.Account.Role, Mend: MendHand,
		Evidence: fmt.Sprintf("the set-up and the trust policy have the external ID %q, and the portal shows %q", wanted, shown),
		Fix:      fmt.Sprintf("set reader.external_id: %s, then flowgrant apply -f FILE", shown)}}
}
