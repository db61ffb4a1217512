package steps

import (
	"context"
	"fmt"
	"slices"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// made says whether this set-up made a flow log to its destination.
func (s Setup) made(f awsops.FlowLog) bool { return f.Tags[TagSetup] == s.Name && s.delivers(f) }

// planDelivery takes the delivery statements out of a bucket policy, once nothing of this set-up delivers any more. What another set-up that has
// none of its own delivers by stays, and so does the statement against plain HTTP on a bucket that stays.
func (v *revocation) planDelivery(bucket *view) PlannedStep {
	s, l := bucket.setup, bucket.live
	p := PlannedStep{Step: StepBucketPolicy, Account: s.Account.ID, Region: l.region, Target: s.bucketName(), Change: ChangeNone, Summary: "the bucket policy stays: delivery goes on"}
	if !v.options.FlowLogs {
		return p
	}
	p.Summary = "there is nothing of this set-up in the bucket policy"
	current, err := parseOrEmpty(l.bucket.Policy)
	if err != nil {
		p.Change, p.Reason, p.HandOff = ChangeBlocked, "it cannot be understood: "+err.Error(), "mend it, then revoke again"
		return p
	}
	wanted, who := v.withoutDelivery(current, bucket)
	if who != "" {
		p.Summary = "a delivery statement of this set-up stays in the bucket policy: " + who + " delivers by it"
	}
	if sameMeaning(wanted, current) && who == "" {
		return p
	}
	p.exec = v.takeDelivery(bucket)
	if sameMeaning(wanted, current) {
		return p
	}
	p.Change, p.Summary, p.Reason = ChangeUpdate, "take the delivery statements of this set-up out of the bucket policy", "its flow logs go too"
	p.Before, p.After = text(current.Pretty()), known(pretty(wanted))
	return p
}

// takeDelivery writes the bucket policy without the set-up's statements. What a run that broke off before leaves in it tells the next one whose
// entries are to go from the role's policies: those go first.
func (v *revocation) takeDelivery(bucket *view) *execution {
	s, l := bucket.setup, bucket.live
	return &execution{needs: []need{{step: StepFlowLogs}, {step: StepPermissions}}, run: func(ctx context.Context, t *task) (string, error) {
		d := t.bucketPolicyDocument(ctx)
		d.mend = func(current policy.Document) (policy.Document, error) {
			wanted, _ := v.withoutDelivery(current, bucket)
			return wanted, nil
		}
		write := d.write
		d.write = func(w policy.Document) error {
			if len(w.Statements) == 0 {
				return l.home.DeleteBucketPolicy(ctx, l.region, s.bucketName())
			}
			return write(w)
		}
		wrote, err := t.rewrite(ctx, d)
		if !wrote {
			return t.step().Summary, err
		}
		return "the delivery statements are gone from the bucket policy", err
	}}
}

// withoutDelivery takes the set-up's statements out of a bucket policy; who names another set-up that would be locked out without them.
func (v *revocation) withoutDelivery(d policy.Document, bucket *view) (wanted policy.Document, who string) {
	s, l := bucket.setup, bucket.live
	wanted = d
	if !l.ownBucket(s) {
		wanted = d.Without(s.sid("TlsOnly"))
	}
	neighbours := v.claims().neighbours
	for _, sid := range []string{s.sid("Write"), s.sid("AclCheck")} {
		without := wanted.Without(sid)
		i := slices.IndexFunc(neighbours, func(n Neighbour) bool {
			return n.Delivers && !n.Setup.toGroups() && n.Setup.bareBucketARN() == s.bareBucketARN() &&
				len(n.Setup.bucketLockedOut(without, l.member)) > len(n.Setup.bucketLockedOut(wanted, l.member))
		})
		if i >= 0 {
			who = "set-up " + neighbours[i].Setup.Name
			continue
		}
		wanted = without
	}
	return wanted, who
}

// planKey takes the reader's statement, and with the flow logs the delivery's, out of a key policy.
func (v *revocation) planKey(bucket *view) []PlannedStep {
	s, l, o := bucket.setup, bucket.live, v.options
	if l.keyARN == "" {
		return nil
	}
	p := PlannedStep{Step: StepKeyPolicy, Account: arnPart(l.keyARN, 4), Region: arnPart(l.keyARN, 3), Target: l.keyARN, Change: ChangeNone, Summary: "there is nothing of this set-up in the key policy"}
	sids := []string{s.sid("KeyReader")}
	if o.FlowLogs {
		sids = append(sids, s.sid("KeyDelivery"))
	}
	if l.key == nil || l.key.Policy == "" {
		if p.Account != s.Account.ID {
			p.Change, p.Summary = ChangeHandOff, "the owner of the key takes the statements of this set-up out of its policy"
			p.Reason = "the key belongs to account " + p.Account
			p.handOver(fmt.Sprintf("remove the statements with the Sids %v from the policy of %s", sids, l.keyARN), changeKeyPolicy(l.keyARN, withoutStatements(sids))...)
		}
		return []PlannedStep{p}
	}
	current, err := policy.Parse(l.key.Policy)
	if err != nil {
		p.Change, p.Reason, p.HandOff = ChangeBlocked, "its policy cannot be understood: "+err.Error(), "mend it, then revoke again"
		return []PlannedStep{p}
	}
	mend := func(d policy.Document) (policy.Document, error) { return v.withoutKey(d, bucket, sids), nil }
	wanted, _ := mend(current)
	if sameMeaning(wanted, current) {
		return []PlannedStep{p}
	}
	p.Change, p.Summary, p.Reason = ChangeUpdate, "take the statements of this set-up out of the key policy", "they are what this set-up added"
	p.Before, p.After = text(current.Pretty()), text(wanted.Pretty())
	p.exec = &execution{needs: []need{{step: StepFlowLogs}, {step: StepPermissions}}, run: func(ctx context.Context, t *task) (string, error) {
		d := t.keyPolicyDocument(ctx)
		d.mend = mend
		_, err := t.rewrite(ctx, d)
		return "the statements of this set-up are gone from the key policy", err
	}}
	return []PlannedStep{p}
}

// withoutKey takes the set-up's statements out of a key policy, but those without which another set-up would be locked out.
func (v *revocation) withoutKey(d policy.Document, bucket *view, sids []string) policy.Document {
	key, member := bucket.live.keyARN, bucket.live.member
	neighbours := v.claims().neighbours
	for _, sid := range sids {
		without := d.Without(sid)
		if !slices.ContainsFunc(neighbours, func(n Neighbour) bool {
			if n.Setup.toGroups() || n.Setup.bareBucketARN() != bucket.setup.bareBucketARN() {
				return false
			}
			role := n.Setup.roleARN("/")
			return n.Delivers && len(n.Setup.keyLockedOut(without, key, member, bucket.live)) > len(n.Setup.keyLockedOut(d, key, member, bucket.live)) ||
				n.Reads && n.Setup.keyLetsReader(d, key, role, bucket.live) && !n.Setup.keyLetsReader(without, key, role, bucket.live)
		}) {
			d = without
		}
	}
	return d
}

// planBucket deletes a bucket, where this set-up created it and nothing is in it.
func (v *revocation) planBucket(bucket *view) PlannedStep {
	s, l := bucket.setup, bucket.live
	p := PlannedStep{Step: StepBucket, Account: s.Account.ID, Region: l.region, Target: s.bucketName(), Change: ChangeNone, Summary: "the bucket stays"}
	switch {
	case l.bucket.State == awsops.BucketMissing:
		p.Summary = "there is no bucket"
		return p
	case !l.ownBucket(s):
		p.Summary = "the bucket stays: this set-up did not create it"
		return p
	case !v.options.FlowLogs:
		p.Summary = "the bucket stays while flow logs deliver to it: --delete-bucket needs --flow-logs"
		return p
	}
	for _, n := range v.claims().neighbours {
		if n.Delivers && !n.Setup.toGroups() && n.Setup.bareBucketARN() == s.bareBucketARN() {
			p.Summary = "the bucket stays: set-up " + n.Setup.Name + " delivers to it"
			return p
		}
	}
	p.Change, p.Summary, p.Reason = ChangeDelete, "delete the bucket, if nothing is in it", "this set-up created it"
	p.Before = text(settingsOf(l.bucket, l.expiry).String())
	if l.holds != "" {
		p.Change, p.Summary = ChangeBlocked, "the bucket cannot be deleted, so nothing is taken back yet"
		p.Reason = "bucket " + s.bucketName() + " is not empty: " + l.holds + " is in it"
		p.HandOff = "leave out --delete-bucket, and the bucket stays with the logs in it; or empty it first, once its flow logs are gone"
		return p
	}
	p.exec = &execution{needs: []need{{step: StepBucketPolicy}}, run: func(ctx context.Context, t *task) (string, error) {
		objects, _, err := l.home.Objects(ctx, l.region, s.bucketName(), "", "", 1)
		if err != nil {
			return "", t.place().fault("look whether the bucket is empty", err)
		}
		if len(objects) > 0 {
			return "", t.place().say("delete the bucket", "it is not empty: "+objects[0].Key+" came into it meanwhile", "keep the bucket (leave out --delete-bucket), or empty it first")
		}
		err = t.write("delete bucket "+s.bucketName(), func() error { return l.home.DeleteBucket(ctx, l.region, s.bucketName()) })
		if err == nil {
			t.run.noteGone("bucket " + s.bucketName())
		}
		return "the bucket is gone", err
	}}
	return p
}

// lookInside notes an object of each bucket that is to be deleted, so that one that is not empty stops the run before its first write.
func (v *revocation) lookInside(ctx context.Context) error {
	if v.setup.toGroups() {
		return v.lookInGroups(ctx)
	}
	if !v.options.DeleteBucket || !v.options.FlowLogs {
		return nil
	}
	for _, b := range v.buckets {
		if !b.live.ownBucket(b.setup) {
			continue
		}
		objects, _, err := b.live.home.Objects(ctx, b.live.region, b.setup.bucketName(), "", "", 1)
		if err != nil {
			return place{step: StepBucket, account: b.setup.Account.ID, region: b.live.region, target: b.setup.bucketName()}.fault("look whether the bucket is empty", err)
		}
		if len(objects) > 0 {
			b.live.holds = objects[0].Key
		}
	}
	return nil
}
