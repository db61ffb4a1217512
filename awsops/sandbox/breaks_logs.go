package sandbox

import (
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// What is done to delivery to CloudWatch Logs.
var logsBreakers = []breaker{
	{Break{"cwl-role-missing", "deletes the role that the flow logs deliver with"}, aimLogs, func(t *target) { delete(t.home.Roles, strings.ToLower(t.role.Name)) }},
	{Break{"cwl-role-trust", "lets EC2 instances assume the role instead of the flow logs service"}, aimLogs, func(t *target) {
		t.editTrust(func(d *policy.Document) {
			for i, s := range d.Statements {
				if s.Principal != nil && s.Principal.Service.Has(flowLogsService) {
					d.Statements[i].Principal = policy.ServicePrincipal("ec2.amazonaws.com")
				}
			}
		})
	}},
	{Break{"cwl-role-trust-source", "lets the role be assumed only for flow logs of another account"}, aimLogs, func(t *target) {
		t.editTrust(func(d *policy.Document) {
			for i, s := range d.Statements {
				kept := slices.DeleteFunc(s.Condition, func(test policy.Test) bool { return strings.EqualFold(test.Key, "aws:SourceAccount") })
				d.Statements[i].Condition = append(kept, policy.Test{Operator: "StringEquals", Key: "aws:SourceAccount", Values: policy.One(strangerAccount)})
			}
		})
	}},
	{Break{"cwl-role-permissions", "takes logs:CreateLogStream and logs:PutLogEvents from the role"}, aimLogs, func(t *target) {
		t.editGrants(withoutActions("logs:CreateLogStream", "logs:PutLogEvents"))
	}},
	{Break{"cwl-describe-scope", "scopes logs:DescribeLogGroups to the log group, where it never applies"}, aimLogs, func(t *target) {
		group := policy.One(t.logs[0].Destination + ":*")
		t.editGrants(withoutActions("logs:DescribeLogGroups"))
		t.role.Inline["DescribeLogGroups"] = policy.New(policy.Statement{Sid: "DescribeLogGroups", Effect: policy.Allow, Action: policy.One("logs:DescribeLogGroups"), Resource: group}).String()
	}},
	{Break{"cwl-group-missing", "deletes the log group; the role may not make it again"}, aimLogs, func(t *target) {
		delete(t.logs[0].rd.LogGroups, t.logs[0].LogGroup)
		t.editGrants(withoutActions("logs:CreateLogGroup"))
	}},
	{Break{"cwl-group-other-region", "lets the flow logs name a log group of another region"}, aimLogs, func(t *target) {
		region := secondRegion
		if t.logs[0].region == region {
			region = homeRegion
		}
		if t.home.Regions[region] == nil {
			t.home.Regions[region] = &RegionData{}
		}
		for _, p := range t.logs {
			p.Destination = logGroupARN(region, p.account, p.LogGroup)
			if t.home.Regions[region].LogGroups[p.LogGroup] == nil {
				t.home.Regions[region].makeLogGroup(p.LogGroup, t.now)
			}
		}
	}},
	{Break{"cwl-role-other-account", "lets the flow logs name a role of another account"}, aimLogs, func(t *target) {
		other := t.w.Accounts[archiveAccount]
		if t.home == other {
			other = t.w.Accounts[managementAccount]
		}
		r := *t.role
		r.ARN, r.ID = "arn:aws:iam::"+other.ID+":role/"+r.Name, t.w.nextID("AROA")
		other.Roles[strings.ToLower(r.Name)] = &r
		for _, p := range t.logs {
			p.RoleARN = r.ARN
		}
	}},
	{Break{"cwl-role-denies", "denies the role logs:PutLogEvents"}, aimLogs, func(t *target) {
		t.role.Inline["Freeze"] = policy.New(policy.Statement{Sid: "Freeze", Effect: policy.Deny, Action: policy.One("logs:PutLogEvents"), Resource: policy.One("*")}).String()
	}},
	{Break{"cwl-role-open", "takes the conditions off the trust of the role, so that it serves flow logs of any account"}, aimLogs, func(t *target) {
		t.editTrust(func(d *policy.Document) {
			for i := range d.Statements {
				d.Statements[i].Sid, d.Statements[i].Condition = "", nil
			}
		})
	}},
	{Break{"cwl-role-excess", "gives the role logs:* on everything"}, aimLogs, func(t *target) {
		t.role.Inline["Convenience"] = policy.New(policy.Statement{Sid: "Convenience", Effect: policy.Allow, Action: policy.One("logs:*"), Resource: policy.One("*")}).String()
	}},
	{Break{"cwl-retention", "lets the log group keep its events for ever"}, aimLogs, func(t *target) {
		if group := t.logs[0].rd.LogGroups[t.logs[0].LogGroup]; group != nil { // another break may have deleted it
			group.Retention = 0
		}
	}},
	{Break{"cwl-throttled", "lowers the region's quota of PutLogEvents below what the flow logs need every minute; ten-minute intervals fit"}, aimLogs, func(t *target) {
		rd := t.logs[0].rd
		rd.LogsQuota = rd.logsLoad() / 2
	}},
}

// withoutActions takes actions out of the Allow statements, a wildcard that covers them included.
func withoutActions(actions ...string) func(*policy.Document) {
	return func(d *policy.Document) {
		var kept []policy.Statement
		for _, s := range d.Statements {
			for _, a := range s.Action.Values() {
				covers := slices.ContainsFunc(actions, func(gone string) bool { return wildcard(strings.ToLower(a), strings.ToLower(gone)) })
				if s.Effect == policy.Allow && covers {
					s.Action = s.Action.Without(a)
				}
			}
			if s.Action.Len() > 0 || s.NotAction.IsSet() {
				kept = append(kept, s)
			}
		}
		d.Statements = kept
	}
}
