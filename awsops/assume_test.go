package awsops_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func assume(t *testing.T, config aws.Config, account string) aws.CredentialsProvider {
	t.Helper()
	return aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(config), "arn:aws:iam::"+account+":role/"+memberRole))
}
