package steps

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// proveRevoked shows that the reader can no longer read the set-up's logs by a role: from the documents, and where the endpoint plays the reader,
// by letting it try.
func (v *revocation) proveRevoked(ctx context.Context, t *task, role *view) (string, error) {
	s := role.setup
	if t.again {
		role.live.mu.Lock()
		role.live.role = nil
		role.live.mu.Unlock()
		if err := role.live.readRoleAlone(ctx, s.Account.Role); err != nil {
			return "", t.place().fault("read the role again", err)
		}
	}
	open, there := false, role.live.getRole()
	if there == nil {
		t.run.prove(t, t.check("access", Pass, "the reader has no role to read with", "role "+s.Account.Role+" does not exist", ""))
	} else {
		var err error
		if open, err = v.proveDenied(t, role, there); err != nil {
			return "", err
		}
	}
	reader, ok := t.run.engine.cloud.Reader(ctx)
	switch {
	case !ok && open:
		return "nothing of this set-up lets the reader in; whether something else does is not known: see access.get", nil
	case !ok:
		return "the documents no longer let the reader in", nil
	}
	attempts := 0
	for _, destination := range v.destinations() {
		report, err := reader.Verify(ctx, awsops.ReaderRequest{AccountID: s.Account.ID, RoleName: s.Account.Role, ExternalID: cmp.Or(s.Reader.ExternalID, reader.Shows().ExternalID),
			BucketARN: destination, Mode: string(s.Mode)})
		if err != nil {
			return "", t.place().fault("let the reader try", err)
		}
		attempts += len(report.Checks)
		for _, c := range report.Checks {
			if c.ID != "get-object" || !c.OK || !v.granted(s.Account.Role, c.Evidence) {
				continue
			}
			t.run.prove(t, t.check("access.real", Fail, "the reader has read a log", c.Evidence, "flowgrant plan shows what lets it"))
			return "", t.place().say("prove that the reader is out", "it has read "+c.Evidence, "look for a policy that still lets it, then revoke again")
		}
	}
	t.run.prove(t, t.check("access.real", Pass, "the reader tried, and read nothing of this set-up", count(attempts, "attempt"), ""))
	return "the reader tried, and can no longer read", nil
}

// stillGranted names who is granted objects besides this set-up, or was when its entries were taken; "" where nobody is known to be.
func (v *revocation) stillGranted(c claims, objects string) string {
	v.lists.Lock()
	defer v.lists.Unlock()
	return cmp.Or(c.reads(objects), v.kept[objects])
}

// stillThrough names who is granted a bucket (its bare ARN) through a role besides this set-up, or was when its entries were taken; "" where nobody is
// known to be.
func (v *revocation) stillThrough(c claims, role, bucket string) string {
	v.lists.Lock()
	defer v.lists.Unlock()
	return cmp.Or(c.grantsThrough(role, bucket), v.kept[role+" "+bucket])
}

// destinations lists the buckets, with their prefixes, that the set-up's answers named or its flow logs deliver to.
func (v *revocation) destinations() []string {
	var list []string
	for _, a := range v.answers {
		list = append(list, a.Bucket.ARN)
	}
	for _, b := range v.buckets {
		list = append(list, b.setup.Bucket.ARN)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// granted says whether an object that the reader read, told as s3://BUCKET/KEY, is one that this set-up granted: bucket and role may be
// shared with another, whose logs the reader goes on reading.
func (v *revocation) granted(role, evidence string) bool {
	c := v.claims()
	if v.setup.Mode == PerAccount {
		return slices.ContainsFunc(v.grantedBuckets(), func(b *view) bool {
			return strings.Contains(evidence, "s3://"+b.setup.bucketName()+"/") && v.stillThrough(c, role, b.setup.bareBucketARN()) == ""
		})
	}
	return slices.ContainsFunc(v.objects(), func(objects string) bool {
		_, path, _ := strings.Cut(strings.TrimSuffix(objects, "*"), ":::")
		return strings.Contains(evidence, "s3://"+path) && v.stillGranted(c, objects) == ""
	})
}

// readings lists what the set-up let the reader do in a bucket, and who else lets it; "" where nobody is known to.
func (v *revocation) readings(role, bucket *view, l *live) map[string][]reads {
	c := v.claims()
	list := map[string][]reads{}
	name := bucket.setup.bareBucketARN()
	elsewhere := ""
	if v.setup.Mode == PerAccount {
		elsewhere = v.stillThrough(c, role.setup.Account.Role, name)
	}
	for _, a := range v.answers {
		if a.bareBucketARN() != name {
			continue
		}
		for _, account := range a.Logged() {
			for _, region := range account.Regions {
				who := cmp.Or(elsewhere, v.stillGranted(c, a.objectsARN(account.ID)))
				list[who] = append(list[who], reads{"access.get", "s3:GetObject", a.deliveryObject(account.ID, region), a.Account.ID, s3Call(a.bucketRegion())})
			}
		}
	}
	for _, objects := range v.objects() {
		if path, ok := strings.CutSuffix(objects, "*"); ok && v.setup.Mode == Centralized && strings.HasPrefix(objects, name+"/") {
			who := v.stillGranted(c, objects)
			list[who] = append(list[who], reads{"access.get", "s3:GetObject", path + "vpcflowlogs/object.log.gz", v.setup.Account.ID, s3Call(v.setup.bucketRegion())})
		}
	}
	others := slices.DeleteFunc(slices.Sorted(maps.Keys(list)), func(who string) bool { return who == "" })
	who := elsewhere
	if len(others) > 0 {
		who = others[0]
	}
	for _, r := range bucket.setup.required(l) {
		if r.id != "access.get" {
			list[who] = append(list[who], r)
		}
	}
	return list
}

// proveDenied decides from the documents what the reader can still do by a role. open says that not all of it could be decided.
func (v *revocation) proveDenied(t *task, role *view, there *awsops.Role) (open bool, err error) {
	read := *there // without what could not be read: see unreadFor
	read.Inline = slices.DeleteFunc(slices.Clone(there.Inline), func(p awsops.InlinePolicy) bool { return p.Document == "" })
	read.Attached = slices.DeleteFunc(slices.Clone(there.Attached), func(p awsops.ManagedPolicy) bool { return p.Document == "" })
	identity, err := identityOf(&read)
	if err != nil {
		return false, t.place().fault("read the role's policies", err)
	}
	told := map[string]bool{}
	for _, bucket := range v.buckets {
		l := v.beside(role, bucket)
		judge := l.judge(&read, identity)
		readings := v.readings(role, bucket, l)
		for _, who := range slices.Sorted(maps.Keys(readings)) {
			for _, r := range readings[who] {
				d, keys := judge.settle(r)
				one := r.id + r.action + who + bucket.setup.bucketName() + reasons(d) + strings.Join(keys, " ")
				if told[one] {
					continue
				}
				told[one] = true
				unread := l.unreadFor(r, &read)
				switch {
				case keys == nil && d.Verdict != policy.Allowed && (unread == "" || d.Verdict == policy.ExplicitlyDenied):
					t.run.prove(t, t.check(r.id, Pass, r.action+" is refused", orMissing(d), ""))
				case keys == nil && d.Verdict != policy.Allowed:
					open = open || r.id == "access.get"
					t.run.prove(t, t.check(r.id, Unknown, "whether "+r.action+" is refused is not known", r.resource+": "+unread, "let the acting principal read it, then revoke again"))
				case keys != nil && who == "" && r.id == "access.get":
					open = true
					t.run.prove(t, t.check(r.id, Unknown, "whether "+r.action+" is refused depends on what only the reader's own calls show", r.resource+": "+hangsOn(d, keys)+judge.otherwise(r, d),
						"to be sure that the reader is out, take out the statement that grants it: it is not this set-up's"))
				case who != "":
					if r.id == "access.get" {
						t.run.stillGranted()
					}
					t.run.prove(t, t.check(r.id, Pass, r.action+still(keys)+"allowed: "+who+" grants it", r.resource+" by "+reasons(d), ""))
				case r.id == "access.get":
					whose := "look at that statement: it is not this set-up's"
					if t.run.proofOnly && t.run.plan.grants(v.setup.Account.ID) {
						whose = t.run.plan.takesBack()
					}
					t.run.prove(t, t.check(r.id, Fail, "the reader can still read the logs", r.action+" on "+r.resource+" is allowed by "+reasons(d), whose))
					return open, t.place().say("prove that the reader is out", r.action+" on "+r.resource+" is still allowed by "+reasons(d), "somebody else grants it: take that statement out, then revoke again")
				default:
					t.run.prove(t, t.check(r.id, Pass, r.action+still(keys)+"allowed, by a statement that is not this set-up's", r.resource+" by "+reasons(d), ""))
				}
			}
		}
	}
	return open, nil
}

func still(keys []string) string {
	if keys != nil {
		return " may still be "
	}
	return " is still "
}

// otherwise names what lets a request in where the open condition keys come out well, unless the decision says so itself.
func (j judge) otherwise(r reads, d policy.Decision) string {
	well := j.decideWith(r, func(p policy.Policies) policy.Policies { return p.Supposing(j.open, true) })
	if d.Verdict == policy.Allowed || well.Verdict != policy.Allowed {
		return ""
	}
	return "; where that comes out well it is allowed by " + reasons(well)
}

// unreadFor says which document that could allow a request could not be read; empty: none.
func (l *live) unreadFor(r reads, role *awsops.Role) string {
	switch {
	case unreadPolicies(role) != nil:
		return "not all policies of the role could be read: " + unreadPolicies(role).Error()
	case strings.HasPrefix(r.action, "kms:") && r.account == arnPart(role.ARN, 4) && (l.key == nil || l.key.Policy == ""): // elsewhere the role's own policies must allow it too
		return "the policy of the key could not be read"
	case strings.HasPrefix(r.action, "s3:") && l.bucketPolicyUnread():
		return "the bucket policy could not be read: " + l.bucket.Unreadable[0].Error()
	}
	return ""
}
