package sandbox

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

func (l *lab) logs(account, region string) *logs.Client {
	return logs.NewFromConfig(l.as(account, region))
}

const (
	groupName   = "/vpc/flow-logs"
	logsRole    = "FlowLogsToCloudWatch"
	logsRoleARN = "arn:aws:iam::" + paymentsAccount + ":role/" + logsRole
)

// logsTrust lets the flow logs service in for flow logs of the account, and no others.
func logsTrust(service, account string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"sts:AssumeRole","Condition":{` +
		`"StringEquals":{"aws:SourceAccount":"` + account + `"},"ArnLike":{"aws:SourceArn":"arn:aws:ec2:*:` + account + `:vpc-flow-log/*"}}}]}`
}

const logsPolicy = `{"Version":"2012-10-17","Statement":[
{"Sid":"Write","Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents","logs:DescribeLogStreams"],
 "Resource":"arn:aws:logs:us-east-1:111122223333:log-group:/vpc/flow-logs:*"},
{"Sid":"Find","Effect":"Allow","Action":"logs:DescribeLogGroups","Resource":"arn:aws:logs:us-east-1:111122223333:log-group:*"}]}`

// logsSetup makes a role and a log group in Payments and the input for flow logs to it.
func (l *lab) logsSetup() *ec2.CreateFlowLogsInput {
	l.t.Helper()
	client := l.iam(paymentsAccount)
	l.role(client, logsRole, logsTrust(flowLogsService, paymentsAccount))
	l.logsPolicy(logsPolicy)
	_, err := l.logs(paymentsAccount, homeRegion).CreateLogGroup(ctx, &logs.CreateLogGroupInput{LogGroupName: aws.String(groupName)})
	l.must(err)
	in := flowLogInput("x", l.vpcs(paymentsAccount, homeRegion)[0])
	in.LogDestinationType, in.LogDestination, in.LogGroupName = types.LogDestinationTypeCloudWatchLogs, nil, aws.String(groupName)
	in.DeliverLogsPermissionArn = aws.String(logsRoleARN)
	in.MaxAggregationInterval = aws.Int32(60)
	return in
}

func (l *lab) logsPolicy(document string) {
	l.t.Helper()
	_, err := l.iam(paymentsAccount).PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String(logsRole), PolicyName: aws.String("write"), PolicyDocument: &document})
	l.must(err)
}

// flowLogs makes flow logs and fails the test where one is refused.
func (l *lab) flowLogs(account, region string, in *ec2.CreateFlowLogsInput) []string {
	l.t.Helper()
	made, err := l.ec2(account, region).CreateFlowLogs(ctx, in)
	l.must(err)
	if len(made.Unsuccessful) > 0 {
		l.t.Fatal(refused(made.Unsuccessful))
	}
	return made.FlowLogIds
}

// status is DeliverLogsStatus and DeliverLogsErrorMessage of an account's flow logs, one "STATUS MESSAGE" for all.
func (l *lab) status(account, region string) string {
	l.t.Helper()
	out, err := l.ec2(account, region).DescribeFlowLogs(ctx, nil)
	l.must(err)
	var all []string
	for _, f := range out.FlowLogs {
		s := strings.TrimSpace(aws.ToString(f.DeliverLogsStatus) + " " + aws.ToString(f.DeliverLogsErrorMessage))
		if len(all) == 0 || all[len(all)-1] != s {
			all = append(all, s)
		}
	}
	return strings.Join(all, ", ")
}

func TestLogGroups(t *testing.T) {
	l := newLab(t)
	client := l.logs(paymentsAccount, homeRegion)
	for _, name := range []string{"b", "a", "vpc/c"} {
		_, err := client.CreateLogGroup(ctx, &logs.CreateLogGroupInput{LogGroupName: &name, Tags: map[string]string{"k": name}})
		l.must(err)
	}
	for _, test := range []struct{ name, code string }{{"a", "ResourceAlreadyExistsException"}, {"aws/x", "InvalidParameterException"}, {"ä", "InvalidParameterException"}} {
		_, err := client.CreateLogGroup(ctx, &logs.CreateLogGroupInput{LogGroupName: &test.name})
		l.want(err, test.code)
	}
	_, err := client.PutRetentionPolicy(ctx, &logs.PutRetentionPolicyInput{LogGroupName: aws.String("a"), RetentionInDays: aws.Int32(31)})
	l.want(err, "InvalidParameterException")
	_, err = client.PutRetentionPolicy(ctx, &logs.PutRetentionPolicyInput{LogGroupName: aws.String("a"), RetentionInDays: aws.Int32(30)})
	l.must(err)
	var names []string
	pages := logs.NewDescribeLogGroupsPaginator(client, &logs.DescribeLogGroupsInput{Limit: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		l.must(err)
		for _, g := range page.LogGroups {
			names = append(names, *g.LogGroupName)
			if *g.Arn != *g.LogGroupArn+":*" || (*g.LogGroupName == "a") != (aws.ToInt32(g.RetentionInDays) == 30) {
				t.Errorf("group is %+v", g)
			}
		}
	}
	if strings.Join(names, " ") != "a b vpc/c" {
		t.Errorf("groups are %v", names)
	}
	_, err = client.DeleteRetentionPolicy(ctx, &logs.DeleteRetentionPolicyInput{LogGroupName: aws.String("a")})
	l.must(err)
	arn := logGroupARN(homeRegion, paymentsAccount, "a")
	_, err = client.TagResource(ctx, &logs.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"more": "1"}})
	l.must(err)
	tags, err := client.ListTagsForResource(ctx, &logs.ListTagsForResourceInput{ResourceArn: &arn})
	l.must(err)
	if len(tags.Tags) != 2 || tags.Tags["k"] != "a" {
		t.Errorf("tags are %v", tags.Tags)
	}
	_, err = client.DeleteLogGroup(ctx, &logs.DeleteLogGroupInput{LogGroupName: aws.String("a")})
	l.must(err)
	_, err = client.DescribeLogStreams(ctx, &logs.DescribeLogStreamsInput{LogGroupName: aws.String("a")})
	l.want(err, "ResourceNotFoundException")
	// The groups of another region and account are others.
	for _, other := range []*logs.Client{l.logs(paymentsAccount, secondRegion), l.logs(storefrontAccount, homeRegion)} {
		out, err := other.DescribeLogGroups(ctx, nil)
		l.must(err)
		if len(out.LogGroups) != 0 {
			t.Errorf("another place has %v", out.LogGroups)
		}
	}
	// DescribeLogGroups takes the right to all groups.
	scoped := logs.NewFromConfig(l.user(paymentsAccount, homeRegion, "scoped",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"arn:aws:logs:us-east-1:111122223333:log-group:b:*"}]}`))
	_, err = scoped.DescribeLogGroups(ctx, &logs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("b")})
	l.want(err, "AccessDeniedException")
	_, err = scoped.DescribeLogStreams(ctx, &logs.DescribeLogStreamsInput{LogGroupName: aws.String("b")})
	l.must(err)
}

func TestDeliveryToLogGroup(t *testing.T) {
	l := newLab(t)
	id := l.flowLogs(paymentsAccount, homeRegion, l.logsSetup())[0]
	l.pass(25 * time.Second)
	if got := l.status(paymentsAccount, homeRegion); got != "SUCCESS" {
		t.Fatalf("status is %s", got)
	}
	described, err := l.ec2(paymentsAccount, homeRegion).DescribeFlowLogs(ctx, &ec2.DescribeFlowLogsInput{Filter: []types.Filter{{Name: aws.String("log-group-name"), Values: []string{groupName}}}})
	l.must(err)
	if f := described.FlowLogs[0]; *f.FlowLogId != id || *f.DeliverLogsPermissionArn != logsRoleARN || *f.LogGroupName != groupName || f.DestinationOptions != nil ||
		*f.LogDestination != logGroupARN(homeRegion, paymentsAccount, groupName) {
		t.Errorf("flow log is %+v", f)
	}
	client := l.logs(paymentsAccount, homeRegion)
	streams, err := client.DescribeLogStreams(ctx, &logs.DescribeLogStreamsInput{LogGroupName: aws.String(groupName)})
	l.must(err)
	if len(streams.LogStreams) != 4 || !strings.HasPrefix(*streams.LogStreams[0].LogStreamName, "eni-") || !strings.HasSuffix(*streams.LogStreams[0].LogStreamName, "-all") ||
		*streams.LogStreams[0].LastIngestionTime != l.now.Add(-2*time.Second).UnixMilli() {
		t.Fatalf("streams are %+v", streams.LogStreams)
	}
	var all []string
	pages := logs.NewFilterLogEventsPaginator(client, &logs.FilterLogEventsInput{LogGroupName: aws.String(groupName), Limit: aws.Int32(7)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		l.must(err)
		for _, e := range page.Events {
			all = append(all, *e.Message)
			if !strings.HasPrefix(*e.LogStreamName, strings.Fields(*e.Message)[2]) {
				t.Errorf("event of %s in %s", *e.Message, *e.LogStreamName)
			}
		}
	}
	if len(all) < 12 {
		t.Errorf("events are %v", all)
	}
	accepted, err := client.FilterLogEvents(ctx, &logs.FilterLogEventsInput{LogGroupName: aws.String(groupName), FilterPattern: aws.String(`ACCEPT -"NODATA"`)})
	l.must(err)
	if n := strings.Count(strings.Join(all, "\n"), "ACCEPT"); n == 0 || len(accepted.Events) != n {
		t.Errorf("%d accepted of %d", len(accepted.Events), n)
	}
	one, err := client.GetLogEvents(ctx, &logs.GetLogEventsInput{LogGroupName: aws.String(groupName), LogStreamName: streams.LogStreams[0].LogStreamName, StartFromHead: aws.Bool(true)})
	l.must(err)
	more, err := client.GetLogEvents(ctx, &logs.GetLogEventsInput{LogGroupName: aws.String(groupName), LogStreamName: streams.LogStreams[0].LogStreamName, NextToken: one.NextForwardToken})
	l.must(err)
	if len(one.Events) == 0 || len(more.Events) != 0 || *more.NextForwardToken != *one.NextForwardToken {
		t.Errorf("stream has %d events, then %d", len(one.Events), len(more.Events))
	}
	// A group that is gone comes back with the next delivery, since the role may make it.
	_, err = client.DeleteLogGroup(ctx, &logs.DeleteLogGroupInput{LogGroupName: aws.String(groupName)})
	l.must(err)
	l.pass(time.Minute)
	if streams, err := client.DescribeLogStreams(ctx, &logs.DescribeLogStreamsInput{LogGroupName: aws.String(groupName)}); err != nil || len(streams.LogStreams) != 4 {
		t.Errorf("group is not made again: %v", err)
	}
	// What was delivered stays readable when the flow log is deleted.
	_, err = l.ec2(paymentsAccount, homeRegion).DeleteFlowLogs(ctx, &ec2.DeleteFlowLogsInput{FlowLogIds: []string{id}})
	l.must(err)
	if out, err := client.FilterLogEvents(ctx, &logs.FilterLogEventsInput{LogGroupName: aws.String(groupName)}); err != nil || len(out.Events) == 0 {
		t.Errorf("events are gone: %v", err)
	}
}

// What CreateFlowLogs refuses, and what shows later.
func TestFlowLogsToLogGroupAreRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(l *lab, in *ec2.CreateFlowLogsInput)
		code   string
	}{
		{"no role", func(_ *lab, in *ec2.CreateFlowLogsInput) { in.DeliverLogsPermissionArn = nil }, "InvalidParameter"},
		{"role of another account", func(_ *lab, in *ec2.CreateFlowLogsInput) {
			in.DeliverLogsPermissionArn = aws.String(strings.Replace(logsRoleARN, paymentsAccount, storefrontAccount, 1))
		}, "UnauthorizedOperation"},
		{"role that is not there", func(_ *lab, in *ec2.CreateFlowLogsInput) { in.DeliverLogsPermissionArn = aws.String(logsRoleARN + "2") }, "InvalidParameter"},
		{"role that trusts another service", func(l *lab, _ *ec2.CreateFlowLogsInput) {
			l.trust(logsRole, logsTrust("ec2.amazonaws.com", paymentsAccount))
		}, "InvalidParameter"},
		{"role that trusts for another account", func(l *lab, _ *ec2.CreateFlowLogsInput) {
			l.trust(logsRole, logsTrust(flowLogsService, storefrontAccount))
		}, "InvalidParameter"},
		{"group of another region", func(_ *lab, in *ec2.CreateFlowLogsInput) {
			in.LogGroupName, in.LogDestination = nil, aws.String(logGroupARN(secondRegion, paymentsAccount, groupName))
		}, "InvalidParameter"},
		{"group of another account", func(_ *lab, in *ec2.CreateFlowLogsInput) {
			in.LogGroupName, in.LogDestination = nil, aws.String(logGroupARN(homeRegion, storefrontAccount, groupName))
		}, "InvalidParameter"},
		{"group that is not there", func(_ *lab, in *ec2.CreateFlowLogsInput) {
			in.LogGroupName, in.LogDestination = nil, aws.String(logGroupARN(homeRegion, paymentsAccount, "none"))
		}, "LogDestinationNotFoundException"},
		{"options of S3", func(_ *lab, in *ec2.CreateFlowLogsInput) {
			in.DestinationOptions = &types.DestinationOptionsRequest{HiveCompatiblePartitions: aws.Bool(true)}
		}, "InvalidParameter"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t)
			in := l.logsSetup()
			test.change(l, in)
			_, err := l.ec2(paymentsAccount, homeRegion).CreateFlowLogs(ctx, in)
			l.want(err, test.code)
		})
	}
	l := newLab(t)
	in := l.logsSetup()
	without := ec2.NewFromConfig(l.user(paymentsAccount, homeRegion, "nopass", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}`))
	_, err := without.CreateFlowLogs(ctx, in)
	l.want(err, "UnauthorizedOperation")
}

func (l *lab) trust(role, document string) {
	l.t.Helper()
	_, err := l.iam(paymentsAccount).UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &role, PolicyDocument: &document})
	l.must(err)
}

// A role that lacks any of its rights fails with "Access error", and delivers again once it has them.
func TestDeliveryToLogGroupFails(t *testing.T) {
	for _, test := range []struct{ name, from, to, event string }{
		{"no streams", `"logs:CreateLogStream",`, "", "CreateLogStream"},
		{"no events", `"logs:PutLogEvents",`, "", "PutLogEvents"},
		{"no list of streams", `,"logs:DescribeLogStreams"`, "", "DescribeLogStreams"},
		{"list of groups scoped to the group", `log-group:*`, "log-group:/vpc/flow-logs:*", "DescribeLogGroups"},
		{"group without what follows it", `/vpc/flow-logs:*`, "/vpc/flow-logs", "DescribeLogStreams"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t)
			in := l.logsSetup()
			l.logsPolicy(strings.Replace(logsPolicy, test.from, test.to, 1))
			l.flowLogs(paymentsAccount, homeRegion, in)
			l.pass(time.Minute)
			if got := l.status(paymentsAccount, homeRegion); got != "FAILED Access error" {
				t.Errorf("status is %s", got)
			}
			if events := l.events(paymentsAccount, homeRegion, "EventName", test.event); len(events) != 1 || !strings.Contains(events[0], "AccessDenied") || !strings.Contains(events[0], logsRole) {
				t.Errorf("events are %v", events)
			}
			l.logsPolicy(logsPolicy)
			l.pass(time.Minute)
			if got := l.status(paymentsAccount, homeRegion); got != "SUCCESS" {
				t.Errorf("status is %s", got)
			}
		})
	}
}
