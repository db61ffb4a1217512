package awsops

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// TrailEvent is a management event that CloudTrail recorded.
type TrailEvent struct {
	Time    time.Time
	Service string // kms.amazonaws.com
	Name    string // PutKeyPolicy
	By      string // ARN of who called, or the service that did; as AWS has it: not fit for a terminal
	Code    string // errorCode; empty where the call succeeded
	Message string // errorMessage: not fit for a terminal
	Reads   bool   // it changes nothing
}

// TrailAttribute is what events are looked up by.
type TrailAttribute string

// The attributes that events are looked up by, one a call. Source: CloudTrail API, LookupEvents.
const (
	TrailByResource = TrailAttribute(types.LookupAttributeKeyResourceName) // a bucket's, role's or policy's name, or a key's ARN
	TrailByService  = TrailAttribute(types.LookupAttributeKeyEventSource)  // kms.amazonaws.com
	TrailByName     = TrailAttribute(types.LookupAttributeKeyEventName)    // DeleteFlowLogs
)

// TrailEvents gives the newest management events (50 at most) of a region that have the attribute, newest first, none older than since.
// CloudTrail keeps 90 days and answers two calls a second for an account and region; events show after some minutes. Calls of the data
// plane, such as s3:PutObject, are not among them. Source: CloudTrail user guide, event history.
func (a *Account) TrailEvents(ctx context.Context, region string, by TrailAttribute, value string, since time.Time) ([]TrailEvent, error) {
	out, err := a.cloudTrailIn(region).LookupEvents(ctx, &cloudtrail.LookupEventsInput{
		LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKey(by), AttributeValue: aws.String(value)}},
		StartTime:        aws.Time(since), MaxResults: aws.Int32(50),
	})
	if err != nil {
		return nil, a.explain(err, "cloudtrail:LookupEvents", value, region)
	}
	events := make([]TrailEvent, 0, len(out.Events))
	for _, e := range out.Events {
		var record struct {
			Identity struct {
				ARN       string `json:"arn"`
				InvokedBy string `json:"invokedBy"`
			} `json:"userIdentity"`
			Code    string `json:"errorCode"`
			Message string `json:"errorMessage"`
		}
		_ = json.Unmarshal([]byte(aws.ToString(e.CloudTrailEvent)), &record) // a record that is none says nothing
		event := TrailEvent{Time: aws.ToTime(e.EventTime), Service: aws.ToString(e.EventSource), Name: aws.ToString(e.EventName), By: record.Identity.ARN,
			Code: record.Code, Message: record.Message, Reads: aws.ToString(e.ReadOnly) == "true"}
		if event.By == "" {
			event.By = record.Identity.InvokedBy
		}
		if event.By == "" {
			event.By = aws.ToString(e.Username)
		}
		events = append(events, event)
	}
	return events, nil
}
