package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// LogsFate says what became of the flow logs of a set-up that was taken back.
type LogsFate string

// What can become of them.
const (
	LogsKept LogsFate = "kept"    // they stay, and go on delivering
	LogsGone LogsFate = "gone"    // they were deleted with the access
	LogsNone LogsFate = "none"    // they were to stay, and there are none
	LogsOpen LogsFate = "not yet" // they are to go, and some are there
)

// Withdrawal is what holds after a set-up was taken back.
type Withdrawal struct {
	Reader     CheckStatus // Pass: the reader is proved to be out; Fail: something still lets it in; Unknown: not all could be proved
	Others     bool        // another set-up still lets the reader read
	Left       bool        // something of the set-up is there that was to go, or could not be looked at
	Logs       LogsFate
	To         string     // the bucket or log group that the logs went to
	ToGone     bool       // it is not there any more
	Documents  []Document // the policies that were looked at, as they are now
	Gone       []string   // roles, policies and buckets that are not there any more
	PortalLeft string     // what is left to do in the reader's portal; empty where there was no reader
}

// ProveRevoked proves, without changing anything, that what a set-up granted is taken back: nothing of it is left that lets the reader in, the
// reader is refused (where the endpoint plays it, it tries), and flow logs that were kept go on delivering. o says what the revocation took; its
// zero value where nobody knows. A check that fails names what still lets the reader in. The error is StepErrors: what could not be read.
func (e *Engine) ProveRevoked(ctx context.Context, s Setup, o RevokeOptions) (Report, error) {
	p, err := e.PlanRevoke(ctx, s, RevokeOptions{FlowLogs: o.FlowLogs, DeleteBucket: o.DeleteBucket, DeleteLogGroup: o.DeleteLogGroup, Before: o.Before, proving: true})
	if err != nil {
		return Report{}, err
	}
	for i := range p.Steps {
		if p.Steps[i].Step != StepAccess {
			p.Steps[i].exec = nil // what is there was read; what is left to take is told, and stays
		}
	}
	r := e.newProof(ctx, p)
	r.carryOut()
	rep := r.report()
	rep.Limits = append(rep.Limits, e.clockWarnings()...)
	switch rep.Withdrawn.Logs {
	case LogsKept:
		checks, arrived := e.proveKept(ctx, s)
		rep.Checks, rep.Arrived = append(rep.Checks, checks...), arrived
	case LogsNone:
		rep.Checks = append(rep.Checks, Check{ID: string(StepFlowLogs), Account: s.Account.ID, Status: Pass, Summary: "no flow log of this set-up is there, so nothing is delivered by it"})
	}
	if err := ctx.Err(); err != nil {
		return Report{}, stopped(err)
	}
	rep.sum()
	return rep, nil
}

// proveKept shows that the flow logs that were kept go on delivering: those of the set-up that are there, whatever else it would log.
func (e *Engine) proveKept(ctx context.Context, s Setup) ([]Check, *Arrived) {
	l, err := e.read(ctx, s)
	if err != nil {
		return []Check{{ID: string(StepDelivery), Account: s.Account.ID, Status: Unknown, Summary: "whether the flow logs that were kept deliver is not known", Evidence: err.Error(),
			Fix: "let the acting principal read the accounts that are logged"}}, nil
	}
	p := &Plan{Setup: s, ReadAt: e.now(), live: l}
	for _, at := range l.sites {
		at.vpcs = slices.DeleteFunc(at.vpcs, func(v awsops.VPC) bool { return s.flowLogOf(at, v.ID) == nil })
		if len(at.vpcs) > 0 {
			step := planDelivery(s, at)
			step.Change = ChangeNone
			p.add(step)
		}
	}
	r := e.newProof(ctx, p)
	r.carryOut()
	rep := r.report()
	for i := range rep.Checks {
		if rep.Checks[i].Status == Fail { // what would mend it for a set-up in use would let the reader in again
			rep.Checks[i].Fix = "mend the flow log or the bucket by hand: setting the set-up up again would mend it, and let the reader in again. " + rep.Checks[i].Fix
		}
	}
	return rep.Checks, rep.Arrived
}

// leftToTake is the check of a step of a revocation that would still change something.
func (r *run) leftToTake(c Check, s *PlannedStep) Check {
	c.Status, c.Summary, c.Evidence = Fail, "something of this set-up is there: "+s.Summary, deref(s.Before)
	c.Fix = r.plan.takesBack()
	return c
}

// takesBack names the command that takes back what is left.
func (p *Plan) takesBack() string {
	flags := ""
	for _, f := range []struct {
		chosen bool
		flag   string
	}{{p.options.FlowLogs, " --flow-logs"}, {p.options.DeleteBucket, " --delete-bucket"}, {p.options.DeleteLogGroup, " --delete-log-group"}} {
		if f.chosen {
			flags += f.flag
		}
	}
	return "take it back once more: flowgrant revoke " + p.Setup.Name + flags
}

// grants says whether the plan still takes a grant of the set-up in an account: what lets the reader in may be its own.
func (p *Plan) grants(account string) bool {
	return slices.ContainsFunc(p.Steps, func(s PlannedStep) bool {
		return s.Account == account && s.Change.writes() && (s.Step == StepPermissions || s.Step == StepTrust || s.Step == StepRole)
	})
}

// withdrawal tells what holds after the run.
func (r *run) withdrawal(checks []Check) *Withdrawal {
	p := r.plan
	w := &Withdrawal{Reader: Unknown, Logs: r.logsFate(), To: p.Setup.bucketName(), PortalLeft: RevokePortal(p.Setup)}
	if p.Setup.toGroups() {
		w.To = p.Setup.FlowLogs.LogGroup.Name
	}
	for _, t := range r.all() {
		s := t.step()
		w.Left = w.Left || t.status != Done && s.Change != ChangeNone
	}
	for _, c := range checks {
		about := c.ID == string(StepPermissions) || c.ID == string(StepTrust) || c.ID == string(StepRole) || strings.HasPrefix(c.ID, string(StepAccess))
		switch {
		case !about:
		case c.Status == Fail:
			w.Reader = Fail
		case c.Status == Pass && strings.HasPrefix(c.ID, string(StepAccess)) && w.Reader == Unknown:
			w.Reader = Pass
		}
	}
	if w.Reader == Pass && slices.ContainsFunc(checks, func(c Check) bool {
		return c.Status == Unknown && (c.ID == string(StepPermissions) || strings.HasPrefix(c.ID, string(StepAccess)))
	}) {
		w.Reader = Unknown
	}
	r.mu.Lock()
	w.Gone, w.Others = slices.Clone(r.gone), r.others
	r.mu.Unlock()
	for _, v := range p.takes {
		v.standing(w)
	}
	slices.Sort(w.Gone)
	w.Gone = slices.Compact(w.Gone)
	w.ToGone = slices.Contains(w.Gone, "bucket "+w.To)
	for i, d := range w.Documents {
		w.Documents[i].FileName = fmt.Sprintf("%s-now-%d-%s.json", p.Setup.Name, i+1, d.Kind)
	}
	return w
}

func (r *run) logsFate() LogsFate {
	switch {
	case !r.plan.options.FlowLogs && r.plan.noLogs:
		return LogsNone
	case !r.plan.options.FlowLogs:
		return LogsKept
	}
	for _, t := range r.all() {
		if t.step().Step == StepFlowLogs && t.status != Done {
			return LogsOpen
		}
	}
	return LogsGone
}

// standing adds the documents that a revocation is about as they are now, and what is not there any more.
func (v *revocation) standing(w *Withdrawal) {
	add := func(kind, title, text string) {
		d, err := policy.Parse(text)
		if err == nil {
			text = d.Pretty()
		}
		w.Documents = append(w.Documents, Document{Kind: kind, Title: title, Text: text})
	}
	for _, role := range v.roles {
		r := role.live.getRole()
		if r == nil || slices.Contains(w.Gone, "role "+role.setup.roleName()) {
			w.Gone = append(w.Gone, "role "+role.setup.roleName())
			continue
		}
		add("trust", "Trust policy of "+r.Name, r.Trust)
		for _, p := range r.Inline {
			if p.Document != "" {
				add("permissions", "Inline policy "+p.Name+" of "+r.Name, p.Document)
			}
		}
		for _, p := range r.Attached {
			if p.Document != "" {
				add("permissions", "Managed policy "+p.Name, p.Document)
			}
		}
	}
	for n, m := range v.live.managed {
		if m == nil {
			w.Gone = append(w.Gone, "policy "+v.setup.reader().managedPolicyName(n))
		}
	}
	keyed := map[string]bool{}
	for _, b := range v.buckets {
		if b.live.bucket.State == awsops.BucketMissing {
			w.Gone = append(w.Gone, "bucket "+b.setup.bucketName())
		} else if text := b.live.bucketPolicy(); text != "" && !slices.Contains(w.Gone, "bucket "+b.setup.bucketName()) {
			add("bucket", "Bucket policy of "+b.setup.bucketName(), text)
		}
		if key := b.live.key; key != nil && key.Policy != "" && !keyed[b.live.keyARN] {
			keyed[b.live.keyARN] = true
			add("key", "Policy of "+b.live.keyARN, key.Policy)
		}
	}
}

// stillGranted notes that another set-up still lets the reader read.
func (r *run) stillGranted() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.others = true
}

// noteGone notes what the run deleted, by its kind and name.
func (r *run) noteGone(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone = append(r.gone, what)
}
