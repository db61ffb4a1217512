package steps

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// breadthChecks tell of roles that deliver to CloudWatch Logs and could be used for more: they pass, since delivery works, and say what is better.
// Source: VPC user guide, flow-logs-iam-role, and IAM user guide, confused-deputy.
func (d *diagnosis) breadthChecks() {
	var told []string
	for _, g := range d.groups {
		if in := g.at.account.ID + " " + g.at.region + " " + g.log.LogGroup; g.group != nil && g.group.Retention == 0 && !slices.Contains(told, in) {
			told = append(told, in)
			d.report.Checks = append(d.report.Checks, Check{ID: string(StepFlowLogs) + ".retention", Account: g.at.account.ID, Region: g.at.region, Target: g.log.LogGroup, Status: Pass,
				Summary: "a log group of flow logs keeps its events for ever, which costs more each day", Evidence: "its retention is not set",
				Fix: fmt.Sprintf("aws logs put-retention-policy --region %s --log-group-name %s --retention-in-days %d", g.at.region, g.log.LogGroup, groupRetention)})
		}
		if g.role == nil || unreadPolicies(g.role) != nil || slices.Contains(told, g.role.ARN) {
			continue
		}
		evidence, better := g.breadth(d.s.partition())
		if len(evidence) == 0 {
			continue
		}
		told = append(told, g.role.ARN)
		d.report.Checks = append(d.report.Checks, Check{ID: string(StepFlowLogs) + ".role-scope", Account: g.at.account.ID, Target: g.role.ARN, Status: Pass,
			Summary: "a role that delivers to CloudWatch Logs could be used for more than that", Evidence: strings.Join(evidence, "; "), Fix: strings.Join(better, "\n")})
	}
}

// breadth tells what a role lets through that delivery to its log group does not need, and the documents that would do.
func (g *toGroup) breadth(partition string) (evidence, better []string) {
	account, region := g.at.account.ID, g.at.region
	if trust, err := policy.Parse(g.role.Trust); err == nil {
		if _, decision := serviceEnters(trust, partition, g.role.ARN, stranger, region, anyFlowLog); decision.Verdict == policy.Allowed {
			evidence = append(evidence, "its trust policy has no condition on aws:SourceAccount or aws:SourceArn, so that the service may use it for flow logs of any account")
			better = append(better, "a trust policy for flow logs of this account only:", groupTrust(partition, account).Pretty())
		}
	}
	identity, err := identityOf(g.role)
	if err != nil {
		return evidence, better
	}
	group := fmt.Sprintf("arn:%s:logs:%s:%s:log-group:", partition, region, account)
	var excess []string
	for _, n := range []groupNeeds{{"logs:PutLogEvents", group + "of-something-else:log-stream:x"}, {"logs:GetLogEvents", group + g.log.LogGroup + ":log-stream:x"}, {"logs:DeleteLogGroup", group + g.log.LogGroup + ":log-stream:"}} {
		decision := policy.Evaluate(policy.Request{Principal: g.role.ARN, Action: n.action, Resource: n.resource, ResourceAccount: account}, policy.Policies{Identity: identity})
		if decision.Verdict == policy.Allowed {
			excess = append(excess, fmt.Sprintf("%s lets it use %s on %s", g.policyName(decision.Why[0].Policy), n.action, n.resource))
		}
	}
	if len(excess) > 0 {
		evidence = append(evidence, excess...)
		better = append(better, "permissions for the one log group instead:", groupPermissions(partition, account, []string{region}, g.log.LogGroup).Pretty())
	}
	return evidence, better
}

// policyName names the nth of the role's policies, inline ones first.
func (g *toGroup) policyName(n int) string {
	if n < len(g.role.Inline) {
		return "its inline policy " + g.role.Inline[n].Name
	}
	if n -= len(g.role.Inline); n < len(g.role.Attached) {
		return "its managed policy " + g.role.Attached[n].Name
	}
	return "a policy"
}
