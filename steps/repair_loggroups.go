package steps

import (
	"context"
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// groupPolicy names the policy that lets a role deliver to a log group.
const groupPolicy = "FlowLogsToCloudWatchLogs"

// groupRetention is how many days a log group keeps flow logs that was made again; longer costs more.
const groupRetention = 30

// groupRepair gives the steps that mend a delivery to a log group: role, its trust and its permissions, or the group. What the flow log itself
// names wrongly cannot be changed.
func (g *toGroup) groupRepair(partition, cause string) (Mend, []PlannedStep) {
	acting, account, region := g.at.acting, g.at.account.ID, g.at.region
	name := g.log.Role[strings.LastIndex(g.log.Role, "/")+1:]
	trust, permissions := groupTrust(partition, account), groupPermissions(partition, account, region, g.log.LogGroup)
	grant := func(ctx context.Context, t *task) error {
		return t.write("put the policy "+groupPolicy+" into role "+name, func() error {
			return awsops.Settle(ctx, func(ctx context.Context) error { return acting.PutInline(ctx, name, groupPolicy, permissions.String()) })
		})
	}
	step := PlannedStep{Account: account, Target: name, Change: ChangeUpdate, Reason: g.log.ID + " cannot deliver to log group " + g.log.LogGroup}
	run := func(do func(ctx context.Context, t *task) error) []PlannedStep {
		step.exec = &execution{run: func(ctx context.Context, t *task) (string, error) { return "done: " + step.Summary, do(ctx, t) }}
		return []PlannedStep{step}
	}
	switch cause {
	case "cwl-role-missing":
		step.Step, step.Change, step.Summary, step.After = StepRole, ChangeCreate, "make the role again, with its trust and permissions", text(trust.Pretty()+"\n"+permissions.Pretty())
		return MendChange, run(func(ctx context.Context, t *task) error {
			err := t.write("create role "+name, func() error {
				_, err := acting.CreateRole(ctx, awsops.NewRole{Name: name, Trust: trust.String(), Description: "VPC flow logs deliver to CloudWatch Logs with it"})
				return err
			})
			if err != nil {
				return err
			}
			return grant(ctx, t)
		})
	case "cwl-role-trust", "cwl-role-trust-source":
		current, err := policy.Parse(g.role.Trust)
		if err != nil || g.role.Stack != "" {
			return MendHand, nil
		}
		mend := func(now policy.Document) (policy.Document, error) {
			return now.With(trust.Statements...), nil
		}
		wanted, _ := mend(current)
		step.Step, step.Summary, step.Before, step.After = StepTrust, "let the flow logs service assume the role for flow logs of the account", text(current.Pretty()), text(wanted.Pretty())
		return MendChange, run(func(ctx context.Context, t *task) error {
			_, err := t.rewrite(ctx, document{kind: "trust", target: name, mend: mend, done: func(string) {},
				read:  func() (string, error) { return acting.Trust(ctx, name) },
				write: func(d policy.Document) error { return acting.PutTrust(ctx, name, d.String()) }})
			return err
		})
	case "cwl-role-permissions", "cwl-describe-scope":
		if g.role.Stack != "" {
			return MendHand, nil
		}
		step.Step, step.Summary, step.After = StepPermissions, "add the inline policy "+groupPolicy+", which lets the role write into the log group", text(permissions.Pretty())
		return MendChange, run(grant)
	case "cwl-group-missing":
		step.Step, step.Region, step.Target, step.Change = StepFlowLogs, region, g.log.LogGroup, ChangeCreate
		step.Summary = fmt.Sprintf("make the log group again, which keeps its events for %d days", groupRetention)
		return MendChange, run(func(ctx context.Context, t *task) error {
			return t.write("create log group "+g.log.LogGroup+" in "+region, func() error {
				return acting.CreateLogGroup(ctx, region, g.log.LogGroup, groupRetention, t.setup().tags())
			})
		})
	}
	return MendHand, nil
}
