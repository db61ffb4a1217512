package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// BenchmarkOrganization sets flow logs up in 50 accounts and two regions with ten VPCs each, as fast as the calls' own chain of five
// allows: it reports how much longer than that chain it takes when the sandbox keeps its state in a file.
func BenchmarkOrganization(b *testing.B) {
	const rtt = 80 * time.Millisecond
	for b.Loop() {
		s, err := Open(Options{State: filepath.Join(b.TempDir(), "state.json"), RTT: rtt, Seed: &Scale{Accounts: 50, Regions: []string{"us-east-1", "eu-west-1"}, VPCs: 10}})
		if err != nil {
			b.Fatal(err)
		}
		server, err := Serve(b.Context(), s, "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		transport := &http.Transport{MaxIdleConnsPerHost: 200}
		config := s.config("us-east-1")
		config.BaseEndpoint, config.HTTPClient = aws.String(server.URL), &http.Client{Transport: transport}
		start := time.Now()
		organization(b, config)
		took := time.Since(start)
		b.ReportMetric(float64(took)/float64(6*rtt), "chains")
		b.ReportMetric(float64(took.Milliseconds()), "ms")
		_ = server.Close()
		transport.CloseIdleConnections()
	}
}

func organization(b *testing.B, config aws.Config) {
	ctx := context.Background()
	s3Client := func(c aws.Config) *s3.Client {
		return s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = true })
	}
	archive := assumed(b, config, archiveAccount)
	if _, err := s3Client(archive).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("bench")}); err != nil {
		b.Fatal(err)
	}
	_, err := s3Client(archive).PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("bench"), Policy: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":["s3:PutObject","s3:GetBucketAcl"],"Resource":["arn:aws:s3:::bench","arn:aws:s3:::bench/*"]}]}`)})
	if err != nil {
		b.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := 1; i <= 50; i++ {
		wg.Go(func() {
			member := assumed(b, config, fmt.Sprintf("3%011d", i))
			for _, region := range []string{"us-east-1", "eu-west-1"} {
				wg.Go(func() {
					client := ec2.NewFromConfig(member, func(o *ec2.Options) { o.Region = region })
					vpcs, err := client.DescribeVpcs(ctx, nil)
					if err != nil {
						b.Error(err)
						return
					}
					in := &ec2.CreateFlowLogsInput{ResourceType: types.FlowLogsResourceTypeVpc, TrafficType: types.TrafficTypeAll, LogDestinationType: types.LogDestinationTypeS3,
						LogDestination: aws.String("arn:aws:s3:::bench")}
					for _, v := range vpcs.Vpcs {
						in.ResourceIds = append(in.ResourceIds, *v.VpcId)
					}
					out, err := client.CreateFlowLogs(ctx, in)
					if err != nil || len(out.FlowLogIds) != 10 {
						b.Errorf("flow logs: %v", err)
					}
				})
			}
		})
	}
	wg.Wait()
}

func assumed(t testing.TB, config aws.Config, account string) aws.Config {
	out, err := sts.NewFromConfig(config).AssumeRole(context.Background(), &sts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::" + account + ":role/OrganizationAccountAccessRole"), RoleSessionName: aws.String("test")})
	if err != nil {
		t.Fatal(err)
	}
	c := config.Copy()
	c.Credentials = credentials.NewStaticCredentialsProvider(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	return c
}
