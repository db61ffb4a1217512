//go:build unix

package command

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
)

// faulty opens a served world that is broken in these ways; a user's keys that expire are good again after lapse.
func faulty(t *testing.T, lapse time.Duration, faults ...string) *served {
	t.Helper()
	o := sandbox.Options{Lapse: lapse}
	for _, text := range faults {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		o.Faults = append(o.Faults, f)
	}
	return newServedWith(t, o, nil, nil)
}

// login gives fresh credentials of an account, as variables of the environment.
func (s *served) login(account string) map[string]string {
	s.t.Helper()
	key, secret := s.world.Credentials()
	client := sts.New(sts.Options{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider(key, secret, ""), HTTPClient: &http.Client{Transport: s.world}})
	out, err := client.AssumeRole(s.t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::" + account + ":role/OrganizationAccountAccessRole"), RoleSessionName: aws.String("me")})
	if err != nil {
		s.t.Fatal(err)
	}
	return map[string]string{"AWS_ACCESS_KEY_ID": *out.Credentials.AccessKeyId, "AWS_SECRET_ACCESS_KEY": *out.Credentials.SecretAccessKey, "AWS_SESSION_TOKEN": *out.Credentials.SessionToken}
}

// unset leaves variables out of an environment.
func unset(env []string, names ...string) (out []string) {
	for _, pair := range env {
		name, _, _ := strings.Cut(pair, "=")
		drop := false
		for _, n := range names {
			drop = drop || n == name
		}
		if !drop {
			out = append(out, pair)
		}
	}
	return out
}

var keyNames = []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}

// keyFile writes a shared credentials file whose default profile has these keys, as a whole.
func keyFile(t *testing.T, path string, keys map[string]string) {
	t.Helper()
	text := "[default]\n"
	for _, name := range keyNames {
		text += strings.ToLower(name) + " = " + keys[name] + "\n"
	}
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// own is a set-up file of one account that acts with the starting credentials.
func own(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "setups", "per-account.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "own.yaml")
	if err := os.WriteFile(path, bytes.Replace(text, []byte("  credentials: {assume_role: OrganizationAccountAccessRole}\n"), nil, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const paymentsAccount, archiveAccount = "111122223333", "444455556666"

// undisturbedOwn is the world that an undisturbed run of own leaves.
func undisturbedOwn(t *testing.T) []byte {
	t.Helper()
	s := newServed(t, nil, nil)
	for name, value := range s.login(paymentsAccount) {
		s.env = append(unset(s.env, name), name+"="+value)
	}
	s.must("apply", "--yes", "-f", own(t))
	return s.settled()
}

// shared takes the keys out of the world's environment: they come from the credentials file that it returns.
func (s *served) shared() (file string) {
	s.t.Helper()
	file = filepath.Join(s.t.TempDir(), "credentials")
	s.env = append(unset(s.env, append(keyNames, "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE")...),
		"AWS_SHARED_CREDENTIALS_FILE="+file, "AWS_CONFIG_FILE="+filepath.Join(filepath.Dir(file), "none"))
	keyFile(s.t, file, s.login(paymentsAccount))
	return file
}

// said is what a process writes, while it does.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (s *said) await(t *testing.T, want string) {
	t.Helper()
	for deadline := time.Now().Add(longest); !strings.Contains(s.String(), want); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never said %q; it said\n%s", want, s.String())
		}
	}
}

// TestLoginMidway lets the keys of a shared credentials file expire in the middle of a run: it asks once, refuses those of another account,
// and ends verified once fresh ones of the same are in the file.
func TestLoginMidway(t *testing.T) {
	t.Parallel()
	want := undisturbedOwn(t)
	s := faulty(t, time.Nanosecond, "iam:PutRolePolicy#1=expired")
	file := s.shared()
	var out, words said
	cmd := s.command(s.env, "apply", "--yes", "--output", "json", "-f", own(t))
	cmd.Stdout, cmd.Stderr = &out, &words
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	words.await(t, "put fresh keys into profile default of "+filepath.Dir(file)[:8])
	keyFile(t, file, s.login(archiveAccount))
	words.await(t, "Not those: what is there now is of account "+archiveAccount)
	keyFile(t, file, s.login(paymentsAccount))
	if code := exitCode(t, cmd.Wait()); code != 0 {
		t.Fatalf("exit code %d\n%s\n%s", code, &words, &out)
	}
	if n := strings.Count(out.String(), `"type":"question","id":"login"`); n != 2 {
		t.Errorf("asked %d times, want once and once for the refusal\n%s", n, &out)
	}
	if !strings.Contains(out.String(), `"status":"waiting","change":"update","message":"the credentials of profile default have expired; waiting for a fresh login"`) {
		t.Errorf("no step waits\n%s", &out)
	}
	if found := differences(t, want, s.settled()); len(found) > 0 {
		t.Errorf("another world:\n%s", strings.Join(found, "\n"))
	}
}

// TestLoginAtTerminal lets a person at the terminal have fresh keys looked for, and ask nothing more.
func TestLoginAtTerminal(t *testing.T) {
	t.Parallel()
	s := faulty(t, time.Nanosecond, "ec2:CreateFlowLogs#1=expired")
	file := s.shared()
	term := onTerminal(t, s.command(append(s.env, "TERM=xterm"), "apply", "-f", own(t)))
	for _, text := range []string{"Type yes: ", "Enter looks at once."} {
		term.await(text)
		if text != "Type yes: " {
			keyFile(t, file, s.login(paymentsAccount))
		}
		if _, err := term.keys.WriteString("yes\r"); err != nil {
			t.Fatal(err)
		}
	}
	if code := term.code(); code != 0 {
		t.Errorf("exit code %d\n%s", code, term.text())
	}
}

// TestEnvironmentKeysExpire stops at once, since nobody can change them, and is gone on with from fresh ones.
func TestEnvironmentKeysExpire(t *testing.T) {
	t.Parallel()
	want := undisturbedOwn(t)
	s := faulty(t, time.Nanosecond, "ec2:CreateFlowLogs#1=expired")
	base := unset(s.env, keyNames...)
	fresh := func() {
		s.env = base
		for name, value := range s.login(paymentsAccount) {
			s.env = append(s.env, name+"="+value)
		}
	}
	fresh()
	begun := time.Now()
	code, stdout, stderr := s.run("apply", "--yes", "-f", own(t))
	if code != exitFailed || !strings.Contains(flat(stderr), "cannot be renewed while the program runs") || !strings.Contains(stdout, "flowgrant resume payments-logs") {
		t.Errorf("exit code %d\n%s\n%s", code, stderr, stdout)
	}
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("stopping took %s", took)
	}
	if known := s.must("setups"); !strings.Contains(flat(known), "cannot be renewed while the program runs") {
		t.Errorf("the journal does not tell why: %s", known)
	}
	fresh()
	s.must("resume", "payments-logs", "--yes")
	if found := differences(t, want, s.settled()); len(found) > 0 {
		t.Errorf("another world:\n%s", strings.Join(found, "\n"))
	}
}

func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// TestSourceOfRolesExpires goes on with profiles whose roles are assumed by one source, once that is good again: nobody renews the roles.
func TestSourceOfRolesExpires(t *testing.T) {
	t.Parallel()
	s := faulty(t, 12*time.Second, "iam:CreatePolicy#1=expired")
	s.env = unset(s.env, keyNames...)
	text, err := os.ReadFile(central)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "profiles.yaml")
	changed := strings.NewReplacer("  credentials: {assume_role: OrganizationAccountAccessRole}", "  credentials: {profile: log-archive}",
		"name: Payments, credentials: {assume_role: OrganizationAccountAccessRole}", "name: Payments, credentials: {profile: payments}").Replace(string(text))
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := s.run("apply", "--yes", "-f", file)
	if code != 0 || strings.Count(flat(stderr), "have expired. flowgrant waits for") < 1 {
		t.Errorf("exit code %d\n%s\n%s", code, stderr, stdout)
	}
}

// TestNetworkMidway refuses connections in the middle of a run, after a write took effect whose answer is lost, until the run says that it waits.
func TestNetworkMidway(t *testing.T) {
	t.Parallel()
	want := undisturbedOwn(t)
	s := newServed(t, nil, nil)
	for name, value := range s.login(paymentsAccount) {
		s.env = append(unset(s.env, name), name+"="+value)
	}
	var door *http.Server
	var once sync.Once
	open := func(address string) string {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Error(err)
			return ""
		}
		door = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
		go func() { _ = door.Serve(l) }()
		return l.Addr().String()
	}
	address := open("127.0.0.1:0")
	s.answer = func(w http.ResponseWriter, r *http.Request, c seen) {
		if c.operation != "CreateFlowLogs" {
			s.handle(w, r)
			return
		}
		s.handle(w, r)
		once.Do(func() {
			_ = door.Close()
			panic(http.ErrAbortHandler)
		})
	}
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"} {
		s.env = append(unset(s.env, name), name+"=http://"+address)
	}
	var stdout, stderr said
	cmd := s.command(s.env, "apply", "--yes", "--output", "json", "-f", own(t))
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stdout.await(t, "the network is not reachable since")
	open(address)
	if code := exitCode(t, cmd.Wait()); code != 0 {
		t.Errorf("exit code %d\n%s\n%s", code, &stderr, &stdout)
	}
	if found := differences(t, want, s.settled()); len(found) > 0 {
		t.Errorf("another world:\n%s", strings.Join(found, "\n"))
	}
	s.must("apply", "--yes", "-f", own(t))
	_ = door.Close()
}
