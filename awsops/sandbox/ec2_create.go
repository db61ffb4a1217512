package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/flowrecord"
)

// flowLogLimit is how many flow logs one resource takes here; AWS's quota page no longer gives a number.
const flowLogLimit = 10

// flowLogFields are the fields of VPC flow log records, versions 2 to 11
// (https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html).
var flowLogFields = map[string]int{
	"version": 2, "account-id": 2, "interface-id": 2, "srcaddr": 2, "dstaddr": 2, "srcport": 2, "dstport": 2, "protocol": 2, "packets": 2,
	"bytes": 2, "start": 2, "end": 2, "action": 2, "log-status": 2,
	"vpc-id": 3, "subnet-id": 3, "instance-id": 3, "tcp-flags": 3, "type": 3, "pkt-srcaddr": 3, "pkt-dstaddr": 3,
	"region": 4, "az-id": 4, "sublocation-type": 4, "sublocation-id": 4,
	"pkt-src-aws-service": 5, "pkt-dst-aws-service": 5, "flow-direction": 5, "traffic-path": 5,
	"ecs-cluster-arn": 7, "ecs-cluster-name": 7, "ecs-container-instance-arn": 7, "ecs-container-instance-id": 7, "ecs-container-id": 7,
	"ecs-second-container-id": 7, "ecs-service-name": 7, "ecs-task-definition-arn": 7, "ecs-task-arn": 7, "ecs-task-id": 7,
	"reject-reason": 8, "resource-id": 9, "encryption-status": 10,
	"interface-type": 11, "next-hop-interface-id": 11, "next-hop-subnet-id": 11, "next-hop-az-id": 11, "next-hop-vpc-id": 11,
	"next-hop-interface-type": 11,
	"instance-tag":            11, "instance-tag-2": 11, "interface-tag": 11, "interface-tag-2": 11, "asg-tag": 11, "asg-tag-2": 11,
}

const maxFlowLogResources = 300

var formatPattern = regexp.MustCompile(`^\$\{[a-z0-9-]+\}( \$\{[a-z0-9-]+\})*$`)

func createFlowLogs(c *call) (response, *apiError) {
	resources := c.formList("ResourceId")
	wanted, err := c.flowLogRequest(resources)
	if err != nil {
		return response{}, err
	}
	if err := c.mayCreateFlowLogs(resources, len(wanted.Tags) > 0); err != nil {
		return response{}, err
	}
	if wanted.DestinationType == "cloud-watch-logs" {
		if err := c.mayPassRole(wanted); err != nil {
			return response{}, err
		}
	}
	if err := c.dryRun(); err != nil {
		return response{}, err
	}
	rd, token := c.regionData(), c.form.Get("ClientToken")
	hash := requestHash(c.form)
	if before := rd.ClientTokens[token]; token != "" && before != nil {
		if before.Hash != hash {
			return response{}, ec2Errorf(400, "IdempotentParameterMismatch", "The client token you have provided has already been used with different request parameters.")
		}
		return c.createdFlowLogs(before)
	}
	result := &ClientToken{Hash: hash}
	for _, resource := range resources {
		f, refused := c.createFlowLog(rd, resource, *wanted)
		if refused != nil {
			result.Unsuccessful = append(result.Unsuccessful, unsuccessful(resource, refused))
			continue
		}
		result.IDs = append(result.IDs, f.ID)
	}
	// A call that made nothing has no result to give again: the same token may be tried once more.
	if token != "" && len(result.IDs) > 0 {
		if rd.ClientTokens == nil {
			rd.ClientTokens = map[string]*ClientToken{}
		}
		rd.ClientTokens[token] = result
	}
	return c.createdFlowLogs(result)
}

func (c *call) createdFlowLogs(result *ClientToken) (response, *apiError) {
	type members struct {
		Token        string                  `xml:"clientToken,omitempty"`
		FlowLogs     ec2Set[string]          `xml:"flowLogIdSet"`
		Unsuccessful ec2Set[ec2Unsuccessful] `xml:"unsuccessful"`
	}
	return ec2Answer(c, members{c.form.Get("ClientToken"), ec2Set[string]{result.IDs}, ec2Set[ec2Unsuccessful]{result.Unsuccessful}})
}

// flowLogRequest reads the parameters that all resources of the call share; what EC2 refuses for the whole call is refused here.
func (c *call) flowLogRequest(resources []string) (*FlowLog, *apiError) {
	f := &FlowLog{
		Traffic: c.form.Get("TrafficType"), DestinationType: c.form.Get("LogDestinationType"), Destination: c.form.Get("LogDestination"),
		Format: strings.TrimSpace(c.form.Get("LogFormat")), Interval: 600,
		Hive: c.form.Get("DestinationOptions.HiveCompatiblePartitions") == "true", Hourly: c.form.Get("DestinationOptions.PerHourPartition") == "true",
	}
	invalid := func(format string, args ...any) (*FlowLog, *apiError) {
		return nil, ec2Errorf(400, "InvalidParameter", format, args...)
	}
	switch {
	case len(resources) == 0:
		return nil, ec2Errorf(400, "MissingParameter", "The request must contain the parameter ResourceIds")
	case len(resources) > maxFlowLogResources:
		return nil, ec2Errorf(400, "InvalidParameterValue", "At most %d resource IDs are accepted in one call, %d were given", maxFlowLogResources, len(resources))
	case c.form.Get("ResourceType") == "":
		return nil, ec2Errorf(400, "MissingParameter", "The request must contain the parameter ResourceType")
	case !slices.Contains([]string{"VPC", "Subnet", "NetworkInterface"}, c.form.Get("ResourceType")):
		return invalid("Flow logs of resource type %s are not implemented here", c.form.Get("ResourceType"))
	case f.Traffic == "":
		return nil, ec2Errorf(400, "MissingParameter", "The request must contain the parameter TrafficType")
	case !slices.Contains([]string{"ACCEPT", "REJECT", "ALL"}, f.Traffic):
		return invalid("Unknown traffic type %s", f.Traffic)
	}
	for i, resource := range resources {
		if slices.Contains(resources[:i], resource) {
			return invalid("Duplicate resource ID %s", resource)
		}
	}
	switch f.DestinationType {
	case "s3":
	case "", "cloud-watch-logs":
		f.DestinationType = "cloud-watch-logs"
		if err := c.toLogs(f); err != nil {
			return nil, err
		}
		return f, c.flowLogDetails(f)
	case "kinesis-data-firehose":
		return invalid("Flow logs to a delivery stream of Firehose are not implemented here")
	default:
		return invalid("Unknown log destination type %s", f.DestinationType)
	}
	if c.form.Get("DeliverLogsPermissionArn") != "" {
		return invalid("DeliverLogsPermissionArn is not applicable for s3 delivery")
	}
	if c.form.Get("LogGroupName") != "" {
		return invalid("LogGroupName is not applicable for s3 delivery")
	}
	_, prefix, ok := logDestination(f.Destination)
	if !ok {
		return invalid("LogDestination: %s is not a valid ARN of an S3 bucket", f.Destination)
	}
	if slices.Contains(strings.Split(prefix, "/"), "AWSLogs") {
		return invalid("LogDestination: %s may not contain AWSLogs as a subfolder name, it is a reserved term", f.Destination)
	}
	return f, c.flowLogDetails(f)
}

// flowLogDetails reads what flow logs to every destination have.
func (c *call) flowLogDetails(f *FlowLog) *apiError {
	invalid := func(format string, args ...any) *apiError { return ec2Errorf(400, "InvalidParameter", format, args...) }
	if value := c.form.Get("MaxAggregationInterval"); value != "" && value != "60" && value != "600" {
		return invalid("Invalid Flow Log Max Aggregation Interval: %s. It must be 60 or 600", value)
	} else if value == "60" {
		f.Interval = 60
	}
	switch value := c.form.Get("DestinationOptions.FileFormat"); value {
	case "", "plain-text":
	case "parquet":
		f.Parquet = true
	default:
		return invalid("Unknown file format %s", value)
	}
	if f.Format == "" {
		f.Format = flowrecord.Format(flowrecord.DefaultV2...)
	}
	if err := flowLogFormatFault(f.Format); err != nil {
		return err
	}
	if token := c.form.Get("ClientToken"); len(token) > 64 || strings.ContainsFunc(token, func(r rune) bool { return r > 126 || r < 32 }) {
		return ec2Errorf(400, "InvalidParameterValue", "The client token must be at most 64 ASCII characters")
	}
	return c.flowLogTags(f)
}

// flowLogFormatFault names what is wrong in a record format.
func flowLogFormatFault(format string) *apiError {
	if !formatPattern.MatchString(format) {
		return ec2Errorf(400, "InvalidParameter", "Invalid LogFormat: it must be fields of the form ${field-id}, separated by one space")
	}
	seen := map[string]bool{}
	for _, field := range strings.Fields(format) {
		field = strings.TrimSuffix(strings.TrimPrefix(field, "${"), "}")
		switch {
		case flowLogFields[field] == 0:
			return ec2Errorf(400, "InvalidParameter", "Unknown fields provided: [%s]", field)
		case seen[field]:
			return ec2Errorf(400, "InvalidParameter", "Duplicate fields provided: [%s]", field)
		case strings.Contains(field, "-tag"):
			return ec2Errorf(400, "InvalidParameter", "The field %s needs TagFieldSpecifications, which are not implemented here", field)
		}
		seen[field] = true
	}
	return nil
}

func (c *call) flowLogTags(f *FlowLog) *apiError {
	for i := 1; c.form.Has("TagSpecification." + strconv.Itoa(i) + ".ResourceType"); i++ {
		prefix := "TagSpecification." + strconv.Itoa(i)
		if kind := c.form.Get(prefix + ".ResourceType"); kind != "vpc-flow-log" {
			return ec2Errorf(400, "InvalidParameterValue", "'%s' is not a valid taggable resource type for this operation.", kind)
		}
		tags := c.formTags(prefix + ".Tag")
		if err := ec2TagFault(f.Tags, tags); err != nil {
			return err
		}
		for _, tag := range tags {
			if f.Tags == nil {
				f.Tags = map[string]string{}
			}
			f.Tags[tag.Key] = tag.Value
		}
	}
	return nil
}

// mayCreateFlowLogs asks for the rights that creating takes: the flow log, each resource, its tags and the log delivery.
func (c *call) mayCreateFlowLogs(resources []string, tags bool) *apiError {
	kind := map[string]string{"VPC": "vpc", "Subnet": "subnet", "NetworkInterface": "network-interface"}[c.form.Get("ResourceType")]
	if err := c.permit("ec2:CreateFlowLogs", c.ec2ARN("vpc-flow-log", "*")); err != nil {
		return err
	}
	for _, resource := range resources {
		if err := c.permit("ec2:CreateFlowLogs", c.ec2ARN(kind, resource)); err != nil {
			return err
		}
	}
	if tags {
		if err := c.permit("ec2:CreateTags", c.ec2ARN("vpc-flow-log", "*")); err != nil {
			return err
		}
	}
	if c.form.Get("LogDestinationType") != "s3" {
		return nil
	}
	return c.permit("logs:CreateLogDelivery", "*")
}

// createFlowLog makes one flow log, or says why this resource has none.
func (c *call) createFlowLog(rd *RegionData, resource string, f FlowLog) (*FlowLog, *apiError) {
	if _, _, found := rd.traced(resource); !found || resourceKind(resource) != c.form.Get("ResourceType") {
		switch c.form.Get("ResourceType") {
		case "Subnet":
			return nil, ec2Errorf(400, "InvalidSubnetID.NotFound", "The subnet ID '%s' does not exist", resource)
		case "NetworkInterface":
			return nil, ec2Errorf(400, "InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '%s' does not exist", resource)
		}
		return nil, ec2Errorf(400, "InvalidVpcId.NotFound", "The vpc ID '%s' does not exist", resource)
	}
	count := 0
	for _, other := range rd.FlowLogs {
		if other.ResourceID != resource {
			continue
		}
		count++
		if sameFlowLog(other, &f) {
			return nil, ec2Errorf(400, "FlowLogAlreadyExists", "Error. There is an existing Flow Log with the same configuration and log destination.")
		}
	}
	if count >= flowLogLimit {
		return nil, ec2Errorf(400, "FlowLogsLimitExceeded", "The maximum number of flow logs for %s has been reached: %d", resource, flowLogLimit)
	}
	if f.DestinationType == "s3" {
		if err := c.checkDestination(&f); err != nil {
			return nil, err
		}
		bucket, _, _ := logDestination(f.Destination)
		f.BucketOwner = c.w.Buckets[bucket].Owner
	}
	f.ID, f.ResourceID, f.Created, f.Status = c.w.nextID("fl-"), resource, c.now.UTC(), "SUCCESS"
	tags := map[string]string{}
	for key, value := range f.Tags {
		tags[key] = value
	}
	f.Tags = tags
	made := &f
	rd.FlowLogs = append(rd.FlowLogs, made)
	return made, nil
}

func resourceKind(id string) string {
	switch prefix, _, _ := strings.Cut(id, "-"); prefix {
	case "vpc":
		return "VPC"
	case "subnet":
		return "Subnet"
	case "eni":
		return "NetworkInterface"
	}
	return ""
}

func sameFlowLog(a, b *FlowLog) bool {
	return a.Traffic == b.Traffic && a.DestinationType == b.DestinationType && a.RoleARN == b.RoleARN && strings.TrimSuffix(a.Destination, "/") == strings.TrimSuffix(b.Destination, "/") &&
		a.Format == b.Format && a.Interval == b.Interval && a.Parquet == b.Parquet && a.Hive == b.Hive && a.Hourly == b.Hourly
}

// logDestination splits arn:aws:s3:::BUCKET[/PREFIX[/]] ; prefix comes without slashes at its ends.
func logDestination(arn string) (bucket, prefix string, ok bool) {
	rest, ok := strings.CutPrefix(arn, "arn:aws:s3:::")
	if !ok {
		return "", "", false
	}
	bucket, prefix, _ = strings.Cut(rest, "/")
	return bucket, strings.Trim(prefix, "/"), validBucketName(bucket)
}

// requestHash is the same for two calls whose parameters, the token aside, are the same.
func requestHash(form url.Values) string {
	kept := url.Values{}
	for key, values := range form {
		if key != "ClientToken" && key != "DryRun" && key != "Action" && key != "Version" {
			kept[key] = values
		}
	}
	sum := sha256.Sum256([]byte(kept.Encode()))
	return hex.EncodeToString(sum[:])
}
