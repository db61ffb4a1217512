//go:build unix

package command

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
)

// faster is how much faster the clock of a served world runs than the test's: logs arrive while nobody waits.
const faster = 20

// served is an embedded AWS that processes of the test reach over loopback, and that sees every call of theirs.
type served struct {
	t     *testing.T
	world *sandbox.Sandbox
	state string // the processes' state directory
	env   []string

	// answer answers a call in the world's place; nil: the world does.
	answer func(w http.ResponseWriter, r *http.Request, c seen)

	// tries is called before the reader tries for real; nil: nothing is.
	tries func()

	mu      sync.Mutex
	secrets map[string]bool // keys and tokens that were seen

	// door is held while a call is handled. Passing it orders what the test does with what the calls of another process see, which
	// nothing else would.
	door sync.RWMutex
}

// quiet waits until no call is in flight.
func (s *served) quiet() {
	s.door.Lock()
	defer s.door.Unlock()
}

// seen is a call as the server takes it apart, on its own: by target, form or method.
type seen struct {
	operation string
	write     bool
	body      []byte
}

// newServed opens a world, from a snapshot where there is one, and serves it until the test ends.
func newServed(t *testing.T, snapshot []byte, answer func(http.ResponseWriter, *http.Request, seen)) *served {
	t.Helper()
	return newServedWith(t, sandbox.Options{}, snapshot, answer)
}

// newServedWith is newServed with more options for the world.
func newServedWith(t *testing.T, o sandbox.Options, snapshot []byte, answer func(http.ResponseWriter, *http.Request, seen)) *served {
	t.Helper()
	begun := time.Now()
	o.Now = func() time.Time { return begun.Add(time.Since(begun) * faster) }
	dir := t.TempDir()
	if snapshot != nil {
		o.State = filepath.Join(dir, "world.json")
		if err := os.WriteFile(o.State, snapshot, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	world, err := sandbox.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, world: world, state: filepath.Join(dir, "state"), answer: answer, secrets: map[string]bool{}}
	s.env = s.serve(filepath.Join(dir, "aws"))
	return s
}

// serve opens one more door to the world and gives the environment that leads there.
func (s *served) serve(dir string) []string {
	s.t.Helper()
	server := httptest.NewServer(s)
	s.t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	env, err := s.world.Environment(dir, server.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	return env
}

func (s *served) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.door.RLock()
	defer s.door.RUnlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.note(r)
	if c := take(r, body); s.answer != nil && c.operation != "" {
		s.answer(w, r, c)
		return
	}
	if s.tries != nil && strings.HasPrefix(r.URL.Path, "/_portal/") && r.Method == http.MethodPost {
		s.tries()
	}
	s.handle(w, r)
}

// handle lets the world answer.
func (s *served) handle(w http.ResponseWriter, r *http.Request) {
	answer := httptest.NewRecorder()
	s.world.ServeHTTP(answer, r)
	for _, secret := range secretPattern.FindAllStringSubmatch(answer.Body.String(), -1) {
		s.keep(secret[1])
	}
	for k, v := range answer.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

var (
	secretPattern = regexp.MustCompile(`<(?:SecretAccessKey|SessionToken|AccessKeyId)>([^<]+)<`)
	signedBy      = regexp.MustCompile(`Credential=([A-Z0-9]+)/`)
)

func (s *served) keep(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[secret] = true
}

func (s *served) note(r *http.Request) {
	if token := r.Header.Get("X-Amz-Security-Token"); token != "" {
		s.keep(token)
	}
	if m := signedBy.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		s.keep(m[1])
	}
}

// take takes a call apart; one of the portal has no operation.
func take(r *http.Request, body []byte) seen {
	c := seen{body: body}
	switch target := r.Header.Get("X-Amz-Target"); {
	case strings.HasPrefix(r.URL.Path, "/_portal/"):
		return c
	case target != "":
		_, c.operation, _ = strings.Cut(target, ".")
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		form, _ := url.ParseQuery(string(body))
		c.operation = form.Get("Action")
	default:
		query, _, _ := strings.Cut(r.URL.RawQuery, "=")
		c.operation = r.Method + " " + query
		c.write = r.Method == http.MethodPut || r.Method == http.MethodDelete
		return c
	}
	c.write = true
	for _, reading := range []string{"Describe", "Get", "List", "AssumeRole", "Simulate", "Lookup", "Decrypt"} {
		if strings.HasPrefix(c.operation, reading) {
			c.write = false
		}
	}
	return c
}

// command is the real program as a process of its own on this world.
func (s *served) command(env []string, args ...string) *exec.Cmd {
	s.t.Helper()
	path, err := exec.LookPath("flowgrant")
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "AWS_") {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	cmd.Env = append(append(cmd.Env, env...), "FLOWGRANT_STATE_DIR="+s.state, "NO_COLOR=1")
	return cmd
}

// run runs a command to its end.
func (s *served) run(args ...string) (code int, stdout, stderr string) {
	s.t.Helper()
	cmd := s.command(s.env, args...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	s.quiet()
	code = exitCode(s.t, cmd.Run())
	return code, out.String(), said.String()
}

// must runs a command that must end well.
func (s *served) must(args ...string) (stdout string) {
	s.t.Helper()
	code, stdout, stderr := s.run(args...)
	if code != 0 {
		s.t.Fatalf("flowgrant %s: exit code %d\n%s\n%s", strings.Join(args, " "), code, stderr, stdout)
	}
	return stdout
}

// settled gives the world's state once no call is in flight any more.
func (s *served) settled() []byte {
	s.t.Helper()
	s.quiet()
	text, err := s.world.Snapshot()
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// each runs a test for many cases, a few at a time: they mostly wait.
func each[C any](t *testing.T, cases []C, test func(t *testing.T, c C)) {
	t.Helper()
	limit := make(chan struct{}, 8)
	var wg sync.WaitGroup
	for _, c := range cases {
		wg.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			t.Run(fmt.Sprint(c), func(t *testing.T) { test(t, c) })
		})
	}
	wg.Wait()
}
