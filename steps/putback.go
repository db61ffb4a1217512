package steps

import (
	"context"
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// PlanRestore reads the document that a backup was taken of as it is now, and plans to write it back as it was. Carrying the plan out
// keeps the present document first. It never writes. The error is a StepError.
func (e *Engine) PlanRestore(ctx context.Context, s Setup, b Backup) (*Plan, error) {
	p := &Plan{Setup: s, ReadAt: e.now(), repairs: true, restores: true,
		again: func(ctx context.Context) (*Plan, error) { return e.PlanRestore(ctx, s, b) }}
	at := place{step: kindStep(b.Kind), account: s.Account.ID, target: b.Target}
	if at.step == "" {
		return nil, place{step: StepIdentity, target: b.Target}.say("put back the "+b.Kind, "it is kept to be looked at, and is no policy document that can be written back as it is",
			"look at "+b.File+" and put back by hand what is needed")
	}
	switch {
	case b.Account == "":
		return nil, at.say("put back the "+b.Kind, "an older flowgrant kept it without its account, and this set-up has been about several: a document of the same name in another one would be overwritten",
			"look at "+b.File+"; where it is the one of account "+s.Account.ID+", write \"account\": \""+s.Account.ID+"\" into it beside the target, then try again")
	case b.Account != s.Account.ID && at.step != StepKeyPolicy:
		return nil, at.say("put back the "+b.Kind, "the backup is of "+b.Target+" in account "+b.Account+", and this set-up is about account "+s.Account.ID+" now",
			"put it back by hand in account "+b.Account+" from "+b.File+", or with the answers that named that account")
	case b.Assumed:
		p.Warnings = append(p.Warnings, "an older flowgrant kept the backup without its account: it is taken for one of account "+b.Account+", which the set-up was about then")
	}
	wanted, err := policy.Parse(b.Document)
	if err != nil {
		return nil, at.say("understand the kept "+b.Kind, err.Error(), "look at "+b.File)
	}
	home, err := e.cloud.Account(ctx, s.Account.ID, s.partition(), credentials(s.Account.Credentials))
	if err != nil {
		return nil, at.fault("act in the account", err)
	}
	p.live = &live{home: home}
	d, err := restorable(ctx, home, s, b, &at)
	if err != nil {
		return nil, err
	}
	text, err := d.read()
	if role, _, inline := strings.Cut(strings.Replace(b.Target, " ", "/", 1), "/"); inline && text == "" && err == nil && b.Kind == "inline-policy" {
		_, err = home.Role(ctx, role) // one that is not there has no policy either
	}
	if awsops.MeaningOf(err) == awsops.NotFound {
		p.add(e.goneFrom(s, b, at, wanted))
		return p, nil
	}
	if err != nil {
		return nil, at.fault("read the present "+b.Kind, err)
	}
	current, err := parseOrEmpty(text)
	if err != nil {
		return nil, at.say("understand the present "+b.Kind, err.Error(), "mend it, then try again")
	}
	step := PlannedStep{Step: at.step, Account: at.account, Region: at.region, Target: b.Target, Change: ChangeNone, Summary: "it means what it meant then"}
	if !sameMeaning(current, wanted) {
		step.Change, step.Summary = ChangeUpdate, fmt.Sprintf("put the %s back to what it was", b.Kind)
		if text == "" {
			step.Change = ChangeCreate
		}
		step.Reason = "the backup of " + b.Time.UTC().Format("2006-01-02 15:04:05 MST") + " has it so"
		step.Before, step.After = known(pretty(current)), known(wanted.Pretty())
		step.exec = &execution{run: func(ctx context.Context, t *task) (string, error) {
			now := at // the calls of the run are its own: those of the plan end with its reading
			d, err := restorable(ctx, home, s, b, &now)
			if err != nil {
				return "", err
			}
			d.mend = func(policy.Document) (policy.Document, error) { return wanted, nil }
			return putBack(ctx, t, d, b)
		}}
		p.Warnings = append(p.Warnings, "everything that was added to the document since then goes, whoever added it")
	}
	p.add(step)
	return p, nil
}

// goneFrom is the step of a document that cannot be put back, since what it was the document of is not there any more.
func (e *Engine) goneFrom(s Setup, b Backup, at place, wanted policy.Document) PlannedStep {
	of, by := "policy "+b.Target[strings.LastIndex(b.Target, "/")+1:], "create a policy of that name in account "+at.account+" with this document, and attach it to the role that needs it"
	switch kindStep(b.Kind) {
	case StepTrust:
		of, by = "role "+b.Target, "create a role of that name in account "+at.account+" with this trust policy"
	case StepKeyPolicy:
		of, by = "key "+b.Target, "it cannot be made again"
	default:
		if role, _, inline := strings.Cut(strings.Replace(b.Target, " ", "/", 1), "/"); inline && b.Kind == "inline-policy" {
			of, by = "role "+role, "create the role in account "+at.account+", then put this policy back"
		}
	}
	p := PlannedStep{Step: at.step, Account: at.account, Region: at.region, Target: b.Target, Change: ChangeBlocked, Summary: "the " + b.Kind + " cannot be put back: what it belonged to is not there any more",
		Reason: of + " is not there any more", After: known(wanted.Pretty())}
	p.HandOff = "by hand: " + by + "; the document is kept in " + b.File
	if s.makes(b) {
		if e.store != nil && e.store.tookBack(s.Name) {
			p.Reason = of + " went when this set-up was taken back"
		}
		p.HandOff = "apply the set-up again from its file: that makes the role with its policies anew, and lets the reader in again; or " + p.HandOff
	}
	return p
}

// makes says whether applying the set-up makes what a document is kept of.
func (s Setup) makes(b Backup) bool {
	switch kindStep(b.Kind) {
	case StepTrust:
		return s.Mode == Centralized && b.Target == s.Account.Role
	case StepPermissions:
		return s.Mode == Centralized && !s.toGroups() && strings.HasPrefix(b.Target, s.managedPolicyARN(0))
	}
	return false
}

// kindStep is the step that a kind of document belongs to; empty for what cannot be put back.
func kindStep(kind string) StepName {
	switch {
	case kind == "bucket-policy":
		return StepBucketPolicy
	case kind == "key-policy":
		return StepKeyPolicy
	case kind == "trust":
		return StepTrust
	case kind == "inline-policy", kind == "managed-policy", strings.HasPrefix(kind, "managed-policy-v"):
		return StepPermissions
	}
	return ""
}

// restorable is how the document of a backup is read and written now.
func restorable(ctx context.Context, home *awsops.Account, s Setup, b Backup, at *place) (document, error) {
	d := document{kind: b.Kind, target: b.Target, done: func(string) {}}
	switch kindStep(b.Kind) {
	case StepBucketPolicy:
		bucket, err := home.Bucket(ctx, b.Target, s.bucketRegion())
		if err != nil {
			return d, at.fault("find the bucket", err)
		}
		if bucket.State != awsops.BucketOurs {
			return d, at.say("find the bucket", "there is no bucket "+b.Target+" in account "+s.Account.ID, "a policy can only be put back on a bucket that is there")
		}
		at.region = bucket.Region
		d.read = func() (string, error) { return home.BucketPolicy(ctx, bucket.Region, b.Target) }
		d.write = func(w policy.Document) error { return home.PutBucketPolicy(ctx, bucket.Region, b.Target, w.String()) }
	case StepKeyPolicy:
		at.account, at.region = arnPart(b.Target, 4), arnPart(b.Target, 3)
		d.read = func() (string, error) { return home.KeyPolicy(ctx, b.Target) }
		d.write = func(w policy.Document) error { return home.PutKeyPolicy(ctx, b.Target, w.String()) }
	case StepTrust:
		d.read = func() (string, error) { return home.Trust(ctx, b.Target) }
		d.write = func(w policy.Document) error { return home.PutTrust(ctx, b.Target, w.String()) }
	default:
		if b.Kind != "inline-policy" {
			d.kind = "managed-policy"
			d.read = func() (string, error) {
				p, err := home.Policy(ctx, b.Target)
				return p.Document, err
			}
			return d, nil // written as a new version: see putBack
		}
		role, name, ok := strings.Cut(strings.Replace(b.Target, " ", "/", 1), "/")
		if !ok {
			return d, at.say("find the inline policy", "the backup names no role and policy: "+b.Target, "look at "+b.File)
		}
		d.read = func() (string, error) { return home.InlineDocument(ctx, role, name) }
		d.write = func(w policy.Document) error { return home.PutInline(ctx, role, name, w.String()) }
	}
	return d, nil
}

// putBack writes a document back as it was; a managed policy gets a new version.
func putBack(ctx context.Context, t *task, d document, b Backup) (string, error) {
	done := "the " + d.kind + " of " + b.Target + " is as it was at " + b.Time.UTC().Format("2006-01-02 15:04:05 MST")
	if d.write != nil {
		_, err := t.rewrite(ctx, d)
		return done, err
	}
	before, err := d.read()
	if err != nil {
		return "", t.place().fault("read the policy again before changing it", err)
	}
	current, err := policy.Parse(before)
	if err != nil {
		return "", t.place().say("understand the policy "+b.Target, err.Error(), "mend it, then try again")
	}
	change := managedChange{arn: b.Target, before: before, current: current, attached: true, mend: d.mend}
	if change.wanted, err = d.mend(current); err != nil {
		return "", t.place().fault("fit the policy", err)
	}
	if err := t.writeOneManaged(ctx, &change); err != nil {
		return "", err
	}
	return done, t.proveDocument(ctx, d, change.wanted)
}
