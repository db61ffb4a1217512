package steps

import (
	"context"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// addGroupRevocation adds the steps that take back a set-up whose flow logs go to CloudWatch Logs. It granted nobody access to them; what it has
// is the delivery.
func (p *Plan) addGroupRevocation(v *revocation) {
	s, l, o := v.setup, v.live, v.options
	if o.FlowLogs {
		for _, at := range l.sites {
			p.add(v.planFlowLogs(at))
		}
		goes := l.deliveryRoleGoes(s)
		p.add(planRevokeDeliveryPermissions(s, l), planRevokeDeliveryTrust(s, l, o, goes), planRevokeDeliveryRole(s, l, goes))
		for _, at := range l.sites {
			p.add(planRevokeGroup(s, at, o))
		}
	}
	p.add(PlannedStep{Step: StepAccess, Account: s.Account.ID, Target: s.roleName(), Change: ChangeNone, Summary: "nothing is granted to a reader, so there is no access to take back",
		exec: &execution{run: func(_ context.Context, t *task) (string, error) {
			t.run.prove(t, t.check("access", Pass, "nobody has access by this set-up", "it only delivers", ""))
			return "nobody has access by this set-up: it only delivers", nil
		}}})
	group := s.FlowLogs.LogGroup.Name
	if !o.FlowLogs {
		p.Warnings = append(p.Warnings, "nothing is granted to a reader; the flow logs stay and go on delivering to log group "+group+": take them, and the role, with --flow-logs")
	}
	if !o.DeleteLogGroup || !o.FlowLogs {
		p.Warnings = append(p.Warnings, "log group "+group+" and the events in it stay")
	}
	if o.RestoreScope || o.EndSessions {
		p.Warnings = append(p.Warnings, "--restore-scope and --end-sessions are about a reader's role, and there is none")
	}
}

func planRevokeDeliveryPermissions(s Setup, l *live) PlannedStep {
	name := s.groupPolicyName()
	p := PlannedStep{Step: StepPermissions, Account: s.Account.ID, Target: s.roleName(), Change: ChangeNone, Summary: "there is nothing of this set-up in the role's policies"}
	if l.role == nil {
		return p
	}
	present := inlineOf(l.role, name)
	if present == "" {
		return p
	}
	p.Change, p.Summary, p.Reason, p.Before = ChangeDelete, "delete the inline policy "+name, "this set-up put it there, and its flow logs go too", text(present)
	if d, err := policy.Parse(present); err == nil {
		p.Before = text(d.Pretty())
	}
	if l.role.Stack != "" {
		return ownedByStack(p, l.role.Stack, "no inline policy "+name)
	}
	p.exec = &execution{needs: []need{{step: StepFlowLogs}}, run: func(ctx context.Context, t *task) (string, error) {
		d := t.inlineOfRole(ctx, l.home, s.roleName(), name)
		d.mend = func(policy.Document) (policy.Document, error) { return policy.Document{}, nil }
		_, err := t.rewrite(ctx, d)
		return "the inline policy is gone", err
	}}
	return p
}

// deliveryRoleGoes says whether the role is deleted: this set-up made it, and nothing but what this set-up put there hangs on it.
func (l *live) deliveryRoleGoes(s Setup) bool {
	return l.ownRole(s) && len(l.role.Attached) == 0 && len(l.role.Unreadable) == 0 &&
		!slices.ContainsFunc(l.role.Inline, func(p awsops.InlinePolicy) bool { return p.Name != s.groupPolicyName() })
}

// planRevokeDeliveryTrust takes the statement out of the trust policy of a role that stays, where it was not there before this set-up and no other
// set-up delivers with the role.
func planRevokeDeliveryTrust(s Setup, l *live, o RevokeOptions, goes bool) PlannedStep {
	p := PlannedStep{Step: StepTrust, Account: s.Account.ID, Target: s.roleName(), Change: ChangeNone, Summary: "the trust policy stays as it is"}
	switch {
	case goes:
		p.Summary = "the trust policy goes with the role"
		return p
	case l.role == nil, l.role.Stack != "", slices.ContainsFunc(l.role.Inline, func(i awsops.InlinePolicy) bool {
		return i.Name != s.groupPolicyName() && strings.HasPrefix(i.Name, groupPolicy)
	}):
		return p
	}
	earlier, err := parseOrEmpty(o.before("trust", s.roleName()))
	if err != nil || len(earlier.Statements) == 0 {
		return p // this set-up did not change it, or nobody knows what it was
	}
	current, err := policy.Parse(l.role.Trust)
	if err != nil {
		p.Change, p.Reason, p.HandOff = ChangeBlocked, "the trust policy cannot be understood: "+err.Error(), "mend it, then revoke again"
		return p
	}
	sid := s.deliveryTrust().Statements[0].Sid
	mend := func(d policy.Document) (policy.Document, error) {
		out := d.Without(sid)
		if was, at := earlier.Statement(sid); at >= 0 {
			out.Statements = append(out.Statements, was)
		}
		return out, nil
	}
	wanted, _ := mend(current)
	if sameMeaning(wanted, current) || len(wanted.Statements) == 0 {
		return p
	}
	p.Change, p.Summary, p.Reason = ChangeUpdate, "put the trust policy back to what it was for the flow logs service", "this set-up changed it"
	p.Before, p.After = text(current.Pretty()), text(wanted.Pretty())
	p.exec = &execution{needs: []need{{step: StepFlowLogs}}, run: func(ctx context.Context, t *task) (string, error) {
		d := t.trustDocument(ctx)
		d.mend = mend
		_, err := t.rewrite(ctx, d)
		return "the trust policy is what it was before for the flow logs service", err
	}}
	return p
}

func planRevokeDeliveryRole(s Setup, l *live, goes bool) PlannedStep {
	p := PlannedStep{Step: StepRole, Account: s.Account.ID, Target: s.roleName(), Change: ChangeNone}
	switch {
	case l.role == nil:
		p.Summary = "there is no role"
		return p
	case !l.ownRole(s):
		p.Summary = "the role stays: this set-up did not create it"
		return p
	case !goes:
		p.Summary = "the role stays: other policies hang on it"
		return p
	}
	p.Change, p.Summary, p.Reason, p.Before = ChangeDelete, "delete the role that delivers", "this set-up created it, and nothing else hangs on it", text(l.role.ARN)
	p.exec = &execution{needs: []need{{step: StepFlowLogs}, {step: StepPermissions}, {step: StepTrust}}, run: func(ctx context.Context, t *task) (string, error) {
		return "the role is gone", t.write("delete role "+s.roleName(), func() error {
			if err := l.home.DeleteRole(ctx, s.roleName()); awsops.MeaningOf(err) != awsops.NotFound {
				return err
			}
			return nil
		})
	}}
	return p
}

// planRevokeGroup deletes a log group, where this set-up created it and nothing is in it.
func planRevokeGroup(s Setup, at *site, o RevokeOptions) PlannedStep {
	p := PlannedStep{Step: StepLogGroup, Account: at.account.ID, Region: at.region, Target: s.FlowLogs.LogGroup.Name, Change: ChangeNone, Summary: "the log group stays"}
	switch {
	case at.group == nil:
		p.Summary = "there is no log group"
		return p
	case !at.ownGroup(s):
		p.Summary = "the log group stays: this set-up did not create it"
		return p
	case !o.DeleteLogGroup:
		return p
	}
	p.Change, p.Summary, p.Reason = ChangeDelete, "delete the log group, if nothing is in it", "this set-up created it"
	p.Before = text(asJSON(groupSettings{at.group.Name, at.group.Retention, at.group.Tags}))
	p.exec = &execution{needs: []need{{step: StepFlowLogs}}, run: func(ctx context.Context, t *task) (string, error) {
		name := at.group.Name
		full, err := at.acting.HasEvents(ctx, at.region, name)
		if err != nil {
			return "", t.place().fault("look whether the log group is empty", err)
		}
		if full {
			return "", t.place().say("delete the log group", "it is not empty: flow logs are in it, which it keeps "+kept(at.group.Retention), "keep it (leave out --delete-log-group), or delete it by hand once nobody needs them")
		}
		return "the log group is gone", t.write("delete log group "+name+" in "+at.region, func() error {
			if err := at.acting.DeleteLogGroup(ctx, at.region, name); awsops.MeaningOf(err) != awsops.NotFound {
				return err
			}
			return nil
		})
	}}
	return p
}
