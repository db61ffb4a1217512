package steps

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// A key that may be used through S3 only is right for the reader, whatever S3 is called in its partition.
func TestKeyUsedThroughS3InEachPartition(t *testing.T) {
	for region, service := range map[string]string{
		"us-east-1": "s3.us-east-1.amazonaws.com", "us-gov-west-1": "s3.us-gov-west-1.amazonaws.com", "cn-north-1": "s3.cn-north-1.amazonaws.com.cn",
	} {
		t.Run(region, func(t *testing.T) {
			partition := partitionOf(region)
			s := NewSetup(Centralized)
			s.Account.ID, s.Bucket.ARN = "444455556666", "arn:"+partition+":s3:::logs"
			key := "arn:" + partition + ":kms:" + region + ":444455556666:key/11111111-2222-3333-4444-555555555555"
			d, err := policy.Parse(strings.NewReplacer("PARTITION", partition, "SERVICE", service).Replace(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
				"Principal":{"AWS":"arn:PARTITION:iam::444455556666:root"},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"SERVICE"}}}]}`))
			if err != nil {
				t.Fatal(err)
			}
			if !s.keyLetsReader(d, key, s.roleARN("/"), &live{}) {
				t.Error("the reader is taken to be locked out")
			}
		})
	}
}
