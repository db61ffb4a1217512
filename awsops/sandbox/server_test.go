package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// served starts a server with a state file and gives the variables that point a client at it.
func served(t *testing.T, opts Options) (*Sandbox, *Server, []string) {
	t.Helper()
	dir := t.TempDir()
	opts.State = filepath.Join(dir, "sandbox.json")
	s := openTest(t, opts)
	server, err := Serve(t.Context(), s, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	env, err := s.Environment(filepath.Join(dir, "aws"), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return s, server, env
}

func TestServeOnLoopbackOnly(t *testing.T) {
	s := openTest(t, Options{})
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.com:0", "nonsense"} {
		if server, err := Serve(t.Context(), s, addr); err == nil {
			_ = server.Close()
			t.Errorf("it listens on %s", addr)
		} else if addr != "nonsense" && !strings.Contains(err.Error(), "loopback only") {
			t.Errorf("%s: %v", addr, err)
		}
	}
	_, server, _ := served(t, Options{})
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	// A name of somebody else that leads to loopback is DNS rebinding.
	_, _ = io.WriteString(conn, "GET /_portal/verify HTTP/1.0\r\nHost: evil.example\r\n\r\n")
	answer, _ := io.ReadAll(conn)
	if !strings.Contains(string(answer), "403 Forbidden") {
		t.Errorf("a foreign host name is answered: %s", answer)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if err := server.Wait(); err != nil {
		t.Errorf("after Close: %v", err)
	}
}

// The SDK finds its way into every profile by the variables alone.
func TestEnvironment(t *testing.T) {
	_, _, env := served(t, Options{})
	for _, kv := range env {
		k, v, _ := strings.Cut(kv, "=")
		t.Setenv(k, v)
		if path := v; strings.HasSuffix(k, "_FILE") && runtime.GOOS != "windows" {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v %v, want mode 0600", k, info, err)
			}
		}
	}
	for profile, account := range map[string]string{"": managementAccount, "default": managementAccount, "log-archive": archiveAccount, "payments": paymentsAccount, "storefront": storefrontAccount} {
		cfg, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(profile))
		if err != nil {
			t.Fatal(err)
		}
		out, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
		if err != nil || *out.Account != account {
			t.Errorf("profile %q leads to %v %v, want %s", profile, out, err, account)
			continue
		}
		if _, err := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }).ListBuckets(ctx, nil); err != nil {
			t.Errorf("profile %q: %v", profile, err)
		}
	}
}

// The aws command line, where it is installed, runs against the server.
func TestCommandLine(t *testing.T) {
	command, err := exec.LookPath("aws")
	if err != nil {
		t.Skip("the aws command line is not installed")
	}
	_, _, env := served(t, Options{})
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(command, args...)
		cmd.Env = append(append(os.Environ(), env...), "HOME="+t.TempDir()) // it keeps sessions in a cache there
		out, err := cmd.CombinedOutput()
		if err != nil {
			out = append(out, []byte(err.Error())...)
		}
		return string(out)
	}
	for _, test := range []struct{ args, says string }{
		{"sts get-caller-identity --profile payments --query Account --output text", paymentsAccount},
		{"organizations list-accounts --query Accounts[].State --output text", "ACTIVE\tACTIVE\tACTIVE\tACTIVE"},
		{"s3 cp s3://archive-existing/audit/readme.txt - --profile log-archive", "audit team"},
		{"dynamodb list-tables", "(UnknownOperationException)"},
	} {
		if out := run(strings.Fields(test.args)...); !strings.Contains(out, test.says) {
			t.Errorf("aws %s: %s, want %q", test.args, out, test.says)
		}
	}
}

// boto3, where it is installed, parses every answer of the services that are answered here.
func TestBoto3(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err == nil {
		err = exec.Command(python, "-c", "import boto3").Run()
	}
	if err != nil {
		t.Skip("boto3 is not installed")
	}
	_, _, env := served(t, Options{})
	cmd := exec.Command(python, filepath.Join("testdata", "boto3_calls.py"))
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestOrganization(t *testing.T) {
	l := newLab(t)
	l.s = openTest(t, Options{Now: l.s.opts.Now, Seed: &Scale{Accounts: 45, Regions: []string{homeRegion, secondRegion}, VPCs: 3}})
	client := organizations.NewFromConfig(l.as(managementAccount, homeRegion))
	var ids []string
	pages, count := organizations.NewListAccountsPaginator(client, nil), 0
	for ; pages.HasMorePages(); count++ {
		page, err := pages.NextPage(ctx)
		l.must(err)
		if len(page.Accounts) > 20 {
			t.Errorf("a page of %d", len(page.Accounts))
		}
		for _, a := range page.Accounts {
			if a.State != "ACTIVE" || a.Status != "ACTIVE" { // old clients read Status
				t.Errorf("account %s is %s %s", *a.Id, a.State, a.Status)
			}
			ids = append(ids, *a.Id)
		}
	}
	if count != 3 || len(ids) != 49 || ids[0] != managementAccount || ids[48] != "300000000045" {
		t.Errorf("%d pages, %d accounts: %v", count, len(ids), ids)
	}
	_, err := client.ListAccounts(ctx, &organizations.ListAccountsInput{MaxResults: aws.Int32(21)})
	l.want(err, "InvalidInputException")
	_, err = organizations.NewFromConfig(l.as(paymentsAccount, homeRegion)).ListAccounts(ctx, nil)
	l.want(err, "AccessDeniedException")
	_, err = organizations.NewFromConfig(l.as(vendorAccount, homeRegion)).DescribeOrganization(ctx, nil)
	l.want(err, "AWSOrganizationsNotInUseException")
	org, err := organizations.NewFromConfig(l.as(paymentsAccount, homeRegion)).DescribeOrganization(ctx, nil)
	l.must(err)
	if *org.Organization.Id != "o-sandbox001" || *org.Organization.MasterAccountId != managementAccount {
		t.Errorf("organization is %+v", org.Organization)
	}
	account, err := client.DescribeAccount(ctx, &organizations.DescribeAccountInput{AccountId: aws.String(archiveAccount)})
	l.must(err)
	if *account.Account.Name != "Log archive" {
		t.Errorf("account is %+v", account.Account)
	}
	_, err = client.DescribeAccount(ctx, &organizations.DescribeAccountInput{AccountId: aws.String(vendorAccount)})
	l.want(err, "AccountNotFoundException")
	vpcs, err := l.ec2("300000000007", secondRegion).DescribeVpcs(ctx, nil)
	l.must(err)
	if len(vpcs.Vpcs) != 3 {
		t.Errorf("%d VPCs", len(vpcs.Vpcs))
	}
}

func TestStackOfARole(t *testing.T) {
	l := newLab(t)
	l.s.w.Accounts[paymentsAccount].Stacks["onboarding"] = &Stack{Name: "onboarding", ID: "arn:aws:cloudformation:us-east-1:111122223333:stack/onboarding/1",
		Resources: map[string]string{crossAccountRole: "AWS::IAM::Role"}}
	client := cloudformation.NewFromConfig(l.as(paymentsAccount, homeRegion))
	out, err := client.DescribeStackResources(ctx, &cloudformation.DescribeStackResourcesInput{PhysicalResourceId: aws.String(crossAccountRole)})
	l.must(err)
	if len(out.StackResources) != 1 || *out.StackResources[0].StackName != "onboarding" || *out.StackResources[0].ResourceType != "AWS::IAM::Role" {
		t.Errorf("resources are %+v", out.StackResources)
	}
	_, err = client.DescribeStackResources(ctx, &cloudformation.DescribeStackResourcesInput{PhysicalResourceId: aws.String(memberRole)})
	l.want(err, "ValidationError")
	_, err = client.DescribeStackResources(ctx, nil)
	l.want(err, "ValidationError")
}

// What the contract says is in the world.
func TestWorldOfTheContract(t *testing.T) {
	l := newLab(t)
	for account, vpcs := range map[string]map[string]int{paymentsAccount: {homeRegion: 2, secondRegion: 1}, storefrontAccount: {homeRegion: 3, secondRegion: 1}, archiveAccount: {homeRegion: 0}} {
		for region, n := range vpcs {
			out, err := ec2.NewFromConfig(l.as(account, region)).DescribeVpcs(ctx, nil)
			l.must(err)
			if len(out.Vpcs) != n {
				t.Errorf("account %s has %d VPCs in %s, want %d", account, len(out.Vpcs), region, n)
			}
		}
	}
	out, err := l.s3(archiveAccount, homeRegion).GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String("archive-existing")})
	l.must(err)
	if !json.Valid([]byte(*out.Policy)) || !strings.Contains(*out.Policy, "AuditTeamRead") {
		t.Errorf("policy is %s", *out.Policy)
	}
	// The foreign statement does what it says.
	object, err := l.s3(managementAccount, homeRegion).GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("archive-existing"), Key: aws.String("audit/readme.txt")})
	l.must(err)
	text, _ := io.ReadAll(object.Body)
	if !bytes.Contains(text, []byte("audit team")) {
		t.Errorf("object is %s", text)
	}
	_, err = l.s3(paymentsAccount, homeRegion).GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("archive-existing"), Key: aws.String("audit/readme.txt")})
	l.want(err, "AccessDenied")
}

// Operations and services that are not here answer with AWS's own error for that, never with success.
func TestNotImplemented(t *testing.T) {
	l := newLab(t)
	for _, test := range []struct{ service, method, url, body, target, code string }{
		{"ec2", "POST", "https://ec2.us-east-1.amazonaws.com/", "Action=RunInstances&Version=2016-11-15", "", "InvalidAction"},
		{"iam", "POST", "https://iam.amazonaws.com/", "Action=CreateUser&Version=2010-05-08", "", "InvalidAction"},
		{"sts", "POST", "https://sts.amazonaws.com/", "Action=GetSessionToken", "", "InvalidAction"},
		{"s3", "PUT", "https://s3.us-east-1.amazonaws.com/archive-existing?replication", "", "", "NotImplemented"},
		{"kms", "POST", "https://kms.us-east-1.amazonaws.com/", "{}", "TrentService.CreateGrant", "UnknownOperationException"},
		{"organizations", "POST", "https://organizations.us-east-1.amazonaws.com/", "{}", "AWSOrganizationsV20161128.CreateAccount", "UnknownOperationException"},
		{"logs", "POST", "https://logs.us-east-1.amazonaws.com/", "{}", "Logs_20140328.PutSubscriptionFilter", "UnknownOperationException"},
		{"cloudtrail", "POST", "https://cloudtrail.us-east-1.amazonaws.com/", "{}", "CloudTrail_20131101.CreateTrail", "UnknownOperationException"},
		{"lambda", "GET", "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions", "", "", "UnknownOperationException"},
	} {
		status, text := l.sendTarget(test.service, test.method, test.url, test.body, test.target)
		if status < 400 || !strings.Contains(text, test.code) {
			t.Errorf("%s %s %s: %d %s, want %s", test.service, test.url, test.body, status, text, test.code)
		}
	}
}

var _ http.Handler = (*Sandbox)(nil)
var _ http.RoundTripper = (*Sandbox)(nil)
