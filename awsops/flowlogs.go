package awsops

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// FlowLogs lists every flow log of a region.
func (a *Account) FlowLogs(ctx context.Context, region string) ([]FlowLog, error) {
	var logs []FlowLog
	pages := ec2.NewDescribeFlowLogsPaginator(a.ec2In(region), &ec2.DescribeFlowLogsInput{MaxResults: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, a.explain(err, "ec2:DescribeFlowLogs", "", region)
		}
		for _, f := range page.FlowLogs {
			logs = append(logs, flowLog(f, region))
		}
	}
	return logs, nil
}

func flowLog(f types.FlowLog, region string) FlowLog {
	log := FlowLog{
		ID: aws.ToString(f.FlowLogId), ResourceID: aws.ToString(f.ResourceId), Region: region,
		Traffic: string(f.TrafficType), DestinationType: string(f.LogDestinationType), Destination: aws.ToString(f.LogDestination),
		Format: aws.ToString(f.LogFormat), Interval: int(aws.ToInt32(f.MaxAggregationInterval)),
		Status: aws.ToString(f.DeliverLogsStatus), StatusMessage: aws.ToString(f.DeliverLogsErrorMessage),
		Created: aws.ToTime(f.CreationTime), Tags: ec2Tags(f.Tags), LogGroup: aws.ToString(f.LogGroupName), Role: aws.ToString(f.DeliverLogsPermissionArn),
	}
	if f.LogDestinationType == types.LogDestinationTypeS3 {
		// arn:PARTITION:s3:::BUCKET/PREFIX/
		if part := strings.SplitN(log.Destination, ":", 6); len(part) == 6 {
			bucket, prefix, _ := strings.Cut(part[5], "/")
			log.Bucket, log.Prefix = bucket, strings.Trim(prefix, "/")
		}
	}
	if o := f.DestinationOptions; o != nil {
		log.Parquet = o.FileFormat == types.DestinationFileFormatParquet
		log.Hive = aws.ToBool(o.HiveCompatiblePartitions)
		log.Hourly = aws.ToBool(o.PerHourPartition)
	}
	return log
}

// CreateFlowLogs makes flow logs for VPCs of one region and returns the ids of those made, also beside an error.
// AWS does not tell which id belongs to which VPC. A *PartialError names the VPCs that were refused.
func (a *Account) CreateFlowLogs(ctx context.Context, region string, in NewFlowLogs) ([]string, error) {
	call := &ec2.CreateFlowLogsInput{
		ResourceIds: in.VPCs, ResourceType: types.FlowLogsResourceTypeVpc,
		TrafficType:        types.TrafficType(in.Traffic),
		LogDestinationType: types.LogDestinationType(cmp.Or(in.Kind, string(types.LogDestinationTypeS3))), LogDestination: aws.String(in.Destination),
		LogFormat: aws.String(in.Format), MaxAggregationInterval: aws.Int32(int32(in.Interval)),
	}
	if in.Role != "" {
		call.DeliverLogsPermissionArn = aws.String(in.Role)
	}
	if in.ClientToken != "" {
		call.ClientToken = aws.String(in.ClientToken)
	}
	if len(in.Tags) > 0 {
		var tags []types.Tag
		for _, key := range slices.Sorted(maps.Keys(in.Tags)) {
			tags = append(tags, types.Tag{Key: aws.String(key), Value: aws.String(in.Tags[key])})
		}
		call.TagSpecifications = []types.TagSpecification{{ResourceType: types.ResourceTypeVpcFlowLog, Tags: tags}}
	}
	out, err := a.ec2In(region).CreateFlowLogs(ctx, call)
	if err != nil {
		return nil, a.explain(err, "ec2:CreateFlowLogs", someOf(in.VPCs), region)
	}
	requestID, _ := awsmiddleware.GetRequestIDMetadata(out.ResultMetadata)
	return out.FlowLogIds, a.partial("ec2:CreateFlowLogs", region, requestID, out.Unsuccessful)
}

// DeleteFlowLogs deletes flow logs of one region; objects delivered so far stay. A *PartialError names those refused.
func (a *Account) DeleteFlowLogs(ctx context.Context, region string, ids []string) error {
	out, err := a.ec2In(region).DeleteFlowLogs(ctx, &ec2.DeleteFlowLogsInput{FlowLogIds: ids})
	if err != nil {
		return a.explain(err, "ec2:DeleteFlowLogs", someOf(ids), region)
	}
	requestID, _ := awsmiddleware.GetRequestIDMetadata(out.ResultMetadata)
	return a.partial("ec2:DeleteFlowLogs", region, requestID, out.Unsuccessful)
}

// partial turns Unsuccessful[] into an error; none is no error.
func (a *Account) partial(operation, region, requestID string, items []types.UnsuccessfulItem) error {
	if len(items) == 0 {
		return nil
	}
	failed := &PartialError{Operation: operation, Account: a.ID, Region: region, RequestID: requestID}
	for _, item := range items {
		f := FailedResource{ID: aws.ToString(item.ResourceId), Meaning: Unknown}
		if item.Error != nil {
			f.Code, f.Message = aws.ToString(item.Error.Code), aws.ToString(item.Error.Message)
			f.Meaning = refusal(f.Code, f.Message)
			f.Fix = refusalFix(f)
		}
		failed.Failed = append(failed.Failed, f)
	}
	return failed
}

// refusal is the meaning of one refused resource: the code is often a bare "400", so that the message decides.
func refusal(code, message string) Meaning {
	meaning, ok := meaningOfCode[code]
	if !ok {
		meaning = byStatus(nil, code)
	}
	return refine(meaning, code, message)
}

// refusalFix says what to do about one refused resource
// (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-troubleshooting.html).
func refusalFix(f FailedResource) string {
	text := strings.ToLower(f.Message)
	switch {
	case strings.Contains(text, "access denied for logdestination"):
		return "let the bucket policy allow delivery.logs.amazonaws.com s3:PutObject and s3:GetBucketAcl for this account, and look for a Deny in it"
	case strings.Contains(text, "undeliverable"):
		return "let the policy of the bucket's KMS key allow delivery.logs.amazonaws.com, and name that key by its full ARN in the bucket's encryption; " +
			"the key aws/s3 cannot be used from other accounts"
	case f.Code == "LogDestinationPermissionIssueException":
		return "the bucket policy has reached 20 KB: let one statement with a broad Resource take the place of many"
	case f.Meaning == NotFound && strings.Contains(text, "logdestination"), f.Code == "LogDestinationNotFoundException":
		return "check the bucket's name, and that the bucket exists"
	case f.Meaning == NotFound:
		return "check that it is in this account and region"
	case f.Meaning == Limit:
		return "delete a flow log of this VPC that is no longer needed, or ask AWS for a higher limit"
	}
	return ""
}

// someOf names a few of many.
func someOf(ids []string) string {
	if len(ids) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:3], ", "), len(ids)-3)
	}
	return strings.Join(ids, ", ")
}
