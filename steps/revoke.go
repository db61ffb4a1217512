package steps

import (
	"context"
	"fmt"
	"slices"

	"github.com/flowgrant/flowgrant/awsops"
)

// RevokeOptions say what a revocation takes besides the reader's access.
type RevokeOptions struct {
	FlowLogs     bool `json:"flow_logs,omitempty"`     // the set-up's flow logs, and the statements that let them be delivered
	RestoreScope bool `json:"restore_scope,omitempty"` // the role's S3 statement goes back to every bucket, as it was
	EndSessions  bool `json:"end_sessions,omitempty"`  // the reader's running sessions end at once, where the role stays
	DeleteBucket bool `json:"delete_bucket,omitempty"` // the bucket, where this set-up created it and it is empty

	DeleteLogGroup bool `json:"delete_log_group,omitempty"` // with FlowLogs: the log groups, where this set-up created them and they are empty

	// Before gives a document of an account (12 digits) as it was before the set-up first changed it; empty where nobody knows. It may be nil.
	Before func(account, kind, target string) string `json:"-"`

	proving bool // nothing is taken: it is only proved that it was
}

// before is a document of the revocation's account as it was before the set-up.
func (v *revocation) before(kind, target string) string {
	if v.options.Before == nil {
		return ""
	}
	return v.options.Before(v.setup.Account.ID, kind, target)
}

// PlanRevoke reads the live state and plans to take back what the set-up granted, and only that. It finds its own by tags, Sids and
// entries, and by the answers that earlier runs began with; documents kept from before are used where there are any. It never writes. The
// error is StepErrors.
func (e *Engine) PlanRevoke(ctx context.Context, s Setup, o RevokeOptions) (*Plan, error) {
	readAt := e.now()
	l, err := e.readAccounts(ctx, s, o.FlowLogs)
	if err != nil {
		return nil, err
	}
	p := &Plan{Setup: s, ReadAt: readAt, live: l, revokes: true, options: &o,
		again: func(ctx context.Context) (*Plan, error) { return e.PlanRevoke(ctx, s, o) }}
	p.add(planIdentity(s, l)...)
	known := e.known(s.Name)
	var all []*revocation
	var unseen []PlannedStep
	for i, answers := range byHome(s, known.Earlier) {
		there := l
		if i > 0 {
			if there, err = e.readAccounts(ctx, answers[0], false); err != nil {
				unseen = append(unseen, unreachable(answers[0], err))
				continue
			}
		}
		v, err := e.readRevocation(ctx, answers, there, o, known)
		if err != nil && i > 0 {
			unseen = append(unseen, unreachable(answers[0], err))
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	sites := e.flowLogSites(ctx, s, l, o, known, all)
	p.takes, p.noLogs = all, sites.none
	for _, v := range all {
		if err := v.lookInside(ctx); err != nil {
			return nil, err
		}
		p.addRevocation(v, sites)
		unseen = append(unseen, v.unseen...)
	}
	unseen = append(unseen, sites.unseen...)
	e.tellStanding(ctx, unseen)
	for _, step := range unseen {
		if o.FlowLogs && known.told[step.place()] {
			p.Warnings = append(p.Warnings, fmt.Sprintf("account %s still cannot be looked at (%s); what is to do there was left to somebody else before, and is not waited for any longer. If it is not done: %s", step.Account, step.Reason, step.HandOff))
			continue
		}
		p.add(step)
	}
	if !s.toGroups() {
		p.add(PlannedStep{Step: StepPortal, Account: s.Account.ID, Target: s.reader().Name, Change: ChangeNone, Summary: RevokePortal(s)})
		p.Warnings = append(p.Warnings, revokeWarnings(s, l, o, sites)...)
	}
	for _, v := range all {
		p.Warnings = append(p.Warnings, v.warnings...)
	}
	p.Warnings = append(append(p.Warnings, sites.warnings...), e.clockWarnings()...)
	return p, nil
}

// addRevocation adds the steps that take back what is in one account with bucket and role, and where the logs of it are made.
func (p *Plan) addRevocation(v *revocation, sites *flowLogSites) {
	s, l, o := v.setup, v.live, v.options
	present := l == p.live
	if s.toGroups() {
		from := len(p.Steps)
		p.addGroupRevocation(v, sites.all)
		if !present {
			p.about(from, &view{s, l})
			return
		}
		p.addFlowLogs(v, sites.further)
		return
	}
	left := true
	if s.Mode == PerAccount {
		for _, role := range v.roles {
			p.addAbout(role, v.planGrant(role)...)
		}
	} else {
		var permissions PlannedStep
		permissions, left = v.planPermissions()
		p.addAbout(v.roles[0], permissions)
	}
	for _, role := range v.roles {
		p.addAbout(role, v.planTrust(role, left), v.planRole(role, left))
	}
	if o.FlowLogs && present {
		p.addFlowLogs(v, slices.Concat(l.sites, sites.further))
	}
	keyed := map[string]bool{}
	for _, bucket := range v.buckets {
		p.addAbout(bucket, v.planDelivery(bucket))
		if key := bucket.live.keyARN; !keyed[key] {
			keyed[key] = true
			p.addAbout(bucket, v.planKey(bucket)...)
		}
	}
	if o.DeleteBucket {
		for _, bucket := range v.buckets {
			p.addAbout(bucket, v.planBucket(bucket))
		}
	}
	for _, role := range v.roles {
		p.addAbout(role, PlannedStep{Step: StepAccess, Account: s.Account.ID, Target: role.setup.Account.Role, Change: ChangeNone,
			Summary: "prove that " + s.reader().Name + " can no longer read",
			exec: &execution{needs: []need{{step: StepPermissions}, {step: StepTrust}, {step: StepRole}},
				run: func(ctx context.Context, t *task) (string, error) { return v.proveRevoked(ctx, t, role) }}})
	}
}

// addAbout adds steps that are about a role or a bucket of their own.
func (p *Plan) addAbout(about *view, steps ...PlannedStep) {
	from := len(p.Steps)
	p.add(steps...)
	p.about(from, about)
}

func (p *Plan) about(from int, about *view) {
	for i := range p.Steps[from:] {
		if p.Steps[from+i].exec != nil {
			p.Steps[from+i].exec.about = about
		}
	}
}

// RevokePortal says what is left to do in the reader's portal after a revocation; empty where there was no reader.
func RevokePortal(s Setup) string {
	if s.toGroups() {
		return ""
	}
	if s.Mode == Centralized {
		return "in the " + s.reader().Name + " portal: Cloud Connectors → AWS, remove the Flow Logs account " + s.Account.ID
	}
	return "in the " + s.reader().Name + " portal: Sensors → Cloud Connectors → account " + s.Account.ID + " → Storage Accounts, bucket " + s.bucketName() + ": Storage access Revoke, where it still shows"
}

func revokeWarnings(s Setup, l *live, o RevokeOptions, sites *flowLogSites) []string {
	var warnings []string
	switch {
	case o.FlowLogs:
	case sites.none:
		warnings = append(warnings, "there are no flow logs of this set-up in the accounts and regions of its answers")
	default:
		warnings = append(warnings, "the flow logs stay and go on delivering to "+s.bucketName()+"; take them too with --flow-logs")
	}
	if o.RestoreScope && s.Mode == Centralized {
		warnings = append(warnings, "--restore-scope is about the S3 statement of a role that was there before; role "+s.Account.Role+" was made for the reader and has none")
	}
	if o.EndSessions {
		warnings = append(warnings, "--end-sessions ends every running session of role "+s.Account.Role+", whoever uses it")
	}
	if o.DeleteBucket && !o.FlowLogs {
		warnings = append(warnings, "bucket "+s.bucketName()+" stays while the flow logs deliver to it: --delete-bucket needs --flow-logs")
	}
	if l.bucket.State == awsops.BucketOurs && (!o.DeleteBucket || !o.FlowLogs) {
		warnings = append(warnings, "bucket "+s.bucketName()+" and the logs in it stay")
	}
	return warnings
}
