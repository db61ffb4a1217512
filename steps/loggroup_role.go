package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// groupRole is the default name of the role that delivers to log groups, groupPolicy the first part of its inline policy's name: each set-up has its own.
const (
	groupRole   = "FlowLogsToCloudWatchLogs"
	groupPolicy = "FlowLogsToCloudWatchLogs"
)

// groupRetention is how many days a log group keeps its events that is made and for which nothing else is said: for ever costs more every month.
const groupRetention = 30

func (s Setup) groupPolicyName() string { return groupPolicy + "-" + s.Name }

func (s Setup) deliveryTrust() policy.Document { return groupTrust(s.partition(), s.Account.ID) }

func (s Setup) deliveryPermissions() policy.Document {
	return groupPermissions(s.partition(), s.Account.ID, s.FlowLogs.Regions, s.FlowLogs.LogGroup.Name)
}

// ownRole says whether this set-up made the role.
func (l *live) ownRole(s Setup) bool {
	role := l.getRole()
	return role != nil && role.Tags[TagSetup] == s.Name
}

func planDeliveryRole(s Setup, l *live) PlannedStep {
	p := PlannedStep{Step: StepRole, Account: s.Account.ID, Target: s.roleName(), Change: ChangeNone}
	if l.role != nil {
		p.Summary = "use the role " + l.role.ARN
		p.Before, p.After = text(l.role.ARN), text(l.role.ARN)
		return p
	}
	p.Change, p.After = ChangeCreate, text(l.roleARN)
	p.Summary = "create the role with which the flow logs service writes into the log group"
	p.Reason = "it does not exist"
	p.exec = &execution{run: makeDeliveryRole}
	return p
}

func (s Setup) newDeliveryRole() awsops.NewRole {
	return awsops.NewRole{Name: s.roleName(), Trust: s.deliveryTrust().String(), Description: delivererDescription, Tags: s.tags()}
}

func makeDeliveryRole(ctx context.Context, t *task) (string, error) {
	s, l := t.setup(), t.live()
	var role awsops.Role
	err := t.write("create role "+s.roleName(), func() (err error) {
		if role, err = l.home.CreateRole(ctx, s.newDeliveryRole()); awsops.MeaningOf(err) != awsops.AlreadyExists {
			return err
		}
		if role, err = l.home.Role(ctx, s.roleName()); err == nil && role.Tags[TagSetup] != s.Name {
			return t.place().say("create the role", "a role of this name that this set-up did not make appeared meanwhile", "look at flowgrant plan, which shows its trust, then apply again")
		}
		return err
	})
	if err != nil {
		return "", err
	}
	t.changed()
	err = awsops.Settle(ctx, func(ctx context.Context) (err error) {
		role.Trust, err = l.home.Trust(ctx, s.roleName())
		return err
	})
	if err != nil {
		return "", t.place().fault("read the role back", err)
	}
	l.updateRole(func(r *awsops.Role) { *r = role })
	return "the role is there: " + role.ARN, nil
}

// serviceEnters decides whether a trust policy lets the flow logs service in for a flow log of an account and region; an empty id stands for one
// that is yet to be made. Source: VPC user guide, flow-logs-iam-role.
func serviceEnters(trust policy.Document, partition, role, account, region, flowLog string) (policy.Request, policy.Decision) {
	r := policy.Request{Principal: groupService, Action: "sts:AssumeRole", Resource: role, ResourceAccount: arnPart(role, 4), Context: map[string][]string{
		"aws:SourceAccount": {account}, "aws:SourceArn": {fmt.Sprintf("arn:%s:ec2:%s:%s:vpc-flow-log/%s", partition, region, account, flowLog)}}}
	return r, standing(policy.Evaluate(r, policy.Policies{Resource: &trust}), "the trust policy")
}

const anyFlowLog = "fl-00000000000000000"

// keptOut says in which region the trust policy does not let the flow logs service in, and why; empty: it does everywhere.
func (s Setup) keptOut(trust policy.Document, role string) (why string) {
	for _, region := range s.FlowLogs.Regions {
		if _, d := serviceEnters(trust, s.partition(), role, s.Account.ID, region, anyFlowLog); d.Verdict != policy.Allowed {
			return "the trust policy does not let " + groupService + " in for flow logs of account " + s.Account.ID + " in " + region + ": " + orMissing(d)
		}
	}
	return ""
}

// mendedDelivery puts the service's statement into the trust policy of the role: into one of ours exactly as it is wanted and in the place of what
// was meant for it, into another only where it is missing.
func (s Setup) mendedDelivery(current policy.Document, own bool, role string) policy.Document {
	switch {
	case own && len(s.othersIn(current, role)) > 0 || own && s.keptOut(current, role) != "":
		return serviceInPlace(current, s.deliveryTrust())
	case own || s.keptOut(current, role) != "":
		return current.With(s.deliveryTrust().Statements...)
	}
	return current
}

func planDeliveryTrust(s Setup, l *live) PlannedStep {
	p := PlannedStep{Step: StepTrust, Account: s.Account.ID, Target: s.roleName(), Change: ChangeNone}
	if l.role == nil {
		p.Change, p.After = ChangeCreate, text(s.deliveryTrust().Pretty())
		p.Summary = "let " + groupService + " assume the role for flow logs of account " + s.Account.ID + " only"
		p.Reason = "it comes with the new role"
		p.exec = &execution{needs: []need{{step: StepRole}}, run: proveDeliveryTrust}
		return p
	}
	current, err := policy.Parse(l.role.Trust)
	if err != nil {
		p.Change, p.Summary, p.Reason, p.HandOff = ChangeBlocked, "the trust policy cannot be changed", "it cannot be understood: "+err.Error(), "mend the trust policy of the role"
		return p
	}
	wanted := s.mendedDelivery(current, l.ownRole(s), l.roleARN)
	p.Before, p.After = text(current.Pretty()), text(wanted.Pretty())
	if why := s.keptOut(wanted, l.roleARN); why != "" {
		p.Change, p.Summary, p.Reason = ChangeBlocked, "the trust policy cannot be made right by adding to it", why
		p.HandOff = "its owner changes the statement that denies it, or name another role in flow_logs.log_group.role"
		return p
	}
	if wanted.Equal(current) {
		p.Summary = "the role lets " + groupService + " in for flow logs of the account"
		return p
	}
	p.Change, p.Summary = ChangeUpdate, "let "+groupService+" assume the role for flow logs of account "+s.Account.ID
	if p.Reason = s.keptOut(current, l.roleARN); p.Reason == "" {
		p.Reason = "the statement of this set-up has been changed"
	}
	if l.role.Stack != "" {
		return ownedByStack(p, l.role.Stack, s.deliveryTrust().Pretty())
	}
	if err := policy.CheckSize(policy.TrustPolicy, wanted.String()); err != nil {
		p.Change, p.Reason, p.HandOff = ChangeBlocked, err.Error(), "take statements that are no longer needed out of the trust policy"
		return p
	}
	p.exec = &execution{needs: []need{{step: StepRole}}, run: func(ctx context.Context, t *task) (string, error) {
		d := t.trustDocument(ctx)
		own := l.ownRole(s)
		d.mend = func(now policy.Document) (policy.Document, error) { return s.mendedDelivery(now, own, l.roleARN), nil }
		if _, err := t.rewrite(ctx, d); err != nil {
			return "", err
		}
		return proveDeliveryTrust(ctx, t)
	}}
	return p
}

func proveDeliveryTrust(_ context.Context, t *task) (string, error) {
	s, l := t.setup(), t.live()
	current, err := policy.Parse(l.getRole().Trust)
	if err != nil {
		return "", t.place().say("prove the trust policy", err.Error(), "apply again")
	}
	if why := s.keptOut(current, l.roleARN); why != "" {
		return "", t.place().say("prove the trust policy", why, "apply again")
	}
	return "it lets " + groupService + " in for flow logs of the account", nil
}

// trustWarningsOfDelivery names what else the trust policy of a role lets in that this set-up did not make.
func trustWarningsOfDelivery(s Setup, l *live) []string {
	if l.role == nil || l.ownRole(s) {
		return nil
	}
	trust, err := policy.Parse(l.role.Trust)
	if err != nil {
		return nil
	}
	if others := s.othersIn(trust, l.roleARN); len(others) > 0 {
		return []string{"role " + l.role.Name + ", which this set-up did not make: its trust policy also lets in " + strings.Join(others, ", ")}
	}
	return nil
}

// othersIn names whom a trust policy lets in besides the service for flow logs of the account.
func (s Setup) othersIn(trust policy.Document, role string) []string {
	var others []string
	if _, d := serviceEnters(trust, s.partition(), role, stranger, s.FlowLogs.Regions[0], anyFlowLog); d.Verdict == policy.Allowed {
		others = append(others, groupService+" for flow logs of other accounts")
	}
	for _, st := range trust.Statements {
		if st.Effect != policy.Allow || st.Principal == nil {
			continue
		}
		if st.Principal.Any || st.Principal.AWS.Has("*") {
			others = append(others, "everybody (*)")
		}
		for _, p := range slices.Concat(st.Principal.AWS.Values(), st.Principal.Service.Values(), st.Principal.Federated.Values()) {
			if p != groupService && p != "*" && !slices.Contains(others, p) {
				others = append(others, p)
			}
		}
	}
	return others
}

// groupNeeds is one request that the role must be able to make.
type groupNeeds struct{ action, resource string }

// delivers lists what the role needs to write into a log group. Source: VPC user guide, flow-logs-iam-role; logs:DescribeLogGroups takes no log group.
func delivers(partition, account, region, name string) []groupNeeds {
	groups := fmt.Sprintf("arn:%s:logs:%s:%s:log-group:", partition, region, account)
	return []groupNeeds{
		{"logs:DescribeLogGroups", groups + ":log-stream:"},
		{"logs:DescribeLogStreams", groups + name + ":log-stream:"},
		{"logs:CreateLogStream", groups + name + ":log-stream:eni-00000000000000000-all"},
		{"logs:PutLogEvents", groups + name + ":log-stream:eni-00000000000000000-all"},
	}
}

// lacking says what the role may not do of what delivery needs; nil: nothing.
func (s Setup) lacking(l *live, identity []policy.Document) *policy.Decision {
	for _, region := range s.FlowLogs.Regions {
		for _, n := range delivers(s.partition(), s.Account.ID, region, s.FlowLogs.LogGroup.Name) {
			d := policy.Evaluate(policy.Request{Principal: l.roleARN, Action: n.action, Resource: n.resource, ResourceAccount: s.Account.ID, Context: signedCall(region)},
				policy.Policies{Identity: identity, Boundary: l.boundary, SCPs: l.scps})
			if d.Verdict != policy.Allowed {
				d.Missing = n.action + " on " + n.resource + ": " + orMissing(d)
				return &d
			}
		}
	}
	return nil
}

func planDeliveryPermissions(s Setup, l *live) PlannedStep {
	name, wanted := s.groupPolicyName(), s.deliveryPermissions()
	p := PlannedStep{Step: StepPermissions, Account: s.Account.ID, Target: s.roleName(), Change: ChangeNone, After: text(wanted.Pretty())}
	p.exec = &execution{needs: []need{{step: StepRole}}, run: writeDeliveryPermissions}
	summary := "let the role write into log group " + s.FlowLogs.LogGroup.Name + ", by its inline policy " + name
	blocked := func(reason, fix string) PlannedStep {
		p.Change, p.Summary, p.Reason, p.HandOff = ChangeBlocked, "the role's permissions cannot be made right", reason, fix
		return p
	}
	if l.role == nil {
		p.Change, p.Summary, p.Reason = ChangeCreate, summary, "it comes with the new role"
		return p
	}
	if err := unreadPolicies(l.role); err != nil {
		p.unread = err
		return blocked(err.Error(), "let the acting principal read the role's policies")
	}
	identity, err := identityOf(l.role)
	if err != nil {
		return blocked(err.Error(), "mend that policy, then apply again")
	}
	present := inlineOf(l.role, name)
	p.Before = known(present)
	missing := s.lacking(l, identity)
	current, err := parseOrEmpty(present)
	asWanted := err == nil && sameMeaning(current, wanted)
	switch {
	case missing == nil && (asWanted || !l.ownRole(s) && present == ""):
		p.Summary, p.exec = "the role may write into the log group", nil
		if !asWanted {
			p.Before, p.After = nil, nil
		}
		return p
	case missing != nil:
		if still := s.lacking(l, append(identity, wanted)); still != nil {
			return blocked(still.Missing, keptOutFix(*still))
		}
		p.Reason = missing.Missing
	default:
		p.Reason = "the inline policy of this set-up is not as it should be"
	}
	if len(l.role.Unreadable) > 0 { // whether the role is a stack's is not known
		return blocked(l.role.Unreadable[0].Error(), "let the acting principal use cloudformation:DescribeStackResources")
	}
	p.Change, p.Summary = ChangeUpdate, summary
	if l.role.Stack != "" {
		return ownedByStack(p, l.role.Stack, wanted.Pretty())
	}
	all := wanted.String()
	for _, other := range l.role.Inline {
		if other.Name != name {
			all += other.Document
		}
	}
	if err := policy.CheckSize(policy.InlinePolicies, all); err != nil {
		return blocked(err.Error(), "take inline policies that are no longer needed out of the role, or name another role in flow_logs.log_group.role")
	}
	return p
}

// inlineOf gives a policy inside a role; empty where there is none of that name.
func inlineOf(role *awsops.Role, name string) string {
	if i := slices.IndexFunc(role.Inline, func(p awsops.InlinePolicy) bool { return p.Name == name }); i >= 0 {
		return role.Inline[i].Document
	}
	return ""
}

func writeDeliveryPermissions(ctx context.Context, t *task) (string, error) {
	s, l := t.setup(), t.live()
	name, wanted := s.groupPolicyName(), s.deliveryPermissions()
	d := t.inlineOfRole(ctx, l.home, s.roleName(), name)
	d.mend = func(policy.Document) (policy.Document, error) { return wanted, nil }
	d.done = func(text string) {
		l.updateRole(func(r *awsops.Role) {
			r.Inline = slices.DeleteFunc(slices.Clone(r.Inline), func(p awsops.InlinePolicy) bool { return p.Name == name })
			r.Inline = append(r.Inline, awsops.InlinePolicy{Name: name, Document: text})
		})
	}
	if _, err := t.rewrite(ctx, d); err != nil {
		return "", err
	}
	identity, err := identityOf(l.getRole())
	if err != nil {
		return "", t.place().fault("read the role's policies", err)
	}
	if missing := s.lacking(l, identity); missing != nil {
		return "", t.place().say("prove the role's permissions", missing.Missing, keptOutFix(*missing))
	}
	return "the role may write into log group " + s.FlowLogs.LogGroup.Name, nil
}

// inlineOfRole is a policy inside a role, which may not be there yet; one that is left without statements goes.
func (t *task) inlineOfRole(ctx context.Context, acting *awsops.Account, role, name string) document {
	missing := func(err error) bool { return awsops.MeaningOf(err) == awsops.NotFound }
	return document{kind: "inline-policy", target: role + "/" + name, done: func(string) {},
		read: func() (string, error) {
			text, err := acting.InlineDocument(ctx, role, name)
			if missing(err) {
				return "", nil
			}
			return text, err
		},
		write: func(d policy.Document) error {
			if len(d.Statements) > 0 {
				return awsops.Settle(ctx, func(ctx context.Context) error { return acting.PutInline(ctx, role, name, d.String()) })
			}
			if err := acting.DeleteInline(ctx, role, name); !missing(err) {
				return err
			}
			return nil
		}}
}
