package awsops_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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

// stsServer plays STS: one account per access key, and AssumeRole into any account.
type stsServer struct {
	*httptest.Server
	mu       sync.Mutex
	requests []map[string]string
	agents   []string
	regions  []string
	delay    time.Duration
	deny     atomic.Bool
}

func newSTS(t *testing.T, start func(http.Handler) *httptest.Server) *stsServer {
	t.Helper()
	s := &stsServer{}
	s.Server = start(http.HandlerFunc(s.answer))
	t.Cleanup(s.Close)
	return s
}

func (s *stsServer) answer(w http.ResponseWriter, r *http.Request) {
	in := form(r)
	// Credential=KEY/DATE/REGION/sts/aws4_request
	scope := strings.Split(strings.TrimPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential="), "/")
	s.mu.Lock()
	s.requests = append(s.requests, in)
	s.agents = append(s.agents, r.Header.Get("User-Agent"))
	s.regions = append(s.regions, scope[2])
	s.mu.Unlock()
	time.Sleep(s.delay)
	switch {
	case in["Action"] == "GetCallerIdentity":
		account := map[string]string{"AKIAPAYMENTS": "111122223333", "ASIA111122223333": "111122223333"}[scope[0]]
		if account == "" {
			account = "123456789012"
		}
		w.Header().Set("X-Amzn-Requestid", "req-identity")
		_, _ = io.WriteString(w, strings.ReplaceAll(callerIdentity, "123456789012", account))
	case s.deny.Load():
		w.WriteHeader(403)
		_, _ = io.WriteString(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/admin is not authorized to perform: sts:AssumeRole on resource: `+in["RoleArn"]+`</Message></Error><RequestId>req-deny</RequestId></ErrorResponse>`)
	default:
		part := strings.Split(in["RoleArn"], ":")
		name := part[5][strings.LastIndex(part[5], "/")+1:]
		_, _ = fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser>
<Arn>arn:aws:sts::%s:assumed-role/%s/%s</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>ASIA%s</AccessKeyId>
<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			part[4], name, in["RoleSessionName"], part[4], time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}
}

// asked counts the requests of an action.
func (s *stsServer) asked(action string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.requests {
		if r["Action"] == action {
			n++
		}
	}
	return n
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
			if took := time.Since(start); took > 4*time.Second {
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

func TestAnAccountIsEnteredOnceHoweverManyAsk(t *testing.T) {
	emptyEnvironment(t)
	server := newSTS(t, httptest.NewServer)
	server.delay = 20 * time.Millisecond
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIASTART")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	cloud := open(t, awsops.Config{})

	abandonedCtx, giveUp := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { // whoever gives up must not take the others along
		_, _ = cloud.Account(abandonedCtx, "111122223333", "", awsops.Credentials{AssumeRole: "OrganizationAccountAccessRole"})
	})
	entered := make([]*awsops.Account, 50)
	for i := range entered {
		wg.Go(func() {
			var err error
			if entered[i], err = cloud.Account(t.Context(), "111122223333", "", awsops.Credentials{AssumeRole: "OrganizationAccountAccessRole"}); err != nil {
				t.Error(err)
			}
			if _, err := cloud.Account(t.Context(), "123456789012", "", awsops.Credentials{}); err != nil {
				t.Error(err)
			}
		})
	}
	time.AfterFunc(5*time.Millisecond, giveUp)
	wg.Wait()
	if t.Failed() {
		return
	}
	for _, a := range entered {
		if a != entered[0] {
			t.Fatal("entered more than once")
		}
	}
	a := entered[0]
	if a.ID != "111122223333" || a.Partition != "aws" || !strings.HasPrefix(a.ARN, "arn:aws:sts::111122223333:assumed-role/OrganizationAccountAccessRole/flowgrant-") {
		t.Errorf("account %+v", a)
	}
	if n := server.asked("AssumeRole"); n > 2 { // the second only where the first was given up
		t.Errorf("AssumeRole was called %d times", n)
	}
	if n := server.asked("GetCallerIdentity"); n > 2 {
		t.Errorf("GetCallerIdentity was called %d times", n)
	}
	if i := slices.IndexFunc(server.requests, func(r map[string]string) bool { return r["Action"] == "AssumeRole" }); server.requests[i]["DurationSeconds"] != "3600" {
		t.Errorf("asked for %v", server.requests[i])
	}
}

func TestWrongAccountAndRefusedRole(t *testing.T) {
	emptyEnvironment(t)
	server := newSTS(t, httptest.NewServer)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIASTART")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	cloud := open(t, awsops.Config{})

	_, err := cloud.Account(t.Context(), "444455556666", "aws", awsops.Credentials{})
	var e *awsops.Error
	if !errors.As(err, &e) || e.Meaning != awsops.WrongAccount {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{"123456789012", "444455556666", "arn:aws:iam::123456789012:user/admin"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %s", err, part)
		}
	}
	if !strings.Contains(e.Fix, "assume_role") || !strings.Contains(e.Fix, "--profile") {
		t.Errorf("fix %q", e.Fix)
	}

	server.deny.Store(true)
	_, err = cloud.Account(t.Context(), "444455556666", "aws", awsops.Credentials{AssumeRole: "Nobody"})
	if !errors.As(err, &e) || e.Meaning != awsops.Denied || e.Operation != "sts:AssumeRole" || e.RequestID != "req-deny" ||
		e.Target != "arn:aws:iam::444455556666:role/Nobody" || !strings.Contains(e.Fix, "trust policy admits arn:aws:iam::123456789012:user/admin") {
		t.Errorf("got %v, fix %q", err, e.Fix)
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

func TestAnEndpointThatIsNotThereIsUnreachable(t *testing.T) {
	emptyEnvironment(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	t.Setenv("AWS_ENDPOINT_URL", gone.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIASTART")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := open(t, awsops.Config{}).Start(ctx)
	var e *awsops.Error
	if !errors.As(err, &e) || e.Meaning != awsops.Unreachable || !strings.Contains(e.Fix, "AWS_ENDPOINT_URL") {
		t.Errorf("got %v", err)
	}
}

func TestCallsInFlightAreBoundedAndConnectionsReused(t *testing.T) {
	emptyEnvironment(t)
	var inFlight, most, connections atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := inFlight.Add(1)
		defer inFlight.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		if form(r)["Action"] == "GetCallerIdentity" {
			_, _ = io.WriteString(w, callerIdentity)
			return
		}
		time.Sleep(5 * time.Millisecond)
		w.Header().Set("X-Amz-Bucket-Region", "us-east-1")
		w.WriteHeader(http.StatusNotFound)
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIASTART")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	a := account(t, open(t, awsops.Config{}))
	for range 2 {
		var wg sync.WaitGroup
		for i := range 500 {
			wg.Go(func() {
				region := []string{"us-east-1", "eu-west-1"}[i%2]
				if b, err := a.Bucket(t.Context(), fmt.Sprintf("bucket-%d", i), region); err != nil || b.State != awsops.BucketMissing {
					t.Errorf("%+v %v", b, err)
				}
			})
		}
		wg.Wait()
	}
	if most.Load() > 128 || most.Load() < 64 {
		t.Errorf("%d calls at the same time", most.Load())
	}
	if connections.Load() > 256 { // some are dialled while others become free
		t.Errorf("%d connections for 1000 calls, at most 128 at a time", connections.Load())
	}
}

func TestTheCallLogHasALineForEveryCallAndNoSecrets(t *testing.T) {
	emptyEnvironment(t)
	server := newSTS(t, httptest.NewServer)
	s3 := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amz-Request-Id", "req-s3")
		if r.URL.Path != "/b" && r.URL.Path != "/b/" {
			t.Errorf("not by path: %s", r.URL)
		}
		switch r.Method {
		case http.MethodPut:
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `<Error><Code>AccessDenied</Code><Message>no</Message></Error>`)
		default:
			_, _ = io.WriteString(w, `{"Version":"2012-10-17","Statement":[]}`)
		}
	}))
	t.Cleanup(s3.Close)
	t.Setenv("AWS_ENDPOINT_URL_STS", server.URL)
	t.Setenv("AWS_ENDPOINT_URL_S3", s3.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIASTART")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "very-secret-key")
	var log bytes.Buffer
	cloud := open(t, awsops.Config{CallLog: &log})
	if _, err := cloud.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, err := cloud.Account(t.Context(), "444455556666", "aws", awsops.Credentials{AssumeRole: "R"})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := a.BucketPolicy(t.Context(), "eu-west-1", "b"); err != nil || p == "" {
		t.Errorf("%q %v", p, err)
	}
	if err := a.PutBucketPolicy(t.Context(), "eu-west-1", "b", `{"Sid":"external-id-xs-7f3a91"}`); awsops.MeaningOf(err) != awsops.Denied {
		t.Error(err)
	}
	text := log.String()
	for _, secret := range []string{"very-secret-key", "xs-7f3a91", "SessionToken"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	type line struct {
		Time, Service, Operation, Account, Region string
		Status, Attempts                          int
		RequestID                                 string `json:"request_id"`
		MS                                        *int64
		Write                                     *bool
	}
	var got []string
	for l := range strings.Lines(text) {
		var v line
		decoder := json.NewDecoder(strings.NewReader(l))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&v); err != nil {
			t.Fatalf("%v: %s", err, l)
		}
		if at, err := time.Parse(time.RFC3339Nano, v.Time); err != nil || time.Since(at) > time.Minute || !strings.Contains(v.Time, ".") || v.MS == nil || v.Write == nil {
			t.Errorf("incomplete: %s", l)
			continue
		}
		got = append(got, fmt.Sprintf("%s %s %s %s %d %s %d %v", v.Service, v.Operation, v.Account, v.Region, v.Status, v.RequestID, v.Attempts, *v.Write))
	}
	want := []string{
		"sts GetCallerIdentity 123456789012 us-east-1 200 req-identity 1 false",
		"sts AssumeRole 444455556666 us-east-1 200  1 false",
		"s3 GetBucketPolicy 444455556666 eu-west-1 200 req-s3 1 false",
		"s3 PutBucketPolicy 444455556666 eu-west-1 403 req-s3 1 true",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("log\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTheReaderIsAskedOnlyWhereAnEndpointMayHaveAPortal(t *testing.T) {
	emptyEnvironment(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIASTART")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	if _, ok := open(t, awsops.Config{}).Reader(t.Context()); ok {
		t.Error("AWS itself has a portal")
	}
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path != "/_portal/verify":
			w.WriteHeader(404)
		case r.Method == http.MethodGet:
			_, _ = io.WriteString(w, `{"account":"999988887777","role":"Vendor","external_id":"xs-7f3a91"}`)
		default:
			var in awsops.ReaderRequest
			_ = json.NewDecoder(r.Body).Decode(&in)
			_ = json.NewEncoder(w).Encode(awsops.ReaderReport{Checks: []awsops.ReaderCheck{{ID: "list", Code: "AccessDenied", Message: "no", Evidence: in.BucketARN}}})
		}
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL", server.URL+"/")
	cloud := open(t, awsops.Config{})
	for range 3 {
		if _, ok := cloud.Reader(t.Context()); !ok {
			t.Fatal("no reader")
		}
	}
	reader, _ := cloud.Reader(t.Context())
	if asked != 1 || reader.Shows() != (awsops.ReaderIdentity{Account: "999988887777", Role: "Vendor", ExternalID: "xs-7f3a91"}) {
		t.Errorf("asked %d times, shows %+v", asked, reader.Shows())
	}
	report, err := reader.Verify(t.Context(), awsops.ReaderRequest{BucketARN: "arn:aws:s3:::b"})
	if err != nil || len(report.Checks) != 1 || report.Checks[0].Evidence != "arn:aws:s3:::b" || report.Checks[0].Code != "AccessDenied" {
		t.Errorf("%+v %v", report, err)
	}

	none := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }))
	t.Cleanup(none.Close)
	t.Setenv("AWS_ENDPOINT_URL", none.URL)
	if _, ok := open(t, awsops.Config{}).Reader(t.Context()); ok {
		t.Error("a web page is taken for a portal")
	}
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		if _, err := awsops.Open(b.Context(), awsops.Config{}); err != nil {
			b.Fatal(err)
		}
	}
}
