//go:build unix

package steps_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
)

// BenchmarkMillionObjects counts the pages of listings for each flow log that the real program reads of a bucket with a million objects: to
// prove delivery, to bound the age of the newest logs, to apply what is there, and to wait for the first logs of further flow logs.
func BenchmarkMillionObjects(b *testing.B) {
	const accounts, objects, perTime = 4, 1_000_000, 20 // files of each flow log every five minutes
	program := filepath.Join(b.TempDir(), "flowgrant")
	if out, err := exec.Command("go", "build", "-o", program, "..").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	for _, c := range []struct {
		name, prefix string
		vpcs         int
		neighbours   *ec2types.DestinationOptionsRequest
	}{
		{"1-vpc", "", 1, nil},
		{"3-vpcs-under-a-prefix", "/team", 3, nil},
		{"1-vpc-beside-hive", "", 1, &ec2types.DestinationOptionsRequest{HiveCompatiblePartitions: aws.Bool(true), PerHourPartition: aws.Bool(true)}},
		{"3-vpcs-beside-hourly", "", 3, &ec2types.DestinationOptionsRequest{PerHourPartition: aws.Bool(true)}},
	} {
		b.Run(c.name, func(b *testing.B) {
			world, err := sandbox.Open(sandbox.Options{Seed: &sandbox.Scale{Accounts: accounts, Regions: []string{"us-east-1", "eu-west-1"}, VPCs: c.vpcs}})
			if err != nil {
				b.Fatal(err)
			}
			server, err := sandbox.Serve(b.Context(), world, "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = server.Close() })
			environment, err := world.Environment(b.TempDir(), server.URL)
			if err != nil {
				b.Fatal(err)
			}
			state := b.TempDir()
			pages := func(regions int, args ...string) float64 {
				b.Helper()
				file, log := filepath.Join(state, "setup.yaml"), filepath.Join(state, "calls.jsonl")
				text := strings.Replace(benchFile(accounts, regions), "central-flow-logs\"", "central-flow-logs"+c.prefix+"\"", 1)
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					b.Fatal(err)
				}
				cmd := exec.Command(program, append(args, "-f", file, "--state-dir", state, "--output", "json", "--debug", log)...)
				cmd.Env = append(os.Environ(), environment...)
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v: %v\n%.2000s", args, err, out)
				}
				read := 0
				for _, call := range readCalls(b, log) {
					if call.Operation == "ListObjectsV2" {
						read++
					}
				}
				return float64(read) / float64(accounts*c.vpcs*regions)
			}
			pages(1, "apply", "--yes")
			logs := accounts * c.vpcs
			if c.neighbours != nil {
				besides(b, world, c.neighbours)
				logs++
			}
			perDay := 24 * 12 * logs * perTime
			stored, err := world.Backfill(time.Now().AddDate(0, 0, -(objects/perDay+1)), perTime)
			if err != nil || stored < objects {
				b.Fatalf("%d objects, %v", stored, err)
			}
			for b.Loop() {
				for name, args := range map[string][]string{"verify": {"verify"}, "max-age": {"verify", "--max-age", "30m"}, "apply": {"apply", "--yes"}} {
					n := pages(1, args...)
					if b.ReportMetric(n, "pages-"+name+"/flow-log"); n > 3 {
						b.Errorf("%s read %.1f pages for each flow log", name, n)
					}
				}
			}
			b.ReportMetric(pages(2, "apply", "--yes"), "pages-first-logs/flow-log")
			b.ReportMetric(float64(stored), "objects")
		})
	}
}

// besides makes a flow log of another team into the same bucket.
func besides(b *testing.B, world *sandbox.Sandbox, options *ec2types.DestinationOptionsRequest) {
	b.Helper()
	const team, bucket = "300000000001", "central-flow-logs"
	policies := sdkOf(world, archive, "us-east-1").s3()
	was, err := policies.GetBucketPolicy(b.Context(), &s3.GetBucketPolicyInput{Bucket: aws.String(bucket)})
	if err != nil {
		b.Fatal(err)
	}
	lets := parsed(`{"Version":"2012-10-17","Statement":[{"Sid":"Team","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":["s3:PutObject","s3:GetBucketAcl"],
		"Resource":["arn:aws:s3:::` + bucket + `","arn:aws:s3:::` + bucket + `/*"],"Condition":{"StringEquals":{"aws:SourceAccount":"` + team + `"}}}]}`)
	now := parsed(*was.Policy).With(lets.Statements...).String()
	if _, err := policies.PutBucketPolicy(b.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String(bucket), Policy: &now}); err != nil {
		b.Fatal(err)
	}
	client := sdkOf(world, team, "us-east-1").ec2()
	found, err := client.DescribeVpcs(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	out, err := client.CreateFlowLogs(b.Context(), &ec2.CreateFlowLogsInput{ResourceIds: []string{*found.Vpcs[0].VpcId}, ResourceType: ec2types.FlowLogsResourceTypeVpc,
		TrafficType: ec2types.TrafficTypeAll, LogDestinationType: ec2types.LogDestinationTypeS3, LogDestination: aws.String("arn:aws:s3:::" + bucket), DestinationOptions: options,
		LogFormat: aws.String("${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status} ${tcp-flags}")})
	if err != nil {
		b.Fatal(err)
	}
	if len(out.Unsuccessful) > 0 {
		b.Fatal(aws.ToString(out.Unsuccessful[0].Error.Message))
	}
}
