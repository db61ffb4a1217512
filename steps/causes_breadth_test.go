package steps_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// A role that delivers to CloudWatch Logs and could be used for more is told of, and fails nothing.
func TestBroadDeliveryRoleIsToldAndFailsNothing(t *testing.T) {
	for name, c := range map[string]struct {
		widen func(*lab)
		says  string
	}{
		"trust without conditions": {func(l *lab) {
			l.must(l.admin(payments).PutTrust(l.Context(), "flow-logs-to-groups", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"vpc-flow-logs.amazonaws.com"},"Action":"sts:AssumeRole"}]}`))
		}, "no condition on aws:SourceAccount"},
		"every resource": {func(l *lab) {
			l.must(l.admin(payments).PutInline(l.Context(), "flow-logs-to-groups", "Deliver", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
				"Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents","logs:DescribeLogStreams","logs:DescribeLogGroups"],"Resource":"*"}]}`))
		}, "its inline policy Deliver lets it use logs:PutLogEvents"},
		"full access": {func(l *lab) {
			l.must(l.admin(payments).AttachPolicy(l.Context(), "flow-logs-to-groups", "arn:aws:iam::aws:policy/CloudWatchLogsFullAccess"))
		}, "its managed policy CloudWatchLogsFullAccess lets it use logs:DeleteLogGroup"},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, perAccountFile)
			l.expect(l.apply(s), steps.ResultVerified)
			l.logsToGroup()
			c.widen(l)
			time.Sleep(2 * time.Minute)
			account, err := steps.NewEngine(l.cloud("payments")).DiagnoseAccount(t.Context())
			l.must(err)
			for _, r := range []steps.Report{l.diagnose(s), account} {
				if r.Status != steps.ReportVerified || len(r.Causes) > 0 {
					t.Errorf("it is %s, %s", r.Status, causeIDs(r))
				}
				if at := slices.IndexFunc(r.Checks, func(k steps.Check) bool { return k.ID == "flow-logs.role-scope" }); at < 0 || r.Checks[at].Status != steps.Pass ||
					!strings.Contains(r.Checks[at].Evidence, c.says) || !strings.Contains(r.Checks[at].Fix, "aws:SourceAccount") && !strings.Contains(r.Checks[at].Fix, "WriteFlowLogs") {
					t.Errorf("the role is not told of: %+v", r.Checks)
				}
			}
		})
	}
}

// A role without any permission is not one whose scope is wrong.
func TestDeliveryRoleWithoutPermissions(t *testing.T) {
	inBubble(t, "none", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		l.logsToGroup()
		time.Sleep(2 * time.Minute)
		l.must(l.admin(payments).DeleteInline(t.Context(), "flow-logs-to-groups", "Deliver"))
		time.Sleep(2 * time.Minute)
		r, err := steps.NewEngine(l.cloud("payments")).DiagnoseAccount(t.Context())
		l.must(err)
		if len(r.Causes) != 1 || r.Causes[0].ID != "cwl-role-permissions" {
			t.Errorf("found are %s", causeIDs(r))
		}
	})
}
