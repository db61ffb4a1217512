package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// planGrant takes the buckets' entries out of the existing role's policy.
func (v *revocation) planGrant(role *view) PlannedStep {
	s, l, o := role.setup, role.live, v.options
	p := PlannedStep{Step: StepPermissions, Account: s.Account.ID, Target: s.Account.Role, Change: ChangeNone, Summary: "there is nothing of this set-up in the role's policies"}
	if l.role == nil {
		return p
	}
	blocked := func(reason, fix string) PlannedStep {
		p.Change, p.Summary, p.Reason, p.HandOff = ChangeBlocked, "the access cannot be taken back", reason, fix
		return p
	}
	if len(l.role.Unreadable) > 0 {
		return blocked(l.role.Unreadable[0].Error(), "let the acting principal read the role's policies")
	}
	if !slices.ContainsFunc(v.answers, func(a Setup) bool { return a.Grant == GrantDirect }) {
		return planVendorRevoke(s, l, p)
	}
	g, err := s.findGranted(l.role)
	if err != nil {
		return blocked(err.Error(), "mend that policy, then revoke again")
	}
	current, err := parseOrEmpty(g.text)
	if err != nil {
		return blocked("its policy cannot be understood: "+err.Error(), "mend that policy, then revoke again")
	}
	mend := func(d policy.Document) (policy.Document, error) { return v.withoutGrants(d, role, g), nil }
	wanted, _ := mend(current)
	if sameMeaning(wanted, current) {
		return p
	}
	var buckets []string
	for _, b := range v.grantedBuckets() {
		buckets = append(buckets, b.setup.bucketName())
	}
	p.Change, p.Summary = ChangeUpdate, "take bucket "+strings.Join(buckets, ", ")+" out of "+g.name()
	p.Reason = "it is what this set-up granted"
	p.Before, p.After = known(pretty(current)), known(pretty(wanted))
	if o.RestoreScope {
		p.Summary += ", and let the role's S3 statement cover every bucket again, which is wider than it is now"
	}
	if len(wanted.Statements) == 0 {
		p.Change, p.Summary = ChangeDelete, "delete "+g.name()
	}
	switch {
	case l.role.Stack != "":
		return ownedByStack(p, l.role.Stack, pretty(wanted))
	case g.shared:
		return blocked(g.name()+" is attached to others too, which would lose the same access", "give the role a policy of its own, then revoke again")
	}
	p.exec = &execution{run: func(ctx context.Context, t *task) (string, error) { return takeGrant(ctx, t, g, mend) }}
	return p
}

// withoutGrants takes the entries of every bucket of the set-up out of a policy, but those that another set-up grants through the same role.
func (v *revocation) withoutGrants(d policy.Document, role *view, g granted) policy.Document {
	c := v.claims()
	for _, b := range v.grantedBuckets() {
		if c.grantsThrough(role.setup.Account.Role, b.setup.bareBucketARN()) != "" {
			continue
		}
		a := role.setup
		a.Bucket = b.setup.Bucket
		d = a.withoutGrant(d, v.options, g, b.live.keyARN)
	}
	return d
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
func (s Setup) withoutGrant(d policy.Document, o RevokeOptions, g granted, keyARN string) policy.Document {
	grant := s.directGrant(keyARN)
	ours, _ := d.Statement(s.reader().DirectSid)
	if len(ours.Resource.Without(grant.Resources()...).Values()) > 0 {
		grant.KeyARN = ""
	}
	after := policy.UnscopeS3Read(d, grant)
	if !o.RestoreScope {
		return after
	}
	kind, target := "inline-policy", s.Account.Role+"/"+g.inline
	if g.arn != "" {
		kind, target = "managed-policy", g.arn
	}
	earlier, err := parseOrEmpty(o.before(kind, target))
	if err != nil {
		return after
	}
	return restoreScope(after, earlier)
}

// restoreScope puts the S3 statement back to the resources it had, unless another bucket is still scoped in it.
func restoreScope(d, earlier policy.Document) policy.Document {
	out := d.Clone()
	for at, was := range earlier.Statements {
		if !was.Covers("s3:ListBucket") || was.Effect != policy.Allow || !was.Resource.Has("*") {
			continue
		}
		now, i := out.Statement(was.Sid + "Other")
		_, same := out.Statement(was.Sid)
		switch {
		case same >= 0 && was.Sid != "":
			// Another bucket is scoped in it, or it was never touched.
		case i >= 0 && was.Sid != "" && subset(now.Action.Values(), was.Action.Values()):
			out.Statements[i] = was
		case !slices.ContainsFunc(out.Statements, was.Equal):
			out.Statements = slices.Insert(out.Statements, min(at, len(out.Statements)), was)
		}
	}
	return out
}

func subset(some, all []string) bool {
	return !slices.ContainsFunc(some, func(a string) bool {
		return !slices.ContainsFunc(all, func(b string) bool { return strings.EqualFold(a, b) })
	})
}

func takeGrant(ctx context.Context, t *task, g granted, mend func(policy.Document) (policy.Document, error)) (string, error) {
	done := "the role can no longer read bucket " + t.setup().bucketName()
	if g.arn != "" {
		_, err := t.writeManagedGrant(ctx, g, mend)
		return done, err
	}
	d := t.inlineDocument(ctx, g)
	d.fresh, d.mend = false, mend
	write := d.write
	d.write = func(w policy.Document) error {
		if len(w.Statements) == 0 {
			return t.live().home.DeleteInline(ctx, t.setup().Account.Role, g.inline)
		}
		return write(w)
	}
	_, err := t.rewrite(ctx, d)
	return done, err
}

// planVendorRevoke leaves taking back to the vendor's script or portal.
func planVendorRevoke(s Setup, l *live, p PlannedStep) PlannedStep {
	if slices.Contains(s.denied(l, l.role), "access.get") {
		return p
	}
	p.Change, p.Reason = ChangeHandOff, "the set-up leaves the role's policies to "+string(s.Grant)
	p.Summary = "run " + s.reader().Name + "'s deployment script again without --storage-access"
	p.HandOff = fmt.Sprintf("./deploy-colortokens-aws-stack.sh --aws-profile PROFILE --target-account %s --colortokens-account %s --xcloud-account XCLOUD_ACCOUNT --region %s", s.Account.ID, s.Reader.Account, l.region)
	if s.Grant == GrantPortal {
		p.Summary = "revoke access to the bucket in the portal"
		p.HandOff = RevokePortal(s) + "; Sign in and update stack, Submit, then Revoke Access"
	}
	return p
}
