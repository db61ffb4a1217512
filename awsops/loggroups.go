package awsops

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// LogGroup is a log group of CloudWatch Logs.
type LogGroup struct {
	Name      string
	ARN       string // without ":*" at its end
	Retention int    // days; 0: for ever
	Tags      map[string]string
	Class     string // STANDARD, or INFREQUENT_ACCESS, whose events cannot be read one by one
}

// LogEvent is one event of a log stream.
type LogEvent struct {
	Ingested time.Time // when CloudWatch Logs got it, UTC
	Message  string    // as AWS has it: not fit for a terminal
}

// LogGroup reads a log group of a region by its name; NotFound where there is none. What it is tagged with stays unknown to who may not ask.
func (a *Account) LogGroup(ctx context.Context, region, name string) (LogGroup, error) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(a.logsIn(region), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return LogGroup{}, a.explain(err, "logs:DescribeLogGroups", name, region)
		}
		for _, g := range page.LogGroups {
			if aws.ToString(g.LogGroupName) == name {
				group := LogGroup{Name: name, ARN: strings.TrimSuffix(cmp.Or(aws.ToString(g.LogGroupArn), aws.ToString(g.Arn)), ":*"), Retention: int(aws.ToInt32(g.RetentionInDays)), Class: string(g.LogGroupClass)}
				tags, err := a.logsIn(region).ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: aws.String(group.ARN)})
				if err == nil {
					group.Tags = tags.Tags
				} else if err := a.explain(err, "logs:ListTagsForResource", name, region); MeaningOf(err) != Denied {
					return LogGroup{}, err
				}
				return group, nil
			}
		}
	}
	return LogGroup{}, &Error{Operation: "logs:DescribeLogGroups", Target: name, Account: a.ID, Region: region, Meaning: NotFound, Message: "there is no log group of this name"}
}

// CreateLogGroup makes a log group that keeps its events for ever; AlreadyExists where there is one.
func (a *Account) CreateLogGroup(ctx context.Context, region, name string, tags map[string]string) error {
	err := retryConflict(ctx, func() error {
		_, err := a.logsIn(region).CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(name), Tags: tags})
		return err
	})
	return a.explain(err, "logs:CreateLogGroup", name, region)
}

// SetRetention says for how many days a log group keeps its events; 0: for ever. AWS takes certain numbers of days only.
func (a *Account) SetRetention(ctx context.Context, region, name string, days int) error {
	if days == 0 {
		err := retryConflict(ctx, func() error {
			_, err := a.logsIn(region).DeleteRetentionPolicy(ctx, &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: aws.String(name)})
			return err
		})
		return a.explain(err, "logs:DeleteRetentionPolicy", name, region)
	}
	err := retryConflict(ctx, func() error {
		_, err := a.logsIn(region).PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: aws.String(name), RetentionInDays: aws.Int32(int32(days))})
		return err
	})
	return a.explain(err, "logs:PutRetentionPolicy", name, region)
}

// DeleteLogGroup deletes a log group with everything in it.
func (a *Account) DeleteLogGroup(ctx context.Context, region, name string) error {
	err := retryConflict(ctx, func() error {
		_, err := a.logsIn(region).DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String(name)})
		return err
	})
	return a.explain(err, "logs:DeleteLogGroup", name, region)
}

// emptyPages is how many pages without events are followed: AWS may answer with some before one with events.
const emptyPages = 3

// NewestEvents reads the newest events of a stream, at most limit (up to 10,000), oldest first; none where the stream or its group is not there.
func (a *Account) NewestEvents(ctx context.Context, region, group, stream string, limit int) ([]LogEvent, error) {
	in := &cloudwatchlogs.GetLogEventsInput{LogGroupName: aws.String(group), LogStreamName: aws.String(stream), Limit: aws.Int32(int32(limit)), StartFromHead: aws.Bool(false)}
	for range emptyPages {
		out, err := a.logsIn(region).GetLogEvents(ctx, in)
		if err != nil {
			if err = a.explain(err, "logs:GetLogEvents", group+" "+stream, region); MeaningOf(err) == NotFound {
				return nil, nil
			}
			return nil, err
		}
		if len(out.Events) > 0 || aws.ToString(out.NextBackwardToken) == aws.ToString(in.NextToken) {
			events := make([]LogEvent, len(out.Events))
			for i, e := range out.Events {
				events[i] = LogEvent{Ingested: time.UnixMilli(aws.ToInt64(e.IngestionTime)).UTC(), Message: aws.ToString(e.Message)}
			}
			return events, nil
		}
		in.NextToken = out.NextBackwardToken
	}
	return nil, nil
}

// HasEvents says whether anything is in a log group.
func (a *Account) HasEvents(ctx context.Context, region, group string) (bool, error) {
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(a.logsIn(region), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String(group), Limit: aws.Int32(1)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, a.explain(err, "logs:FilterLogEvents", group, region)
		}
		if len(page.Events) > 0 {
			return true, nil
		}
	}
	return false, nil
}
