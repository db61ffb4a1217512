package sandbox

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// logsHandlers answers CloudWatch Logs, target Logs_20140328.
var logsHandlers = map[string]handler{
	"CreateLogGroup":        inLogsRegion(createLogGroup),
	"DeleteLogGroup":        inLogsRegion(onLogGroup("logs:DeleteLogGroup", deleteLogGroup)),
	"DeleteRetentionPolicy": inLogsRegion(onLogGroup("logs:DeleteRetentionPolicy", deleteRetentionPolicy)),
	"DescribeLogGroups":     inLogsRegion(describeLogGroups),
	"DescribeLogStreams":    inLogsRegion(onLogGroup("logs:DescribeLogStreams", describeLogStreams)),
	"FilterLogEvents":       inLogsRegion(onLogGroup("logs:FilterLogEvents", filterLogEvents)),
	"GetLogEvents":          inLogsRegion(onLogGroup("logs:GetLogEvents", getLogEvents)),
	"ListTagsForResource":   inLogsRegion(onLogGroupARN(listLogGroupTags)),
	"ListTagsLogGroup":      inLogsRegion(onLogGroup("logs:ListTagsLogGroup", listLogGroupTags)),
	"PutRetentionPolicy":    inLogsRegion(onLogGroup("logs:PutRetentionPolicy", putRetentionPolicy)),
	"TagResource":           inLogsRegion(onLogGroupARN(tagLogGroup)),
	"UntagResource":         inLogsRegion(onLogGroupARN(untagLogGroup)),
}

// logsInput is the members that the operations read.
type logsInput struct {
	LogGroupName        string            `json:"logGroupName"`
	LogGroupIdentifier  string            `json:"logGroupIdentifier"`
	LogGroupNamePrefix  string            `json:"logGroupNamePrefix"`
	LogGroupNamePattern string            `json:"logGroupNamePattern"`
	LogGroupClass       string            `json:"logGroupClass"`
	KMSKeyID            string            `json:"kmsKeyId"`
	RetentionInDays     *int              `json:"retentionInDays"`
	LogStreamName       string            `json:"logStreamName"`
	LogStreamNames      []string          `json:"logStreamNames"`
	LogStreamNamePrefix string            `json:"logStreamNamePrefix"`
	OrderBy             string            `json:"orderBy"`
	Descending          bool              `json:"descending"`
	Tags                map[string]string `json:"tags"`
	TagKeys             []string          `json:"tagKeys"`
	ResourceARN         string            `json:"resourceArn"`
	FilterPattern       string            `json:"filterPattern"`
	StartTime           *int64            `json:"startTime"` // milliseconds since 1970
	EndTime             *int64            `json:"endTime"`
	StartFromHead       bool              `json:"startFromHead"`
	Limit               *int              `json:"limit"`
	NextToken           string            `json:"nextToken"`
}

type groupHandler func(c *call, g *LogGroup, in *logsInput) (response, *apiError)

func logsFault(code, format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, code: code, message: fmt.Sprintf(format, args...)}
}

func invalidLogs(format string, args ...any) *apiError {
	return logsFault("InvalidParameterException", format, args...)
}

var noLogGroup = logsFault("ResourceNotFoundException", "The specified log group does not exist.")

// logRetentions are the days that a log group may keep its events (botocore logs:PutRetentionPolicy).
var logRetentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

var logGroupPattern = regexp.MustCompile(`^[\.\-_/#A-Za-z0-9]{1,512}$`)

// inLogsRegion refuses calls into regions that the account has not enabled, as the JSON services do: with a credential error.
func inLogsRegion(h handler) handler {
	return func(c *call) (response, *apiError) {
		if !c.w.inRegion(c.caller.account, c.region) {
			return response{}, authFault(c, "key")
		}
		return h(c)
	}
}

func logGroupARN(region, account, name string) string {
	return "arn:aws:logs:" + region + ":" + account + ":log-group:" + name
}

// splitLogGroupARN takes arn:aws:logs:REGION:ACCOUNT:log-group:NAME apart, with or without :* behind.
func splitLogGroupARN(arn string) (region, account, name string, ok bool) {
	parts := strings.SplitN(strings.TrimSuffix(arn, ":*"), ":", 7)
	if len(parts) != 7 || parts[0] != "arn" || parts[2] != "logs" || parts[5] != "log-group" || !logGroupPattern.MatchString(parts[6]) {
		return "", "", "", false
	}
	return parts[3], parts[4], parts[6], true
}

// onLogGroup finds the group that a call names by its name or ARN, and asks for the right to action.
func onLogGroup(action string, h groupHandler) handler {
	return func(c *call) (response, *apiError) {
		var in logsInput
		if bad := c.jsonInput(&in); bad != nil {
			return response{}, bad
		}
		name := in.LogGroupName
		if name == "" {
			name = in.LogGroupIdentifier
		}
		if strings.HasPrefix(name, "arn:") {
			region, account, group, ok := splitLogGroupARN(name)
			if !ok || in.LogGroupName != "" {
				return response{}, invalidLogs("The log group identifier %s is not valid.", name)
			}
			if region != c.region || account != c.caller.account {
				return response{}, noLogGroup
			}
			name = group
		}
		if !logGroupPattern.MatchString(name) {
			return response{}, invalidLogs("1 validation error detected: Value '%s' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+", name)
		}
		if bad := c.permit(action, logGroupARN(c.region, c.caller.account, name)+":log-stream:"+in.LogStreamName); bad != nil {
			return response{}, bad
		}
		g := c.regionData().LogGroups[name]
		if g == nil {
			return response{}, noLogGroup
		}
		return h(c, g, &in)
	}
}

// onLogGroupARN is onLogGroup for the tagging operations, which go by resourceArn.
func onLogGroupARN(h groupHandler) handler {
	return func(c *call) (response, *apiError) {
		var in logsInput
		if bad := c.jsonInput(&in); bad != nil {
			return response{}, bad
		}
		region, account, name, ok := splitLogGroupARN(in.ResourceARN)
		if !ok {
			return response{}, invalidLogs("The resource ARN %s is not valid.", in.ResourceARN)
		}
		if bad := c.permit("logs:"+c.operation, logGroupARN(region, account, name)); bad != nil {
			return response{}, bad
		}
		g := c.regionData().LogGroups[name]
		if g == nil || region != c.region || account != c.caller.account {
			return response{}, logsFault("ResourceNotFoundException", "The specified resource does not exist.")
		}
		return h(c, g, &in)
	}
}

func createLogGroup(c *call) (response, *apiError) {
	var in logsInput
	if bad := c.jsonInput(&in); bad != nil {
		return response{}, bad
	}
	name := in.LogGroupName
	switch {
	case !logGroupPattern.MatchString(name):
		return response{}, invalidLogs("1 validation error detected: Value '%s' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+", name)
	case strings.HasPrefix(name, "aws/"):
		return response{}, invalidLogs("Log groups starting with AWS/ are reserved for AWS.")
	case in.LogGroupClass != "" && in.LogGroupClass != "STANDARD" && in.LogGroupClass != "INFREQUENT_ACCESS":
		return response{}, invalidLogs("The log group class %s is not known.", in.LogGroupClass)
	}
	arn := logGroupARN(c.region, c.caller.account, name)
	if bad := c.permit("logs:CreateLogGroup", arn+":log-stream:"); bad != nil {
		return response{}, bad
	}
	if len(in.Tags) > 0 {
		if bad := c.permit("logs:TagResource", arn); bad != nil {
			return response{}, bad
		}
	}
	if in.KMSKeyID != "" {
		if k := c.w.key(in.KMSKeyID); k == nil || k.State != "Enabled" || k.Region != c.region {
			return response{}, invalidLogs("The specified KMS Key Id could not be found.")
		}
	}
	rd := c.regionData()
	if rd.LogGroups[name] != nil {
		return response{}, logsFault("ResourceAlreadyExistsException", "The specified log group already exists")
	}
	g := rd.makeLogGroup(name, c.now)
	g.KeyARN, g.Class = in.KMSKeyID, in.LogGroupClass
	if bad := g.addTags(in.Tags); bad != nil {
		delete(rd.LogGroups, name)
		return response{}, bad
	}
	return logsDone()
}

func (rd *RegionData) makeLogGroup(name string, now time.Time) *LogGroup {
	mapped(&rd.LogGroups)
	g := &LogGroup{Name: name, Created: now.UTC(), Tags: map[string]string{}, Streams: map[string]*LogStream{}}
	rd.LogGroups[name] = g
	return g
}

// logsDone is the answer of operations that return nothing.
func logsDone() (response, *apiError) {
	return response{header: http.Header{"Content-Type": {jsonType}}}, nil
}

func deleteLogGroup(c *call, g *LogGroup, _ *logsInput) (response, *apiError) {
	delete(c.regionData().LogGroups, g.Name)
	return logsDone()
}

func putRetentionPolicy(_ *call, g *LogGroup, in *logsInput) (response, *apiError) {
	if in.RetentionInDays == nil || !slices.Contains(logRetentions, *in.RetentionInDays) {
		return response{}, invalidLogs("1 validation error detected: the value at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: %v", logRetentions)
	}
	g.Retention = *in.RetentionInDays
	return logsDone()
}

func deleteRetentionPolicy(_ *call, g *LogGroup, _ *logsInput) (response, *apiError) {
	g.Retention = 0
	return logsDone()
}

func (g *LogGroup) addTags(tags map[string]string) *apiError {
	after := map[string]string{}
	for k, v := range g.Tags {
		after[k] = v
	}
	for k, v := range tags {
		if k == "" || len(k) > 128 || len(v) > 256 || strings.HasPrefix(strings.ToLower(k), "aws:") {
			return invalidLogs("The tag %q is not valid.", k)
		}
		after[k] = v
	}
	if len(after) > 50 {
		return logsFault("TooManyTagsException", "A resource can have no more than 50 tags.")
	}
	g.Tags = after
	return nil
}

func tagLogGroup(_ *call, g *LogGroup, in *logsInput) (response, *apiError) {
	if bad := g.addTags(in.Tags); bad != nil {
		return response{}, bad
	}
	return logsDone()
}

func untagLogGroup(_ *call, g *LogGroup, in *logsInput) (response, *apiError) {
	for _, k := range in.TagKeys {
		delete(g.Tags, k)
	}
	return logsDone()
}

func listLogGroupTags(_ *call, g *LogGroup, _ *logsInput) (response, *apiError) {
	tags := g.Tags
	if tags == nil {
		tags = map[string]string{}
	}
	return jsonAnswer(map[string]any{"tags": tags})
}

// describeLogGroups is on all groups of the region, whatever prefix it asks for: rights to one group are not enough.
func describeLogGroups(c *call) (response, *apiError) {
	var in logsInput
	if bad := c.jsonInput(&in); bad != nil {
		return response{}, bad
	}
	if bad := c.permit("logs:DescribeLogGroups", logGroupARN(c.region, c.caller.account, "")+":log-stream:"); bad != nil {
		return response{}, bad
	}
	if in.LogGroupNamePrefix != "" && in.LogGroupNamePattern != "" {
		return response{}, invalidLogs("logGroupNamePrefix and logGroupNamePattern are mutually exclusive parameters.")
	}
	var names []string
	groups := c.regionData().LogGroups
	for _, name := range sortedKeys(groups) {
		if strings.HasPrefix(name, in.LogGroupNamePrefix) && strings.Contains(strings.ToLower(name), strings.ToLower(in.LogGroupNamePattern)) {
			names = append(names, name)
		}
	}
	page, out, bad := logsPage(&in, names, 50)
	if bad != nil {
		return response{}, bad
	}
	list := []any{}
	for _, name := range page {
		g := groups[name]
		arn := logGroupARN(c.region, c.caller.account, name)
		one := map[string]any{"logGroupName": name, "arn": arn + ":*", "logGroupArn": arn, "creationTime": g.Created.UnixMilli(), "metricFilterCount": 0,
			"storedBytes": 0, "logGroupClass": "STANDARD"}
		if g.Class != "" {
			one["logGroupClass"] = g.Class
		}
		if g.Retention > 0 {
			one["retentionInDays"] = g.Retention
		}
		if g.KeyARN != "" {
			one["kmsKeyId"] = g.KeyARN
		}
		list = append(list, one)
	}
	out["logGroups"] = list
	return jsonAnswer(out)
}

// logsPage cuts a list of names at limit (at most and by default most) and nextToken.
func logsPage(in *logsInput, names []string, most int) ([]string, map[string]any, *apiError) {
	limit, out := most, map[string]any{}
	if in.Limit != nil {
		limit = *in.Limit
	}
	if limit < 1 || limit > most {
		return nil, nil, invalidLogs("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value between 1 and %d", limit, most)
	}
	if in.NextToken != "" {
		at := slices.Index(names, in.NextToken)
		if at < 0 {
			return nil, nil, invalidLogs("The specified nextToken is invalid.")
		}
		names = names[at+1:]
	}
	if len(names) > limit {
		names = names[:limit]
		out["nextToken"] = names[limit-1]
	}
	return names, out, nil
}

// serviceRole decides what a role may do that a service has entered.
func (w *World) serviceRole(role *Role, session, action, resource string, at time.Time) bool {
	a := w.Accounts[arnAccount(role.ARN)]
	p := policy.Policies{Identity: w.identity(a, role.Inline, role.Attached), SCPs: w.scps(a.ID)}
	if text, ok := w.policyText(role.Boundary); ok && role.Boundary != "" {
		p.Boundary = parsed(text)
	}
	return policy.Evaluate(policy.Request{Principal: "arn:aws:sts::" + a.ID + ":assumed-role/" + role.Name + "/" + session, Action: action, Resource: resource,
		ResourceAccount: a.ID, Context: map[string][]string{"aws:SecureTransport": {"true"}, "aws:CurrentTime": {at.UTC().Format(time.RFC3339)},
			"aws:PrincipalArn": {role.ARN}, "aws:ViaAWSService": {"false"}}}, p).Verdict == policy.Allowed
}
