package steps

import (
	"context"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// planGrant takes the buckets' entries out of the existing role's policy, and lets its S3 statement reach every bucket again where that was asked for.
func (v *revocation) planGrant(role *view) []PlannedStep {
	s, l, o := role.setup, role.live, v.options
	p := PlannedStep{Step: StepPermissions, Account: s.Account.ID, Target: s.Account.Role, Change: ChangeNone, Summary: "there is nothing of this set-up in the role's policies"}
	blocked := func(reason, fix string) []PlannedStep {
		p.Change, p.Summary, p.Reason, p.HandOff = ChangeBlocked, "the access cannot be taken back", reason, fix
		return []PlannedStep{p}
	}
	if l.role == nil {
		return []PlannedStep{p}
	}
	if len(l.role.Unreadable) > 0 {
		return blocked(l.role.Unreadable[0].Error(), "let the acting principal read the role's policies")
	}
	if !slices.ContainsFunc(v.answers, func(a Setup) bool { return a.Grant == GrantDirect }) {
		return []PlannedStep{planVendorRevoke(s, l, p)}
	}
	g, err := s.findGranted(l.role)
	if err != nil {
		return blocked(err.Error(), "mend that policy, then revoke again")
	}
	current, err := parseOrEmpty(g.text)
	if err != nil {
		return blocked("its policy cannot be understood: "+err.Error(), "mend that policy, then revoke again")
	}
	taken := v.withoutGrants(current, role)
	kept := v.grantsKept(role)
	wider := v.widening(role, g, current, taken)
	wanted := wider.document
	further := v.planScope(role, g, wider, &p)
	take := func(ctx context.Context, t *task) (string, error) {
		return v.takeGrant(ctx, t, role, g, wider.widens(), func(d policy.Document) policy.Document { return v.withoutGrants(d, role) })
	}
	p.Notes = append(p.Notes, kept...)
	if sameMeaning(wanted, current) {
		if len(kept) > 0 && g.text != "" && l.role.Stack == "" && !g.shared {
			p.Summary = "the reader's entries stay: another set-up grants them too"
			p.exec = &execution{run: take}
		}
		return append([]PlannedStep{p}, further...)
	}
	p.Change, p.Reason = ChangeUpdate, "it is what this set-up granted"
	p.Before, p.After = known(pretty(current)), known(pretty(wanted))
	var does []string
	if !sameMeaning(taken, current) {
		var buckets []string
		for _, b := range v.grantedBuckets() {
			buckets = append(buckets, b.setup.bucketName())
		}
		does = append(does, "take bucket "+strings.Join(buckets, ", ")+" out of "+g.name())
	}
	if wider.widens() {
		does = append(does, "let the S3 statement in "+g.name()+" cover every bucket again, which is wider than it is now")
	}
	p.Summary = strings.Join(does, ", and ")
	if len(does) == 1 && wider.widens() {
		p.Reason = "--restore-scope asks for it"
	}
	if len(wanted.Statements) == 0 {
		p.Change, p.Summary = ChangeDelete, "delete "+g.name()
	}
	switch {
	case l.role.Stack != "":
		return []PlannedStep{ownedByStack(p, l.role.Stack, pretty(wanted))}
	case g.shared:
		return blocked(g.name()+" is attached to others too, which would lose the same access", "give the role a policy of its own, then revoke again")
	}
	p.exec = &execution{grant: &g, run: take}
	if !o.RestoreScope {
		return []PlannedStep{p}
	}
	return append([]PlannedStep{p}, further...)
}

// withoutGrants takes the entries of every bucket of the set-up out of a policy, but those that another set-up grants through the same role.
func (v *revocation) withoutGrants(d policy.Document, role *view) policy.Document {
	c := v.claims()
	claimed := map[string]string{}
	for _, b := range v.grantedBuckets() {
		if who := c.grantsThrough(role.setup.Account.Role, b.setup.bareBucketARN()); who != "" {
			claimed[role.setup.Account.Role+" "+b.setup.bareBucketARN()] = who
			continue
		}
		a := role.setup
		a.Bucket = b.setup.Bucket
		d = a.withoutGrant(d, b.live.keyARN)
	}
	v.lists.Lock()
	defer v.lists.Unlock()
	if v.kept == nil {
		v.kept = map[string]string{}
	}
	for _, b := range v.grantedBuckets() {
		of := role.setup.Account.Role + " " + b.setup.bareBucketARN()
		v.kept[of] = claimed[of]
	}
	return d
}

// grantsKept says which buckets withoutGrants left readable through a role, and for whom: whoever they stay for may be taking its own back at
// this moment.
func (v *revocation) grantsKept(role *view) []string {
	v.lists.Lock()
	defer v.lists.Unlock()
	var notes []string
	for _, b := range v.grantedBuckets() {
		if who := v.kept[role.setup.Account.Role+" "+b.setup.bareBucketARN()]; who != "" {
			notes = append(notes, "bucket "+b.setup.bucketName()+" stays readable: "+who+" grants it too")
		}
	}
	return notes
}

// grantedBuckets lists the set-up's buckets, and those that its answers named and that are gone.
func (v *revocation) grantedBuckets() []*view {
	list := slices.Clone(v.buckets)
	for _, a := range v.answers {
		if !slices.ContainsFunc(list, func(b *view) bool { return b.setup.bareBucketARN() == a.bareBucketARN() }) {
			list = append(list, &view{a, &live{keyARN: a.Bucket.KMSKeyARN}})
		}
	}
	return list
}

// withoutGrant takes the set-up's entries out of a policy. The key's entry goes only with the last bucket, which may need it too.
func (s Setup) withoutGrant(d policy.Document, keyARN string) policy.Document {
	grant := s.directGrant(keyARN)
	ours, _ := d.Statement(s.reader().DirectSid)
	if len(ours.Resource.Without(grant.Resources()...).Values()) > 0 {
		grant.KeyARN = ""
	}
	return policy.UnscopeS3Read(d, grant)
}

// takeGrant writes the policy without what take takes out. Where it was to reach every bucket again and cannot any more, that is an error.
func (v *revocation) takeGrant(ctx context.Context, t *task, role *view, g granted, widens bool, take func(policy.Document) policy.Document) (string, error) {
	var last widening
	mend := func(d policy.Document) (policy.Document, error) {
		last = v.widening(role, g, d, take(d))
		return last.document, nil
	}
	if g.arn != "" {
		if _, err := t.writeManagedGrant(ctx, g, mend); err != nil {
			return "", err
		}
	} else if _, err := t.rewrite(ctx, t.inlineToTake(ctx, g, mend)); err != nil {
		return "", err
	}
	if len(last.scoped) > 0 && widens {
		return "", t.place().say("let the S3 statement of the role cover every bucket again", v.stillScoped(role, last.scoped)+" since the plan was made", lastWidens)
	}
	done := "what this set-up granted on bucket " + t.setup().bucketName() + " is gone from the role's policies"
	if kept := v.grantsKept(role); len(kept) > 0 {
		done = strings.Join(kept, "; ")
	}
	if widens {
		done += "; its S3 statement covers every bucket again"
	}
	return done, nil
}

func (t *task) inlineToTake(ctx context.Context, g granted, mend func(policy.Document) (policy.Document, error)) document {
	d := t.inlineDocument(ctx, g)
	d.mend = mend
	write := d.write
	d.write = func(w policy.Document) error {
		if len(w.Statements) == 0 {
			return t.live().home.DeleteInline(ctx, t.setup().Account.Role, g.inline)
		}
		return write(w)
	}
	return d
}

// planVendorRevoke leaves taking back to the vendor's script or portal.
func planVendorRevoke(s Setup, l *live, p PlannedStep) PlannedStep {
	if slices.Contains(s.denied(l, l.role), "access.get") {
		return p
	}
	p.Change, p.Reason = ChangeHandOff, "the set-up leaves the role's policies to "+string(s.Grant)
	p.Summary = "run " + s.reader().Name + "'s deployment script again without --storage-access"
	p.handOver("run the deployment script of the portal where it lies", s.deployment(l.region, ""))
	if s.Grant == GrantPortal {
		p.Commands = ""
		p.Summary = "revoke access to the bucket in the portal"
		p.HandOff = RevokePortal(s) + "; Sign in and update stack, Submit, then Revoke Access"
	}
	return p
}
