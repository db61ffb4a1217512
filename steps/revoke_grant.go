package steps

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// planRevokeGrant takes the bucket's entries out of the existing role's policy.
func planRevokeGrant(s Setup, l *live, o RevokeOptions) PlannedStep {
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
	if s.Grant != GrantDirect {
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
	mend := func(d policy.Document) (policy.Document, error) { return s.withoutGrant(d, o, g, l.keyARN), nil }
	wanted, _ := mend(current)
	if sameMeaning(wanted, current) {
		return p
	}
	p.Change, p.Summary = ChangeUpdate, "take bucket "+s.bucketName()+" out of "+g.name()
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

// proveRevoked shows that the reader can no longer read the logs.
func proveRevoked(ctx context.Context, t *task, o RevokeOptions) (string, error) {
	s, l := t.setup(), t.live()
	role := l.getRole()
	if role == nil {
		t.run.prove(t, t.check("access", Pass, "the reader has no role to read with", "role "+s.Account.Role+" does not exist", ""))
	} else if err := s.proveDenied(t, l, role, o); err != nil {
		return "", err
	}
	reader, ok := t.run.engine.cloud.Reader(ctx)
	if !ok {
		return "the documents no longer let the reader in", nil
	}
	report, err := reader.Verify(ctx, awsops.ReaderRequest{AccountID: s.Account.ID, RoleName: s.Account.Role, ExternalID: cmp.Or(s.Reader.ExternalID, reader.Shows().ExternalID),
		BucketARN: s.Bucket.ARN, Mode: string(s.Mode)})
	if err != nil {
		return "", t.place().fault("let the reader try", err)
	}
	for _, c := range report.Checks {
		if c.ID == "get-object" && c.OK && s.granted(c.Evidence) {
			t.run.prove(t, t.check("access.real", Fail, "the reader has read a log", c.Evidence, "flowgrant plan shows what lets it"))
			return "", t.place().say("prove that the reader is out", "it has read "+c.Evidence, "look for a policy that still lets it, then revoke again")
		}
	}
	t.run.prove(t, t.check("access.real", Pass, "the reader tried, and read nothing of this set-up", count(len(report.Checks), "attempt"), ""))
	return "the reader tried, and can no longer read", nil
}

// granted says whether an object that the reader read, told as s3://BUCKET/KEY, is one that this set-up granted: bucket and role may be
// shared with another, whose logs the reader goes on reading.
func (s Setup) granted(evidence string) bool {
	if s.Mode == PerAccount {
		return true
	}
	return slices.ContainsFunc(s.loggedIDs(), func(id string) bool {
		folder := strings.TrimSuffix(strings.TrimPrefix(s.objectsARN(id), s.bareBucketARN()), "*")
		return strings.Contains(evidence, "s3://"+s.bucketName()+folder)
	})
}

func (s Setup) proveDenied(t *task, l *live, role *awsops.Role, o RevokeOptions) error {
	identity, err := identityOf(role)
	if err != nil {
		return t.place().fault("read the role's policies", err)
	}
	judge := l.judge(role, identity)
	for _, r := range s.required(l) {
		d := judge.decide(r)
		switch {
		case d.Verdict != policy.Allowed:
			t.run.prove(t, t.check(r.id, Pass, r.action+" is refused", orMissing(d), ""))
		case r.id == "access.get":
			t.run.prove(t, t.check(r.id, Fail, "the reader can still read the logs", r.action+" is allowed by "+reasons(d), "look at that statement: it is not this set-up's"))
			return t.place().say("prove that the reader is out", r.action+" is still allowed by "+reasons(d), "somebody else grants it: take that statement out, then revoke again")
		default:
			t.run.prove(t, t.check(r.id, Pass, r.action+" is allowed by something else, as it was before", reasons(d), ""))
		}
	}
	return nil
}
