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
func (p *Plan) addGroupRevocation(v *revocation, sites []*site) {
	s, l, o := v.setup, v.live, v.options
	if o.FlowLogs {
		for _, at := range l.sites {
			p.add(v.planFlowLogs(at))
		}
		g := groupRevocation{v, sites}
		p.add(g.planPermissions(), g.planTrust(), g.planRole())
		for _, at := range l.sites {
			p.add(g.planGroup(at))
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

// groupRevocation takes back what lets a set-up deliver to its log groups.
type groupRevocation struct {
	*revocation
	sites []*site // where flow logs were looked for
}

func (g groupRevocation) planPermissions() PlannedStep {
	s, l := g.setup, g.live
	name := s.groupPolicyName()
	p := PlannedStep{Step: StepPermissions, Account: s.Account.ID, Target: s.roleName(), Change: ChangeNone, Summary: "there is nothing of this set-up in the role's policies"}
	if l.role == nil {
		return p
	}
	present := inlineOf(l.role, name)
	if present == "" {
		return p
	}
	if who := g.writesBy(name); who != "" {
		p.Summary = "the inline policy " + name + " stays: " + who + " delivers by it"
	} else {
		p.Change, p.Summary, p.Reason, p.Before = ChangeDelete, "delete the inline policy "+name, "this set-up put it there, and its flow logs go too", text(present)
		if d, err := policy.Parse(present); err == nil {
			p.Before = text(d.Pretty())
		}
		if l.role.Stack != "" {
			return ownedByStack(p, l.role.Stack, "no inline policy "+name)
		}
	}
	p.exec = &execution{needs: []need{{step: StepFlowLogs}}, run: func(ctx context.Context, t *task) (string, error) {
		d := t.inlineOfRole(ctx, l.home, s.roleName(), name)
		who := ""
		d.mend = func(current policy.Document) (policy.Document, error) {
			if who = g.writesBy(name); who != "" { // it may have come, or left, since the plan
				return current, nil
			}
			return policy.Document{}, nil
		}
		_, err := t.rewrite(ctx, d)
		if who != "" {
			return "the inline policy " + name + " stays: " + who + " delivers by it", err
		}
		return "the inline policy is gone", err
	}}
	return p
}

// planTrust takes the statement out of the trust policy of a role that stays, where it was not there before this set-up and nobody else delivers
// with the role.
func (g groupRevocation) planTrust() PlannedStep {
	s, l := g.setup, g.live
	p := PlannedStep{Step: StepTrust, Account: s.Account.ID, Target: s.roleName(), Change: ChangeNone, Summary: "the trust policy stays as it is"}
	switch {
	case l.role == nil:
		return p
	case g.roleStays(l.role, s.groupPolicyName()) == "":
		p.Summary = "the trust policy goes with the role"
		return p
	case l.role.Stack != "", g.entersBy() != "", slices.ContainsFunc(l.role.Inline, func(i awsops.InlinePolicy) bool {
		return i.Name != s.groupPolicyName() && strings.HasPrefix(i.Name, groupPolicy)
	}):
		return p
	}
	earlier, err := parseOrEmpty(g.before("trust", s.roleName()))
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
		if g.entersBy() != "" {
			return d, nil
		}
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
		wrote, err := t.rewrite(ctx, d)
		if !wrote {
			return "the trust policy stays as it is", err
		}
		return "the trust policy is what it was before for the flow logs service", err
	}}
	return p
}

func (g groupRevocation) planRole() PlannedStep {
	s, l := g.setup, g.live
	p := PlannedStep{Step: StepRole, Account: s.Account.ID, Target: s.roleName(), Change: ChangeNone}
	if l.role == nil {
		p.Summary = "there is no role"
		return p
	}
	why := g.roleStays(l.role, s.groupPolicyName())
	if maker := l.role.Tags[TagSetup]; why == "" {
		p.Change, p.Summary, p.Reason, p.Before = ChangeDelete, "delete the role that delivers", "this set-up created it, and nothing else hangs on it", text(l.role.ARN)
		if maker != s.Name {
			p.Reason = "set-up " + maker + " created it, and no set-up uses it any more"
		}
	} else if p.Summary = "the role stays: " + why; maker == "" {
		return p
	}
	p.exec = &execution{needs: []need{{step: StepFlowLogs}, {step: StepPermissions}, {step: StepTrust}}, run: g.deleteRole}
	return p
}

// deleteRole deletes the role, where nobody delivers with it by now and nothing hangs on it.
func (g groupRevocation) deleteRole(ctx context.Context, t *task) (string, error) {
	s, home := g.setup, g.live.home
	now, err := home.Role(ctx, s.roleName())
	if awsops.MeaningOf(err) == awsops.NotFound {
		return "the role is gone", nil
	}
	if err != nil {
		return "", t.place().fault("look what hangs on the role", err)
	}
	if why := g.roleStays(&now, ""); why != "" {
		return "the role stays: " + why, nil
	}
	err = t.write("delete role "+s.roleName(), func() error { return unlessGone(home.DeleteRole(ctx, s.roleName())) })
	if err == nil {
		t.run.noteGone("role " + s.roleName())
	}
	return "the role is gone", err
}

// planGroup deletes a log group, where this set-up created it, nothing is in it and nobody else delivers to it.
func (g groupRevocation) planGroup(at *site) PlannedStep {
	s := g.setup
	p := PlannedStep{Step: StepLogGroup, Account: at.account.ID, Region: at.region, Target: s.FlowLogs.LogGroup.Name, Change: ChangeNone, Summary: "the log group stays"}
	switch {
	case at.group == nil:
		p.Summary = "there is no log group"
		return p
	case !at.ownGroup(s):
		p.Summary = "the log group stays: this set-up did not create it"
		return p
	case !g.options.DeleteLogGroup:
		return p
	}
	name := at.group.Name
	stays := func(full bool) string {
		if who := g.deliversTo(at.region, name); who != "" {
			return "the log group stays: " + who + " delivers to it"
		}
		if full {
			return "the log group stays: it is not empty; flow logs are in it, which it keeps " + kept(at.group.Retention) + "; once nobody needs them, delete it by hand"
		}
		return ""
	}
	if p.Summary = stays(at.full); p.Summary != "" {
		return p
	}
	p.Change, p.Summary, p.Reason = ChangeDelete, "delete the log group, if nothing is in it", "this set-up created it"
	p.Before = text(asJSON(groupSettings{name, at.group.Retention, at.group.Tags}))
	p.exec = &execution{needs: []need{{step: StepFlowLogs}}, run: func(ctx context.Context, t *task) (string, error) {
		full, err := at.acting.HasEvents(ctx, at.region, name)
		if err != nil {
			return "", t.place().fault("look whether the log group is empty", err)
		}
		if why := stays(full); why != "" {
			return why, nil
		}
		err = t.write("delete log group "+name+" in "+at.region, func() error { return unlessGone(at.acting.DeleteLogGroup(ctx, at.region, name)) })
		if err == nil {
			t.run.noteGone("log group " + name + " in " + at.region)
		}
		return "the log group is gone", err
	}}
	return p
}

// lookInGroups notes which log groups that are to be deleted hold events.
func (v *revocation) lookInGroups(ctx context.Context) error {
	if !v.options.DeleteLogGroup || !v.options.FlowLogs {
		return nil
	}
	for _, at := range v.live.sites {
		if !at.ownGroup(v.setup) {
			continue
		}
		var err error
		if at.full, err = at.acting.HasEvents(ctx, at.region, at.group.Name); err != nil {
			return place{step: StepLogGroup, account: at.account.ID, region: at.region, target: at.group.Name}.fault("look whether the log group is empty", err)
		}
	}
	return nil
}
