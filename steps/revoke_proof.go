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
	there := role.live.getRole()
	if there == nil {
		t.run.prove(t, t.check("access", Pass, "the reader has no role to read with", "role "+s.Account.Role+" does not exist", ""))
	} else if err := v.proveDenied(t, role, there); err != nil {
		return "", err
	}
	reader, ok := t.run.engine.cloud.Reader(ctx)
	if !ok {
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

func (v *revocation) proveDenied(t *task, role *view, there *awsops.Role) error {
	identity, err := identityOf(there)
	if err != nil {
		return t.place().fault("read the role's policies", err)
	}
	told := map[string]bool{}
	for _, bucket := range v.buckets {
		l := v.beside(role, bucket)
		judge := l.judge(there, identity)
		readings := v.readings(role, bucket, l)
		for _, who := range slices.Sorted(maps.Keys(readings)) {
			for _, r := range readings[who] {
				d := judge.decide(r)
				one := r.id + r.action + who + bucket.setup.bucketName() + reasons(d)
				if told[one] {
					continue
				}
				told[one] = true
				switch {
				case d.Verdict != policy.Allowed:
					t.run.prove(t, t.check(r.id, Pass, r.action+" is refused", orMissing(d), ""))
				case who != "":
					t.run.prove(t, t.check(r.id, Pass, r.action+" is still allowed: "+who+" grants it", r.resource+" by "+reasons(d), ""))
				case r.id == "access.get":
					t.run.prove(t, t.check(r.id, Fail, "the reader can still read the logs", r.action+" on "+r.resource+" is allowed by "+reasons(d), "look at that statement: it is not this set-up's"))
					return t.place().say("prove that the reader is out", r.action+" on "+r.resource+" is still allowed by "+reasons(d), "somebody else grants it: take that statement out, then revoke again")
				default:
					t.run.prove(t, t.check(r.id, Pass, r.action+" is still allowed, by a statement that is not this set-up's", r.resource+" by "+reasons(d), ""))
				}
			}
		}
	}
	return nil
}
