package awsops_test

import (
	"bytes"
	"errors"
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
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(50 * time.Millisecond) {
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
		if a := b.in(t, archive); a.ID != archive || a.Partition != "aws" || !strings.Contains(a.ARN, ":assumed-role/"+memberRole+"/flowgrant") {
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
