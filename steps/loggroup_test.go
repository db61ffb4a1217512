package steps_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

const groupFile = `
version: 1
name: payments-groups
mode: per-account
account: {id: "111122223333", name: Payments, credentials: {assume_role: OrganizationAccountAccessRole}}
flow_logs:
  destination: cloud-watch-logs
  log_group: {name: /vpc/flow-logs}
  regions: [us-east-1, eu-west-1]
  aggregation_seconds: 60
`

const deliveryRole, deliveryPolicy = "FlowLogsToCloudWatchLogs", "FlowLogsToCloudWatchLogs-payments-groups"

func (c sdk) logs() *cloudwatchlogs.Client { return cloudwatchlogs.NewFromConfig(c.Config) }

// writes lists the write calls since the log was emptied.
func (l *lab) writes() []string {
	l.Helper()
	var list []string
	for _, c := range l.calls.take(l.T) {
		if c.Write && c.Service != "STS" {
			list = append(list, strings.ReplaceAll(strings.ToLower(c.Service), "cloudwatch", "")+":"+c.Operation)
		}
	}
	return list
}

func (l *lab) group(region string) awsops.LogGroup {
	l.Helper()
	g, err := l.admin(payments).LogGroup(l.Context(), region, "/vpc/flow-logs")
	l.must(err)
	return g
}

func TestLogGroupFromNothing(t *testing.T) {
	inBubble(t, "made, proved, unchanged, taken back", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, groupFile)
		p := l.plan(s)
		var names []string
		for _, step := range p.Steps {
			names = append(names, string(step.Step)+" "+step.Region)
		}
		want := "identity ,log-group us-east-1,log-group eu-west-1,role ,trust ,permissions ,flow-logs us-east-1,flow-logs eu-west-1,delivery us-east-1,delivery eu-west-1,access "
		if got := strings.Join(names, ","); got != want {
			t.Errorf("the steps are\n%s, want\n%s", got, want)
		}
		if w := l.writes(); len(w) > 0 {
			t.Errorf("the plan writes: %v", w)
		}
		r := l.apply(s)
		l.expect(r, steps.ResultVerified)
		if r.Portal != nil || r.Report.Arrived == nil || r.Report.Arrived.Records == 0 {
			t.Errorf("portal %v, arrived %v", r.Portal, r.Report.Arrived)
		}
		if g := l.group("eu-west-1"); g.Retention != 30 || g.Tags[steps.TagSetup] != s.Name {
			t.Errorf("the group is %+v", g)
		}
		l.writes()
		l.expect(l.apply(s), steps.ResultUnchanged)
		if w := l.writes(); len(w) > 0 {
			t.Errorf("the second apply writes: %v", w)
		}
		if r := l.verify(s); r.Status != steps.ReportVerified {
			t.Errorf("verify says %s", r.Status)
			l.tell(r)
		}
		if r := l.diagnose(s); r.Status != steps.ReportVerified || len(r.Causes) > 0 {
			t.Errorf("doctor says %s %s", r.Status, causeIDs(r))
			l.blame(r)
		}
		p, err := l.engine.PlanRevoke(t.Context(), s, steps.RevokeOptions{})
		l.must(err)
		if p.Changes() != 0 || !strings.Contains(strings.Join(p.Warnings, " "), "nothing is granted to a reader") {
			t.Errorf("without flow logs it changes %d, and says %v", p.Changes(), p.Warnings)
		}
		l.expect(l.run(t.Context(), p, 0), steps.ResultRevoked)
		l.writes()
		p, err = l.engine.PlanRevoke(t.Context(), s, steps.RevokeOptions{FlowLogs: true})
		l.must(err)
		l.expect(l.run(t.Context(), p, 0), steps.ResultRevoked)
		if w := l.writes(); strings.Join(w, " ") != "ec2:DeleteFlowLogs ec2:DeleteFlowLogs iam:DeleteRolePolicy iam:DeleteRole" {
			t.Errorf("taken back by %v", w)
		}
		p, err = l.engine.PlanRevoke(t.Context(), s, steps.RevokeOptions{FlowLogs: true, DeleteLogGroup: true})
		l.must(err)
		kept := l.run(t.Context(), p, 0)
		l.expect(kept, steps.ResultRevoked)
		said := ""
		for _, st := range p.Steps {
			said += st.Summary + "\n"
		}
		if !strings.Contains(said, "the log group stays: it is not empty") || kept.Changed > 0 {
			t.Errorf("a group with events: %d changed, %s", kept.Changed, said)
		}
		time.Sleep(40 * 24 * time.Hour) // the retention has taken the events
		p, err = l.engine.PlanRevoke(t.Context(), s, steps.RevokeOptions{FlowLogs: true, DeleteLogGroup: true})
		l.must(err)
		l.expect(l.run(t.Context(), p, 0), steps.ResultRevoked)
		if _, err := l.admin(payments).LogGroup(t.Context(), "us-east-1", "/vpc/flow-logs"); awsops.MeaningOf(err) != awsops.NotFound {
			t.Errorf("the group is left: %v", err)
		}
	})
	inBubble(t, "the requests are those of the review", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, groupFile)
		check := func(p *steps.Plan, want steps.ResultStatus) {
			t.Helper()
			said := promised(t, p)
			l.calls.take(t)
			l.expect(l.run(t.Context(), p, time.Minute), want)
			did := made(t, l)
			for i := range did {
				did[i] = strings.Replace(did[i], "cloudwatchlogs:", "logs:", 1)
			}
			if slices.Sort(did); !slices.Equal(said, did) || len(said) == 0 {
				t.Errorf("the review promised\n%s\nthe run made\n%s", strings.Join(said, "\n"), strings.Join(did, "\n"))
			}
		}
		check(l.plan(s), steps.ResultVerified)
		p, err := l.engine.PlanRevoke(t.Context(), s, steps.RevokeOptions{FlowLogs: true})
		l.must(err)
		check(p, steps.ResultRevoked)
	})
	inBubble(t, "too early, and too old", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, groupFile, "aggregation_seconds: 60", "aggregation_seconds: 600")
		r := l.run(t.Context(), l.plan(s), 0)
		l.expect(r, steps.ResultWaiting)
		if got := failing(r.Report); !slices.Equal(got, []string{"delivery"}) {
			t.Errorf("before logs arrive these do not pass: %v", got)
		}
		if d := l.diagnose(s); len(d.Causes) != 2 || d.Causes[0].ID != "too-early" {
			t.Errorf("doctor says %s", causeIDs(d))
		}
		time.Sleep(12 * time.Minute)
		l.expect(l.apply(s), steps.ResultUnchanged)
		time.Sleep(9 * time.Minute)
		rep, err := l.engine.Prove(t.Context(), s, steps.ProofOptions{MaxAge: time.Second})
		l.must(err)
		if got := failing(rep); rep.Status != steps.ReportFailed || !slices.Equal(got, []string{"delivery"}) {
			t.Errorf("logs that are too old: %s %v", rep.Status, got)
		}
	})
}

// What was there before is taken as it is: the role gets the grant added, the group keeps its retention unless the file names one.
func TestLogGroupBesideWhatWasThere(t *testing.T) {
	inBubble(t, "role and group of somebody else", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		a := l.admin(payments)
		const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
		_, err := a.CreateRole(t.Context(), awsops.NewRole{Name: deliveryRole, Trust: trust})
		l.must(err)
		const audit = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`
		l.must(a.PutInline(t.Context(), deliveryRole, "Audit", audit))
		l.must(a.CreateLogGroup(t.Context(), "us-east-1", "/vpc/flow-logs", map[string]string{"team": "net"}))
		l.must(a.SetRetention(t.Context(), "us-east-1", "/vpc/flow-logs", 90))
		s := setup(t, groupFile)
		p := l.plan(s)
		if !strings.Contains(strings.Join(p.Warnings, " "), "ec2.amazonaws.com") {
			t.Errorf("the warnings do not name whom the role trusts too: %v", p.Warnings)
		}
		l.expect(l.journaled(store, s, p), steps.ResultVerified)
		if g := l.group("us-east-1"); g.Retention != 90 || g.Tags[steps.TagSetup] != "" {
			t.Errorf("the group of somebody else became %+v", g)
		}
		role, err := a.Role(t.Context(), deliveryRole)
		l.must(err)
		if d := parsed(role.Trust); len(d.Statements) != 2 || !d.Statements[0].Equal(parsed(trust).Statements[0]) || len(role.Inline) != 2 {
			t.Errorf("the role became %+v", role)
		}
		same(t, audit, role.Inline[0].Document)
		l.expect(l.apply(s), steps.ResultUnchanged)

		named := setup(t, groupFile, "name: /vpc/flow-logs", "name: /vpc/flow-logs, retention_days: 7")
		p = l.plan(named)
		if p.Changes() != 2 || !strings.Contains(strings.Join(p.Warnings, " "), "those older than 7 days go") {
			t.Errorf("a retention that the file names: %d changes, warnings %v", p.Changes(), p.Warnings)
		}
		l.expect(l.run(t.Context(), p, time.Minute), steps.ResultVerified)
		if g := l.group("us-east-1"); g.Retention != 7 {
			t.Errorf("the retention is %d", g.Retention)
		}
		forever := setup(t, groupFile, "name: /vpc/flow-logs", "name: /vpc/flow-logs, retention_days: 0")
		l.expect(l.apply(forever), steps.ResultVerified)
		if g := l.group("eu-west-1"); g.Retention != 0 {
			t.Errorf("for ever is %d", g.Retention)
		}

		time.Sleep(time.Second)
		l.expect(l.revoke(store, s, steps.RevokeOptions{FlowLogs: true, DeleteLogGroup: false}), steps.ResultRevoked)
		role, err = a.Role(t.Context(), deliveryRole)
		l.must(err)
		same(t, trust, role.Trust)
		if len(role.Inline) != 1 || role.Inline[0].Name != "Audit" {
			t.Errorf("policies after the revocation: %+v", role.Inline)
		}
		if left := flowLogsOf(l, payments); len(left) > 0 {
			t.Errorf("flow logs are left: %+v", left)
		}
		backups, err := store.Backups(s.Name)
		l.must(err)
		at := slices.IndexFunc(backups, func(b steps.Backup) bool { return b.Kind == "inline-policy" })
		if at < 0 {
			t.Fatalf("the inline policy was not kept: %+v", backups)
		}
		p, err = l.engine.PlanRestore(t.Context(), s, backups[at])
		l.must(err)
		l.expect(l.run(t.Context(), p, 0), steps.ResultVerified)
		if text, err := a.InlineDocument(t.Context(), deliveryRole, deliveryPolicy); err != nil || !strings.Contains(text, "logs:PutLogEvents") {
			t.Errorf("put back: %s %v", text, err)
		}
	})
	inBubble(t, "a role that denies the service blocks", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		_, err := l.admin(payments).CreateRole(t.Context(), awsops.NewRole{Name: deliveryRole, Trust: `{"Version":"2012-10-17","Statement":[
			{"Effect":"Deny","Principal":{"Service":"vpc-flow-logs.amazonaws.com"},"Action":"sts:AssumeRole"}]}`})
		l.must(err)
		if blocked := l.plan(setup(t, groupFile)).Blocked(); len(blocked) != 1 || blocked[0].Step != steps.StepTrust || blocked[0].HandOff == "" {
			t.Errorf("blocked are %+v", blocked)
		}
	})
	inBubble(t, "the own role's trust is loosened", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, groupFile)
		l.expect(l.apply(s), steps.ResultVerified)
		a := l.admin(payments)
		before, err := a.Trust(t.Context(), deliveryRole)
		l.must(err)
		l.must(a.PutTrust(t.Context(), deliveryRole, `{"Version":"2012-10-17","Statement":[{"Sid":"FlowLogsOfThisAccount","Effect":"Allow","Principal":{"Service":"vpc-flow-logs.amazonaws.com"},"Action":"sts:AssumeRole"}]}`))
		if got := failing(l.verify(s)); !slices.Equal(got, []string{"access.assume", "trust"}) {
			t.Errorf("verify fails %v", got)
		}
		l.expect(l.apply(s), steps.ResultVerified)
		after, err := a.Trust(t.Context(), deliveryRole)
		l.must(err)
		same(t, before, after)
		l.must(a.PutInline(t.Context(), deliveryRole, "More", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}`))
		if got := failing(l.verify(s)); !slices.Equal(got, []string{"access.beyond"}) {
			t.Errorf("verify of a role that may more fails %v", got)
		}
	})
	inBubble(t, "two set-ups with one role", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		first := setup(t, groupFile)
		second := setup(t, groupFile, "payments-groups", "other-groups", "/vpc/flow-logs", "/other")
		l.expect(l.apply(first), steps.ResultVerified)
		l.expect(l.apply(second), steps.ResultVerified)
		p, err := l.engine.PlanRevoke(t.Context(), first, steps.RevokeOptions{FlowLogs: true})
		l.must(err)
		l.expect(l.run(t.Context(), p, 0), steps.ResultRevoked)
		time.Sleep(2 * time.Minute)
		if r := l.verify(second); r.Status != steps.ReportVerified {
			t.Errorf("after the other was taken back it is %s: %v", r.Status, failing(r))
		}
	})
}

// A flow log cannot be changed: the new one is made and proved, and only then the wrong one goes.
func TestWrongFlowLogToGroupIsReplaced(t *testing.T) {
	inBubble(t, "wrong format", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, groupFile, "[us-east-1, eu-west-1]", "[us-east-1]")
		l.expect(l.apply(s), steps.ResultVerified)
		a := l.admin(payments)
		old := flowLogsOf(l, payments)
		l.must(a.DeleteFlowLogs(t.Context(), "us-east-1", []string{old[0].ID, old[1].ID}))
		ids, err := a.CreateFlowLogs(t.Context(), "us-east-1", awsops.NewFlowLogs{VPCs: []string{old[0].ResourceID}, Traffic: "ALL", Interval: 60, Kind: "cloud-watch-logs", Destination: old[0].Destination,
			Role: old[0].Role, Format: flowrecord.Format(flowrecord.DefaultV2...), Tags: map[string]string{steps.TagSetup: s.Name}})
		l.must(err)
		time.Sleep(2 * time.Minute)
		if r := l.diagnose(s); len(r.Causes) == 0 || r.Causes[0].ID != "format-without-tcp-flags" || r.Causes[0].Mend != steps.MendApply {
			t.Errorf("doctor says %s", causeIDs(r))
		}
		l.expect(l.apply(s), steps.ResultVerified)
		if !l.hasFlowLog(ids[0]) {
			t.Error("the wrong flow log was deleted without being told to")
		}
		s.FlowLogs.DeleteReplaced = true
		l.writes()
		l.expect(l.apply(s), steps.ResultVerified)
		if w := l.writes(); l.hasFlowLog(ids[0]) || strings.Join(w, " ") != "ec2:DeleteFlowLogs" {
			t.Errorf("the wrong one is still there, or more was written: %v", w)
		}
		l.expect(l.apply(s), steps.ResultUnchanged)
	})
}

// Each break of the set-up's own delivery: doctor names it first, apply mends it.
func TestOwnDeliveryToGroupIsMended(t *testing.T) {
	fails := map[string]string{
		"cwl-role-missing": "access role trust permissions", "cwl-role-trust": "access.assume trust", "cwl-role-trust-source": "access.assume trust",
		"cwl-role-permissions": "access.write permissions", "cwl-describe-scope": "access.write permissions", "cwl-group-missing": "log-group",
		"cwl-group-other-region": "flow-logs", "cwl-role-other-account": "flow-logs", "cwl-throttled": "",
		"cwl-role-denies": "access.write permissions", "cwl-role-open": "access.assume trust", "cwl-role-excess": "access.beyond", "cwl-retention": "log-group",
	}
	confirmed := []string{"cwl-role-denies", "cwl-role-excess"} // by apply alone they are not mended
	for _, id := range append(groupBreaks(), settingsOnly...) {
		inBubble(t, id, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, groupFile, "[us-east-1, eu-west-1]", "[us-east-1]", "60\n", "60\n  delete_replaced: true\n")
			l.expect(l.apply(s), steps.ResultVerified)
			time.Sleep(time.Minute)
			l.must(l.world.Break(id))
			time.Sleep(30 * time.Minute)
			r := l.diagnose(s)
			if len(r.Causes) == 0 || r.Causes[0].ID != id || r.Status != steps.ReportFailed {
				t.Errorf("found are %s, %s", r.Status, causeIDs(r))
				l.blame(r)
			}
			if len(r.Causes) > 1 {
				t.Logf("also found: %s", causeIDs(r))
			}
			want := strings.Fields(fails[id])
			if !slices.Contains(settingsOnly, id) {
				want = append(want, "delivery")
			}
			slices.Sort(want)
			if got := failing(l.verify(s)); !slices.Equal(got, want) {
				t.Errorf("verify fails %v, want %v", got, want)
			}
			if id == "cwl-throttled" {
				if r.Causes[0].Mend != steps.MendHand {
					t.Errorf("a quota is mended by %s", r.Causes[0].Mend)
				}
				return
			}
			if slices.Contains(confirmed, id) != (r.Causes[0].Mend == steps.MendChange) {
				t.Errorf("it is mended by %s", r.Causes[0].Mend)
			}
			if p := l.engine.RepairPlan(s, r); len(p.Steps) > 0 {
				l.expect(l.run(t.Context(), p, 0), steps.ResultVerified)
			}
			mended := time.Now()
			if r := l.run(t.Context(), l.plan(s), 30*time.Minute); r.Status != steps.ResultUnchanged {
				l.expect(r, steps.ResultVerified)
			}
			if waited := time.Since(mended); (id == "cwl-group-other-region" || id == "cwl-role-other-account") && waited < time.Second {
				t.Errorf("the old flow log was deleted after %s, before the new one can have delivered", waited)
			}
			if r := l.diagnose(s); r.Status != steps.ReportVerified || len(r.Causes) > 0 {
				t.Errorf("after the fix it is %s, %s", r.Status, causeIDs(r))
				l.blame(r)
			}
			l.expect(l.apply(s), steps.ResultUnchanged)
		})
	}
}

// A run that ended between making the group and its retention is finished by the next.
func TestHalfMadeLogGroup(t *testing.T) {
	inBubble(t, "retention", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, groupFile)
		l.must(l.admin(payments).CreateLogGroup(context.Background(), "us-east-1", "/vpc/flow-logs", map[string]string{steps.TagSetup: s.Name}))
		l.expect(l.apply(s), steps.ResultVerified)
		out, err := l.sdk(payments, "us-east-1").logs().DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
		l.must(err)
		if len(out.LogGroups) != 1 || aws.ToInt32(out.LogGroups[0].RetentionInDays) != 30 {
			t.Errorf("the groups are %+v", out.LogGroups)
		}
	})
}

// What was just made may take a moment to show; what may not be read is said to be so, and nothing is deleted for it.
func TestLogGroupThatDoesNotShowYet(t *testing.T) {
	inBubble(t, "role and group a moment later", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		var roles, groups atomic.Int32
		l.behind(func(operation string, send func() (*http.Response, error)) (*http.Response, error) {
			switch {
			case operation == "CreateFlowLogs" && roles.Add(1) < 3:
				return answer(http.StatusBadRequest, "text/xml", `<Response><Errors><Error><Code>InvalidParameter</Code><Message>Unable to assume given IAM role</Message></Error></Errors></Response>`), nil
			case strings.HasSuffix(operation, ".PutRetentionPolicy") && groups.Add(1) < 3:
				return answer(http.StatusBadRequest, "application/x-amz-json-1.1", `{"__type":"ResourceNotFoundException","message":"The specified log group does not exist."}`), nil
			}
			return send()
		})
		s := setup(t, groupFile, "[us-east-1, eu-west-1]", "[us-east-1]")
		l.expect(l.apply(s), steps.ResultVerified)
		if roles.Load() != 3 || groups.Load() != 3 {
			t.Errorf("flow logs were tried %d times, the retention %d times", roles.Load(), groups.Load())
		}
	})
	inBubble(t, "events that could not be read prove nothing", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		began := time.Now()
		l.behind(func(operation string, send func() (*http.Response, error)) (*http.Response, error) {
			switch {
			case !strings.HasSuffix(operation, ".GetLogEvents"):
				return send()
			case time.Since(began) < 5*time.Minute:
				return answer(http.StatusBadRequest, "application/x-amz-json-1.1", `{"__type":"ThrottlingException","message":"Rate exceeded"}`), nil
			}
			return answer(http.StatusOK, "application/x-amz-json-1.1", `{"events":[],"nextBackwardToken":"b/0","nextForwardToken":"f/0"}`), nil
		})
		s := setup(t, groupFile, "[us-east-1, eu-west-1]", "[us-east-1]")
		throttled := l.run(t.Context(), l.plan(s), time.Minute)
		l.expect(throttled, steps.ResultWaiting)
		for _, c := range throttled.Report.Checks {
			if c.ID == "delivery" && !strings.Contains(c.Summary, "could not be seen this time") {
				t.Errorf("while calls are limited: %s", c.Summary)
			}
		}
		began = time.Now().Add(-4*time.Minute - 30*time.Second)
		l.expect(l.run(t.Context(), l.plan(s), 10*time.Minute), steps.ResultWaiting)
	})
	inBubble(t, "a group of somebody else appears meanwhile", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		admin := l.admin(payments)
		l.behind(func(operation string, send func() (*http.Response, error)) (*http.Response, error) {
			if strings.HasSuffix(operation, ".CreateLogGroup") {
				l.must(admin.CreateLogGroup(t.Context(), "us-east-1", "/vpc/flow-logs", map[string]string{"team": "net"}))
			}
			return send()
		})
		s := setup(t, groupFile, "[us-east-1, eu-west-1]", "[us-east-1]")
		r := l.apply(s)
		l.expect(r, steps.ResultFailed)
		if r.Failure.Step != steps.StepLogGroup || !strings.Contains(r.Failure.Cause, "appeared meanwhile") || l.group("us-east-1").Retention != 0 || len(flowLogsOf(l, payments)) > 0 {
			t.Errorf("failed with %+v, the group is %+v", r.Failure, l.group("us-east-1"))
		}
		l.expect(l.apply(s), steps.ResultVerified)
		if g := l.group("us-east-1"); g.Retention != 0 || g.Tags[steps.TagSetup] != "" {
			t.Errorf("the group of somebody else became %+v", g)
		}
	})
	for name, denied := range map[string]string{"events": ".GetLogEvents", "network interfaces": "DescribeNetworkInterfaces"} {
		inBubble(t, "without a right to "+name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			l.behind(func(operation string, send func() (*http.Response, error)) (*http.Response, error) {
				if strings.HasSuffix(operation, denied) {
					if denied[0] == '.' {
						return answer(http.StatusBadRequest, "application/x-amz-json-1.1", `{"__type":"AccessDeniedException","message":"no"}`), nil
					}
					return answer(http.StatusForbidden, "text/xml", `<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>`), nil
				}
				return send()
			})
			s := setup(t, groupFile)
			r := l.apply(s)
			l.expect(r, steps.ResultWaiting)
			for _, c := range r.Report.Checks {
				if c.ID == "delivery" && (c.Status != steps.Unknown || !strings.Contains(c.Summary, "cannot be seen from here") || c.Fix == "") {
					t.Errorf("delivery is %s: %s", c.Status, c.Summary)
				}
			}
		})
	}
}
