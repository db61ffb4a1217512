package steps

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// wantedTrust lets the reader's role assume ours with exactly its external ID.
func (s Setup) wantedTrust() policy.Document {
	return policy.AssumeRoleTrust(s.readerPrincipal(), s.Reader.ExternalID)
}

// mendedTrust puts the reader's statement into a trust policy. The statement is recognised by principal and action. One that asks for exactly the
// external ID stays; in another only that is changed: what further conditions its owner gave it are kept.
func (s Setup) mendedTrust(current policy.Document) policy.Document {
	wanted := s.wantedTrust()
	if len(current.Statements) == 0 {
		return wanted
	}
	mended := current.Clone()
	var ours []policy.Statement
	kept := mended.Statements[:0]
	for _, st := range mended.Statements {
		if s.isReaderTrust(st) {
			st = s.askingExactly(st)
			if slices.ContainsFunc(ours, func(o policy.Statement) bool { o.Sid = st.Sid; return o.Equal(st) }) {
				continue
			}
			ours = append(ours, st)
		}
		kept = append(kept, st)
	}
	mended.Statements = kept
	if len(ours) == 0 {
		mended.Statements = append(mended.Statements, wanted.Statements[0])
	}
	if mended.Equal(current) {
		return mended
	}
	return withoutDeleted(mended, policy.TrustAdmits(current, s.Reader.Account, "", "").UniqueIDs)
}

// askingExactly makes the reader's statement ask for exactly the external ID, where it does not.
func (s Setup) askingExactly(st policy.Statement) policy.Statement {
	asks := st.Clone()
	asks.Condition = slices.DeleteFunc(asks.Condition, func(t policy.Test) bool { return !strings.EqualFold(t.Key, externalIDKey) })
	if s.exact(policy.New(asks)) {
		return st
	}
	var conditions policy.Condition
	for _, t := range st.Condition {
		if !strings.EqualFold(t.Key, externalIDKey) {
			conditions = append(conditions, t)
		}
	}
	st.Condition = append(s.wantedTrust().Statements[0].Condition, conditions...)
	return st
}

const externalIDKey = "sts:ExternalId"

// freed leaves of the conditions of the reader's statement those about the external ID, and about a time that is not now. Whether the reader meets the
// others cannot be seen from here.
func (s Setup) freed(st policy.Statement) policy.Statement {
	if s.isReaderTrust(st) {
		st.Condition = slices.DeleteFunc(slices.Clone(st.Condition), func(t policy.Test) bool { return !strings.EqualFold(t.Key, externalIDKey) && !untimely(t) })
	}
	return st
}

// untimely says whether a condition asks for a time that is not now. Source: IAM user guide, reference_policies_condition-keys, aws:CurrentTime.
func untimely(t policy.Test) bool {
	if key := strings.ToLower(t.Key); key != "aws:currenttime" && key != "aws:epochtime" {
		return false
	}
	now := time.Now().UTC()
	d := policy.New(policy.Statement{Effect: policy.Allow, Principal: policy.Everyone(), Action: policy.One("sts:AssumeRole"), Resource: policy.One("*"), Condition: policy.Condition{t}})
	const caller, role = "arn:aws:iam::000000000000:role/any", "arn:aws:iam::000000000000:role/trusting"
	return policy.Evaluate(policy.Request{Principal: caller, Action: "sts:AssumeRole", Resource: role, ResourceAccount: "000000000000",
		Context: map[string][]string{"aws:CurrentTime": {now.Format(time.RFC3339)}, "aws:EpochTime": {strconv.FormatInt(now.Unix(), 10)}}}, policy.Policies{Resource: &d}).Verdict != policy.Allowed
}

// notNow names the conditions of the reader's statements that ask for a time that is not now; empty: none does.
func (s Setup) notNow(d policy.Document) string {
	var found []string
	for i, st := range d.Statements {
		for _, t := range st.Condition {
			if s.isReaderTrust(st) && untimely(t) {
				found = append(found, fmt.Sprintf("statement %s lets it in only where %s is %s %s", orIndex(policy.Reason{Sid: st.Sid, Index: i}), t.Key, t.Operator, strings.Join(t.Values.Values(), ", ")))
			}
		}
	}
	return strings.Join(found, "; ")
}

// freedTrust is a trust policy as it is for a reader that meets the further conditions of its statement.
func (s Setup) freedTrust(d policy.Document) policy.Document {
	d = d.Clone()
	for i, st := range d.Statements {
		d.Statements[i] = s.freed(st)
	}
	return d
}

// furtherConditions names the conditions of the reader's statements besides the external ID, that may keep it out; empty: it gets in whatever they say.
func (s Setup) furtherConditions(d policy.Document) string {
	if policy.TrustAdmits(d, s.Reader.Account, s.readerPrincipal(), s.Reader.ExternalID).Admits ||
		!policy.TrustAdmits(s.freedTrust(d), s.Reader.Account, s.readerPrincipal(), s.Reader.ExternalID).Admits {
		return ""
	}
	var names []string
	for _, st := range d.Statements {
		for _, t := range st.Condition {
			if s.isReaderTrust(st) && !strings.EqualFold(t.Key, externalIDKey) {
				names = append(names, t.Operator+" "+t.Key+" "+strings.Join(t.Values.Values(), ", "))
			}
		}
	}
	return strings.Join(names, "; ")
}

// exact says whether a trust policy lets the reader in with its external ID, and with none or another does not.
func (s Setup) exact(d policy.Document) bool {
	f := policy.TrustAdmits(d, s.Reader.Account, s.readerPrincipal(), s.Reader.ExternalID)
	return f.Admits && f.RefusesNone && f.RefusesWrong
}

// withoutDeleted takes out the principals that were deleted: IAM refuses a document that names one, and they let nobody in.
// Source: IAM user guide, reference_policies_elements_principal.
func withoutDeleted(d policy.Document, ids []string) policy.Document {
	if len(ids) == 0 {
		return d
	}
	kept := d.Clone()
	kept.Statements = kept.Statements[:0]
	for _, st := range d.Clone().Statements {
		if st.Principal == nil || !slices.ContainsFunc(ids, st.Principal.AWS.Has) {
			kept.Statements = append(kept.Statements, st)
			continue
		}
		p := *st.Principal
		p.AWS = p.AWS.Without(ids...)
		if p.AWS.Len() == 0 {
			p.AWS = policy.Strings{}
		}
		if st.Principal = &p; p.Any || p.AWS.IsSet() || p.Service.IsSet() || p.Federated.IsSet() || p.CanonicalUser.IsSet() {
			kept.Statements = append(kept.Statements, st)
		}
	}
	return kept
}

// isReaderTrust says whether a statement lets exactly the reader's role, and nobody else, assume.
func (s Setup) isReaderTrust(st policy.Statement) bool {
	return st.Effect == policy.Allow && st.Principal != nil && slices.Equal(st.Principal.AWS.Values(), []string{s.readerPrincipal()}) &&
		!st.Principal.Service.IsSet() && !st.Principal.Federated.IsSet() &&
		len(st.Action.Values()) == 1 && strings.EqualFold(st.Action.Values()[0], "sts:AssumeRole")
}

func planTrust(s Setup, l *live) PlannedStep {
	p := PlannedStep{Step: StepTrust, Account: s.Account.ID, Target: s.Account.Role, Change: ChangeNone}
	if s.Mode == PerAccount {
		return planFoundTrust(s, l, p)
	}
	if l.role == nil {
		p.Change, p.After = ChangeCreate, text(s.wantedTrust().Pretty())
		p.Summary = "let " + s.readerPrincipal() + " assume the role with the external ID"
		p.Reason = "it comes with the new role"
		p.exec = &execution{needs: []need{{step: StepRole}}, run: proveTrust}
		if err := policy.CheckSize(policy.TrustPolicy, s.wantedTrust().String()); err != nil {
			p.Change, p.Reason, p.HandOff = ChangeBlocked, err.Error(), "ask for a shorter external ID"
		}
		return p
	}
	current, err := policy.Parse(l.role.Trust)
	if err != nil {
		p.Change, p.Summary, p.Reason, p.HandOff = ChangeBlocked, "the trust policy cannot be changed", "it cannot be understood: "+err.Error(), "mend the trust policy of the role"
		return p
	}
	wanted := s.mendedTrust(current)
	p.Before, p.After = text(current.Pretty()), text(wanted.Pretty())
	if reason := s.staysWrong(wanted); reason != "" {
		p.Change, p.Summary, p.Reason = ChangeBlocked, "the trust policy cannot be made right by adding to it", reason
		p.handOver("its owner changes that statement, which is not one of this set-up; where it is for the reader, to this one:\n"+s.wantedTrust().Statements[0].Pretty(), editTrust(l.role.Name)...)
		return p
	}
	if wanted.Equal(current) {
		p.Summary = "the role lets " + s.readerPrincipal() + " in with the external ID"
		return p
	}
	p.Change, p.Summary = ChangeUpdate, "let "+s.readerPrincipal()+" assume the role with the external ID"
	p.Reason = trustFault(s, current)
	if l.role.Stack != "" {
		return ownedByStack(p, l.role.Stack, s.wantedTrust().Pretty())
	}
	if err := policy.CheckSize(policy.TrustPolicy, wanted.String()); err != nil {
		p.Change, p.Reason, p.HandOff = ChangeBlocked, err.Error(), "take statements that are no longer needed out of the trust policy"
		return p
	}
	p.exec = &execution{needs: []need{{step: StepRole}}, run: writeTrust}
	return p
}

// staysWrong says what is wrong with a trust policy that has the reader's statement: other statements can let it in without the external ID,
// or keep it out.
func (s Setup) staysWrong(mended policy.Document) string {
	f := policy.TrustAdmits(s.freedTrust(mended), s.Reader.Account, s.readerPrincipal(), s.Reader.ExternalID)
	switch {
	case f.Everyone && !f.RefusesNone:
		return "a statement of the trust policy lets everybody in without an external ID"
	case !f.RefusesNone || !f.RefusesWrong:
		return "another statement of the trust policy lets account " + s.Reader.Account + " in without the right external ID"
	case !f.Admits && s.notNow(mended) != "":
		return "the reader may not come now: " + s.notNow(mended)
	case !f.Admits:
		return "a Deny statement of the trust policy keeps " + s.readerPrincipal() + " out"
	}
	return ""
}

func ownedByStack(p PlannedStep, stack, wanted string) PlannedStep {
	p.Change = ChangeBlocked
	p.Reason = fmt.Sprintf("the role belongs to the CloudFormation stack %s, which would undo the change at its next update (%s)", stack, p.Reason)
	p.HandOff = "change it in the template of the stack, to this:\n" + wanted
	return p
}

// trustFault says in words what is wrong with a trust policy.
func trustFault(s Setup, current policy.Document) string {
	f := policy.TrustAdmits(current, s.Reader.Account, s.readerPrincipal(), s.Reader.ExternalID)
	switch {
	case len(f.ExternalIDs) > 0 && !slices.Contains(f.ExternalIDs, s.Reader.ExternalID):
		return fmt.Sprintf("the trust policy asks for the external ID %s, the portal shows %s", strings.Join(f.ExternalIDs, ", "), s.Reader.ExternalID)
	case f.Admits && !f.RefusesNone:
		return "the trust policy lets the reader in without the external ID"
	case len(f.UniqueIDs) > 0:
		return "the trust policy names a principal that was deleted: " + strings.Join(f.UniqueIDs, ", ")
	default:
		return "the trust policy does not let the reader in as it should"
	}
}

// planFoundTrust checks the trust of a role that was there before; it is never written.
func planFoundTrust(s Setup, l *live, p PlannedStep) PlannedStep {
	if l.role == nil {
		p.Summary = "waits for the role"
		return p
	}
	blocked := func(reason string) PlannedStep {
		p.Change, p.Summary, p.Reason = ChangeBlocked, "the trust policy must let the reader in", reason
		change, commands := "its owner changes the statement in the trust policy of "+l.role.ARN+" to this one:\n"+s.foundWanted().Pretty(), editTrust(l.role.Name)
		if l.role.Stack != "" {
			change += "\nThe role belongs to the CloudFormation stack " + l.role.Stack + ", which undoes it at its next update: its template is to say the same."
		}
		if current, err := policy.Parse(l.role.Trust); err == nil {
			if mended, ok := s.mendedFoundTrust(current); ok {
				commands = replaceTrust(l.role.Name, l.role.Trust, mended.String())
				if l.role.Stack == "" {
					change = "flowgrant doctor -f FILE changes it once you confirm; or " + change
				}
			}
		}
		p.handOver(change, commands...)
		return p
	}
	current, err := policy.Parse(l.role.Trust)
	if err != nil {
		return blocked("it cannot be understood: " + err.Error())
	}
	p.Before, p.After = text(current.Pretty()), text(current.Pretty())
	f := policy.TrustAdmits(current, s.Reader.Account, "", s.Reader.ExternalID)
	switch {
	case len(f.Statements) == 0:
		return blocked("no statement of it names a principal of account " + s.Reader.Account)
	case s.Reader.ExternalID != "" && len(f.ExternalIDs) > 0 && !slices.Contains(f.ExternalIDs, s.Reader.ExternalID):
		return blocked(fmt.Sprintf("it asks for the external ID %s, not %s", strings.Join(f.ExternalIDs, ", "), s.Reader.ExternalID))
	case s.Reader.ExternalID != "" && !f.Admits:
		return blocked("it does not let account " + s.Reader.Account + " in with the external ID " + s.Reader.ExternalID)
	}
	p.Summary = "the role lets account " + s.Reader.Account + " in"
	if len(f.ExternalIDs) > 0 {
		p.Summary += " with an external ID"
	}
	if len(f.Others) > 0 {
		p.Notes = append(p.Notes, "it also trusts "+strings.Join(f.Others, ", "))
	}
	return p
}

// trustWarnings names what else a trust policy lets in.
func trustWarnings(s Setup, l *live) []string {
	if l.role == nil {
		return nil
	}
	current, err := policy.Parse(l.role.Trust)
	if err != nil {
		return nil
	}
	var warnings []string
	if s.Mode == Centralized {
		current = s.mendedTrust(current)
		if further := s.furtherConditions(current); further != "" {
			warnings = append(warnings, "role "+l.role.Name+": its statement for the reader has further conditions, which stay ("+further+"): whether the reader meets them only its own use shows")
		}
	}
	f := policy.TrustAdmits(current, s.Reader.Account, "", s.Reader.ExternalID)
	if f.Everyone {
		warnings = append(warnings, "role "+l.role.Name+": its trust policy names everybody (*)")
	}
	if len(f.Statements) > 0 && !f.RefusesNone {
		warnings = append(warnings, "role "+l.role.Name+": its trust policy lets account "+s.Reader.Account+" in without an external ID, so another customer of the reader could point it here")
	}
	if len(f.Others) > 0 && s.Mode == Centralized {
		warnings = append(warnings, "role "+l.role.Name+": its trust policy also lets in "+strings.Join(f.Others, ", "))
	}
	return warnings
}

// proveTrust looks at the trust that came with the new role, as the role step read it back.
func proveTrust(_ context.Context, t *task) (string, error) {
	s := t.setup()
	current, err := policy.Parse(t.live().getRole().Trust)
	if err != nil {
		return "", t.place().say("prove the trust policy", err.Error(), "apply again")
	}
	if !s.exact(s.freedTrust(current)) {
		return "", t.place().say("prove the trust policy", trustFault(s, current), "apply again")
	}
	return "it lets the reader in with the external ID, and with none or another it does not", nil
}

func (t *task) trustDocument(ctx context.Context) document {
	s, l := t.setup(), t.live()
	return document{
		kind: "trust", target: s.roleName(),
		read:  func() (string, error) { return l.home.Trust(ctx, s.roleName()) },
		write: func(d policy.Document) error { return l.home.PutTrust(ctx, s.roleName(), d.String()) },
		mend:  func(current policy.Document) (policy.Document, error) { return s.mendedTrust(current), nil },
		done:  func(text string) { l.updateRole(func(r *awsops.Role) { r.Trust = text }) },
	}
}

func writeTrust(ctx context.Context, t *task) (string, error) {
	if _, err := t.rewrite(ctx, t.trustDocument(ctx)); err != nil {
		return "", err
	}
	return proveTrust(ctx, t)
}
