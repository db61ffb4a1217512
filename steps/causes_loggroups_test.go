package steps_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// logsToGroup makes a flow log of Payments' first VPC to CloudWatch Logs that works, as somebody would by hand.
func (l *lab) logsToGroup() {
	l.Helper()
	a := l.admin(payments)
	_, err := a.CreateRole(l.Context(), awsops.NewRole{Name: "flow-logs-to-groups", Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"vpc-flow-logs.amazonaws.com"},"Action":"sts:AssumeRole",
		"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:ec2:*:111122223333:vpc-flow-log/*"}}}]}`})
	l.must(err)
	l.must(a.PutInline(l.Context(), "flow-logs-to-groups", "Deliver", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents","logs:DescribeLogStreams"],"Resource":"arn:aws:logs:us-east-1:111122223333:log-group:/vpc/flows:*"},
		{"Effect":"Allow","Action":"logs:DescribeLogGroups","Resource":"arn:aws:logs:us-east-1:111122223333:log-group:*"}]}`))
	vpcs, err := a.VPCs(l.Context(), "us-east-1")
	l.must(err)
	out, err := l.sdk(payments, "us-east-1").ec2().CreateFlowLogs(l.Context(), &ec2.CreateFlowLogsInput{ResourceIds: []string{vpcs[0].ID}, ResourceType: ec2types.FlowLogsResourceTypeVpc,
		TrafficType: ec2types.TrafficTypeAll, LogDestinationType: ec2types.LogDestinationTypeCloudWatchLogs, LogGroupName: aws.String("/vpc/flows"),
		DeliverLogsPermissionArn: aws.String("arn:aws:iam::111122223333:role/flow-logs-to-groups"), MaxAggregationInterval: aws.Int32(60)})
	l.must(err)
	if len(out.Unsuccessful) > 0 {
		l.Fatalf("flow log: %s", aws.ToString(out.Unsuccessful[0].Error.Message))
	}
}

// settingsOnly are the breaks of a delivery to CloudWatch Logs that keep no logs out: of a flow log that no set-up made they are worth a look.
var settingsOnly = []string{"cwl-role-open", "cwl-role-excess", "cwl-retention"}

// groupBreaks are the breaks that keep logs from a log group.
func groupBreaks() []string {
	var ids []string
	for _, offered := range sandbox.Breaks() {
		if strings.HasPrefix(offered.ID, "cwl-") && !slices.Contains(settingsOnly, offered.ID) {
			ids = append(ids, offered.ID)
		}
	}
	return ids
}

// curseGroup shows that a flow log to CloudWatch Logs that fails is looked at, too; one that works is not complained about.
func curseGroup(t *testing.T, id string) causeRow {
	l := newLab(t, sandbox.Options{})
	s := setup(t, perAccountFile)
	l.expect(l.apply(s), steps.ResultVerified)
	l.logsToGroup()
	time.Sleep(2 * time.Minute)
	if r := l.diagnose(s); r.Status != steps.ReportVerified || len(r.Causes) > 0 {
		t.Fatalf("before the break it is %s, %s", r.Status, causeIDs(r))
	}
	l.must(l.world.Break(id))
	time.Sleep(2 * time.Minute)
	r := l.diagnose(s)
	if len(r.Causes) != 1 || r.Causes[0].ID != id || r.Causes[0].Fix == "" || !r.Causes[0].Aside || r.Status != steps.ReportVerified {
		t.Errorf("found are %s, %s", r.Status, causeIDs(r))
		l.blame(r)
		return causeRow{}
	}
	if refused := []string{"cwl-role-missing", "cwl-role-trust", "cwl-role-trust-source", "cwl-role-permissions", "cwl-role-denies", "cwl-describe-scope", "cwl-group-missing"}; slices.Contains(refused, id) && !strings.Contains(r.Causes[0].Evidence, "was refused with AccessDenied") {
		t.Errorf("CloudTrail's refusal is not in the evidence: %s", r.Causes[0].Evidence)
	}
	account, err := steps.NewEngine(l.cloud("payments")).DiagnoseAccount(t.Context())
	l.must(err)
	if len(account.Causes) != 1 || account.Causes[0].ID != id || account.Causes[0].Aside || account.Status != steps.ReportFailed || !slices.Equal(failing(account), []string{"flow-logs.cloud-watch-logs"}) {
		t.Errorf("of the account are found %s, %s", account.Status, causeIDs(account))
		l.blame(account)
	}
	if r := l.verify(s); r.Status != steps.ReportVerified {
		t.Errorf("verify, which proves the set-up only, says %s", r.Status)
	}
	row := causeRow{id, steps.CauseTitle(id), []string{"none: it is another flow log"}, "first", strings.Replace(offers[r.Causes[0].Mend], ", then `apply`", "", 1)}
	if byHand := id == "cwl-throttled"; byHand != (r.Causes[0].Mend == steps.MendHand) {
		t.Errorf("it is mended by %s", r.Causes[0].Mend)
	} else if byHand {
		return row // it is AWS's quota
	}
	l.writes()
	began := time.Now()
	p := l.engine.RepairPlan(s, r)
	said := promised(t, p)
	l.calls.take(t)
	l.expect(l.run(t.Context(), p, 0), steps.ResultVerified)
	w := l.writes()
	did := slices.Sorted(slices.Values(w))
	for i := range said {
		said[i], _, _ = strings.Cut(said[i], " ")
	}
	if did = slices.Compact(did); !slices.Equal(said, did) || len(said) == 0 {
		t.Errorf("the review promised %v, the run made %v", said, did)
	}
	if slices.Contains([]string{"cwl-role-other-account", "cwl-group-other-region"}, id) &&
		(len(w) < 3 || w[len(w)-2] != "ec2:CreateFlowLogs" || w[len(w)-1] != "ec2:DeleteFlowLogs" || time.Since(began) < time.Second) {
		t.Errorf("the flow log that names wrong things is replaced by %v in %s", w, time.Since(began))
	}
	time.Sleep(2 * time.Minute)
	if r := l.diagnose(s); r.Status != steps.ReportVerified || len(r.Causes) > 0 {
		t.Errorf("after the fix it is %s, %s", r.Status, causeIDs(r))
		l.blame(r)
	}
	return row
}
