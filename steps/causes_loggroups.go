package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// groupService is who delivers flow logs to CloudWatch Logs. Source: VPC user guide, flow-logs-iam-role.
const groupService = "vpc-flow-logs.amazonaws.com"

// toGroup is a flow log to CloudWatch Logs that fails, with what it needs.
type toGroup struct {
	at       *site
	log      awsops.FlowLog
	role     *awsops.Role // nil: not there
	roleErr  error
	group    *awsops.LogGroup // nil: not there
	groupErr error
	boundary *policy.Document    // of the role; nil: it has none, or it cannot be read
	scps     [][]policy.Document // on the account, where they were read
	works    bool
	foreign  bool     // the set-up has nothing to do with it
	regions  []string // in which the role delivers for this
}

// roleName names the role of the account that is to deliver: the flow log's, or where that is of another account the usual one.
func (g *toGroup) roleName() string {
	if arnPart(g.log.Role, 4) != g.at.account.ID {
		return groupRole
	}
	return g.log.Role[strings.LastIndex(g.log.Role, "/")+1:]
}

// readGroups reads role and log group of each flow log of the VPCs to CloudWatch Logs.
func (d *diagnosis) readGroups(ctx context.Context, wg *sync.WaitGroup) {
	for _, at := range d.l.sites {
		for _, v := range at.vpcs {
			for _, f := range at.flowLogs {
				if f.ResourceID != v.ID || f.DestinationType != string(ToGroups) {
					continue
				}
				own := d.s.Name != "" && d.s.toGroups() && d.s.made(f)
				g := &toGroup{at: at, log: f, scps: d.l.scps, regions: []string{at.region}, works: f.Status != "FAILED" && !(own && d.unsettled()), foreign: !own}
				if own && g.works {
					continue
				}
				if own {
					g.regions = d.s.FlowLogs.Regions
				}
				d.groups = append(d.groups, g)
				wg.Go(func() {
					role, err := at.acting.Role(ctx, g.roleName())
					if g.roleErr = err; err == nil {
						g.role, g.boundary = &role, d.boundaryOf(ctx, at.acting, role)
					}
				})
				wg.Go(func() {
					group, err := at.acting.LogGroup(ctx, at.region, f.LogGroup)
					if g.groupErr = err; err == nil {
						g.group = &group
					}
				})
			}
		}
	}
}

// boundaryOf reads the permissions boundary of a role; nil: it has none, or it cannot be read.
func (d *diagnosis) boundaryOf(ctx context.Context, acting *awsops.Account, role awsops.Role) *policy.Document {
	if role.Boundary == "" {
		return nil
	}
	p, err := acting.Policy(ctx, role.Boundary)
	if err != nil {
		return nil
	}
	boundary, err := policy.Parse(p.Document)
	if err != nil {
		return nil
	}
	return &boundary
}

// groupChecks tells of the flow logs to CloudWatch Logs that fail, where they are what is asked for: not beside a set-up.
func (d *diagnosis) groupChecks() {
	for _, g := range d.groups {
		if g.works && g.willFail(d.s.partition()) {
			g.works = false
		}
		if g.works || d.s.Name != "" {
			continue
		}
		d.report.Checks = append(d.report.Checks, Check{ID: string(StepFlowLogs) + ".cloud-watch-logs", Account: g.at.account.ID, Region: g.at.region, Target: g.log.ResourceID, Status: Fail,
			Summary: "a flow log of the VPC cannot deliver to CloudWatch Logs", Evidence: g.seen(),
			Fix: "see the causes"})
	}
	d.report.sum()
}

// seen is what AWS says of the flow log.
func (g *toGroup) seen() string {
	if g.log.Status == "FAILED" {
		return fmt.Sprintf("%s to log group %s is FAILED: %s", g.log.ID, g.log.LogGroup, g.log.StatusMessage)
	}
	return fmt.Sprintf("of %s to log group %s AWS says %s, by its last delivery: the next will fail", g.log.ID, g.log.LogGroup, orNone(g.log.Status))
}

// willFail says whether the next delivery cannot succeed though AWS says nothing of it yet: by what is gone, or denied by statements whose conditions
// are all known here.
func (g *toGroup) willFail(partition string) bool {
	known := func(d policy.Document, keys ...string) bool {
		return !slices.ContainsFunc(d.Statements, func(st policy.Statement) bool {
			return slices.ContainsFunc(st.Condition, func(t policy.Test) bool { return !slices.Contains(keys, strings.ToLower(t.Key)) })
		})
	}
	id, _, _ := g.why(partition)
	switch id {
	case "cwl-role-missing", "cwl-group-missing":
		return true
	case "cwl-role-trust", "cwl-role-trust-source":
		trust, err := policy.Parse(g.role.Trust)
		return err == nil && known(trust, "aws:sourceaccount", "aws:sourcearn")
	case "cwl-role-permissions", "cwl-describe-scope", "cwl-role-denies", "role-boundary":
		if g.boundary != nil && !known(*g.boundary) {
			return false
		}
		identity, err := identityOf(g.role)
		return err == nil && !slices.ContainsFunc(identity, func(d policy.Document) bool { return !known(d) })
	}
	return false
}

// findLogGroups tells why flow logs to CloudWatch Logs fail.
func findLogGroups(d *diagnosis) []Cause {
	var causes []Cause
	for _, g := range d.groups {
		if g.works {
			continue
		}
		c := Cause{Account: g.at.account.ID, Region: g.at.region, Target: g.log.Role, role: g.log.Role, Aside: g.foreign && d.s.Name != ""}
		if c.ID, c.Evidence, c.Fix = g.why(d.s.partition()); c.ID == "" {
			continue
		}
		if strings.HasPrefix(c.ID, "cwl-group") || c.ID == "cwl-throttled" {
			c.Target = g.log.LogGroup
		}
		if !g.foreign && c.ID != "cwl-role-denies" {
			c.Mend, c.Fix = d.mendGroups(c)
		} else {
			c.Mend, c.repair = d.groupRepair(g, c.ID)
		}
		c.Evidence = fmt.Sprintf("%s of %s: ", g.log.ID, g.log.ResourceID) + c.Evidence
		had := len(causes)
		causes = mergeCause(causes, c)
		if len(causes) == had { // of another flow log: each has its own repair
			at := slices.IndexFunc(causes, func(k Cause) bool {
				return k.ID == c.ID && k.Account == c.Account && k.Region == c.Region && k.Target == c.Target
			})
			causes[at].repair = append(causes[at].repair, c.repair...)
		}
	}
	return causes
}

// why gives the cause of a failed delivery to a log group. Source: VPC user guide, flow-logs-cwl and flow-logs-troubleshooting.
func (g *toGroup) why(partition string) (id, evidence, fix string) {
	account, region, f := g.at.account.ID, g.at.region, g.log
	remake := "a flow log cannot be changed: make a new one, see that it delivers, then delete " + f.ID
	if strings.EqualFold(f.StatusMessage, "Rate limited") {
		return "cwl-throttled", "AWS says: " + f.StatusMessage, "ask for a higher quota of PutLogEvents in the region (Service Quotas, CloudWatch Logs), or let flow logs aggregate over 600 s instead of " + fmt.Sprint(f.Interval)
	}
	if f.Role == "" {
		return "cwl-role-other-account", "it names no role to deliver with (DeliverLogsPermissionArn)", "give it a role of account " + account + "; " + remake
	}
	if owner := arnPart(f.Role, 4); owner != account {
		return "cwl-role-other-account", fmt.Sprintf("its role is %s, of account %s", f.Role, owner), "give it a role of account " + account + "; " + remake
	}
	if at, owner := arnPart(f.Destination, 3), arnPart(f.Destination, 4); f.Destination != "" && (at != region || owner != account) {
		return "cwl-group-other-region", "its log group is " + f.Destination, fmt.Sprintf("name a log group of account %s in %s; %s", account, region, remake)
	}
	if awsops.MeaningOf(g.roleErr) == awsops.NotFound {
		return "cwl-role-missing", "there is no role " + f.Role, "make the role again under the same name, with this trust policy:\n" + groupTrust(partition, account).Pretty() + "\nand these permissions:\n" + groupPermissions(partition, account, []string{region}, f.LogGroup).Pretty()
	}
	if g.role == nil {
		return "", "", ""
	}
	if id, evidence := g.trustGap(partition); id != "" {
		return id, evidence, "give the role this trust policy:\n" + groupTrust(partition, account).Pretty()
	}
	identity, err := identityOf(g.role)
	if err != nil || unreadPolicies(g.role) != nil {
		return "", "", ""
	}
	needs := delivers(partition, account, region, f.LogGroup)
	gap := func(n groupNeeds) (id, evidence, fix string) { return g.gap(partition, identity, n) }
	if id, evidence, fix := gap(needs[0]); id != "" {
		scoped := func(doc policy.Document) bool {
			return slices.ContainsFunc(doc.Statements, func(st policy.Statement) bool { return lets(st, g.role.ARN, needs[0]) })
		}
		if id == "cwl-role-permissions" && slices.ContainsFunc(identity, scoped) {
			id = "cwl-describe-scope"
		}
		return id, evidence, fix
	}
	if awsops.MeaningOf(g.groupErr) == awsops.NotFound {
		if id, evidence, _ := gap(groupNeeds{"logs:CreateLogGroup", needs[1].resource}); id != "" || !g.foreign {
			return "cwl-group-missing", strings.TrimSuffix("there is no log group "+f.LogGroup+" in "+region+"; "+evidence, "; "),
				fmt.Sprintf("aws logs create-log-group --region %s --log-group-name %s && aws logs put-retention-policy --region %s --log-group-name %s --retention-in-days %d", region, f.LogGroup, region, f.LogGroup, groupRetention)
		}
	}
	for _, n := range needs[1:] {
		if id, evidence, fix := gap(n); id != "" {
			return id, evidence, fix
		}
	}
	return "", "", ""
}

// gap tells why the role may not make a call; an empty id: it may.
func (g *toGroup) gap(partition string, identity []policy.Document, n groupNeeds) (id, evidence, fix string) {
	account := g.at.account.ID
	p := policy.Policies{Identity: identity, Boundary: g.boundary, SCPs: g.scps}
	d := g.decide(n, p)
	if d.Verdict == policy.Allowed {
		return "", "", ""
	}
	evidence = n.action + " on " + n.resource + ": " + orMissing(d)
	without := func(change func(*policy.Policies)) bool {
		changed := p
		change(&changed)
		return g.decide(n, changed).Verdict != d.Verdict
	}
	permissions := groupPermissions(partition, account, g.regions, g.log.LogGroup).Pretty()
	switch {
	case without(func(p *policy.Policies) { p.SCPs = nil }):
		return "scp-deny", evidence, scpFix(account, n.action+" by "+g.role.ARN)
	case without(func(p *policy.Policies) { p.Boundary = nil }):
		return "role-boundary", evidence, "have whoever set the permissions boundary " + g.role.Boundary + " let it allow this, or take it off the role:\n" + permissions
	case d.Verdict == policy.ExplicitlyDenied:
		wanted := make([]policy.Document, len(identity))
		for i, current := range identity {
			wanted[i] = g.withoutDenies(partition, current)
		}
		return "cwl-role-denies", evidence, "take out what denies it, " + reasons(d) + ":\n" + strings.Join(roleCommands(g.role, identity, wanted), "\n")
	}
	return "cwl-role-permissions", evidence, "give the role these permissions:\n" + permissions
}

// decide evaluates a call of the role.
func (g *toGroup) decide(n groupNeeds, p policy.Policies) policy.Decision {
	d := policy.Evaluate(policy.Request{Principal: g.role.ARN, Action: n.action, Resource: n.resource, ResourceAccount: g.at.account.ID,
		Context: signedCall(g.at.region)}, p)
	for i, why := range d.Why {
		if why.Source == "identity" {
			d.Why[i].Document = policyName(g.role, why.Policy)
		}
	}
	return d
}

// withoutDenies takes the statements out of one of the role's policies that deny it what delivery needs.
func (g *toGroup) withoutDenies(partition string, now policy.Document) policy.Document {
	now = now.Clone()
	for _, region := range g.regions {
		for _, n := range delivers(partition, g.at.account.ID, region, g.log.LogGroup) {
			for range now.Statements {
				d := g.decide(n, policy.Policies{Identity: []policy.Document{now}})
				if d.Verdict != policy.ExplicitlyDenied {
					break
				}
				now.Statements = slices.Delete(now.Statements, d.Why[0].Index, d.Why[0].Index+1)
			}
		}
	}
	return now
}

// lets says whether an Allow statement would do for a call if it were for all resources.
func lets(st policy.Statement, role string, n groupNeeds) bool {
	st = st.Clone()
	st.Resource, st.NotResource = policy.One("*"), policy.Strings{}
	return policy.Evaluate(policy.Request{Principal: role, Action: n.action, Resource: n.resource, ResourceAccount: arnPart(role, 4)}, policy.Policies{Identity: []policy.Document{policy.New(st)}}).Verdict == policy.Allowed
}

// trustGap tells why the flow logs service cannot assume the role.
func (g *toGroup) trustGap(partition string) (id, evidence string) {
	trust, err := policy.Parse(g.role.Trust)
	if err != nil {
		return "cwl-role-trust", "the trust policy cannot be understood: " + err.Error()
	}
	r, d := serviceEnters(trust, partition, g.role.ARN, g.at.account.ID, g.at.region, g.log.ID)
	if d.Verdict == policy.Allowed {
		return "", ""
	}
	for _, st := range trust.Statements {
		if parts, about := misfit(st, r); about {
			return "cwl-role-trust-source", "the trust policy lets " + groupService + " in only where " + strings.Join(parts, ", ") + " fit: " + st.String()
		}
	}
	return "cwl-role-trust", "the trust policy does not let " + groupService + " in: " + trust.String()
}

// groupTrust lets the flow logs service in for flow logs of the account only.
func groupTrust(partition, account string) policy.Document {
	return policy.New(policy.Statement{Sid: "FlowLogsOfThisAccount", Effect: policy.Allow, Principal: policy.ServicePrincipal(groupService), Action: policy.One("sts:AssumeRole"), Condition: policy.Condition{
		{Operator: "StringEquals", Key: "aws:SourceAccount", Values: policy.One(account)},
		{Operator: "ArnLike", Key: "aws:SourceArn", Values: policy.One(fmt.Sprintf("arn:%s:ec2:*:%s:vpc-flow-log/*", partition, account))}}})
}

// groupPermissions let a role write into a log group of some regions. logs:DescribeLogGroups takes no log group as its resource, so that it has a
// statement of its own. The group is made with its retention before, so that the role may not make one. Source: VPC user guide, flow-logs-iam-role.
func groupPermissions(partition, account string, regions []string, name string) policy.Document {
	var groups, all []string
	for _, region := range regions {
		in := fmt.Sprintf("arn:%s:logs:%s:%s:log-group:", partition, region, account)
		groups, all = append(groups, in+name+":*"), append(all, in+"*")
	}
	return policy.New(
		policy.Statement{Sid: "WriteFlowLogs", Effect: policy.Allow, Action: policy.List("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"), Resource: policy.OneOrList(groups...)},
		policy.Statement{Sid: "FindLogGroups", Effect: policy.Allow, Action: policy.One("logs:DescribeLogGroups"), Resource: policy.OneOrList(all...)})
}
