package awsops

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// LogGroup is a log group of CloudWatch Logs.
type LogGroup struct {
	Name      string
	ARN       string // without ":*" at its end
	Retention int    // days; 0: for ever
}

// LogGroup reads a log group of a region by its name; NotFound where there is none.
func (a *Account) LogGroup(ctx context.Context, region, name string) (LogGroup, error) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(a.logsIn(region), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return LogGroup{}, a.explain(err, "logs:DescribeLogGroups", name, region)
		}
		for _, g := range page.LogGroups {
			if aws.ToString(g.LogGroupName) == name {
				return LogGroup{Name: name, ARN: aws.ToString(g.LogGroupArn), Retention: int(aws.ToInt32(g.RetentionInDays))}, nil
			}
		}
	}
	return LogGroup{}, &Error{Operation: "logs:DescribeLogGroups", Target: name, Account: a.ID, Region: region, Meaning: NotFound, Message: "there is no log group of this name"}
}

// CreateLogGroup makes a log group that keeps its events for so many days (0: for ever), or gives one that is there that retention.
func (a *Account) CreateLogGroup(ctx context.Context, region, name string, days int, tags map[string]string) error {
	client := a.logsIn(region)
	_, err := client.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(name), Tags: tags})
	if err != nil && !hasCode(err, "ResourceAlreadyExistsException") {
		return a.explain(err, "logs:CreateLogGroup", name, region)
	}
	if days == 0 {
		return nil
	}
	_, err = client.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: aws.String(name), RetentionInDays: aws.Int32(int32(days))})
	return a.explain(err, "logs:PutRetentionPolicy", name, region)
}
