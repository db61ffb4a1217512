//go:build unix

package command

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
)

// scenario is a run that is broken off.
type scenario struct {
	name    string
	prepare func(t *testing.T, s *served) // before the run; nil: nothing
	args    []string                      // the run
	setup   string                        // the name of its set-up
	status  string                        // how it ends undisturbed
}

func (s scenario) String() string { return s.name }

// scenarios are full runs in both modes, and revocations of what they made.
func scenarios(t *testing.T) []scenario {
	dir := t.TempDir()
	file := func(from, name string, change ...string) string {
		text, err := os.ReadFile(filepath.Join("testdata", "setups", from))
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.NewReplacer(change...).Replace(string(text))
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	keyed := file("central.yaml", "keyed.yaml", "  create: true", "  create: true\n  expire_after_days: 30\n  kms_key_arn: "+keyOf(t))
	existing := file("central.yaml", "existing.yaml", "central-flow-logs", "archive-existing", "  create: true", "  create: false")
	changed := file("central.yaml", "changed.yaml", "central-flow-logs", "archive-existing", "  create: true", "  create: false", "  name: Log archive", "  name: Log archive\n  role: AnotherRole")
	perAccount := file("per-account.yaml", "per-account.yaml")
	logGroup := file("log-group.yaml", "log-group.yaml")
	applied := func(files ...string) func(*testing.T, *served) {
		return func(_ *testing.T, s *served) {
			for _, file := range files {
				s.must("apply", "--yes", "-f", file)
			}
		}
	}
	apply := func(file string) []string { return []string{"apply", "--yes", "--wait", "0", "-f", file} }
	revoke := func(name string, more ...string) []string {
		return append([]string{"revoke", "--yes", "--flow-logs", "--restore-scope", name}, more...)
	}
	return []scenario{
		{"centralized", nil, apply(keyed), "central-logs", "verified"},
		{"per-account", nil, apply(perAccount), "payments-logs", "verified"},
		{"log group", nil, apply(logGroup), "payments-groups", "verified"},
		{"revoke log group", applied(logGroup), revoke("payments-groups"), "payments-groups", "revoked"},
		{"revoke centralized", applied(keyed), revoke("central-logs"), "central-logs", "revoked"},
		{"revoke on what was there", applied(existing), revoke("central-logs"), "central-logs", "revoked"},
		{"revoke what earlier answers made", applied(existing, changed), revoke("central-logs"), "central-logs", "revoked"},
		{"revoke per-account", applied(perAccount), revoke("payments-logs"), "payments-logs", "revoked"},
	}
}

var keyARN = regexp.MustCompile(`arn:aws:kms:us-east-1:444455556666:key/[0-9a-f-]+`)

// keyOf is the customer key of the embedded AWS.
func keyOf(t *testing.T) string {
	t.Helper()
	world, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := world.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return keyARN.FindString(string(text))
}

// killing breaks off a run at one of its write calls: kills the process with SIGKILL before the call takes effect, or after it did and
// before the answer is seen.
type killing struct {
	n     int // the write call, from 1; 0: none, they are counted
	after bool
	kill  func()

	seen atomic.Int32
	dead atomic.Bool
	s    *served
}

func (k *killing) answer(w http.ResponseWriter, r *http.Request, c seen) {
	if !c.write || int(k.seen.Add(1)) != k.n || k.dead.Load() {
		k.s.handle(w, r)
		return
	}
	if k.after {
		k.s.handle(httptest.NewRecorder(), r)
	}
	k.dead.Store(true)
	k.kill()
	panic(http.ErrAbortHandler)
}

// start is where a run begins: a world, and the state directory of the processes.
type start struct {
	world []byte
	state string
}

func (b start) served(t *testing.T, k *killing) *served {
	t.Helper()
	s := newServed(t, b.world, k.answer)
	k.s = s
	if b.state != "" {
		if err := os.CopyFS(s.state, os.DirFS(b.state)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// TestKilledAnywhere kills the program at every write call of a run, at both moments, goes on with resume, and wants the world that an
// undisturbed run leaves.
func TestKilledAnywhere(t *testing.T) {
	every := 3
	if slow {
		every = 1
	}
	var mu sync.Mutex
	var report []string
	each(t, scenarios(t), func(t *testing.T, sc scenario) {
		var from start
		if sc.prepare != nil {
			s := from.served(t, &killing{})
			sc.prepare(t, s)
			from = start{s.settled(), s.state}
		}
		counted := &killing{}
		s := from.served(t, counted)
		if code, _, said := s.run(sc.args...); code != 0 && code != exitWaiting {
			t.Fatalf("undisturbed: exit code %d\n%s", code, said)
		}
		writes := int(counted.seen.Load())
		if sc.status == "verified" {
			s.must("resume", sc.setup, "--yes")
		}
		undisturbed := s.settled()

		var moments []moment
		for n := 1; n <= writes; n += every {
			moments = append(moments, moment{n, false}, moment{n, true})
		}
		var differ atomic.Int32
		each(t, moments, func(t *testing.T, m moment) {
			if found := killedAt(t, from, sc, m, undisturbed); len(found) > 0 {
				differ.Add(1)
				t.Error(strings.Join(found, "\n"))
			}
		})
		mu.Lock()
		report = append(report, fmt.Sprintf("%s: %d writes, %d kills, %d differences", sc.name, writes, len(moments), differ.Load()))
		mu.Unlock()
		if writes < 3 {
			t.Errorf("only %d writes were counted", writes)
		}
	})
	t.Log(strings.Join(report, "\n"))
}

// moment is when a process is killed: at which write call, and whether that took effect.
type moment struct {
	n     int
	after bool
}

// killedAt breaks a run off and goes on with it, and lists what is otherwise than after an undisturbed one.
func killedAt(t *testing.T, from start, sc scenario, m moment, undisturbed []byte) []string {
	t.Helper()
	k := &killing{n: m.n, after: m.after}
	s := from.served(t, k)
	cmd := s.command(s.env, sc.args...)
	gone, started := make(chan struct{}), make(chan *os.Process, 1)
	k.kill = func() {
		_ = (<-started).Kill()
		<-gone
	}
	s.quiet()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	started <- cmd.Process
	err := cmd.Wait()
	close(gone)
	s.quiet()
	if !k.dead.Load() {
		return []string{fmt.Sprintf("the run was over before: %v", err)}
	}
	if listed := s.must("setups", "--output", "json"); !strings.Contains(listed, `"status":"interrupted"`) {
		return []string{"setups says " + listed}
	}
	code, stdout, said := s.run("resume", sc.setup, "--yes", "--output", "json")
	if code != 0 || !regexp.MustCompile(`"type":"result","setup":"[a-z-]+","status":"(`+sc.status+`|unchanged)"`).MatchString(stdout) {
		return []string{fmt.Sprintf("resume: exit code %d\n%s\n%s", code, said, lastLine(stdout))}
	}
	return differences(t, undisturbed, s.settled())
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndex(s, "\n")+1:]
}
