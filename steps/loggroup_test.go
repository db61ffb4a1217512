package steps_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/flowgrant/flowgrant/awsops"
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

func (c sdk) logs() *cloudwatchlogs.Client { return cloudwatchlogs.NewFromConfig(c.Config) }

// writes lists the write calls since the log was emptied.
func (l *lab) writes() []string {
	var list []string
	for _, c := range l.calls.take(l.T) {
		if c.Write {
			list = append(list, c.Service+":"+c.Operation)
		}
	}
	return list
}

func change(p *steps.Plan, step steps.StepName) (changes []steps.Change) {
	for _, s := range p.Steps {
		if s.Step == step {
			changes = append(changes, s.Change)
		}
	}
	return changes
}

func TestLogGroupFromNothing(t *testing.T) {
	inBubble(t, "made, proved, unchanged, revoked", func(t *testing.T) {
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
		l.tell(r.Report)
		groups, err := l.admin(payments).LogGroup(t.Context(), "eu-west-1", "/vpc/flow-logs")
		l.must(err)
		if groups.Retention != 30 || groups.Tags[steps.TagSetup] != s.Name {
			t.Errorf("the group is %+v", groups)
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
		p, err = l.engine.PlanRevoke(t.Context(), s, steps.RevokeOptions{})
		l.must(err)
		if p.Changes() != 0 || !strings.Contains(strings.Join(p.Warnings, " "), "nothing is granted") {
			t.Errorf("without flow logs it changes %d, and says %v", p.Changes(), p.Warnings)
		}
		l.expect(l.run(t.Context(), p, 0), steps.ResultRevoked)
		l.writes()
		p, err = l.engine.PlanRevoke(t.Context(), s, steps.RevokeOptions{FlowLogs: true})
		l.must(err)
		l.expect(l.run(t.Context(), p, 0), steps.ResultRevoked)
		if w := strings.Join(l.writes(), " "); strings.Contains(w, "DeleteLogGroup") || !strings.Contains(w, "DeleteRole ") && !strings.HasSuffix(w, "DeleteRole") {
			t.Errorf("revoked by %s", w)
		}
	})
}

func (l *lab) blankGroup(region string) {
	out, err := l.sdk(payments, region).ec2().DescribeFlowLogs(l.Context(), &ec2.DescribeFlowLogsInput{})
	l.must(err)
	for _, f := range out.FlowLogs {
		if f.LogDestinationType == ec2types.LogDestinationTypeCloudWatchLogs {
			l.Logf("%s %s %s %s", aws.ToString(f.FlowLogId), aws.ToString(f.LogDestination), aws.ToString(f.DeliverLogsPermissionArn), aws.ToString(f.DeliverLogsStatus))
		}
	}
	_ = awsops.Denied
	_ = slices.Contains[[]string]
	_ = time.Second
}
