package steps

import (
	"context"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// findDeliveryRole tells what is wrong with role and log groups of a set-up that delivers to CloudWatch Logs and keeps no delivery out: who else may
// use the role, what else it may do, and how long events are kept.
func findDeliveryRole(d *diagnosis) []Cause {
	if !d.s.toGroups() || d.s.Name == "" {
		return nil
	}
	return slices.Concat(d.roleBarred(), d.openRole(), d.roleExcess(), d.retentions())
}

// roleBarred tells of what denies the role something that no grant can mend, whatever else is the matter: apply is blocked by it.
func (d *diagnosis) roleBarred() []Cause {
	role := d.l.role
	if role == nil || unreadPolicies(role) != nil || !d.failed(string(StepPermissions)) {
		return nil
	}
	identity, err := identityOf(role)
	if err != nil {
		return nil
	}
	var causes []Cause
	for _, at := range d.l.sites {
		g := &toGroup{at: at, role: role, boundary: d.l.boundary, scps: d.l.scps, regions: d.s.FlowLogs.Regions}
		g.log.LogGroup = d.s.FlowLogs.LogGroup.Name
		for _, n := range delivers(d.s.partition(), at.account.ID, at.region, g.log.LogGroup) {
			c := Cause{Account: at.account.ID, Region: at.region, Target: role.ARN, role: role.ARN, Mend: MendHand}
			c.ID, c.Evidence, c.Fix = g.gap(d.s.partition(), identity, n)
			switch c.ID {
			case "", "cwl-role-permissions":
				continue
			case "cwl-role-denies":
				c.Mend, c.repair = d.groupRepair(g, c.ID)
			}
			causes = mergeCause(causes, c)
		}
	}
	return causes
}

// openRole tells whom the trust policy lets in besides the service for flow logs of the account. Source: IAM user guide, confused-deputy.
func (d *diagnosis) openRole() []Cause {
	role := d.l.role
	if role == nil || !d.failed(string(StepTrust), "access.assume") {
		return nil
	}
	current, err := policy.Parse(role.Trust)
	if err != nil || d.s.keptOut(current, role.ARN) != "" {
		return nil // told as what keeps deliveries out
	}
	c := Cause{ID: "cwl-role-open", Account: d.s.Account.ID, Target: role.ARN, role: role.ARN, Evidence: "the trust policy differs from what the set-up makes: " + current.String()}
	if others := d.s.othersIn(current, role.ARN); len(others) > 0 {
		c.Evidence = "the trust policy also lets in " + strings.Join(others, ", ") + ": " + current.String()
	}
	own := d.l.ownRole(d.s) && role.Stack == ""
	wanted := d.s.deliveryTrust()
	switch {
	case d.mendOf(StepTrust) == MendApply && len(d.s.othersIn(d.s.mendedDelivery(current, own, role.ARN), role.ARN)) == 0:
		c.Mend, c.Fix = MendApply, "flowgrant apply -f FILE puts the statement of the set-up back"
	case own:
		home, name := d.l.home, role.Name
		c.Mend, c.Fix = MendChange, "give the role this trust policy, which lets nobody else in:\n"+wanted.Pretty()
		c.repair = changeStep(StepTrust, c.Account, "", name, "leave only the flow logs service in the trust policy, for flow logs of the account", current, wanted, func(ctx context.Context, t *task) error {
			return t.rewriteTrust(ctx, home, name, func(policy.Document) (policy.Document, error) { return wanted, nil })
		})
	default:
		c.Mend, c.Fix = MendHand, "the owner of the role decides whom else it is for; this trust policy lets nobody in but the flow logs service:\n"+wanted.Pretty()
	}
	return []Cause{c}
}

// roleExcess tells what a role of the set-up may do besides writing into the log groups.
func (d *diagnosis) roleExcess() []Cause {
	at := slices.IndexFunc(d.report.Checks, func(c Check) bool { return c.ID == "access.beyond" && c.Status == Fail })
	role := d.l.role
	if at < 0 || role == nil {
		return nil
	}
	identity, err := identityOf(role)
	if err != nil {
		return nil
	}
	narrow := func(now policy.Document) policy.Document {
		now = now.Clone()
		now.Statements = slices.DeleteFunc(now.Statements, func(st policy.Statement) bool { return st.Effect == policy.Allow && !d.s.onlyWrites(st) })
		return now
	}
	wanted := make([]policy.Document, len(identity))
	for i, current := range identity {
		if wanted[i] = narrow(current); i < len(role.Inline) && role.Inline[i].Name == d.s.groupPolicyName() {
			wanted[i] = current // apply writes it anew
		}
	}
	c := Cause{ID: "cwl-role-excess", Account: d.s.Account.ID, Target: role.ARN, role: role.ARN, Evidence: d.report.Checks[at].Evidence}
	steps := d.rewriteRole(identity, wanted, "take what is not for delivery out of ", narrow)
	switch {
	case len(steps) == 0 && d.mendOf(StepPermissions) == MendApply:
		c.Mend, c.Fix = MendApply, "flowgrant apply -f FILE writes the inline policy "+d.s.groupPolicyName()+" as it should be"
	case len(steps) == 0 || role.Stack != "":
		c.Mend, c.Fix = MendHand, "take those statements out; these permissions are enough:\n"+d.s.deliveryPermissions().Pretty()
	default:
		var what []string
		for _, step := range steps {
			what = append(what, step.Summary)
		}
		c.Mend, c.repair, c.Fix = MendChange, steps, strings.Join(what, ", ")+":\n"+strings.Join(roleCommands(role, identity, wanted), "\n")
	}
	return []Cause{c}
}

// retentions tells of log groups that are gone, or keep their events for another time than the set-up says.
func (d *diagnosis) retentions() []Cause {
	var causes []Cause
	for _, p := range d.run.plan.Steps {
		if p.Step == StepLogGroup && p.Change == ChangeCreate {
			causes = append(causes, Cause{ID: "cwl-group-missing", Account: p.Account, Region: p.Region, Target: p.Target, local: true, Mend: MendApply,
				Evidence: "there is no log group " + p.Target + " in " + p.Region, Fix: "flowgrant apply -f FILE would " + p.Summary})
		}
		if p.Step == StepLogGroup && p.Change == ChangeUpdate {
			causes = append(causes, Cause{ID: "cwl-retention", Account: p.Account, Region: p.Region, Target: p.Target, local: true, Mend: MendApply,
				Evidence: p.Reason + ", and the set-up says otherwise", Fix: "flowgrant apply -f FILE would " + p.Summary})
		}
	}
	return causes
}
