package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// RepairPlan is the plan of what the causes of a diagnosis need that apply does not do: changes of what this set-up did not make. A person
// has to confirm it; apply does the rest after it. It has no steps where there is nothing of the kind.
func (e *Engine) RepairPlan(s Setup, rep Report) *Plan {
	p := &Plan{Setup: s, repairs: true}
	if rep.plan == nil {
		return p
	}
	p.ReadAt, p.live = rep.plan.ReadAt, rep.plan.live
	p.again = func(ctx context.Context) (*Plan, error) {
		fresh, err := e.Diagnose(ctx, s)
		if err != nil {
			return nil, err
		}
		return e.RepairPlan(s, fresh), nil
	}
	remade := map[string]bool{} // roles of which no part is worth a change
	for _, c := range rep.Causes {
		for _, step := range c.repair {
			remade[step.Target] = remade[step.Target] || step.Step == StepRole && step.Change == ChangeDelete
		}
	}
	for _, c := range rep.Causes {
		for _, step := range c.repair {
			if step.exec.role != "" && remade[step.exec.role] {
				continue
			}
			if !slices.ContainsFunc(p.Steps, func(known PlannedStep) bool {
				return known.Step == step.Step && known.Target == step.Target && known.Account == step.Account && known.Region == step.Region && known.Summary == step.Summary
			}) {
				p.add(step)
			}
		}
	}
	return p
}

// changeStep is a step that changes a document which this set-up did not make.
func changeStep(step StepName, account, region, target, summary string, before, after policy.Document, write func(ctx context.Context, t *task) error) []PlannedStep {
	s := PlannedStep{Step: step, Account: account, Region: region, Target: target, Change: ChangeUpdate, Summary: summary,
		Reason: "a statement that this set-up did not make stands in the way", Before: text(before.Pretty()), After: text(after.Pretty())}
	s.exec = &execution{asks: s.rewriting(after), run: func(ctx context.Context, t *task) (string, error) {
		if err := write(ctx, t); err != nil {
			return "", err
		}
		return summary, nil
	}}
	return []PlannedStep{s}
}

// ofRole says of steps that they change a part of a role.
func ofRole(name string, steps []PlannedStep) []PlannedStep {
	for i := range steps {
		steps[i].exec.role = name
	}
	return steps
}

// enableKey lets the key be used again, and keeps it from being deleted.
func (d *diagnosis) enableKey(pending bool) []PlannedStep {
	home, arn := d.l.home, d.l.keyARN
	summary := "enable the key again"
	if pending {
		summary = "cancel the deletion of the key and enable it again"
	}
	return []PlannedStep{{Step: StepKeyPolicy, Account: d.s.Account.ID, Region: arnPart(arn, 3), Target: arn, Change: ChangeUpdate, Summary: summary,
		Reason: "without it nothing can be encrypted or read; somebody turned it off, so make sure that was not meant for good",
		Before: text("the key is " + d.l.key.State), After: text("the key is Enabled"), exec: &execution{asks: func(r *requester) {
			if pending {
				r.add("kms", "CancelKeyDeletion", input{"KeyId": arn})
			}
			r.add("kms", "EnableKey", input{"KeyId": arn})
		}, run: func(ctx context.Context, t *task) (string, error) {
			if pending {
				if err := t.write("cancel the deletion of the key "+arn, func() error { return home.KeepKey(ctx, arn) }); err != nil {
					return "", err
				}
			}
			if err := t.write("enable the key "+arn, func() error { return home.EnableKey(ctx, arn) }); err != nil {
				return "", err
			}
			return "the key is enabled", nil
		}}}}
}

// setBucket changes a setting of the bucket.
func (d *diagnosis) setBucket(summary, before, after, note string, set func(ctx context.Context, region, bucket string) error, asks func(r *requester, bucket string)) []PlannedStep {
	name, region := d.s.bucketName(), d.l.region
	return []PlannedStep{{Step: StepBucket, Account: d.s.Account.ID, Region: region, Target: name, Change: ChangeUpdate, Summary: summary, Reason: "logs are for those whom the policies name",
		Before: text(before), After: text(after), Notes: []string{note}, exec: &execution{asks: func(r *requester) { asks(r, name) }, run: func(ctx context.Context, t *task) (string, error) {
			if err := t.backup("bucket-setting", name, asJSON(before)); err != nil {
				return "", t.place().say("back up the setting of the bucket", err.Error(), "make the state directory writable, then try again")
			}
			return "it is set", t.write(summary+" "+name, func() error { return set(ctx, region, name) })
		}}}}
}

// encryptAnew sets the default encryption of a bucket that this set-up did not make.
func (d *diagnosis) encryptAnew(key string) []PlannedStep {
	home, name, region := d.l.home, d.s.bucketName(), d.l.region
	with := encryptionWith(key)
	return []PlannedStep{{Step: StepBucket, Account: d.s.Account.ID, Region: region, Target: name, Change: ChangeUpdate, Summary: "encrypt the bucket with " + with,
		Reason: "delivery or reader cannot use the key that it has; what was encrypted with that key stays so",
		Before: text(describeEncryption(d.l.bucket.Encryption)), After: text(with), exec: &execution{asks: func(r *requester) { r.encryption(name, key) }, run: func(ctx context.Context, t *task) (string, error) {
			if err := t.backup("bucket-encryption", name, asJSON(d.l.bucket.Encryption)); err != nil {
				return "", t.place().say("back up the encryption of the bucket", err.Error(), "make the state directory writable, then try again")
			}
			if err := t.write("set the encryption of "+name, func() error { return home.Encrypt(ctx, region, name, key) }); err != nil {
				return "", err
			}
			return "the bucket encrypts with " + with, nil
		}}}}
}

// remakeFlowLogs deletes flow logs, so that apply makes them again.
func (d *diagnosis) remakeFlowLogs(logs []awsops.FlowLog) []PlannedStep {
	var out []PlannedStep
	for _, at := range d.l.sites {
		var ids []string
		var before []wantedFlowLog
		for _, f := range at.flowLogs {
			if tag := f.Tags[TagSetup]; tag != "" && tag != d.s.Name { // another set-up's own doctor makes it again
				continue
			}
			if slices.ContainsFunc(logs, func(l awsops.FlowLog) bool { return l.ID == f.ID }) && d.s.delivers(f) && slices.ContainsFunc(at.vpcs, func(v awsops.VPC) bool { return v.ID == f.ResourceID }) {
				ids, before = append(ids, f.ID), append(before, described(f))
			}
		}
		if len(ids) == 0 {
			continue
		}
		out = append(out, PlannedStep{Step: StepFlowLogs, Account: at.account.ID, Region: at.region, Target: some(ids), Change: ChangeDelete,
			Summary: fmt.Sprintf("delete %s, so that apply makes them again", count(len(ids), "flow log")), Reason: "they deliver to the owner of a bucket that is gone, and a flow log cannot be changed",
			Before: text(asJSON(before)), exec: &execution{asks: func(r *requester) { r.deleteFlowLogs(ids) }, run: func(ctx context.Context, t *task) (string, error) {
				if err := t.backup("flow-logs", at.account.ID+"-"+at.region, asJSON(before)); err != nil {
					return "", t.place().say("back up the flow logs", err.Error(), "make the state directory writable, then try again")
				}
				if err := t.write("delete the flow logs "+some(ids), func() error { return at.acting.DeleteFlowLogs(ctx, at.region, ids) }); err != nil {
					return "", err
				}
				return "they are deleted", nil
			}}})
	}
	return out
}

// needed are the statements that let the role read what it is granted.
func (d *diagnosis) needed() []policy.Statement {
	objects := make([]string, 0, len(d.s.loggedIDs()))
	for _, id := range d.s.loggedIDs() {
		objects = append(objects, d.s.objectsARN(id))
	}
	sid := d.s.sid("Reader")
	out := []policy.Statement{
		{Sid: sid + "List", Effect: policy.Allow, Action: policy.List("s3:ListBucket", "s3:GetBucketLocation"), Resource: policy.One(d.s.bareBucketARN())},
		{Sid: sid + "Objects", Effect: policy.Allow, Action: policy.One("s3:GetObject"), Resource: policy.OneOrList(slices.Compact(objects)...)},
	}
	if d.l.keyARN != "" {
		out = append(out, policy.DecryptStatement(sid+"Decrypt", d.l.keyARN))
	}
	return out
}

// widenBoundary lets the role's permissions boundary allow what the reader needs.
func (d *diagnosis) widenBoundary() (Mend, []PlannedStep) {
	arn, home := d.l.role.Boundary, d.l.home
	if strings.Contains(arn, ":iam::aws:policy/") || d.l.boundary == nil {
		return MendHand, nil
	}
	add := d.needed()
	mend := func(now policy.Document) (policy.Document, error) {
		wanted := now.With(add...)
		return wanted, policy.CheckSize(policy.ManagedPolicy, wanted.String())
	}
	wanted, err := mend(*d.l.boundary)
	if err != nil {
		return MendHand, nil
	}
	steps := changeStep(StepPermissions, d.s.Account.ID, "", arn, "let the permissions boundary allow what the reader needs", *d.l.boundary, wanted, func(ctx context.Context, t *task) error {
		return t.rewriteManaged(ctx, home, arn, mend)
	})
	steps[0].Notes = []string{"a permissions boundary may bind other roles too: they get no permission by it, but are no longer kept from these"}
	return MendChange, steps
}

// dropFromRole takes the statements out of the role's own policies that deny the reader what it is granted.
func (d *diagnosis) dropFromRole(identity []policy.Document) (Mend, []PlannedStep) {
	role, home := d.l.role, d.l.home
	if role.Stack != "" {
		return MendHand, nil
	}
	denies := func(now policy.Document) (policy.Document, error) {
		wanted := now.Clone()
		for _, r := range d.s.required(d.l) {
			for range now.Statements {
				decision := d.decideAlone(role, []policy.Document{wanted}, r)
				at := slices.IndexFunc(decision.Why, func(w policy.Reason) bool { return w.Source == "identity" && w.Effect == policy.Deny })
				if decision.Verdict != policy.ExplicitlyDenied || at < 0 {
					break
				}
				wanted.Statements = slices.Delete(wanted.Statements, decision.Why[at].Index, decision.Why[at].Index+1)
			}
		}
		return wanted, nil
	}
	var out []PlannedStep
	for i, current := range identity {
		wanted, _ := denies(current)
		if wanted.Equal(current) && len(wanted.Statements) == len(current.Statements) {
			continue
		}
		summary := fmt.Sprintf("take what denies the reader out of %s", d.policyName(i))
		if i < len(role.Inline) {
			name := role.Inline[i].Name
			out = append(out, ofRole(role.Name, changeStep(StepPermissions, d.s.Account.ID, "", role.Name+" "+name, summary, current, wanted, func(ctx context.Context, t *task) error {
				return t.rewriteInline(ctx, home, role.Name, name, denies)
			}))...)
			continue
		}
		p := role.Attached[i-len(role.Inline)]
		if p.AWS || p.Attachments > 1 {
			return MendHand, nil
		}
		if len(wanted.Statements) == 0 { // a managed policy cannot be empty
			steps := ofRole(role.Name, changeStep(StepPermissions, d.s.Account.ID, "", p.ARN, "detach "+p.ARN+", which only denies the reader", current, wanted, func(ctx context.Context, t *task) error {
				return t.write("detach "+p.ARN+" from "+role.Name, func() error { return home.DetachPolicy(ctx, role.Name, p.ARN) })
			}))
			steps[0].exec.asks = detaching(role.Name, p.ARN)
			out = append(out, steps...)
			continue
		}
		out = append(out, changeStep(StepPermissions, d.s.Account.ID, "", p.ARN, summary, current, wanted, func(ctx context.Context, t *task) error {
			return t.rewriteManaged(ctx, home, p.ARN, denies)
		})...)
	}
	if len(out) == 0 {
		return MendHand, nil
	}
	return MendChange, out
}

// rewriteTrust changes the trust policy of a role as it is by now, with a backup.
func (t *task) rewriteTrust(ctx context.Context, home *awsops.Account, role string, mend func(policy.Document) (policy.Document, error)) error {
	_, err := t.rewrite(ctx, document{kind: "trust", target: role, mend: mend, done: func(string) {},
		read:  func() (string, error) { return home.Trust(ctx, role) },
		write: func(now policy.Document) error { return home.PutTrust(ctx, role, now.String()) }})
	return err
}

// rewriteManaged changes a managed policy as it is by now, with a backup.
func (t *task) rewriteManaged(ctx context.Context, home *awsops.Account, arn string, mend func(policy.Document) (policy.Document, error)) error {
	release, err := t.run.lockDocument(ctx, arn)
	if err != nil {
		return t.lockFault("policy", err)
	}
	defer release()
	fresh, err := home.Policy(ctx, arn)
	if err != nil {
		return t.place().fault("read the policy again before changing it", err)
	}
	current, err := policy.Parse(fresh.Document)
	if err != nil {
		return t.place().say("understand the policy "+arn, err.Error(), "mend it, then try again")
	}
	wanted, err := mend(current)
	if err != nil {
		return t.place().fault("change the policy "+arn, err)
	}
	return t.newPolicyVersion(ctx, arn, fresh.Document, wanted)
}

// rewriteInline changes a policy inside a role as it is by now, with a backup; one without statements goes.
func (t *task) rewriteInline(ctx context.Context, home *awsops.Account, role, name string, mend func(policy.Document) (policy.Document, error)) error {
	gone := false
	_, err := t.rewrite(ctx, document{kind: "inline-policy", target: role + " " + name, mend: mend, done: func(string) {},
		read: func() (string, error) {
			if gone {
				return "", nil
			}
			return home.InlineDocument(ctx, role, name)
		},
		write: func(now policy.Document) error {
			if len(now.Statements) > 0 {
				return home.PutInline(ctx, role, name, now.String())
			}
			gone = true
			return home.DeleteInline(ctx, role, name)
		}})
	return err
}

// attach gives the role back a policy that is there and attached to nobody.
func (d *diagnosis) attach(arn string) []PlannedStep {
	role, home := d.l.role.Name, d.l.home
	return []PlannedStep{{Step: StepPermissions, Account: d.s.Account.ID, Target: arn, Change: ChangeUpdate, Summary: "attach " + arn + " to role " + role,
		Reason: "it lets the reader read, and is attached to nobody", Before: text("attached to nobody"), After: text("attached to " + role),
		exec: &execution{role: role, asks: func(r *requester) { r.iam("AttachRolePolicy", input{"RoleName": role, "PolicyArn": arn}) }, run: func(ctx context.Context, t *task) (string, error) {
			return "it is attached", t.write("attach "+arn+" to "+role, func() error { return home.AttachPolicy(ctx, role, arn) })
		}}}}
}

// remakeRole deletes a role of ours that has a path, so that apply makes it again without one.
func (d *diagnosis) remakeRole() []PlannedStep {
	role, home := d.l.role, d.l.home
	asks := func(r *requester) {
		for _, p := range role.Attached {
			detaching(role.Name, p.ARN)(r)
		}
		for _, p := range role.Inline {
			r.iam("DeleteRolePolicy", input{"RoleName": role.Name, "PolicyName": p.Name})
		}
		r.iam("DeleteRole", input{"RoleName": role.Name})
	}
	before := map[string]any{"Arn": role.ARN, "Trust": role.Trust, "Inline": role.Inline, "Attached": policyARNs(role.Attached)}
	return []PlannedStep{{Step: StepRole, Account: d.s.Account.ID, Target: role.Name, Change: ChangeDelete, Summary: "delete the role, so that apply makes it again without a path",
		Reason: "the path of a role cannot be changed, and the portal takes its name only", Before: text(asJSON(before)),
		exec: &execution{asks: asks, run: func(ctx context.Context, t *task) (string, error) {
			if err := t.backup("role", role.Name, asJSON(before)); err != nil {
				return "", t.place().say("back up the role", err.Error(), "make the state directory writable, then try again")
			}
			gone := func(err error) error { // another step of the repair may have taken it
				if awsops.MeaningOf(err) == awsops.NotFound {
					return nil
				}
				return err
			}
			for _, p := range role.Attached {
				if err := t.write("detach "+p.ARN+" from "+role.Name, func() error { return gone(home.DetachPolicy(ctx, role.Name, p.ARN)) }); err != nil {
					return "", err
				}
			}
			for _, p := range role.Inline {
				if err := t.write("delete the inline policy "+p.Name, func() error { return gone(home.DeleteInline(ctx, role.Name, p.Name)) }); err != nil {
					return "", err
				}
			}
			if err := t.write("delete role "+role.ARN, func() error { return home.DeleteRole(ctx, role.Name) }); err != nil {
				return "", err
			}
			return "the role is gone", nil
		}}}}
}

func policyARNs(policies []awsops.ManagedPolicy) []string {
	arns := make([]string, len(policies))
	for i, p := range policies {
		arns[i] = p.ARN
	}
	return arns
}
