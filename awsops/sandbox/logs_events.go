package sandbox

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops/flowrecord"
)

// logEvent is one event of a stream.
type logEvent struct {
	ID       string `json:"eventId,omitempty"`
	Stream   string `json:"logStreamName,omitempty"`
	Time     int64  `json:"timestamp"` // milliseconds since 1970
	Ingested int64  `json:"ingestionTime"`
	Message  string `json:"message"`
}

// streamEvents makes the events of a stream, oldest first, as far as the group's retention keeps them.
func (c *call) streamEvents(g *LogGroup, s *LogStream) []logEvent {
	rd := c.regionData()
	var events []logEvent
	for _, b := range s.Batches {
		if g.Retention > 0 && c.now.Sub(b.At) > time.Duration(g.Retention)*24*time.Hour {
			continue
		}
		f := rd.everFlowLog(b.FlowLog)
		if f == nil {
			continue
		}
		iface, _, _ := cutTraffic(s.Name)
		fields, records := rd.flowRecords(f, c.caller.account, c.region, b.At, b.FlowLog+b.At.String())
		for n, r := range records {
			if r["interface-id"] != iface {
				continue
			}
			start, _ := strconv.ParseInt(r["start"], 10, 64)
			if start == 0 {
				start = b.At.Unix()
			}
			events = append(events, logEvent{ID: fmt.Sprintf("%056d", hash64(s.Name, b.FlowLog, b.At.String(), strconv.Itoa(n))), Stream: s.Name,
				Time: start * 1000, Ingested: b.At.UnixMilli(), Message: recordLine(fields, r)})
		}
	}
	slices.SortStableFunc(events, func(a, b logEvent) int { return cmp.Compare(a.Time, b.Time) })
	return events
}

// cutTraffic splits a stream's name, eni-…-all.
func cutTraffic(stream string) (iface, traffic string, ok bool) {
	at := strings.LastIndexByte(stream, '-')
	if at < 0 {
		return stream, "", false
	}
	return stream[:at], stream[at+1:], true
}

// recordLine is a record as a line of text, "-" where it has no value.
func recordLine(fields []string, r flowrecord.Record) string {
	values := make([]string, len(fields))
	for i, f := range fields {
		if values[i] = r[f]; values[i] == "" {
			values[i] = "-"
		}
	}
	return strings.Join(values, " ")
}

func within(e logEvent, in *logsInput) bool {
	return (in.StartTime == nil || e.Time >= *in.StartTime) && (in.EndTime == nil || e.Time < *in.EndTime)
}

// describeLogStreams gives at most 50 streams a page (botocore logs:DescribeLogStreams).
func describeLogStreams(c *call, g *LogGroup, in *logsInput) (response, *apiError) {
	if in.OrderBy == "LastEventTime" && in.LogStreamNamePrefix != "" {
		return response{}, invalidLogs("Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	if in.OrderBy != "" && in.OrderBy != "LastEventTime" && in.OrderBy != "LogStreamName" {
		return response{}, invalidLogs("The order %s is not known.", in.OrderBy)
	}
	var names []string
	for _, name := range sortedKeys(g.Streams) {
		if strings.HasPrefix(name, in.LogStreamNamePrefix) {
			names = append(names, name)
		}
	}
	if in.OrderBy == "LastEventTime" {
		last := func(name string) int64 {
			if b := g.Streams[name].Batches; len(b) > 0 {
				return b[len(b)-1].At.UnixNano()
			}
			return 0
		}
		slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(last(a), last(b)) })
	}
	if in.Descending {
		slices.Reverse(names)
	}
	page, out, bad := logsPage(in, names, 50)
	if bad != nil {
		return response{}, bad
	}
	list := []any{}
	for _, name := range page {
		s := g.Streams[name]
		one := map[string]any{"logStreamName": name, "arn": logGroupARN(c.region, c.caller.account, g.Name) + ":log-stream:" + name,
			"creationTime": s.Created.UnixMilli(), "storedBytes": 0, "uploadSequenceToken": fmt.Sprintf("%056d", hash64(g.Name, name))}
		if events := c.streamEvents(g, s); len(events) > 0 {
			one["firstEventTimestamp"], one["lastEventTimestamp"] = events[0].Time, events[len(events)-1].Time
			one["lastIngestionTime"] = s.Batches[len(s.Batches)-1].At.UnixMilli()
		}
		list = append(list, one)
	}
	out["logStreams"] = list
	return jsonAnswer(out)
}

func (in *logsInput) eventLimit() (int, *apiError) {
	if in.Limit == nil {
		return 10000, nil
	}
	if *in.Limit < 1 || *in.Limit > 10000 {
		return 0, invalidLogs("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value between 1 and 10000", *in.Limit)
	}
	return *in.Limit, nil
}

// filterLogEvents finds events in all streams of a group, oldest first. Its filter patterns are terms.
func filterLogEvents(c *call, g *LogGroup, in *logsInput) (response, *apiError) {
	limit, bad := in.eventLimit()
	if bad != nil {
		return response{}, bad
	}
	matches, bad := filterPattern(in.FilterPattern)
	if bad != nil {
		return response{}, bad
	}
	if len(in.LogStreamNames) > 0 && in.LogStreamNamePrefix != "" {
		return response{}, invalidLogs("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.")
	}
	for _, name := range in.LogStreamNames {
		if g.Streams[name] == nil {
			return response{}, logsFault("ResourceNotFoundException", "The specified log stream does not exist.")
		}
	}
	events := []logEvent{}
	for _, name := range sortedKeys(g.Streams) {
		if !strings.HasPrefix(name, in.LogStreamNamePrefix) || len(in.LogStreamNames) > 0 && !slices.Contains(in.LogStreamNames, name) {
			continue
		}
		for _, e := range c.streamEvents(g, g.Streams[name]) {
			if within(e, in) && matches(e.Message) {
				events = append(events, e)
			}
		}
	}
	slices.SortStableFunc(events, func(a, b logEvent) int { return cmp.Compare(a.Time, b.Time) })
	out := map[string]any{"searchedLogStreams": []any{}}
	if in.NextToken != "" {
		after, err := base64.RawURLEncoding.DecodeString(in.NextToken)
		at := slices.IndexFunc(events, func(e logEvent) bool { return e.ID == string(after) })
		if err != nil || at < 0 {
			return response{}, invalidLogs("The specified nextToken is invalid.")
		}
		events = events[at+1:]
	}
	if len(events) > limit {
		events = events[:limit]
		out["nextToken"] = base64.RawURLEncoding.EncodeToString([]byte(events[limit-1].ID))
	}
	out["events"] = events
	return jsonAnswer(out)
}

// filterPattern reads the patterns that are terms: all must occur, none of -TERM, one of ?TERM.
func filterPattern(pattern string) (func(string) bool, *apiError) {
	pattern = strings.TrimSpace(pattern)
	if strings.HasPrefix(pattern, "[") || strings.HasPrefix(pattern, "{") || strings.HasPrefix(pattern, "%") {
		return nil, invalidLogs("Filter patterns other than terms are not implemented here.")
	}
	var all, any, none []string
	for pattern != "" {
		list := &all
		switch pattern[0] {
		case '-':
			list, pattern = &none, pattern[1:]
		case '?':
			list, pattern = &any, pattern[1:]
		}
		term := ""
		if rest, quoted := strings.CutPrefix(pattern, `"`); quoted {
			var closed bool
			if term, pattern, closed = strings.Cut(rest, `"`); !closed {
				return nil, invalidLogs("Invalid filter pattern: a quotation mark is missing")
			}
		} else {
			term, pattern, _ = strings.Cut(pattern, " ")
		}
		*list = append(*list, term)
		pattern = strings.TrimLeft(pattern, " ")
	}
	return func(text string) bool {
		in := func(term string) bool { return strings.Contains(text, term) }
		return !slices.ContainsFunc(all, func(t string) bool { return !in(t) }) && !slices.ContainsFunc(none, in) &&
			(len(any) == 0 || slices.ContainsFunc(any, in))
	}, nil
}

// getLogEvents reads one stream from either end; the same token again means that there is no more.
func getLogEvents(c *call, g *LogGroup, in *logsInput) (response, *apiError) {
	limit, bad := in.eventLimit()
	if bad != nil {
		return response{}, bad
	}
	s := g.Streams[in.LogStreamName]
	if s == nil {
		return response{}, logsFault("ResourceNotFoundException", "The specified log stream does not exist.")
	}
	events := slices.DeleteFunc(c.streamEvents(g, s), func(e logEvent) bool { return !within(e, in) })
	from, to := max(len(events)-limit, 0), len(events)
	if in.StartFromHead {
		from, to = 0, min(limit, len(events))
	}
	if in.NextToken != "" {
		way, rest, _ := strings.Cut(in.NextToken, "/")
		at, err := strconv.Atoi(rest)
		switch {
		case err != nil || at < 0 || at > len(events) || way != "f" && way != "b":
			return response{}, invalidLogs("The specified nextToken is invalid.")
		case way == "f":
			from, to = at, min(at+limit, len(events))
		default:
			from, to = max(at-limit, 0), at
		}
	}
	page := []logEvent{}
	for _, e := range events[from:to] {
		e.ID, e.Stream = "", ""
		page = append(page, e)
	}
	return jsonAnswer(map[string]any{"events": page, "nextForwardToken": "f/" + strconv.Itoa(to), "nextBackwardToken": "b/" + strconv.Itoa(from)})
}
