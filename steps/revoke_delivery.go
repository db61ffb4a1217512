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

// ownFlowLogs lists the ids of the flow logs that this set-up made in one account and region.
func (s Setup) ownFlowLogs(at *site) []string {
	var ids []string
	for _, f := range at.flowLogs {
		if s.made(f) {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// planRevokeFlowLogs deletes the flow logs that this set-up made in one account and region.
func planRevokeFlowLogs(s Setup, at *site) PlannedStep {
	p := PlannedStep{Step: StepFlowLogs, Account: at.account.ID, Region: at.region, Target: vpcTarget(at.vpcs), Change: ChangeNone, Summary: "there is no flow log of this set-up"}
	var ids []string
	var before []wantedFlowLog
	for _, f := range at.flowLogs {
		if s.made(f) {
			ids, before = append(ids, f.ID), append(before, described(f))
		}
	}
	if len(ids) == 0 {
		return p
	}
	p.Change, p.Summary = ChangeDelete, fmt.Sprintf("delete %s: %s; the logs delivered so far stay", count(len(ids), "flow log"), some(ids))
	p.Reason, p.Before = "this set-up created them", text(asJSON(before))
	p.exec = &execution{run: func(ctx context.Context, t *task) (string, error) {
		for chunk := range slices.Chunk(ids, perCall) {
			if err := t.write("delete flow logs "+some(chunk), func() error {
				if err := at.acting.DeleteFlowLogs(ctx, at.region, chunk); awsops.MeaningOf(err) != awsops.NotFound {
					return err
				}
				return nil
			}); err != nil {
				return "", t.place().fault("delete flow logs", err)
			}
		}
		return count(len(ids), "flow log") + " deleted", nil
	}}
	return p
}

// planRevokeDelivery takes the delivery statements out of the bucket policy, once nothing of this set-up delivers any more.
func planRevokeDelivery(s Setup, l *live, o RevokeOptions) PlannedStep {
	p := PlannedStep{Step: StepBucketPolicy, Account: s.Account.ID, Region: l.region, Target: s.bucketName(), Change: ChangeNone, Summary: "the bucket policy stays: delivery goes on"}
	if !o.FlowLogs {
		return p
	}
	p.Summary = "there is nothing of this set-up in the bucket policy"
	current, err := parseOrEmpty(l.bucket.Policy)
	if err != nil {
		p.Change, p.Reason, p.HandOff = ChangeBlocked, "it cannot be understood: "+err.Error(), "mend it, then revoke again"
		return p
	}
	sids := []string{s.sid("Write"), s.sid("AclCheck")}
	if !l.ownBucket(s) || o.DeleteBucket {
		sids = append(sids, s.sid("TlsOnly"))
	}
	wanted := current.Without(sids...)
	if sameMeaning(wanted, current) {
		return p
	}
	p.Change, p.Summary, p.Reason = ChangeUpdate, "take the delivery statements of this set-up out of the bucket policy", "its flow logs go too"
	p.Before, p.After = text(current.Pretty()), known(pretty(wanted))
	p.exec = &execution{needs: []need{{step: StepFlowLogs}}, run: func(ctx context.Context, t *task) (string, error) {
		d := t.bucketPolicyDocument(ctx)
		d.fresh = false
		d.mend = func(current policy.Document) (policy.Document, error) { return current.Without(sids...), nil }
		write := d.write
		d.write = func(w policy.Document) error {
			if len(w.Statements) == 0 {
				return l.home.DeleteBucketPolicy(ctx, l.region, s.bucketName())
			}
			return write(w)
		}
		_, err := t.rewrite(ctx, d)
		return "the delivery statements are gone from the bucket policy", err
	}}
	return p
}

// planRevokeKey takes the reader's statement, and with the flow logs the delivery's, out of the key policy.
func planRevokeKey(s Setup, l *live, o RevokeOptions) []PlannedStep {
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
			p.Reason, p.HandOff = "the key belongs to account "+p.Account, fmt.Sprintf("remove the statements with the Sids %v from the policy of %s", sids, l.keyARN)
		}
		return []PlannedStep{p}
	}
	current, err := policy.Parse(l.key.Policy)
	if err != nil {
		p.Change, p.Reason, p.HandOff = ChangeBlocked, "its policy cannot be understood: "+err.Error(), "mend it, then revoke again"
		return []PlannedStep{p}
	}
	wanted := current.Without(sids...)
	if sameMeaning(wanted, current) {
		return []PlannedStep{p}
	}
	p.Change, p.Summary, p.Reason = ChangeUpdate, "take the statements of this set-up out of the key policy", "they are what this set-up added"
	p.Before, p.After = text(current.Pretty()), text(wanted.Pretty())
	p.exec = &execution{needs: []need{{step: StepFlowLogs}, {step: StepPermissions}}, run: func(ctx context.Context, t *task) (string, error) {
		d := t.keyPolicyDocument(ctx)
		d.mend = func(current policy.Document) (policy.Document, error) { return current.Without(sids...), nil }
		_, err := t.rewrite(ctx, d)
		return "the statements of this set-up are gone from the key policy", err
	}}
	return []PlannedStep{p}
}

// planRevokeBucket deletes the bucket, where this set-up created it and nothing is in it.
func planRevokeBucket(s Setup, l *live) PlannedStep {
	p := PlannedStep{Step: StepBucket, Account: s.Account.ID, Region: l.region, Target: s.bucketName(), Change: ChangeNone, Summary: "the bucket stays"}
	switch {
	case l.bucket.State == awsops.BucketMissing:
		p.Summary = "there is no bucket"
		return p
	case !l.ownBucket(s):
		p.Summary = "the bucket stays: this set-up did not create it"
		return p
	}
	p.Change, p.Summary, p.Reason = ChangeDelete, "delete the bucket, if nothing is in it", "this set-up created it"
	p.Before = text(settingsOf(l.bucket, l.expiry).String())
	p.exec = &execution{needs: []need{{step: StepBucketPolicy}}, run: func(ctx context.Context, t *task) (string, error) {
		objects, _, err := l.home.Objects(ctx, l.region, s.bucketName(), "", "", 1)
		if err != nil {
			return "", t.place().fault("look whether the bucket is empty", err)
		}
		if len(objects) > 0 {
			return "", t.place().say("delete the bucket", "it is not empty: "+objects[0].Key+" is in it", "keep the bucket (leave out --delete-bucket), or empty it first")
		}
		return "the bucket is gone", t.write("delete bucket "+s.bucketName(), func() error { return l.home.DeleteBucket(ctx, l.region, s.bucketName()) })
	}}
	return p
}
