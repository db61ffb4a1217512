package awsops_test

import (
	"context"
	"encoding/pem"
	"errors"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
)

// emptyEnvironment takes away everything that AWS clients look at; files are in the directory it returns.
func emptyEnvironment(t *testing.T) string {
	t.Helper()
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AWS_") || strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			t.Setenv(name, "")
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(home, "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(home, "credentials"))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	return home
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, c awsops.Config) *awsops.Cloud {
	t.Helper()
	cloud, err := awsops.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return cloud
}

func TestNoCredentialsSaysSoSoonAndNamesTheWaysOut(t *testing.T) {
	for _, c := range []struct{ name, endpoint string }{
		{"metadata disabled", ""},
		{"metadata that never answers", "silent"},
		{"metadata that refuses", "http://127.0.0.1:1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := emptyEnvironment(t)
			write(t, filepath.Join(home, "config"), "[profile audit]\nregion = eu-west-1\n[profile payments]\n")
			switch c.endpoint {
			case "silent": // accepts and says nothing, like a dropped route that does not even refuse
				silent, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = silent.Close() }()
				t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://"+silent.Addr().String())
				t.Setenv("AWS_EC2_METADATA_DISABLED", "")
			case "":
			default:
				t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", c.endpoint)
				t.Setenv("AWS_EC2_METADATA_DISABLED", "")
			}
			start := time.Now()
			_, err := open(t, awsops.Config{}).Start(t.Context())
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("took %v", took)
			}
			var e *awsops.Error
			if !errors.As(err, &e) || e.Meaning != awsops.Expired {
				t.Fatalf("got %v", err)
			}
			for _, way := range []string{"aws configure sso", "aws login", "--profile", "--sandbox", "audit, payments"} {
				if !strings.Contains(e.Fix, way) {
					t.Errorf("fix %q lacks %q", e.Fix, way)
				}
			}
		})
	}
}

func TestConfigurationFaultsNameTheProfileAndTheCommand(t *testing.T) {
	for _, c := range []struct {
		name, profile, fix string
		meaning            awsops.Meaning
	}{
		{"missing profile", "nobody", "profile that exists (there are: corp, needs-mfa, session)", awsops.Expired},
		{"SSO never logged in", "corp", "`aws sso login --profile corp`", awsops.Expired},
		{"aws login never done", "session", "`aws login --profile session`", awsops.Expired},
		{"MFA and nobody to ask", "needs-mfa", "on a terminal", awsops.Expired},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := emptyEnvironment(t)
			write(t, filepath.Join(home, "config"), `
[sso-session corp]
sso_start_url = https://corp.example/start
sso_region = us-east-1
[profile corp]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Admin
[profile session]
login_session = arn:aws:iam::111122223333:user/me
[profile needs-mfa]
role_arn = arn:aws:iam::111122223333:role/Admin
credential_source = Environment
mfa_serial = arn:aws:iam::123456789012:mfa/me
`)
			t.Setenv("AWS_ACCESS_KEY_ID", "AKIASTART")
			t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
			cloud, err := awsops.Open(t.Context(), awsops.Config{Profile: c.profile})
			if err == nil {
				_, err = cloud.Start(t.Context())
			}
			var e *awsops.Error
			if !errors.As(err, &e) || e.Meaning != c.meaning || !strings.Contains(e.Fix, c.fix) {
				t.Errorf("got %v\nfix %q lacks %q", err, e.Fix, c.fix)
			}
		})
	}
}

func TestMFACodesAreAskedForAndSent(t *testing.T) {
	home := emptyEnvironment(t)
	server := newSTS(t, httptest.NewServer)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIASTART")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	write(t, filepath.Join(home, "config"), `[profile needs-mfa]
role_arn = arn:aws:iam::111122223333:role/Admin
credential_source = Environment
mfa_serial = arn:aws:iam::123456789012:mfa/me
`)
	asked := ""
	cloud := open(t, awsops.Config{MFACode: func(_ context.Context, serial string) (string, error) {
		asked = serial
		return " 123456\n", nil
	}})
	a, err := cloud.Account(t.Context(), "111122223333", "aws", awsops.Credentials{Profile: "needs-mfa"})
	if err != nil || a.ID != "111122223333" {
		t.Fatalf("%v %v", a, err)
	}
	in := server.requests[0]
	if asked != "arn:aws:iam::123456789012:mfa/me" || in["SerialNumber"] != asked || in["TokenCode"] != "123456" || in["DurationSeconds"] != "3600" {
		t.Errorf("asked %q, sent %v", asked, in)
	}

	refused := open(t, awsops.Config{Profile: "needs-mfa", MFACode: func(context.Context, string) (string, error) { return "", errors.New("given up") }})
	if _, err := refused.Start(t.Context()); awsops.MeaningOf(err) != awsops.Expired || !strings.Contains(err.Error(), "given up") {
		t.Errorf("got %v", err)
	}
}

func TestRegionProfilesAndFilesComeFromTheUsualPlaces(t *testing.T) {
	home := emptyEnvironment(t)
	if got := open(t, awsops.Config{}).Region(); got != "us-east-1" {
		t.Errorf("with nothing set: %s", got)
	}
	write(t, filepath.Join(home, "config"), "[default]\nregion=eu-north-1\n[profile  audit ]\nregion = eu-west-1\n[sso-session x]\n[profile two]\n#[profile gone]\n")
	write(t, filepath.Join(home, "credentials"), "[audit]\naws_access_key_id = AKIAPAYMENTS\naws_secret_access_key = s\n[keys-only]\n")
	if got := open(t, awsops.Config{}).Region(); got != "eu-north-1" {
		t.Errorf("of the default profile: %s", got)
	}
	if got := open(t, awsops.Config{Profile: "audit"}).Region(); got != "eu-west-1" {
		t.Errorf("of --profile: %s", got)
	}
	t.Setenv("AWS_PROFILE", "audit")
	cloud := open(t, awsops.Config{})
	if got := cloud.Region(); got != "eu-west-1" {
		t.Errorf("of AWS_PROFILE: %s", got)
	}
	if got := strings.Join(cloud.Profiles(), " "); got != "audit default keys-only two" {
		t.Errorf("profiles %q", got)
	}
	t.Setenv("AWS_REGION", "ap-south-1")
	if got := open(t, awsops.Config{}).Region(); got != "ap-south-1" {
		t.Errorf("of AWS_REGION: %s", got)
	}
	if got := open(t, awsops.Config{Region: "sa-east-1"}).Region(); got != "sa-east-1" {
		t.Errorf("of --region: %s", got)
	}

	server := newSTS(t, httptest.NewServer)
	t.Setenv("AWS_ENDPOINT_URL_STS", server.URL)
	id, err := open(t, awsops.Config{Version: "1.2.3"}).Start(t.Context())
	if err != nil || id.Account != "111122223333" || id.Profile != "audit" || id.Partition != "aws" || id.Region != "ap-south-1" {
		t.Errorf("identity %+v, %v", id, err)
	}
	if server.regions[0] != "ap-south-1" || !strings.Contains(server.agents[0], "app/flowgrant-1.2.3") {
		t.Errorf("signed for %s by %s", server.regions[0], server.agents[0])
	}
}

// TestWithoutAProfile takes the default credentials although the environment names a profile, even one that does not exist.
func TestWithoutAProfile(t *testing.T) {
	home := t.TempDir()
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(home, "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(home, "none"))
	t.Setenv("AWS_PROFILE", "gone")
	write(t, filepath.Join(home, "config"), "[default]\nregion=eu-north-1\n[profile two]\n")
	if _, err := awsops.Open(t.Context(), awsops.Config{}); err == nil {
		t.Error("a profile that does not exist was taken")
	}
	want := awsops.Profiles{Names: []string{"default", "two"}, Files: []string{filepath.Join(home, "config"), filepath.Join(home, "none")}, Named: "gone"}
	if got := awsops.SharedProfiles(); !reflect.DeepEqual(got, want) {
		t.Errorf("profiles %+v, want %+v", got, want)
	}
	if got := open(t, awsops.Config{Unnamed: true}).Region(); got != "eu-north-1" {
		t.Errorf("without a profile, region %q", got)
	}
}

func TestTheCABundleIsHonoured(t *testing.T) {
	home := emptyEnvironment(t)
	server := newSTS(t, httptest.NewTLSServer)
	server.Config.ErrorLog = nil
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIASTART")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	bundle := filepath.Join(home, "ca.pem")
	write(t, bundle, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	t.Setenv("AWS_CA_BUNDLE", bundle)
	if _, err := open(t, awsops.Config{}).Start(t.Context()); err != nil {
		t.Errorf("with the bundle: %v", err)
	}
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		if _, err := awsops.Open(b.Context(), awsops.Config{}); err != nil {
			b.Fatal(err)
		}
	}
}
