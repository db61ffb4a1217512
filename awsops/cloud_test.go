package awsops_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
)

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
		if _, err := cloud.Account(abandonedCtx, "111122223333", "aws", awsops.Credentials{AssumeRole: "OrganizationAccountAccessRole"}); !errors.Is(err, context.Canceled) {
			t.Errorf("given up, yet %v", err)
		}
	})
	for server.asked("AssumeRole") == 0 { // the one who gives up is the one who asks
		runtime.Gosched()
	}
	entered := make([]*awsops.Account, 50)
	for i := range entered {
		wg.Go(func() {
			var err error
			if entered[i], err = cloud.Account(t.Context(), "111122223333", "aws", awsops.Credentials{AssumeRole: "OrganizationAccountAccessRole"}); err != nil {
				t.Error(err)
			}
			if _, err := cloud.Account(t.Context(), "123456789012", "", awsops.Credentials{}); err != nil {
				t.Error(err)
			}
		})
	}
	giveUp()
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
	if again, err := cloud.Account(t.Context(), "111122223333", "aws", awsops.Credentials{AssumeRole: "OrganizationAccountAccessRole"}); err != nil || again != a {
		t.Errorf("entered again: %v", err)
	}
	if a.ID != "111122223333" || a.Partition != "aws" || !strings.HasPrefix(a.ARN, "arn:aws:sts::111122223333:assumed-role/OrganizationAccountAccessRole/flowgrant") {
		t.Errorf("account %+v", a)
	}
	if n := server.asked("AssumeRole"); n != 2 { // the first was given up
		t.Errorf("AssumeRole was called %d times", n)
	}
	if n := server.asked("GetCallerIdentity"); n != 1 {
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
	var once sync.Once
	full := make(chan struct{}) // closed once as many calls are in flight as may be
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := inFlight.Add(1)
		defer inFlight.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		if form(r)["Action"] == "GetCallerIdentity" {
			_, _ = io.WriteString(w, callerIdentity)
			return
		}
		if r.Method == http.MethodHead && strings.Contains(r.URL.Path, "/bucket-") {
			if n == 128 {
				once.Do(func() { close(full) })
			}
			select {
			case <-full:
			case <-time.After(30 * time.Second): // fewer are let through
			}
		}
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
	for _, region := range []string{"us-east-1", "eu-west-1"} {
		_, _ = a.Bucket(t.Context(), "bucket", region)
		_, _ = a.FlowLogs(t.Context(), region)
		_, _ = a.Role(t.Context(), "role")
	}
	if connections.Load() > 2 { // on a busy machine one may be given up; a connection for each service and region would be five
		t.Errorf("%d connections for one call after the other, whatever the service and region", connections.Load())
	}
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
	if most.Load() != 128 {
		t.Errorf("%d calls at the same time", most.Load())
	}
	if connections.Load() > 256 { // some are dialled while others become free
		t.Errorf("%d connections for 1000 calls, at most 128 at a time", connections.Load())
	}
}
