package sandbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/flowgrant/flowgrant/awsops/flowrecord"
)

// lab is a sandbox with a clock that stands still until a test moves it.
type lab struct {
	t   testing.TB
	s   *Sandbox
	now time.Time
}

func newLab(t testing.TB) *lab {
	l := &lab{t: t, now: time.Date(2026, 11, 2, 10, 2, 0, 0, time.UTC)}
	l.s = openTest(t, Options{Now: func() time.Time { return l.now }})
	return l
}

func (l *lab) pass(d time.Duration) { l.now = l.now.Add(d) }

var ctx = context.Background()

// as is the SDK's configuration for the administrator of an account.
func (l *lab) as(account, region string) aws.Config {
	l.t.Helper()
	cfg := l.s.config(region)
	cfg.RetryMaxAttempts = 1
	if account == managementAccount {
		return cfg
	}
	if account == vendorAccount {
		return l.user(account, region, "root", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
	}
	out, err := sts.NewFromConfig(cfg).AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::" + account + ":role/" + memberRole), RoleSessionName: aws.String("lab"),
	})
	if err != nil {
		l.t.Fatal(err)
	}
	cfg.Credentials = credentials.NewStaticCredentialsProvider(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	return cfg
}

// user is the configuration for a user of an account that has one policy.
func (l *lab) user(account, region, name, document string) aws.Config {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	key := strings.ToUpper("AKIA" + name + account)
	l.s.w.Accounts[account].Users[name] = &User{Name: name, ID: seededID("AIDA", account, name), AccessKeys: map[string]string{key: "secret"}, Inline: map[string]string{"p": document}}
	cfg := l.s.config(region)
	cfg.RetryMaxAttempts = 1
	cfg.Credentials = credentials.NewStaticCredentialsProvider(key, "secret", "")
	return cfg
}

func (l *lab) ec2(account, region string) *ec2.Client {
	return ec2.NewFromConfig(l.as(account, region))
}
func (l *lab) kms(account, region string) *kms.Client {
	return kms.NewFromConfig(l.as(account, region))
}
func (l *lab) s3(account, region string) *s3.Client { return s3Client(l.as(account, region)) }

func s3Client(cfg aws.Config) *s3.Client {
	return s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
}

// code is the AWS code of an error, "" for none.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func (l *lab) want(err error, wanted string) {
	l.t.Helper()
	if code(err) != wanted {
		l.t.Errorf("error is %q (%v), want %q", code(err), err, wanted)
	}
}

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// bucket creates a bucket of the archive account that lets these accounts' flow logs in.
func (l *lab) bucket(name string, accounts ...string) {
	l.t.Helper()
	client := l.s3(archiveAccount, homeRegion)
	_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name})
	l.must(err)
	if len(accounts) > 0 {
		_, err = client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &name, Policy: aws.String(deliveryPolicy(name, accounts...))})
		l.must(err)
	}
}

func deliveryPolicy(bucket string, accounts ...string) string {
	quoted := `"` + strings.Join(accounts, `","`) + `"`
	var arns, resources []string
	for _, account := range accounts {
		arns = append(arns, `"arn:aws:logs:*:`+account+`:*"`)
		resources = append(resources, `"arn:aws:s3:::`+bucket+`/AWSLogs/`+account+`/*"`)
	}
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
{"Sid":"Write","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":[%s],
 "Condition":{"StringEquals":{"aws:SourceAccount":[%s],"s3:x-amz-acl":"bucket-owner-full-control"},"ArnLike":{"aws:SourceArn":[%s]}}},
{"Sid":"Check","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::%s",
 "Condition":{"StringEquals":{"aws:SourceAccount":[%s]},"ArnLike":{"aws:SourceArn":[%s]}}}]}`,
		strings.Join(resources, ","), quoted, strings.Join(arns, ","), bucket, quoted, strings.Join(arns, ","))
}

// vpcs are the ids of an account's VPCs in a region, those with interfaces first.
func (l *lab) vpcs(account, region string) []string {
	var with, without []string
	for _, v := range l.s.w.Accounts[account].Regions[region].VPCs {
		if len(v.Interfaces) > 0 {
			with = append(with, v.ID)
		} else {
			without = append(without, v.ID)
		}
	}
	return append(with, without...)
}

func flowLogInput(destination string, vpcs ...string) *ec2.CreateFlowLogsInput {
	return &ec2.CreateFlowLogsInput{
		ResourceIds: vpcs, ResourceType: types.FlowLogsResourceTypeVpc, TrafficType: types.TrafficTypeAll, LogDestinationType: types.LogDestinationTypeS3,
		LogDestination: aws.String("arn:aws:s3:::" + destination), LogFormat: aws.String(flowrecord.Format(flowrecord.V2WithTCPFlags...)),
	}
}

// refused are the resources of a CreateFlowLogs answer that failed, "CODE MESSAGE" each.
func refused(items []types.UnsuccessfulItem) []string {
	var out []string
	for _, item := range items {
		out = append(out, *item.Error.Code+" "+*item.Error.Message)
	}
	return out
}

func (l *lab) keys(bucket string) []string {
	l.t.Helper()
	out, err := l.s3(archiveAccount, homeRegion).ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket})
	l.must(err)
	var keys []string
	for _, o := range out.Contents {
		keys = append(keys, *o.Key)
	}
	return keys
}
