package awsops_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
)

const (
	management = "123456789012"
	archive    = "444455556666"
	payments   = "111122223333"
	memberRole = "OrganizationAccountAccessRole"
)

// backend is an AWS that the suite runs against.
type backend struct {
	cloud  *awsops.Cloud
	raw    func(account string) aws.Config // for what only a test does
	strict bool                            // enforces policies, keeps tags of CreateBucket, knows the world of the contract
}

func (b backend) in(t *testing.T, id string) *awsops.Account {
	t.Helper()
	by := awsops.Credentials{AssumeRole: memberRole}
	if id == management {
		by = awsops.Credentials{}
	}
	a, err := b.cloud.Account(t.Context(), id, "aws", by)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestOnTheEmbeddedAWS(t *testing.T) {
	world, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	key, secret := world.Credentials()
	cloud := open(t, awsops.Config{
		Embedded: world, EmbeddedKey: key, EmbeddedSecret: secret,
		EmbeddedProfiles: map[string]string{"log-archive": "arn:aws:iam::" + archive + ":role/" + memberRole},
	})
	suite(t, backend{cloud: cloud, strict: true, raw: func(account string) aws.Config {
		return rawConfig(t, cloud, account, "http://sandbox.invalid", &http.Client{Transport: world}, key, secret)
	}})

	t.Run("profiles lead into their accounts", func(t *testing.T) {
		if got := cloud.Profiles(); !slices.Equal(got, []string{"log-archive"}) {
			t.Errorf("profiles %v", got)
		}
		a, err := cloud.Account(t.Context(), archive, "aws", awsops.Credentials{Profile: "log-archive"})
		if err != nil || a.ID != archive || !strings.Contains(a.ARN, memberRole) {
			t.Errorf("%+v %v", a, err)
		}
		_, err = cloud.Account(t.Context(), archive, "aws", awsops.Credentials{Profile: "nobody"})
		var e *awsops.Error
		if !errors.As(err, &e) || !strings.Contains(e.Fix, "log-archive") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the reader can be asked", func(t *testing.T) {
		reader, ok := cloud.Reader(t.Context())
		if !ok || reader.Shows().Account != "999988887777" || reader.Shows().ExternalID != "xs-7f3a91" {
			t.Fatalf("%v", ok)
		}
		report, err := reader.Verify(t.Context(), awsops.ReaderRequest{AccountID: archive, RoleName: "nobody", ExternalID: "xs-7f3a91", BucketARN: "arn:aws:s3:::b"})
		if err != nil || report.OK || len(report.Checks) == 0 || report.Checks[0].OK || report.Checks[0].ID == "" || report.Checks[0].Code == "" {
			t.Errorf("%+v %v", report, err)
		}
		if _, err := reader.Verify(t.Context(), awsops.ReaderRequest{}); err == nil || !strings.Contains(err.Error(), "role_name is missing") {
			t.Errorf("got %v", err)
		}
	})
}

func TestOnTheServedSandboxThroughItsEnvironment(t *testing.T) {
	emptyEnvironment(t)
	world, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server, err := sandbox.Serve(t.Context(), world, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	environment, err := world.Environment(t.TempDir(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range environment {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
	key, secret := world.Credentials()
	cloud := open(t, awsops.Config{})
	suite(t, backend{cloud: cloud, strict: true, raw: func(account string) aws.Config {
		return rawConfig(t, cloud, account, server.URL, http.DefaultClient, key, secret)
	}})
	a, err := cloud.Account(t.Context(), archive, "aws", awsops.Credentials{Profile: "log-archive"})
	if err != nil || a.ID != archive {
		t.Errorf("%+v %v", a, err)
	}
}

func TestOnMoto(t *testing.T) {
	moto, err := exec.LookPath("moto_server")
	if err != nil {
		t.Skip("moto_server is not installed")
	}
	emptyEnvironment(t)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_ = free.Close()
	_, port, _ := net.SplitHostPort(address)
	process := exec.Command(moto, "-H", "127.0.0.1", "-p", port)
	process.Env = append(os.Environ(), "MOTO_IAM_LOAD_MANAGED_POLICIES=false")
	var output bytes.Buffer
	process.Stdout, process.Stderr = &output, &output
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
	})
	url := "http://" + address
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if response, err := http.Get(url + "/moto-api/"); err == nil {
			_ = response.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("moto_server does not answer:\n%s", output.String())
		}
	}
	t.Setenv("AWS_ENDPOINT_URL", url)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	cloud := open(t, awsops.Config{})
	suite(t, backend{cloud: cloud, raw: func(account string) aws.Config {
		return rawConfig(t, cloud, account, url, http.DefaultClient, "test", "test")
	}})
	if _, ok := cloud.Reader(t.Context()); ok {
		t.Error("moto has no portal")
	}
}

// rawConfig is the SDK itself in an account, entered like awsops enters it.
func rawConfig(t *testing.T, _ *awsops.Cloud, account, url string, client aws.HTTPClient, key, secret string) aws.Config {
	t.Helper()
	config := aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(url), HTTPClient: client,
		Credentials: credentials.NewStaticCredentialsProvider(key, secret, ""),
	}
	if account != management {
		config.Credentials = assume(t, config, account)
	}
	return config
}

// suite is what every backend must do alike.
func suite(t *testing.T, b backend) {
	t.Run("identity", func(t *testing.T) {
		id, err := b.cloud.Start(t.Context())
		if err != nil || id.Account != management || id.Partition != "aws" || id.Region != "us-east-1" {
			t.Errorf("%+v %v", id, err)
		}
		if a := b.in(t, archive); a.ID != archive || a.Partition != "aws" || !strings.Contains(a.ARN, ":assumed-role/"+memberRole+"/flowgrant-") {
			t.Errorf("%+v", a)
		}
		if b.strict {
			_, err := b.cloud.Account(t.Context(), archive, "aws", awsops.Credentials{AssumeRole: "Nobody"})
			if awsops.MeaningOf(err) != awsops.Denied {
				t.Errorf("got %v", err)
			}
		}
	})
	t.Run("buckets", func(t *testing.T) { buckets(t, b) })
	t.Run("objects", func(t *testing.T) { objects(t, b) })
	t.Run("roles", func(t *testing.T) { roles(t, b) })
	t.Run("managed policies", func(t *testing.T) { managedPolicies(t, b) })
	t.Run("keys", func(t *testing.T) { keys(t, b) })
	t.Run("flow logs", func(t *testing.T) { flowLogs(t, b) })
	t.Run("organization", func(t *testing.T) { organization(t, b) })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func buckets(t *testing.T, b backend) {
	ctx, home, name := t.Context(), b.in(t, archive), "suite-eu-bucket"
	got, err := home.Bucket(ctx, name, "us-east-1")
	if err != nil || got.State != awsops.BucketMissing {
		t.Fatalf("%+v %v", got, err)
	}
	must(t, home.CreateBucket(ctx, awsops.NewBucket{Name: name, Region: "eu-west-1", Tags: map[string]string{"flowgrant:setup": "suite", "a": "b c"}}))
	must(t, home.BlockPublicAccess(ctx, "eu-west-1", name))
	must(t, home.Encrypt(ctx, "eu-west-1", name, ""))
	must(t, home.Expire(ctx, "eu-west-1", name, "team/AWSLogs/", 30))
	for _, hint := range []string{"us-east-1", "eu-west-1", ""} {
		got, err = home.Bucket(ctx, name, hint)
		if err != nil || got.State != awsops.BucketOurs || got.Region != "eu-west-1" || got.Ownership != "BucketOwnerEnforced" || !got.PublicAccess.All() ||
			got.Encryption.Algorithm != "AES256" || got.Policy != "" || len(got.Unreadable) > 0 || (b.strict && (got.Tags["a"] != "b c" || got.Tags["flowgrant:setup"] != "suite")) {
			t.Errorf("looked for in %q: %+v %v", hint, got, err)
		}
	}
	if days, err := home.Expiry(ctx, "eu-west-1", name); err != nil || days != 30 {
		t.Errorf("expires after %d days, %v", days, err)
	}
	err = home.CreateBucket(ctx, awsops.NewBucket{Name: name, Region: "eu-west-1"})
	if awsops.MeaningOf(err) != awsops.AlreadyExists {
		t.Errorf("made twice: %v", err)
	}
	document := `{"Version":"2012-10-17","Statement":[{"Sid":"W","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::` + name + `/AWSLogs/*"}]}`
	must(t, home.PutBucketPolicy(ctx, "eu-west-1", name, document))
	if text, err := home.BucketPolicy(ctx, "eu-west-1", name); err != nil || !strings.Contains(text, "delivery.logs.amazonaws.com") {
		t.Errorf("%s %v", text, err)
	}
	must(t, home.DeleteBucketPolicy(ctx, "eu-west-1", name))
	if text, err := home.BucketPolicy(ctx, "eu-west-1", name); err != nil || text != "" {
		t.Errorf("%q %v", text, err)
	}
	names, err := home.Buckets(ctx)
	if err != nil || !slices.ContainsFunc(names, func(n awsops.BucketName) bool { return n.Name == name && (n.Region == "eu-west-1" || !b.strict) }) {
		t.Errorf("%v %v", names, err)
	}
	if b.strict {
		foreign, err := b.in(t, payments).Bucket(ctx, name, "us-east-1")
		if err != nil || foreign.State != awsops.BucketForeign || foreign.Region != "eu-west-1" {
			t.Errorf("of another account: %+v %v", foreign, err)
		}
		if err := b.in(t, payments).CreateBucket(ctx, awsops.NewBucket{Name: name, Region: "us-east-1"}); awsops.MeaningOf(err) != awsops.AlreadyExists {
			t.Errorf("taken by another account: %v", err)
		}
		if err := b.in(t, payments).PutBucketPolicy(ctx, "eu-west-1", name, document); awsops.MeaningOf(err) != awsops.Denied {
			t.Errorf("the policy of a foreign bucket: %v", err)
		}
		if err := home.PutBucketPolicy(ctx, "eu-west-1", name, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:role/none"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::`+name+`/*"}]}`); awsops.MeaningOf(err) != awsops.Invalid {
			t.Errorf("a principal that does not exist: %v", err)
		}
	}
	home2, us := b.in(t, archive), "suite-us-bucket"
	must(t, home2.CreateBucket(ctx, awsops.NewBucket{Name: us, Region: "us-east-1", Tags: map[string]string{"k": "v"}}))
	if got, err := home2.Bucket(ctx, us, "eu-west-1"); err != nil || got.Region != "us-east-1" || (b.strict && got.Tags["k"] != "v") {
		t.Errorf("%+v %v", got, err)
	}
}

func objects(t *testing.T, b backend) {
	ctx, home, name := t.Context(), b.in(t, archive), "suite-objects"
	must(t, home.CreateBucket(ctx, awsops.NewBucket{Name: name, Region: "us-east-1"}))
	raw := s3.NewFromConfig(b.raw(archive), func(o *s3.Options) { o.UsePathStyle = true })
	for i := range 5 {
		_, err := raw.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(name), Key: aws.String(fmt.Sprintf("AWSLogs/1 +é/%d", i)), Body: strings.NewReader("hello")})
		must(t, err)
	}
	page, err := home.Objects(ctx, "us-east-1", name, "AWSLogs/", "", 2)
	if err != nil || len(page) != 2 || page[0].Key != "AWSLogs/1 +é/0" || page[0].Size != 5 || time.Since(page[0].Modified).Abs() > time.Hour {
		t.Fatalf("%+v %v", page, err)
	}
	page, err = home.Objects(ctx, "us-east-1", name, "AWSLogs/", page[1].Key, 1000)
	if err != nil || len(page) != 3 || page[0].Key != "AWSLogs/1 +é/2" {
		t.Errorf("%+v %v", page, err)
	}
	body, err := home.OpenObject(ctx, "us-east-1", name, page[0].Key)
	must(t, err)
	text, err := io.ReadAll(body)
	if _ = body.Close(); err != nil || string(text) != "hello" {
		t.Errorf("%q %v", text, err)
	}
	if _, err := home.OpenObject(ctx, "us-east-1", name, "nothing"); awsops.MeaningOf(err) != awsops.NotFound {
		t.Errorf("got %v", err)
	}
	if _, err := home.Objects(ctx, "us-east-1", "suite-none", "", "", 1); awsops.MeaningOf(err) != awsops.NotFound {
		t.Errorf("got %v", err)
	}
	if b.strict {
		if _, err := b.in(t, payments).OpenObject(ctx, "us-east-1", name, page[0].Key); awsops.MeaningOf(err) != awsops.Denied {
			t.Errorf("got %v", err)
		}
	}
}

const trustEC2 = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

func roles(t *testing.T, b backend) {
	ctx, a, name := t.Context(), b.in(t, archive), "SuiteRole"
	if _, err := a.Role(ctx, name); awsops.MeaningOf(err) != awsops.NotFound {
		t.Fatalf("got %v", err)
	}
	made, err := a.CreateRole(ctx, awsops.NewRole{Name: name, Trust: trustEC2, Description: "for the suite", Tags: map[string]string{"flowgrant:setup": "suite"}, MaxSession: 7200})
	if err != nil || made.ARN != "arn:aws:iam::"+archive+":role/"+name || made.Trust != trustEC2 || made.Tags["flowgrant:setup"] != "suite" || made.ID == "" {
		t.Fatalf("%+v %v", made, err)
	}
	if _, err := a.CreateRole(ctx, awsops.NewRole{Name: name, Trust: trustEC2}); awsops.MeaningOf(err) != awsops.AlreadyExists {
		t.Errorf("made twice: %v", err)
	}
	// Every character that URL encoding might change must come back.
	tricky := `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/a+b%20c é/*"}]}`
	must(t, a.PutInline(ctx, name, "zweite", tricky))
	must(t, a.PutInline(ctx, name, "erste", tricky))
	trust := strings.Replace(trustEC2, "ec2.", "lambda.", 1)
	must(t, a.PutTrust(ctx, name, trust))
	role, err := a.Role(ctx, name)
	if err != nil || role.Trust != trust || role.Description != "for the suite" || role.Path != "/" || role.Boundary != "" || role.Tags["flowgrant:setup"] != "suite" ||
		len(role.Inline) != 2 || role.Inline[0].Name != "erste" || role.Inline[1].Document != tricky || role.Stack != "" {
		t.Errorf("%+v %v", role, err)
	}
	if b.strict && len(role.Unreadable) > 0 {
		t.Errorf("unreadable %v", role.Unreadable)
	}
	all, err := a.Roles(ctx)
	if err != nil || !slices.ContainsFunc(all, func(r awsops.RoleSummary) bool { return r.Name == name && r.Trust == trust && r.ARN == role.ARN }) {
		t.Errorf("%v %v", all, err)
	}
	if err := a.DeleteRole(ctx, name); awsops.MeaningOf(err) != awsops.Conflict {
		t.Errorf("deleted with policies inside: %v", err)
	}
	must(t, a.DeleteInline(ctx, name, "erste"))
	must(t, a.DeleteInline(ctx, name, "zweite"))
	must(t, a.DeleteRole(ctx, name))
	if err := a.DeleteRole(ctx, name); awsops.MeaningOf(err) != awsops.NotFound {
		t.Errorf("deleted twice: %v", err)
	}
	if b.strict {
		_, err := a.CreateRole(ctx, awsops.NewRole{Name: name, Trust: strings.Replace(trustEC2, `"Service":"ec2.amazonaws.com"`, `"AWS":"arn:aws:iam::999988887777:role/none"`, 1)})
		if awsops.MeaningOf(err) != awsops.Invalid || !strings.Contains(err.Error(), "Invalid principal") {
			t.Errorf("a principal that does not exist: %v", err)
		}
	}
}

func managedPolicies(t *testing.T, b backend) {
	ctx, a, name := t.Context(), b.in(t, archive), "SuitePolicyRole"
	_, err := a.CreateRole(ctx, awsops.NewRole{Name: name, Trust: trustEC2})
	must(t, err)
	document := func(bucket string) string {
		return `{"Version":"2012-10-17","Statement":[{"Sid":"L","Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::` + bucket + `"}]}`
	}
	arn, err := a.CreatePolicy(ctx, awsops.NewPolicy{Name: "SuitePolicy", Document: document("one"), Tags: map[string]string{"k": "v"}})
	if err != nil || arn != "arn:aws:iam::"+archive+":policy/SuitePolicy" {
		t.Fatalf("%s %v", arn, err)
	}
	must(t, a.AttachPolicy(ctx, name, arn))
	for i := 2; i <= 5; i++ {
		id, err := a.CreatePolicyVersion(ctx, arn, document(fmt.Sprint("bucket-", i)))
		if err != nil || id != fmt.Sprint("v", i) {
			t.Fatalf("%s %v", id, err)
		}
	}
	if _, err := a.CreatePolicyVersion(ctx, arn, document("six")); awsops.MeaningOf(err) != awsops.Limit {
		t.Errorf("a sixth version: %v", err)
	}
	role, err := a.Role(ctx, name)
	if err != nil || len(role.Attached) != 1 {
		t.Fatalf("%+v %v", role, err)
	}
	p := role.Attached[0]
	if p.Name != "SuitePolicy" || p.ARN != arn || p.AWS || p.Default != "v5" || p.Document != document("bucket-5") || p.Attachments != 1 || p.Tags["k"] != "v" {
		t.Errorf("%+v", p)
	}
	versions, err := a.PolicyVersions(ctx, arn)
	if err != nil || len(versions) != 5 || versions[0].ID != "v1" || versions[0].Default || !versions[4].Default {
		t.Errorf("%+v %v", versions, err)
	}
	if text, err := a.PolicyVersionDocument(ctx, arn, "v1"); err != nil || text != document("one") {
		t.Errorf("%s %v", text, err)
	}
	if err := a.DeletePolicyVersion(ctx, arn, "v5"); awsops.MeaningOf(err) != awsops.Conflict {
		t.Errorf("the default version: %v", err)
	}
	for _, id := range []string{"v1", "v2", "v3", "v4"} {
		must(t, a.DeletePolicyVersion(ctx, arn, id))
	}
	must(t, a.DetachPolicy(ctx, name, arn))
	must(t, a.DeletePolicy(ctx, arn))
	if _, err := a.Policy(ctx, arn); awsops.MeaningOf(err) != awsops.NotFound {
		t.Errorf("got %v", err)
	}
	must(t, a.DeleteRole(ctx, name))
	if b.strict {
		p, err := a.Policy(ctx, "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
		if err != nil || !p.AWS || !strings.Contains(p.Document, "Statement") {
			t.Errorf("%+v %v", p, err)
		}
	}
}

func keys(t *testing.T, b backend) {
	ctx, a := t.Context(), b.in(t, archive)
	arn := ""
	if b.strict {
		key, err := a.Key(ctx, "arn:aws:kms:us-east-1:"+archive+":alias/flow-logs")
		must(t, err)
		arn = key.ARN
	} else {
		made, err := kms.NewFromConfig(b.raw(archive)).CreateKey(ctx, &kms.CreateKeyInput{})
		must(t, err)
		arn = aws.ToString(made.KeyMetadata.Arn)
	}
	key, err := a.Key(ctx, arn)
	if err != nil || key.ARN != arn || key.Account != archive || key.Region != "us-east-1" || key.Manager != "CUSTOMER" || key.State != "Enabled" ||
		key.Denied != nil || !strings.Contains(key.Policy, "arn:aws:iam::"+archive+":root") {
		t.Fatalf("%+v %v", key, err)
	}
	changed := strings.Replace(key.Policy, `"Statement"`, `"Id":"suite","Statement"`, 1)
	if strings.Contains(key.Policy, `"Id"`) {
		changed = strings.Replace(key.Policy, `"Id"`, `"Version" : "2012-10-17", "Id"`, 1)
		changed = strings.Replace(changed, `"Version":"2012-10-17",`, "", 1)
	}
	must(t, a.PutKeyPolicy(ctx, arn, changed))
	if text, err := a.KeyPolicy(ctx, arn); err != nil || text == "" {
		t.Errorf("%s %v", text, err)
	}
	if b.strict {
		err := a.PutKeyPolicy(ctx, arn, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"kms:Encrypt","Resource":"*"}]}`)
		var e *awsops.Error
		if !errors.As(err, &e) || e.Meaning != awsops.Invalid || e.Fix == "" {
			t.Errorf("a lockout: %v", err)
		}
		if _, err := b.in(t, payments).Key(ctx, arn); awsops.MeaningOf(err) != awsops.Denied && awsops.MeaningOf(err) != awsops.NotFound {
			t.Errorf("of another account: %v", err)
		}
	}
	if _, err := a.Key(ctx, "arn:aws:kms:us-east-1:"+archive+":key/00000000-0000-0000-0000-000000000000"); awsops.MeaningOf(err) != awsops.NotFound {
		t.Errorf("got %v", err)
	}
}

const format = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status} ${tcp-flags}"

func flowLogs(t *testing.T, b backend) {
	ctx, home, a := t.Context(), b.in(t, archive), b.in(t, payments)
	regions, err := a.Regions(ctx)
	if err != nil || !slices.Contains(regions, "us-east-1") || !slices.IsSorted(regions) {
		t.Fatalf("%v %v", regions, err)
	}
	vpcs, err := a.VPCs(ctx, "us-east-1")
	if err != nil || len(vpcs) == 0 || vpcs[0].Region != "us-east-1" || vpcs[0].CIDR == "" || vpcs[0].Interfaces < 0 {
		t.Fatalf("%+v %v", vpcs, err)
	}
	if b.strict && (len(vpcs) < 2 || !slices.ContainsFunc(vpcs, func(v awsops.VPC) bool { return v.Name == "payments-prod" && v.Interfaces == 4 })) {
		t.Errorf("%+v", vpcs)
	}
	must(t, home.CreateBucket(ctx, awsops.NewBucket{Name: "suite-flow", Region: "us-east-1"}))
	destination := "arn:aws:s3:::suite-flow"
	if b.strict {
		destination += "/team/"
		must(t, home.PutBucketPolicy(ctx, "us-east-1", "suite-flow", `{"Version":"2012-10-17","Statement":[{"Sid":"W","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::suite-flow/*"},{"Sid":"A","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::suite-flow"}]}`))
	}
	wanted := awsops.NewFlowLogs{
		VPCs: []string{vpcs[0].ID}, Traffic: "ALL", Destination: destination, Format: format, Interval: 60,
		Tags: map[string]string{"flowgrant:setup": "suite"}, ClientToken: "suite-1",
	}
	ids, err := a.CreateFlowLogs(ctx, "us-east-1", wanted)
	if err != nil || len(ids) != 1 || !strings.HasPrefix(ids[0], "fl-") {
		t.Fatalf("%v %v", ids, err)
	}
	logs, err := a.FlowLogs(ctx, "us-east-1")
	i := slices.IndexFunc(logs, func(l awsops.FlowLog) bool { return l.ID == ids[0] })
	if err != nil || i < 0 {
		t.Fatalf("%+v %v", logs, err)
	}
	l := logs[i]
	if l.ResourceID != vpcs[0].ID || l.Region != "us-east-1" || l.Traffic != "ALL" || l.DestinationType != "s3" || l.Bucket != "suite-flow" || l.Format != format ||
		l.Interval != 60 || l.Parquet || l.Hive || l.Hourly || l.Tags["flowgrant:setup"] != "suite" || l.Created.IsZero() || (b.strict && l.Prefix != "team") {
		t.Errorf("%+v", l)
	}

	missing := wanted
	missing.Destination, missing.ClientToken = "arn:aws:s3:::suite-no-such-bucket", "suite-2"
	made, err := a.CreateFlowLogs(ctx, "us-east-1", missing)
	var partial *awsops.PartialError
	if !errors.As(err, &partial) || len(made) != 0 || len(partial.Failed) != 1 || partial.Failed[0].ID != vpcs[0].ID || partial.Failed[0].Fix == "" {
		t.Errorf("%v %v", made, err)
	} else if m := awsops.MeaningOf(err); m != awsops.NotFound && m != awsops.Denied {
		t.Errorf("means %q: %v", m, err)
	}
	nowhere := wanted
	nowhere.VPCs, nowhere.ClientToken = []string{"vpc-00000000000000000"}, "suite-3"
	if _, err := a.CreateFlowLogs(ctx, "us-east-1", nowhere); awsops.MeaningOf(err) != awsops.NotFound {
		t.Errorf("a VPC that is not there: %v", err)
	}
	must(t, a.DeleteFlowLogs(ctx, "us-east-1", ids))
	if err := a.DeleteFlowLogs(ctx, "us-east-1", ids); awsops.MeaningOf(err) != awsops.NotFound {
		t.Errorf("deleted twice: %v", err)
	}
}

func organization(t *testing.T, b backend) {
	ctx, a := t.Context(), b.in(t, management)
	if !b.strict {
		if id, err := a.Organization(ctx); awsops.MeaningOf(err) != awsops.NotFound {
			t.Errorf("in no organization: %s %v", id, err)
		}
		return
	}
	if id, err := a.Organization(ctx); err != nil || id != "o-sandbox001" {
		t.Errorf("%s %v", id, err)
	}
	accounts, err := a.OrganizationAccounts(ctx)
	if err != nil || !slices.Contains(accounts, awsops.OrganizationAccount{ID: archive, Name: "Log archive", State: "ACTIVE"}) {
		t.Errorf("%+v %v", accounts, err)
	}
	if _, err := b.in(t, payments).OrganizationAccounts(ctx); awsops.MeaningOf(err) != awsops.Denied {
		t.Errorf("a member lists: %v", err)
	}
}

func TestDeniedPartsAreTold(t *testing.T) {
	var faults []sandbox.Fault
	for _, operation := range []string{"s3:GetBucketPolicy", "s3:GetBucketTagging", "iam:ListRolePolicies", "kms:GetKeyPolicy", "ec2:DescribeNetworkInterfaces"} {
		fault, err := sandbox.ParseFault(operation + "=deny")
		must(t, err)
		faults = append(faults, fault)
	}
	world, err := sandbox.Open(sandbox.Options{Faults: faults})
	must(t, err)
	key, secret := world.Credentials()
	b := backend{cloud: open(t, awsops.Config{Embedded: world, EmbeddedKey: key, EmbeddedSecret: secret})}
	ctx, a := t.Context(), b.in(t, archive)

	bucket, err := a.Bucket(ctx, "archive-existing", "us-east-1")
	if err != nil || bucket.State != awsops.BucketOurs || !bucket.PublicAccess.All() || bucket.Tags != nil || len(bucket.Unreadable) != 2 {
		t.Errorf("%+v %v", bucket, err)
	}
	for _, err := range bucket.Unreadable {
		if e, ok := err.(*awsops.Error); !ok || e.Meaning != awsops.Denied || !strings.Contains(e.Fix, "the role "+memberRole+" of account "+archive) {
			t.Errorf("%v", err)
		}
	}
	role, err := a.Role(ctx, memberRole)
	if err != nil || len(role.Attached) != 1 || len(role.Unreadable) != 1 || !strings.Contains(role.Unreadable[0].Error(), "iam:ListRolePolicies") {
		t.Errorf("%+v %v", role, err)
	}
	k, err := a.Key(ctx, "arn:aws:kms:us-east-1:"+archive+":alias/flow-logs")
	if err != nil || k.Denied == nil || k.Policy != "" || k.State != "Enabled" {
		t.Errorf("%+v %v", k, err)
	}
	vpcs, err := b.in(t, payments).VPCs(ctx, "us-east-1")
	if err != nil || len(vpcs) == 0 || vpcs[0].Interfaces != -1 {
		t.Errorf("%+v %v", vpcs, err)
	}
}

// TestReadsCostTheFewestCalls holds the reads that a plan is made of to what they must cost.
func TestReadsCostTheFewestCalls(t *testing.T) {
	world, err := sandbox.Open(sandbox.Options{})
	must(t, err)
	key, secret := world.Credentials()
	var log bytes.Buffer
	b := backend{cloud: open(t, awsops.Config{Embedded: world, EmbeddedKey: key, EmbeddedSecret: secret, CallLog: &log})}
	home, workload := b.in(t, archive), b.in(t, payments)
	for _, c := range []struct {
		name  string
		calls int
		do    func(context.Context) error
	}{
		{"a missing bucket", 1, func(ctx context.Context) error { _, err := home.Bucket(ctx, "suite-missing", "us-east-1"); return err }},
		{"an own bucket", 6, func(ctx context.Context) error {
			_, err := home.Bucket(ctx, "archive-existing", "us-east-1")
			return err
		}},
		{"an own bucket looked for elsewhere", 7, func(ctx context.Context) error {
			_, err := home.Bucket(ctx, "archive-existing", "eu-west-1")
			return err
		}},
		{"a foreign bucket", 1, func(ctx context.Context) error {
			_, err := workload.Bucket(ctx, "archive-existing", "us-east-1")
			return err
		}},
		{"a missing role", 1, func(ctx context.Context) error { _, err := home.Role(ctx, "none"); return notFound(err) }},
		{"VPCs", 2, func(ctx context.Context) error { _, err := workload.VPCs(ctx, "us-east-1"); return err }},
		{"flow logs", 1, func(ctx context.Context) error { _, err := workload.FlowLogs(ctx, "us-east-1"); return err }},
		{"accounts entered already", 0, func(ctx context.Context) error {
			_, err := b.cloud.Account(ctx, archive, "aws", awsops.Credentials{AssumeRole: memberRole})
			return err
		}},
	} {
		log.Reset()
		if err := c.do(t.Context()); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if n := strings.Count(log.String(), "\n"); n != c.calls {
			t.Errorf("%s: %d calls, want %d:\n%s", c.name, n, c.calls, log.String())
		}
	}
}

func notFound(err error) error {
	if awsops.MeaningOf(err) == awsops.NotFound {
		return nil
	}
	return err
}
