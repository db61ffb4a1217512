package steps

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// lastWidens says what to do where another set-up still needs the scoped statement.
const lastWidens = "revoke what still needs it with --restore-scope too: the last one lets the statement cover every bucket again"

// widening is a policy of the role once --restore-scope is done with it.
type widening struct {
	document policy.Document
	state    policy.Widening
	scoped   []string // ARNs of the buckets that are still scoped in the role's policies: then nothing is widened
}

func (w widening) widens() bool {
	return w.state == policy.WidenRestored || w.state == policy.WidenRebuilt
}

// widening lets the S3 statement of a policy reach every bucket again, where that was asked for and no other bucket is scoped any more.
// before is the policy as it stands, after the same without the entries of the set-up.
func (v *revocation) widening(role *view, g granted, before, after policy.Document) widening {
	w := widening{document: after}
	if !v.options.RestoreScope {
		return w
	}
	for _, d := range append([]policy.Document{after}, g.others...) {
		w.scoped = append(w.scoped, policy.ScopedBuckets(d)...)
	}
	if len(w.scoped) == 0 {
		w.document, w.state = policy.WidenS3Read(before, after, v.keptPolicies(role, g)...)
	}
	return w
}

// keptPolicies lists what was kept of a policy: as it was before the set-up first changed it, then the others, the newest first.
func (v *revocation) keptPolicies(role *view, g granted) []policy.Document {
	kind, target := "inline-policy", role.setup.Account.Role+"/"+g.inline
	if g.arn != "" {
		kind, target = "managed-policy", g.arn
	}
	texts := []string{v.before(kind, target)}
	if v.known.Kept != nil {
		texts = append(texts, v.known.Kept(v.setup.Account.ID, kind, target)...)
	}
	var list []policy.Document
	for _, text := range texts {
		if d, err := parseOrEmpty(text); err == nil && len(d.Statements) > 0 {
			list = append(list, d)
		}
	}
	return list
}

// planScope says what --restore-scope comes to besides the policy that holds the grant: another policy of the role whose S3 statement was
// split, or that it cannot be done and why.
func (v *revocation) planScope(role *view, g granted, w widening, p *PlannedStep) []PlannedStep {
	if !v.options.RestoreScope {
		return nil
	}
	handOff := func(reason, fix string) []PlannedStep {
		return []PlannedStep{{Step: StepPermissions, Account: p.Account, Target: p.Target, Change: ChangeHandOff, Summary: "let the role's S3 statement cover every bucket again",
			Reason: reason, HandOff: fix}}
	}
	if len(w.scoped) > 0 {
		return handOff(v.stillScoped(role, w.scoped), lastWidens)
	}
	if !w.widens() && w.state != policy.WidenAlready {
		if step, ok := v.planOtherScope(role, g); ok {
			return []PlannedStep{step}
		}
	}
	switch {
	case w.widens():
		v.widens(w, p)
	case w.state == policy.WidenAlready, slices.ContainsFunc(g.others, func(d policy.Document) bool {
		_, state := policy.WidenS3Read(d, d)
		return state == policy.WidenAlready
	}):
		p.Notes = append(p.Notes, "the role's S3 statement covers every bucket already")
	case w.state == policy.WidenNothing:
		p.Notes = append(p.Notes, "the role had no S3 statement to restore before: the scoped one was added for this set-up")
	default:
		return handOff("nothing tells what it was: none of the role's policies has what scoping leaves of it, and no copy from before is kept here",
			"where the role had one, add this statement to its policy by hand; where it had none, revoke without --restore-scope\n"+
				policy.Statement{Effect: policy.Allow, Action: policy.List("s3:ListBucket", "s3:GetBucketLocation"), Resource: policy.One("*")}.Pretty())
	}
	return nil
}

// widens tells in a step and in the warnings that a policy becomes wider.
func (v *revocation) widens(w widening, p *PlannedStep) {
	v.warnings = append(v.warnings, "--restore-scope widens the role's access again: its S3 statement goes back to every bucket of the account")
	if w.state == policy.WidenRebuilt {
		p.Notes = append(p.Notes, "no copy of the S3 statement from before is kept here, so it is rebuilt from what stands there: it gets s3:ListBucket and s3:GetBucketLocation back on every bucket, "+
			"but not s3:GetObject, of which nothing tells whether it had it")
	}
}

// planOtherScope widens a policy of the role that does not hold the grant: the grant came back into one of its own after an earlier revocation.
func (v *revocation) planOtherScope(role *view, grant granted) (PlannedStep, bool) {
	l := role.live
	for _, g := range changeablePolicies(l.role) {
		current, err := policy.Parse(g.text)
		if err != nil || g.name() == grant.name() {
			continue
		}
		w := v.widening(role, g, current, current)
		if !w.widens() {
			continue
		}
		p := PlannedStep{Step: StepPermissions, Account: role.setup.Account.ID, Target: role.setup.Account.Role, Change: ChangeUpdate,
			Summary: "let the S3 statement in " + g.name() + " cover every bucket again, which is wider than it is now", Reason: "--restore-scope asks for it",
			Before: text(current.Pretty()), After: text(w.document.Pretty())}
		v.widens(w, &p)
		if l.role.Stack != "" {
			return ownedByStack(p, l.role.Stack, w.document.Pretty()), true
		}
		p.exec = &execution{grant: &g, run: func(ctx context.Context, t *task) (string, error) {
			_, err := v.takeGrant(ctx, t, role, g, true, func(d policy.Document) policy.Document { return d })
			return "the role's S3 statement covers every bucket again", err
		}}
		return p, true
	}
	return PlannedStep{}, false
}

// changeablePolicies lists the policies of a role that are its alone. What the others of them scope is looked at with the one that holds the grant.
func changeablePolicies(r *awsops.Role) []granted {
	var list []granted
	for _, p := range r.Inline {
		list = append(list, granted{inline: p.Name, text: p.Document})
	}
	for _, p := range r.Attached {
		if !p.AWS && p.Attachments <= 1 {
			list = append(list, granted{arn: p.ARN, text: p.Document})
		}
	}
	return list
}

// stillScoped names the buckets that need the scoped statement, and whose they are.
func (v *revocation) stillScoped(role *view, buckets []string) string {
	c := v.claims()
	var names []string
	for _, b := range buckets {
		who := c.grantsThrough(role.setup.Account.Role, b)
		name := "bucket " + arnPart(b, 5)
		if who != "" {
			name += " (" + who + ")"
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return cmp.Or(strings.Join(names, ", "), "another bucket") + " is still scoped in the role's policies, and needs that"
}
