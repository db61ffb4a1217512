package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// groupRepair gives the step that mends a delivery to a log group which this set-up did not make: role, its trust and its permissions, or the
// group. What the flow log itself names wrongly cannot be changed: it gets a successor.
func (d *diagnosis) groupRepair(g *toGroup, cause string) (Mend, []PlannedStep) {
	partition, acting, account, region := d.s.partition(), g.at.acting, g.at.account.ID, g.at.region
	name := g.roleName()
	trust, permissions := groupTrust(partition, account), groupPermissions(partition, account, []string{region}, g.log.LogGroup)
	step := PlannedStep{Account: account, Target: name, Change: ChangeUpdate, Reason: g.log.ID + " cannot deliver to log group " + g.log.LogGroup}
	run := func(asks func(r *requester), do func(ctx context.Context, t *task) error) (Mend, []PlannedStep) {
		step.exec = &execution{asks: asks, run: func(ctx context.Context, t *task) (string, error) { return "done: " + step.Summary, do(ctx, t) }}
		return MendChange, []PlannedStep{step}
	}
	if g.role != nil && g.role.Stack != "" && cause != "cwl-group-missing" {
		return MendHand, nil
	}
	switch cause {
	case "cwl-role-missing":
		step.Step, step.Change, step.Summary, step.After = StepRole, ChangeCreate, "make the role again, with its trust and permissions", text(trust.Pretty()+"\n"+permissions.Pretty())
		return run(func(r *requester) { r.deliverer(d.s, g, trust, permissions) }, func(ctx context.Context, t *task) error { return t.ensureDeliverer(ctx, g, trust, permissions) })
	case "cwl-role-trust", "cwl-role-trust-source":
		current, err := policy.Parse(g.role.Trust)
		if err != nil {
			return MendHand, nil
		}
		wanted := serviceInPlace(current, trust)
		step.Step, step.Summary, step.Before, step.After = StepTrust, "let the flow logs service assume the role for flow logs of the account", text(current.Pretty()), text(wanted.Pretty())
		return run(step.rewriting(wanted), func(ctx context.Context, t *task) error { return t.addTrust(ctx, acting, name, trust) })
	case "cwl-role-denies":
		identity, err := identityOf(g.role)
		if err != nil {
			return MendHand, nil
		}
		wanted := make([]policy.Document, len(identity))
		for i, current := range identity {
			wanted[i] = g.withoutDenies(partition, current)
		}
		steps := rewriteRole(acting, g.role, account, identity, wanted, "take what denies the delivery out of ", func(now policy.Document) policy.Document { return g.withoutDenies(partition, now) })
		if len(steps) == 0 {
			return MendHand, nil
		}
		return MendChange, steps
	case "cwl-role-permissions", "cwl-describe-scope":
		before := inlineOf(g.role, groupPolicy)
		current, err := parseOrEmpty(before)
		if err != nil {
			return MendHand, nil
		}
		step.Step, step.Summary = StepPermissions, "let the role write into the log group, by its inline policy "+groupPolicy
		step.Before, step.After = known(before), text(withResources(current, permissions).Pretty())
		return run(func(r *requester) { r.delivererPermissions(g, permissions) }, func(ctx context.Context, t *task) error { return t.addPermissions(ctx, acting, name, permissions) })
	case "cwl-group-missing":
		step.Step, step.Region, step.Target, step.Change = StepLogGroup, region, g.log.LogGroup, ChangeCreate
		step.Summary = fmt.Sprintf("make the log group again, which keeps its events for %d days", groupRetention)
		return run(func(r *requester) { r.logGroup(d.s, g.log.LogGroup) }, func(ctx context.Context, t *task) error {
			return t.makeLogGroup(ctx, acting, region, g.log.LogGroup, groupRetention)
		})
	case "cwl-role-other-account", "cwl-group-other-region":
		want := g.successor(d.s)
		step.Step, step.Region, step.Target, step.Change = StepFlowLogs, region, g.log.ID, ChangeReplace
		step.Summary = fmt.Sprintf("make a flow log for %s that delivers to log group %s in %s with the role %s, and delete %s once it does", g.log.ResourceID, g.log.LogGroup, region, name, g.log.ID)
		step.Before, step.After = text(asJSON(described(g.log))), text(asJSON(want))
		step.Notes = []string{"the role and the log group are made where they are not there; the role gets this trust policy: " + trust.String() + ", and these permissions: " + permissions.String()}
		step.exec = &execution{asks: func(r *requester) { r.successor(d.s, g, want, trust, permissions) }, run: func(ctx context.Context, t *task) (string, error) {
			if err := t.ensureDeliverer(ctx, g, trust, permissions); err != nil {
				return "", err
			}
			if g.group == nil {
				if err := t.makeLogGroup(ctx, acting, region, g.log.LogGroup, groupRetention); err != nil {
					return "", err
				}
			}
			return (&succession{task: t, old: g, want: want}).carryOut(ctx)
		}}
		return MendChange, []PlannedStep{step}
	}
	return MendHand, nil
}

const delivererDescription = "VPC flow logs deliver to CloudWatch Logs with it"

// ensureDeliverer makes the role that delivers, or adds what it lacks.
func (t *task) ensureDeliverer(ctx context.Context, g *toGroup, trust, permissions policy.Document) error {
	acting, name := g.at.acting, g.roleName()
	if g.role == nil {
		err := t.write("create role "+name, func() error {
			_, err := acting.CreateRole(ctx, awsops.NewRole{Name: name, Trust: trust.String(), Description: delivererDescription, Tags: t.setup().tags()})
			if awsops.MeaningOf(err) == awsops.AlreadyExists { // for another flow log of the same repair
				return nil
			}
			return err
		})
		if err != nil {
			return err
		}
	} else if id, _ := g.trustGap(t.setup().partition()); id != "" {
		if err := t.addTrust(ctx, acting, name, trust); err != nil {
			return err
		}
	}
	return t.addPermissions(ctx, acting, name, permissions)
}

func (t *task) addTrust(ctx context.Context, acting *awsops.Account, role string, trust policy.Document) error {
	_, err := t.rewrite(ctx, document{kind: "trust", target: role, done: func(string) {},
		mend:  func(now policy.Document) (policy.Document, error) { return serviceInPlace(now, trust), nil },
		read:  func() (string, error) { return acting.Trust(ctx, role) },
		write: func(d policy.Document) error { return acting.PutTrust(ctx, role, d.String()) }})
	return err
}

// serviceInPlace puts the service's statement in the place of those that were meant for it: that name it with other conditions, or that name another
// service for flow logs, or as the only one. Whom else the trust policy lets in stays.
func serviceInPlace(now, trust policy.Document) policy.Document {
	mended := now.Clone()
	mended.Statements = slices.DeleteFunc(mended.Statements, func(st policy.Statement) bool {
		p := st.Principal
		if st.Effect != policy.Allow || p == nil || p.Any || p.AWS.IsSet() || p.Federated.IsSet() || p.CanonicalUser.IsSet() || p.Service.Len() != 1 {
			return false
		}
		about := slices.ContainsFunc(st.Condition, func(t policy.Test) bool {
			return strings.EqualFold(t.Key, "aws:SourceArn") && strings.Contains(strings.Join(t.Values.Values(), " "), "vpc-flow-log")
		})
		return p.Service.Has(groupService) || about || len(now.Statements) == 1
	})
	return mended.With(trust.Statements...)
}

// addPermissions adds statements to the inline policy, which may let the role write into other log groups too.
func (t *task) addPermissions(ctx context.Context, acting *awsops.Account, role string, permissions policy.Document) error {
	d := t.inlineOfRole(ctx, acting, role, groupPolicy)
	d.mend = func(now policy.Document) (policy.Document, error) { return withResources(now, permissions), nil }
	_, err := t.rewrite(ctx, d)
	return err
}

// withResources adds the resources of statements to those of the same Sids.
func withResources(d, add policy.Document) policy.Document {
	for _, st := range add.Statements {
		d = d.AddResources(st)
	}
	return d
}
