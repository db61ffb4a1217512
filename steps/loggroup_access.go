package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

func planDeliveryAccess(s Setup) PlannedStep {
	return PlannedStep{Step: StepAccess, Account: s.Account.ID, Target: s.roleName(), Change: ChangeNone,
		Summary: "prove that only the flow logs service can use the role, for flow logs of the account, and only to write into the log group",
		exec:    &execution{proves: true, needs: []need{{step: StepRole}, {step: StepTrust}, {step: StepPermissions}}, run: proveDeliveryAccess}}
}

func proveDeliveryAccess(_ context.Context, t *task) (string, error) {
	s, l := t.setup(), t.live()
	role := l.getRole()
	if role == nil {
		t.run.prove(t, t.check("access", Fail, "there is no role to deliver with", "", "flowgrant apply"))
		return "", t.place().say("prove access", "there is no role to deliver with", "apply again")
	}
	checks := []Check{s.enteringCheck(t, role)}
	identity, err := identityOf(role)
	switch {
	case unreadPolicies(role) != nil:
		checks = append(checks, t.check("access.write", Unknown, "not all policies of the role could be read", unreadPolicies(role).Error(), "let the acting principal read the role's policies"))
	case err != nil:
		checks = append(checks, t.check("access.write", Fail, err.Error(), "", "mend that policy"))
	default:
		checks = append(checks, s.writeCheck(t, identity), s.outsideCheck(t, role, identity))
	}
	t.run.prove(t, checks...)
	if at := slices.IndexFunc(checks, func(c Check) bool { return c.Status == Fail }); at >= 0 && !t.run.proofOnly {
		return "", t.place().say("prove access", checks[at].Summary+" ("+checks[at].Evidence+")", checks[at].Fix)
	}
	return "only the flow logs service can use the role, to write into the log group; nobody is granted access to the logs", nil
}

// enteringCheck proves who can use the role: the service, on behalf of this account. Source: IAM user guide, confused-deputy.
func (s Setup) enteringCheck(t *task, role *awsops.Role) Check {
	trust, err := policy.Parse(role.Trust)
	if err != nil {
		return t.check("access.assume", Fail, "the trust policy cannot be understood", err.Error(), "mend the trust policy")
	}
	if why := s.keptOut(trust, role.ARN); why != "" {
		return t.check("access.assume", Fail, "the flow logs service cannot assume the role", why, "flowgrant plan shows the statement that is needed, flowgrant apply adds it")
	}
	others := s.othersIn(trust, role.ARN)
	evidence := fmt.Sprintf("%s is let in for flow logs of account %s in %s, and for one of account %s it is not", groupService, s.Account.ID, strings.Join(s.FlowLogs.Regions, ", "), stranger)
	switch {
	case len(others) == 0:
		return t.check("access.assume", Pass, "only the flow logs service can assume the role, for flow logs of the account", evidence, "")
	case slices.Contains(others, "everybody (*)"), t.live().ownRole(s):
		return t.check("access.assume", Fail, "others than the flow logs service can assume the role", "also trusted: "+strings.Join(others, ", "), "take those statements out of the trust policy of "+role.ARN)
	}
	return t.check("access.assume", Pass, "the flow logs service can assume the role", "this set-up did not make the role; also trusted, as before: "+strings.Join(others, ", "), "")
}

func (s Setup) writeCheck(t *task, identity []policy.Document) Check {
	if missing := s.lacking(t.live(), identity); missing != nil {
		return t.check("access.write", Fail, "the role may not write into the log group", missing.Missing, keptOutFix(*missing))
	}
	if l := t.live(); l.boundaryUnread != nil {
		role := l.getRole()
		c := t.check("access.write", Unknown, "whether the role may write into the log group hangs on its permissions boundary, which could not be read", role.Boundary+": "+l.boundaryUnread.Error(), boundaryFix(role))
		c.deliveryProves = true
		return c
	}
	return t.check("access.write", Pass, "the role may write into the log group",
		fmt.Sprintf("logs:DescribeLogGroups, and logs:DescribeLogStreams, logs:CreateLogStream and logs:PutLogEvents on %s in %s, are allowed", s.FlowLogs.LogGroup.Name, strings.Join(s.FlowLogs.Regions, ", ")), "")
}

// outsideCheck looks for statements that let the role do more than deliver.
func (s Setup) outsideCheck(t *task, role *awsops.Role, identity []policy.Document) Check {
	var beyond []string
	for i, d := range identity {
		for n, st := range d.Statements {
			if st.Effect == policy.Allow && !s.onlyWrites(st) {
				beyond = append(beyond, fmt.Sprintf("statement %s of %s: %s", orIndex(policy.Reason{Sid: st.Sid, Index: n}), policyName(role, i), st.String()))
			}
		}
	}
	switch {
	case len(beyond) == 0:
		return t.check("access.beyond", Pass, "the role can do nothing beyond it", "no statement allows another action, a log group of another account, or log groups by wildcard", "")
	case t.live().ownRole(s):
		return t.check("access.beyond", Fail, "the role can do more than deliver", strings.Join(beyond, "; "), "scope or remove those statements")
	}
	return t.check("access.beyond", Pass, "what else the role can do it could before", "this set-up did not make the role; it has "+strings.Join(beyond, "; "), "")
}

// onlyWrites says whether a statement allows only what delivery to the log groups of this account needs, in this account.
func (s Setup) onlyWrites(st policy.Statement) bool {
	if st.NotAction.IsSet() || st.NotResource.IsSet() {
		return false
	}
	finds := !slices.ContainsFunc(st.Action.Values(), func(a string) bool { return !strings.EqualFold(a, "logs:DescribeLogGroups") })
	for _, a := range st.Action.Values() {
		if !slices.ContainsFunc([]string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams", "logs:DescribeLogGroups"}, func(k string) bool { return strings.EqualFold(a, k) }) {
			return false
		}
	}
	return !slices.ContainsFunc(st.Resource.Values(), func(r string) bool {
		group, ok := strings.CutPrefix(r, fmt.Sprintf("arn:%s:logs:%s:%s:log-group:", s.partition(), arnPart(r, 3), s.Account.ID))
		return !finds && (!ok || strings.ContainsAny(strings.TrimSuffix(group, ":*"), "*?"))
	})
}
