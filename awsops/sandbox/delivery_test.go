package sandbox

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/flowgrant/flowgrant/awsops/flowrecord"
)

func TestDelivery(t *testing.T) {
	l := newLab(t)
	l.bucket("logs", paymentsAccount)
	vpc := l.vpcs(paymentsAccount, secondRegion)[0]
	made, err := l.ec2(paymentsAccount, secondRegion).CreateFlowLogs(ctx, flowLogInput("logs", vpc))
	l.must(err)
	if len(made.Unsuccessful) > 0 {
		t.Fatal(refused(made.Unsuccessful))
	}
	l.pass(2 * time.Second)
	if keys := l.keys("logs"); len(keys) > 0 {
		t.Errorf("delivered too early: %v", keys)
	}
	l.pass(time.Second)
	keys := l.keys("logs")
	if len(keys) != 1 {
		t.Fatalf("want one object after three seconds, have %v", keys)
	}
	key, err := flowrecord.ParseKey(keys[0])
	l.must(err)
	if key.Account != paymentsAccount || key.Region != secondRegion || key.FlowLogID != made.FlowLogIds[0] || !key.Time.Equal(l.now.Truncate(5*time.Minute)) || len(key.Hash) != 8 {
		t.Errorf("key is %+v", key)
	}
	client := l.s3(archiveAccount, homeRegion)
	object, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("logs"), Key: &keys[0]})
	l.must(err)
	body, err := io.ReadAll(object.Body)
	l.must(err)
	sample, err := flowrecord.Read(bytes.NewReader(body), 0)
	l.must(err)
	if !slices.Equal(sample.Fields, flowrecord.V2WithTCPFlags) || !sample.HasTCPFlags || sample.TCPFlags == 0 || len(sample.Interfaces) != 2 {
		t.Errorf("sample is %+v", sample)
	}
	for _, r := range sample.Records {
		if r["log-status"] == "OK" && !slices.Contains([]string{"0", "1", "2", "3", "18", "19"}, r["tcp-flags"]) {
			t.Errorf("record with flags %s", r["tcp-flags"])
		}
	}
	head, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String("logs"), Key: &keys[0]})
	l.must(err)
	if *head.ContentLength != int64(len(body)) || !head.LastModified.Equal(l.now) {
		t.Errorf("head says %d bytes of %s, body has %d", *head.ContentLength, head.LastModified, len(body))
	}

	l.pass(time.Minute)
	if n := len(l.keys("logs")); n != 3 {
		t.Errorf("a minute later there are %d objects, want 3", n)
	}
	l.pass(24 * time.Hour)
	if n := len(l.keys("logs")); n != 3+keptSlots {
		t.Errorf("a day later there are %d objects, want %d", n, 3+keptSlots)
	}
	// What was delivered stays readable, in its own format, when the flow log is gone.
	_, err = l.ec2(paymentsAccount, secondRegion).DeleteFlowLogs(ctx, &ec2.DeleteFlowLogsInput{FlowLogIds: made.FlowLogIds})
	l.must(err)
	again, err := l.s3(archiveAccount, homeRegion).GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("logs"), Key: &keys[0]})
	l.must(err)
	if same, _ := io.ReadAll(again.Body); !bytes.Equal(same, body) {
		t.Error("the same object has other bytes the second time")
	}
	l.pass(time.Hour)
	if n := len(l.keys("logs")); n != 3+keptSlots {
		t.Errorf("a deleted flow log went on: %d objects", n)
	}
}

func TestDeliveryLayouts(t *testing.T) {
	l := newLab(t)
	l.bucket("logs")
	_, err := l.s3(archiveAccount, homeRegion).PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("logs"),
		Policy: aws.String(strings.ReplaceAll(deliveryPolicy("logs", paymentsAccount), "logs/AWSLogs/"+paymentsAccount+"/*", "logs/*"))})
	l.must(err)
	vpc := l.vpcs(paymentsAccount, homeRegion)[0]
	for _, options := range []types.DestinationOptionsRequest{{}, {PerHourPartition: aws.Bool(true)}, {HiveCompatiblePartitions: aws.Bool(true)}, {HiveCompatiblePartitions: aws.Bool(true), PerHourPartition: aws.Bool(true)}} {
		in := flowLogInput("logs/team/a/", vpc)
		in.DestinationOptions = &options
		in.TrafficType = types.TrafficTypeReject
		in.LogFormat = aws.String("${action} ${flow-direction} ${version} ${vpc-id}")
		in.MaxAggregationInterval = aws.Int32(60)
		out, err := l.ec2(paymentsAccount, homeRegion).CreateFlowLogs(ctx, in)
		l.must(err)
		if len(out.Unsuccessful) > 0 {
			t.Fatal(refused(out.Unsuccessful))
		}
		l.pass(3 * time.Second)
		found := false
		for _, name := range l.keys("logs") {
			key, err := flowrecord.ParseKey(name)
			l.must(err)
			if key.FlowLogID != out.FlowLogIds[0] {
				continue
			}
			found = true
			want := flowrecord.Layout{Prefix: "team/a", Hive: aws.ToBool(options.HiveCompatiblePartitions), Hourly: aws.ToBool(options.PerHourPartition)}
			if key.Layout != want {
				t.Errorf("%s has layout %+v, want %+v", name, key.Layout, want)
			}
			sample, err := flowrecord.Read(bytes.NewReader(l.s.w.content(l.s.w.Buckets["logs"].Objects[name])), 0)
			l.must(err)
			if strings.Join(sample.Fields, " ") != "action flow-direction version vpc-id" || sample.Accepted > 0 || sample.Records[0]["version"] != "5" || sample.Records[0]["vpc-id"] != vpc {
				t.Errorf("sample is %+v", sample)
			}
		}
		if !found {
			t.Errorf("nothing delivered with %+v", options)
		}
	}
}

func TestDeliveryFailsAndMends(t *testing.T) {
	l := newLab(t)
	l.bucket("logs", storefrontAccount)
	client, archive := l.ec2(storefrontAccount, homeRegion), l.s3(archiveAccount, homeRegion)
	vpcs := l.vpcs(storefrontAccount, homeRegion)
	made, err := client.CreateFlowLogs(ctx, flowLogInput("logs", vpcs...))
	l.must(err)
	if len(made.FlowLogIds) != len(vpcs) {
		t.Fatal(refused(made.Unsuccessful))
	}
	status := func() (failed int) {
		t.Helper()
		out, err := client.DescribeFlowLogs(ctx, &ec2.DescribeFlowLogsInput{Filter: []types.Filter{{Name: aws.String("deliver-log-status"), Values: []string{"FAILED"}}}})
		l.must(err)
		for _, f := range out.FlowLogs {
			if *f.DeliverLogsErrorMessage != "Access error" || *f.FlowLogStatus != "ACTIVE" {
				t.Errorf("failed flow log says %q, %q", *f.DeliverLogsErrorMessage, *f.FlowLogStatus)
			}
			if *f.ResourceId == vpcs[len(vpcs)-1] {
				t.Error("a VPC without interfaces failed")
			}
		}
		return len(out.FlowLogs)
	}
	policy := aws.String(deliveryPolicy("logs", storefrontAccount))
	tls := strings.Replace(*policy, `"Statement":[`, `"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::logs/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},`, 1)
	deny := strings.Replace(*policy, `"Statement":[`, `"Statement":[{"Effect":"Deny","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::logs/AWSLogs/*"},`, 1)
	for _, step := range []struct {
		name   string
		do     func() error
		failed int
	}{
		{"in order", func() error { return nil }, 0},
		{"policy gone", func() error {
			_, err := archive.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: aws.String("logs")})
			return err
		}, 2},
		{"for another account", func() error {
			_, err := archive.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("logs"), Policy: aws.String(deliveryPolicy("logs", paymentsAccount))})
			return err
		}, 2},
		{"TLS only", func() error {
			_, err := archive.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("logs"), Policy: &tls})
			return err
		}, 0},
		{"explicit deny", func() error {
			_, err := archive.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("logs"), Policy: &deny})
			return err
		}, 2},
		{"mended", func() error {
			_, err := archive.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("logs"), Policy: policy})
			return err
		}, 0},
	} {
		l.must(step.do())
		before := len(l.keys("logs"))
		l.pass(30 * time.Second)
		if got := status(); got != step.failed {
			t.Errorf("%s: %d flow logs failed, want %d", step.name, got, step.failed)
		}
		if more := len(l.keys("logs")) - before; more != 2-step.failed {
			t.Errorf("%s: %d new objects", step.name, more)
		}
	}
	// A bucket of the same name in another account gets nothing.
	l.s.w.Buckets["logs"].Owner = paymentsAccount
	l.pass(30 * time.Second)
	if got := status(); got != 2 {
		t.Errorf("%d flow logs failed after the bucket changed hands", got)
	}
}

// keyPolicy lets the account use IAM and, where named, delivery for accounts.
func keyPolicyFor(owner string, accounts ...string) *string {
	text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + owner + `:root"},"Action":"kms:*","Resource":"*"}`
	for _, account := range accounts {
		text += `,{"Effect":"Allow","Principal":{"Service":["delivery.logs.amazonaws.com"]},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*",` +
			`"Condition":{"StringEquals":{"aws:SourceAccount":["` + account + `"]},"ArnLike":{"aws:SourceArn":["arn:aws:logs:us-east-1:` + account + `:*"]}}}`
	}
	return aws.String(text + "]}")
}

func TestKeyGate(t *testing.T) {
	l := newLab(t)
	l.bucket("logs", paymentsAccount)
	keys, archive := l.kms(archiveAccount, homeRegion), l.s3(archiveAccount, homeRegion)
	described, err := keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String("alias/flow-logs")})
	l.must(err)
	arn := *described.KeyMetadata.Arn
	elsewhere, err := l.kms(archiveAccount, secondRegion).CreateKey(ctx, &kms.CreateKeyInput{Policy: keyPolicyFor(archiveAccount, paymentsAccount)})
	l.must(err)
	encrypt := func(key string) {
		t.Helper()
		rule := s3types.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: &s3types.ServerSideEncryptionByDefault{SSEAlgorithm: s3types.ServerSideEncryptionAwsKms}}
		if key != "" {
			rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID = &key
		}
		_, err := archive.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{Bucket: aws.String("logs"),
			ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{Rules: []s3types.ServerSideEncryptionRule{rule}}})
		l.must(err)
	}
	try := func() string {
		t.Helper()
		out, err := l.ec2(paymentsAccount, homeRegion).CreateFlowLogs(ctx, flowLogInput("logs", l.vpcs(paymentsAccount, homeRegion)[0]))
		l.must(err)
		return strings.Join(refused(out.Unsuccessful), ";")
	}
	const undeliverable = "400 LogDestination: logs is undeliverable"
	check := func(what, want string) {
		t.Helper()
		if got := try(); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	encrypt(arn)
	check("key without a delivery statement", undeliverable)
	_, err = keys.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{KeyId: &arn, Policy: keyPolicyFor(archiveAccount, storefrontAccount)})
	l.must(err)
	check("key for another account", undeliverable)
	_, err = keys.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{KeyId: &arn, Policy: keyPolicyFor(archiveAccount, paymentsAccount)})
	l.must(err)
	for _, name := range []string{"alias/flow-logs", *described.KeyMetadata.KeyId, "", *elsewhere.KeyMetadata.Arn, strings.Replace(arn, archiveAccount, paymentsAccount, 1)} {
		encrypt(name)
		check("default key "+name, undeliverable)
	}
	encrypt(arn)
	_, err = keys.DisableKey(ctx, &kms.DisableKeyInput{KeyId: &arn})
	l.must(err)
	check("disabled key", undeliverable)
	_, err = keys.EnableKey(ctx, &kms.EnableKeyInput{KeyId: &arn})
	l.must(err)
	check("good key", "")

	l.pass(3 * time.Second)
	delivered := l.keys("logs")
	if len(delivered) != 1 {
		t.Fatalf("delivered %v", delivered)
	}
	get := func(client *s3.Client) (*s3.GetObjectOutput, error) {
		return client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("logs"), Key: &delivered[0]})
	}
	out, err := get(archive)
	l.must(err)
	if out.ServerSideEncryption != "aws:kms" || *out.SSEKMSKeyId != arn {
		t.Errorf("encrypted with %s %s", out.ServerSideEncryption, *out.SSEKMSKeyId)
	}
	// Reading takes the key's permission too, and only through S3 where that is asked for.
	s3Only := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}%s]}`
	_, err = get(s3Client(l.user(archiveAccount, homeRegion, "nokey", strings.Replace(s3Only, "%s", "", 1))))
	l.want(err, "AccessDenied")
	via := `,{"Effect":"Allow","Action":"kms:Decrypt","Resource":"` + arn + `","Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com","kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::logs/` + delivered[0] + `"}}}`
	_, err = get(s3Client(l.user(archiveAccount, homeRegion, "withkey", strings.Replace(s3Only, "%s", via, 1))))
	l.want(err, "")
	_, err = keys.DisableKey(ctx, &kms.DisableKeyInput{KeyId: &arn})
	l.must(err)
	_, err = get(archive)
	l.want(err, "KMS.DisabledException")
	l.pass(30 * time.Second)
	if got := l.keys("logs"); len(got) != 1 || l.s.w.Accounts[paymentsAccount].Regions[homeRegion].FlowLogs[0].Status != "FAILED" {
		t.Errorf("delivery with a disabled key: %v", got)
	}
}

// Delivered objects survive in the state file, and in another process have the same bytes.
func TestDeliveryIsSaved(t *testing.T) {
	now := time.Date(2026, 11, 2, 23, 59, 57, 0, time.UTC)
	options := Options{State: t.TempDir() + "/state.json", Now: func() time.Time { return now }}
	l := &lab{t: t, s: openTest(t, options), now: now}
	l.bucket("logs", paymentsAccount)
	_, err := l.ec2(paymentsAccount, homeRegion).CreateFlowLogs(ctx, flowLogInput("logs", l.vpcs(paymentsAccount, homeRegion)...))
	l.must(err)
	now = now.Add(3 * time.Second)
	before := l.keys("logs")
	l.bucket("any-other-write")
	now = now.Add(-time.Second) // the other process has nothing to deliver by itself
	other := &lab{t: t, s: openTest(t, options), now: now}
	after := other.keys("logs")
	if len(before) != 2 || !slices.Equal(before, after) {
		t.Fatalf("before %v, after %v", before, after)
	}
	for _, key := range after {
		if !bytes.Equal(l.s.w.content(l.s.w.Buckets["logs"].Objects[key]), other.s.w.content(other.s.w.Buckets["logs"].Objects[key])) {
			t.Errorf("%s has other bytes in another process", key)
		}
	}
}
