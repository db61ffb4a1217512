package sandbox

import (
	"strings"
	"time"
)

// flowLogsService is the principal that enters the role of a flow log to CloudWatch Logs.
const flowLogsService = "vpc-flow-logs.amazonaws.com"

const keptBatches = 200 // deliveries that a stream remembers

// Errors of delivery to CloudWatch Logs (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-troubleshooting.html).
const (
	accessError = "Access error"
	rateLimited = "Rate limited"
)

// trusted tells whether a role lets the flow logs service in on behalf of a flow log.
func (w *World) trusted(role *Role, account, region, flowLog string, at time.Time) bool {
	return w.serviceAllowed(flowLogsService, "sts:AssumeRole", role.ARN, account, parsed(w.withoutDeleted(role.Trust, role.TrustIDs)), map[string][]string{
		"aws:SourceAccount": {account}, "aws:SourceArn": {"arn:aws:ec2:" + region + ":" + account + ":vpc-flow-log/" + flowLog},
		"aws:CurrentTime": {at.UTC().Format(time.RFC3339)},
	})
}

// deliverEvents uses up the slots before due for a flow log to a log group.
func (w *World) deliverEvents(f *FlowLog, rd *RegionData, account, region string, first, due int, interfaces []Interface) {
	at := f.slotTime(due - 1)
	role := roleByARN(w.Accounts[account], f.RoleARN)
	fail := func(message string, e TrailEvent) {
		f.Status, f.StatusMessage = "FAILED", message
		if e.Name != "" {
			e.Region, e.Code = region, "AccessDenied"
			w.reportDenial(f, account, at, e)
		}
	}
	if role == nil || !w.trusted(role, account, region, f.ID, at) {
		fail(accessError, TrailEvent{Source: "sts.amazonaws.com", Name: "AssumeRole", By: flowLogsService, From: flowLogsService, Reads: true,
			Message:   "User: " + flowLogsService + " is not authorized to perform: sts:AssumeRole on resource: " + f.RoleARN,
			Resources: []TrailResource{{"AWS::IAM::Role", f.RoleARN}}})
		return
	}
	session := "vpc-flow-logs-" + strings.TrimPrefix(f.ID, "fl-")
	// may asks for a right of the role; what it lacks makes the delivery fail.
	may := func(action, resource string) bool {
		if w.serviceRole(role, session, "logs:"+action, resource, at) {
			return true
		}
		by := "arn:aws:sts::" + account + ":assumed-role/" + role.Name + "/" + session
		fail(accessError, TrailEvent{Source: "logs.amazonaws.com", Name: action, By: by, Issuer: role.ARN, UserID: role.ID + ":" + session, From: flowLogsService,
			Reads:     strings.HasPrefix(action, "Describe"),
			Message:   "User: " + by + " is not authorized to perform: logs:" + action + " on resource: " + resource,
			Resources: []TrailResource{{"AWS::Logs::LogGroup", f.LogGroup}}})
		return false
	}
	if !may("DescribeLogGroups", logGroupARN(region, account, "")+":log-stream:") {
		return
	}
	group := logGroupARN(region, account, f.LogGroup) + ":log-stream:"
	if at, owner, _, ok := splitLogGroupARN(f.Destination); !ok || at != region || owner != account {
		fail(accessError, TrailEvent{})
		return
	}
	g := rd.LogGroups[f.LogGroup]
	if g == nil {
		if !may("CreateLogGroup", group) {
			return
		}
		g = rd.makeLogGroup(f.LogGroup, at)
	}
	mapped(&g.Streams)
	if !may("DescribeLogStreams", group) {
		return
	}
	if rd.LogsQuota > 0 && rd.logsLoad() > rd.LogsQuota {
		fail(rateLimited, TrailEvent{})
		return
	}
	for _, i := range interfaces {
		name := i.ID + "-" + strings.ToLower(f.Traffic)
		s := g.Streams[name]
		if s == nil {
			if !may("CreateLogStream", group+name) {
				return
			}
			s = &LogStream{Name: name, Created: at}
			g.Streams[name] = s
		}
		if !may("PutLogEvents", group+name) {
			return
		}
		for n := first; n < due; n++ {
			s.Batches = append(s.Batches, LogBatch{f.ID, f.slotTime(n)})
		}
		if over := len(s.Batches) - keptBatches; over > 0 {
			s.Batches = append([]LogBatch(nil), s.Batches[over:]...)
		}
	}
	f.Status, f.StatusMessage = "SUCCESS", ""
}

// logsLoad is how often a minute the flow logs of a region call PutLogEvents: once for each interface and interval.
func (rd *RegionData) logsLoad() float64 {
	load := 0.0
	for _, f := range rd.FlowLogs {
		if f.DestinationType == "cloud-watch-logs" {
			_, interfaces, _ := rd.traced(f.ResourceID)
			load += float64(len(interfaces)) * 60 / float64(f.Interval)
		}
	}
	return load
}

// toLogs completes a wanted flow log to CloudWatch Logs, and refuses what EC2 refuses for the whole call
// (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html).
func (c *call) toLogs(f *FlowLog) *apiError {
	invalid := func(format string, args ...any) *apiError { return ec2Errorf(400, "InvalidParameter", format, args...) }
	f.RoleARN, f.LogGroup = c.form.Get("DeliverLogsPermissionArn"), c.form.Get("LogGroupName")
	for _, option := range []string{"FileFormat", "HiveCompatiblePartitions", "PerHourPartition"} {
		if c.form.Has("DestinationOptions." + option) {
			return invalid("DestinationOptions is not applicable for cloud-watch-logs delivery")
		}
	}
	switch {
	case f.RoleARN == "":
		return invalid("DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.")
	case f.LogGroup == "" && f.Destination == "":
		return invalid("LogGroupName or LogDestination is required if LogDestinationType is cloud-watch-logs.")
	case f.LogGroup != "" && f.Destination != "":
		return invalid("Please only provide LogGroupName or only provide LogDestination.")
	case f.LogGroup != "" && !logGroupPattern.MatchString(f.LogGroup):
		return invalid("LogGroupName: %s is not valid", f.LogGroup)
	case !roleARNPattern.MatchString(f.RoleARN):
		return invalid("DeliverLogsPermissionArn: %s is not a valid ARN of a role", f.RoleARN)
	}
	if f.Destination == "" {
		f.Destination = logGroupARN(c.region, c.caller.account, f.LogGroup)
		return nil
	}
	region, account, name, ok := splitLogGroupARN(f.Destination)
	switch {
	case !ok:
		return invalid("LogDestination: %s is not a valid ARN of a log group", f.Destination)
	case region != c.region:
		return invalid("LogDestination must be in the same region as the API caller")
	case account != c.caller.account:
		return invalid("LogDestination must be in the same account as the API caller")
	}
	f.LogGroup, f.Destination = name, logGroupARN(region, account, name)
	if c.regionData().LogGroups[name] == nil {
		return ec2Errorf(400, "LogDestinationNotFoundException", "LogDestination: %s does not exist", name)
	}
	return nil
}

// mayPassRole asks for what handing the role to the service takes: the caller's right, and that the service gets in.
func (c *call) mayPassRole(f *FlowLog) *apiError {
	if arnAccount(f.RoleARN) != c.caller.account {
		return ec2Errorf(403, "UnauthorizedOperation", "Cross-account pass role is not allowed.")
	}
	if bad := c.may("iam:PassRole", f.RoleARN, c.caller.account, map[string][]string{"iam:PassedToService": {flowLogsService}}); bad != nil {
		return bad
	}
	role := roleByARN(c.account(), f.RoleARN)
	// The flow log has no id yet.
	if role == nil || !c.w.trusted(role, c.caller.account, c.region, "fl-0123456789abcdef0", c.now) {
		return ec2Errorf(400, "InvalidParameter", "Unable to assume given IAM role")
	}
	return nil
}
