package steps

import (
	"fmt"

	"github.com/flowgrant/flowgrant/awsops/flowrecord"
)

// source is a kind of log: who delivers it and what it looks like. Only this value knows which one it is.
type source struct {
	Kind    string
	Name    string
	Service string   // service principal of the delivery
	Format  string   // the record format
	Needed  []string // fields a reader cannot do without
}

var vpcFlowLogs = source{
	Kind:    "vpc-flow-logs",
	Name:    "VPC Flow Logs",
	Service: "delivery.logs.amazonaws.com",
	Format:  flowrecord.Format(flowrecord.V2WithTCPFlags...),
	Needed:  flowrecord.V2WithTCPFlags,
}

var sources = map[string]source{vpcFlowLogs.Kind: vpcFlowLogs}

func (s Setup) source() source { return sources[s.Source] }

// layout is how the objects of the set-up lie in the bucket: the default layout, below the prefix.
func (s Setup) layout() flowrecord.Layout { return flowrecord.Layout{Prefix: s.prefix()} }

// deliveryContext holds the condition keys of a delivery for an account and region.
// Source: VPC user guide, flow-logs-s3-permissions: aws:SourceArn is a logs ARN.
func (s Setup) deliveryContext(account, region, organization string) map[string][]string {
	c := map[string][]string{
		"aws:SourceAccount":   {account},
		"aws:SourceArn":       {fmt.Sprintf("arn:%s:logs:%s:%s:*", s.partition(), region, account)},
		"aws:SecureTransport": {"true"},
		"aws:RequestedRegion": {s.bucketRegion()},
		"s3:x-amz-acl":        {"bucket-owner-full-control"},
	}
	if organization != "" {
		c["aws:SourceOrgID"] = []string{organization}
	}
	return c
}

// keyDeliveryContext is deliveryContext for the call by which S3 encrypts what is delivered.
func (s Setup) keyDeliveryContext(account, region, organization string, l *live) map[string][]string {
	context := s.deliveryObject(account, region)
	if l.bucketKey() {
		context = s.bareBucketARN()
	}
	c := s.deliveryContext(account, region, organization)
	c["kms:ViaService"] = []string{viaS3(l.keyARN)} // Source: KMS developer guide, kms:ViaService
	return withEncryptionContext(c, context)
}
