package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cloudtrailHandlers answers CloudTrail, target CloudTrail_20131101.
var cloudtrailHandlers = map[string]handler{
	"LookupEvents": lookupEvents,
}

// trailMemory is how long the event history goes back (CloudTrail user guide).
const trailMemory = 90 * 24 * time.Hour

type lookupInput struct {
	LookupAttributes []struct{ AttributeKey, AttributeValue string }
	StartTime        *float64
	EndTime          *float64
	EventCategory    string
	MaxResults       *int
	NextToken        string
}

// matches tells whether an event has the attribute that is asked for.
func (e TrailEvent) matches(key, value string) bool {
	resource := func(of func(TrailResource) string) bool {
		return slices.ContainsFunc(e.Resources, func(r TrailResource) bool { return of(r) == value })
	}
	switch key {
	case "EventId":
		return e.ID == value
	case "EventName":
		return e.Name == value
	case "EventSource":
		return e.Source == value
	case "ReadOnly":
		return strconv.FormatBool(e.Reads) == value
	case "Username":
		return e.username() == value
	case "AccessKeyId":
		return e.AccessKey == value
	case "ResourceType":
		return resource(func(r TrailResource) string { return r.Type })
	case "ResourceName":
		return resource(func(r TrailResource) string { return r.Name })
	}
	return false
}

// lookupEvents gives the newest events first, 50 a page (botocore cloudtrail:LookupEvents).
func lookupEvents(c *call) (response, *apiError) {
	var in lookupInput
	if bad := c.jsonInput(&in); bad != nil {
		return response{}, bad
	}
	if bad := c.permit("cloudtrail:LookupEvents", "*"); bad != nil {
		return response{}, bad
	}
	keys := []string{"EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId"}
	limit := 50
	if in.MaxResults != nil {
		limit = *in.MaxResults
	}
	at := func(seconds *float64, otherwise time.Time) time.Time {
		if seconds == nil {
			return otherwise
		}
		return time.UnixMilli(int64(*seconds * 1000))
	}
	oldest := c.now.Add(-trailMemory)
	from, to := at(in.StartTime, oldest), at(in.EndTime, c.now)
	switch {
	case len(in.LookupAttributes) > 1:
		return response{}, jsonFault("InvalidLookupAttributesException", "You can only specify one lookup attribute.")
	case len(in.LookupAttributes) == 1 && !slices.Contains(keys, in.LookupAttributes[0].AttributeKey):
		return response{}, jsonFault("InvalidLookupAttributesException", "Invalid lookup attribute key: "+in.LookupAttributes[0].AttributeKey)
	case limit < 1 || limit > 50:
		return response{}, jsonFault("InvalidMaxResultsException", "The value for MaxResults must be between 1 and 50.")
	case from.After(to):
		return response{}, jsonFault("InvalidTimeRangeException", "The start time must not be after the end time.")
	case in.EventCategory != "" && in.EventCategory != "insight":
		return response{}, jsonFault("InvalidEventCategoryException", "The event category "+in.EventCategory+" is not known.")
	}
	var found []TrailEvent
	for _, e := range slices.Backward(c.account().Events) {
		if in.EventCategory == "insight" || e.Region != c.region || e.Time.Before(oldest) || e.Time.Before(from) || e.Time.After(to) {
			continue
		}
		if len(in.LookupAttributes) == 0 || e.matches(in.LookupAttributes[0].AttributeKey, in.LookupAttributes[0].AttributeValue) {
			found = append(found, e)
		}
	}
	if in.NextToken != "" {
		after, err := base64.RawURLEncoding.DecodeString(in.NextToken)
		at := slices.IndexFunc(found, func(e TrailEvent) bool { return e.ID == string(after) })
		if err != nil || at < 0 {
			return response{}, jsonFault("InvalidNextTokenException", "The token for the next page is not valid.")
		}
		found = found[at+1:]
	}
	out := map[string]any{}
	if len(found) > limit {
		found = found[:limit]
		out["NextToken"] = base64.RawURLEncoding.EncodeToString([]byte(found[limit-1].ID))
	}
	events := []any{}
	for _, e := range found {
		events = append(events, e.answer(c.caller.account))
	}
	out["Events"] = events
	return jsonAnswer(out)
}

// username is what LookupEvents calls the caller: a user's name, a session's name, or nothing for a service.
func (e TrailEvent) username() string {
	if !strings.HasPrefix(e.By, "arn:") {
		return ""
	}
	return e.By[strings.LastIndexByte(e.By, '/')+1:]
}

// identity is the userIdentity of the record
// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html).
func (e TrailEvent) identity() map[string]any {
	if !strings.HasPrefix(e.By, "arn:") {
		return map[string]any{"type": "AWSService", "invokedBy": e.By}
	}
	id := map[string]any{"type": "IAMUser", "arn": e.By, "accountId": arnAccount(e.By), "principalId": e.UserID, "userName": e.username()}
	if e.AccessKey != "" {
		id["accessKeyId"] = e.AccessKey
	}
	if e.Issuer != "" {
		role, _, _ := strings.Cut(e.UserID, ":")
		id["type"] = "AssumedRole"
		delete(id, "userName")
		id["sessionContext"] = map[string]any{"sessionIssuer": map[string]string{"type": "Role", "arn": e.Issuer, "accountId": arnAccount(e.Issuer),
			"principalId": role, "userName": e.Issuer[strings.LastIndexByte(e.Issuer, '/')+1:]}}
	}
	if strings.HasSuffix(e.From, ".amazonaws.com") {
		id["invokedBy"] = e.From
	}
	return id
}

// answer writes an event as LookupEvents does, the whole record as text in it.
func (e TrailEvent) answer(account string) map[string]any {
	record := map[string]any{
		"eventVersion": "1.11", "userIdentity": e.identity(), "eventTime": isoTime(e.Time), "eventSource": e.Source, "eventName": e.Name, "awsRegion": e.Region,
		"sourceIPAddress": e.From, "eventID": e.ID, "readOnly": e.Reads, "eventType": "AwsApiCall", "managementEvent": true,
		"recipientAccountId": account, "eventCategory": "Management", "requestID": e.RequestID,
	}
	if e.Code != "" {
		record["errorCode"], record["errorMessage"] = e.Code, e.Message
	}
	list, named := []any{}, map[string]any{}
	for _, r := range e.Resources {
		list = append(list, map[string]string{"ResourceType": r.Type, "ResourceName": r.Name})
		kind := r.Type[strings.LastIndexByte(r.Type, ':')+1:]
		named[strings.ToLower(kind[:1])+kind[1:]+"Name"] = r.Name
	}
	if len(named) > 0 {
		record["requestParameters"] = named
	}
	text, _ := json.Marshal(record)
	out := map[string]any{"EventId": e.ID, "EventName": e.Name, "EventSource": e.Source, "EventTime": jsonTime(e.Time), "ReadOnly": strconv.FormatBool(e.Reads),
		"Resources": list, "CloudTrailEvent": string(text)}
	if name := e.username(); name != "" {
		out["Username"] = name
	}
	if e.AccessKey != "" {
		out["AccessKeyId"] = e.AccessKey
	}
	return out
}

// isDenial tells the codes of refused calls (https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html).
func isDenial(e *apiError) bool {
	return e != nil && (e.code == "AccessDenied" || e.code == "AccessDeniedException" || e.code == "UnauthorizedOperation" || e.status == http.StatusForbidden && e.code == "Forbidden")
}
