package steps_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/steps"
)

// startMoto starts moto_server, an AWS of other hands: no delivery, no policy decisions, but the same protocols.
func startMoto(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("moto_server")
	if err != nil {
		t.Skip("moto_server is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	cmd := exec.Command(program, "-H", "127.0.0.1", "-p", port)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	url := "http://127.0.0.1:" + port
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if response, err := http.Get(url + "/moto-api/data.json"); err == nil {
			_ = response.Body.Close()
			return url
		}
		if time.Now().After(deadline) {
			t.Fatal("moto_server does not answer")
		}
	}
}

// motoWorld is a world on moto with an engine over it and SDK clients past it.
type motoWorld struct {
	*testing.T
	url    string
	engine *steps.Engine
}

func newMotoWorld(t *testing.T) *motoWorld {
	m := &motoWorld{T: t, url: startMoto(t)}
	empty := filepath.Join(t.TempDir(), "none")
	for k, v := range map[string]string{"AWS_ENDPOINT_URL": m.url, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_SESSION_TOKEN": "",
		"AWS_REGION": "us-east-1", "AWS_CONFIG_FILE": empty, "AWS_SHARED_CREDENTIALS_FILE": empty, "AWS_PROFILE": ""} {
		t.Setenv(k, v)
	}
	cloud, err := awsops.Open(t.Context(), awsops.Config{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	m.engine = steps.NewEngine(cloud)
	return m
}

// in gives SDK configuration for an account; moto lets everybody assume everything.
func (m *motoWorld) in(account string) aws.Config {
	m.Helper()
	base, err := config.LoadDefaultConfig(m.Context(), config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("testing", "testing", "")))
	if err != nil {
		m.Fatal(err)
	}
	base.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(base), "arn:aws:iam::"+account+":role/OrganizationAccountAccessRole"))
	return base
}

func (m *motoWorld) bucket(account, name, foreign string) *s3.Client {
	m.Helper()
	client := s3.NewFromConfig(m.in(account), func(o *s3.Options) { o.UsePathStyle = true })
	if _, err := client.CreateBucket(m.Context(), &s3.CreateBucketInput{Bucket: aws.String(name)}); err != nil {
		m.Fatal(err)
	}
	if _, err := client.PutBucketPolicy(m.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String(name), Policy: aws.String(foreign)}); err != nil {
		m.Fatal(err)
	}
	return client
}

// vpcWithInterface makes a VPC that has something to log.
func (m *motoWorld) vpcWithInterface(account string) string {
	m.Helper()
	client := ec2.NewFromConfig(m.in(account))
	vpc, err := client.CreateVpc(m.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.9.0.0/16")})
	if err != nil {
		m.Fatal(err)
	}
	subnet, err := client.CreateSubnet(m.Context(), &ec2.CreateSubnetInput{VpcId: vpc.Vpc.VpcId, CidrBlock: aws.String("10.9.1.0/24")})
	if err != nil {
		m.Fatal(err)
	}
	if _, err := client.CreateNetworkInterface(m.Context(), &ec2.CreateNetworkInterfaceInput{SubnetId: subnet.Subnet.SubnetId}); err != nil {
		m.Fatal(err)
	}
	return aws.ToString(vpc.Vpc.VpcId)
}

// deliver puts an object as the delivery service would write it, for every flow log to the bucket.
func (m *motoWorld) deliver(client *s3.Client, bucket, account string) {
	m.Helper()
	logs, err := ec2.NewFromConfig(m.in(account)).DescribeFlowLogs(m.Context(), &ec2.DescribeFlowLogsInput{})
	if err != nil {
		m.Fatal(err)
	}
	for _, f := range logs.FlowLogs {
		fields, err := flowrecord.ParseFormat(aws.ToString(f.LogFormat))
		if err != nil {
			m.Fatal(err)
		}
		var body bytes.Buffer
		record := flowrecord.Record{"version": "3", "account-id": account, "interface-id": "eni-0a1b2c3d4e5f60718", "srcaddr": "10.9.1.4", "dstaddr": "10.9.1.5", "srcport": "443",
			"dstport": "49152", "protocol": "6", "packets": "4", "bytes": "640", "start": "1795226000", "end": "1795226060", "action": "ACCEPT", "log-status": "OK", "tcp-flags": "19"}
		if err := flowrecord.Write(&body, fields, []flowrecord.Record{record}); err != nil {
			m.Fatal(err)
		}
		key := flowrecord.ObjectKey(flowrecord.Layout{}, account, "us-east-1", aws.ToString(f.FlowLogId), time.Now(), "0a1b2c3d")
		if _, err := client.PutObject(m.Context(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String(key), Body: bytes.NewReader(body.Bytes())}); err != nil {
			m.Fatal(err)
		}
	}
}

func (m *motoWorld) apply(s steps.Setup) steps.Result {
	m.Helper()
	p, err := m.engine.Plan(context.Background(), s)
	if err != nil {
		m.Fatal(err)
	}
	return m.engine.Run(context.Background(), p, steps.RunOptions{Wait: 0})
}

func (m *motoWorld) expect(r steps.Result, want steps.ResultStatus) {
	m.Helper()
	if r.Status != want {
		m.Errorf("result is %s, want %s: %+v", r.Status, want, r.Failure)
		for _, c := range r.Report.Checks {
			m.Logf("%s %s %s: %s | %s", c.Status, c.ID, c.Target, c.Summary, c.Evidence)
		}
		m.FailNow()
	}
}

const foreignBucketPolicy = `{"Version":"2012-10-17","Statement":[{"Sid":"AuditTeamRead","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::%s/audit/*"}]}`

func TestBothModesOnMoto(t *testing.T) {
	m := newMotoWorld(t)
	t.Run("centralized", func(t *testing.T) {
		const bucket = "central-flow-logs"
		client := m.bucket(archive, bucket, fmt.Sprintf(foreignBucketPolicy, bucket))
		m.vpcWithInterface(payments)
		s := setup(t, centralFile)
		m.expect(m.apply(s), steps.ResultWaiting)
		for _, account := range []string{payments, "222233334444"} {
			m.deliver(client, bucket, account)
		}
		m.expect(m.apply(s), steps.ResultUnchanged)
		report, err := m.engine.Verify(t.Context(), s)
		if err != nil || report.Status != steps.ReportVerified {
			t.Errorf("verify says %s, %v", report.Status, err)
		}
		after, err := client.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: aws.String(bucket)})
		if err != nil {
			t.Fatal(err)
		}
		kept(t, fmt.Sprintf(foreignBucketPolicy, bucket), aws.ToString(after.Policy))
	})
	t.Run("per-account", func(t *testing.T) {
		const bucket, account = "workload-flow-logs", "333344445555"
		client := m.bucket(account, bucket, fmt.Sprintf(foreignBucketPolicy, bucket))
		m.vpcWithInterface(account)
		s := setup(t, perAccountFile, payments, account, "payments-flow-logs", bucket)
		cloud, err := awsops.Open(t.Context(), awsops.Config{Version: "test"})
		if err != nil {
			t.Fatal(err)
		}
		a, err := cloud.Account(t.Context(), account, "aws", awsops.Credentials{AssumeRole: "OrganizationAccountAccessRole"})
		if err != nil {
			t.Fatal(err)
		}
		const role = "ColorTokensCrossAccountAccessRole"
		if _, err := a.CreateRole(t.Context(), awsops.NewRole{Name: role, Trust: policy.AssumeRoleTrust("arn:aws:iam::999988887777:root", "xs-7f3a91").String()}); err != nil {
			t.Fatal(err)
		}
		foreign := `{"Version":"2012-10-17","Statement":[{"Sid":"Discovery","Effect":"Allow","Action":"ec2:Describe*","Resource":"*"},{"Sid":"S3","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketTagging"],"Resource":"*"}]}`
		if err := a.PutInline(t.Context(), role, "Access", foreign); err != nil {
			t.Fatal(err)
		}
		m.expect(m.apply(s), steps.ResultWaiting)
		m.deliver(client, bucket, account)
		m.expect(m.apply(s), steps.ResultUnchanged)
		after, err := a.InlineDocument(t.Context(), role, "Access")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(after, `"Sid":"Discovery","Effect":"Allow","Action":"ec2:Describe*","Resource":"*"`) {
			t.Errorf("the discovery statement changed: %s", after)
		}
	})
}
