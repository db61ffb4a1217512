//go:build unix

package main

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
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
)

// realProgram builds the program once: what is killed here is the real process.
var realProgram = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "flowgrant-crash")
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, "flowgrant")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return program, nil
})

// gate stands before a sandbox and decides what becomes of each call.
type gate struct {
	*testing.T
	world  *sandbox.Sandbox
	server *httptest.Server
	writes atomic.Int32
	calls  atomic.Int32
	// around is told of each call; serve answers it. It may leave the caller without an answer.
	around func(g *gate, write bool, w http.ResponseWriter, serve func(http.ResponseWriter))
	env    []string
	state  string
	mu     sync.Mutex
	child  *exec.Cmd
}

func newGate(t *testing.T) *gate {
	t.Helper()
	world, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{T: t, world: world, state: t.TempDir()}
	g.server = httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(g.server.Close)
	env, err := world.Environment(t.TempDir(), g.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	g.env = append(os.Environ(), env...)
	return g
}

func (g *gate) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	write := isWriteCall(r, body)
	if write {
		g.writes.Add(1)
	}
	if r.URL.Path != "/_portal/verify" {
		g.calls.Add(1)
		if g.around != nil {
			g.around(g, write, w, func(w http.ResponseWriter) { g.world.ServeHTTP(w, r) })
			return
		}
	}
	g.world.ServeHTTP(w, r)
}

// isWriteCall tells by the protocol whether a call changes something.
func isWriteCall(r *http.Request, body []byte) bool {
	action := r.Header.Get("X-Amz-Target")
	if form, err := url.ParseQuery(string(body)); err == nil && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		action = form.Get("Action")
	}
	action = action[strings.LastIndex(action, ".")+1:]
	if action == "" {
		return r.Method == http.MethodPut || r.Method == http.MethodDelete
	}
	return slices.ContainsFunc([]string{"Create", "Put", "Delete", "Attach", "Detach", "Update", "Tag", "Untag", "Set"}, func(p string) bool { return strings.HasPrefix(action, p) })
}

// program runs the real program to its end, or to its death.
func (g *gate) program(args ...string) (code int, out string) {
	g.Helper()
	program, err := realProgram()
	if err != nil {
		g.Fatal(err)
	}
	cmd := exec.Command(program, append(args, "--state-dir", g.state)...)
	cmd.Env = g.env
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	g.mu.Lock()
	err = cmd.Start()
	g.child = cmd
	g.mu.Unlock()
	if err != nil {
		g.Fatal(err)
	}
	_ = cmd.Wait() // how it ended is in its state
	return cmd.ProcessState.ExitCode(), text.String()
}

func (g *gate) kill() {
	g.mu.Lock()
	defer g.mu.Unlock()
	_ = g.child.Process.Kill() // SIGKILL
}

// facts is everything that a set-up leaves behind, without ids, times and delivered objects.
func (g *gate) facts() []string {
	g.Helper()
	var facts []string
	add := func(format string, args ...any) { facts = append(facts, fmt.Sprintf(format, args...)) }
	err := g.world.View(func(w *sandbox.World) {
		for _, b := range w.Buckets {
			add("bucket %s of %s in %s: policy %s, ownership %s, public %v, encryption %v, lifecycle %s, tags %v", b.Name, b.Owner, b.Region, meaning(b.Policy), b.Ownership, b.PublicBlock, b.Encryption, b.Lifecycle, b.Tags)
		}
		for id, a := range w.Accounts {
			for _, r := range a.Roles {
				inline := []string{}
				for name, document := range r.Inline {
					inline = append(inline, name+" "+meaning(document))
				}
				slices.Sort(inline)
				attached := slices.Sorted(slices.Values(r.Attached))
				add("role %s: trust %s, inline %v, attached %v, tags %v", r.ARN, meaning(r.Trust), inline, attached, r.Tags)
			}
			for _, p := range a.Policies {
				at := slices.IndexFunc(p.Versions, func(v sandbox.PolicyVersion) bool { return v.ID == p.Default })
				add("policy %s: %s, tags %v", p.ARN, meaning(p.Versions[at].Document), p.Tags)
			}
			for _, k := range a.Keys {
				add("key %s: %s %s", k.ARN, k.State, meaning(k.Policy))
			}
			for region, data := range a.Regions {
				for _, f := range data.FlowLogs {
					add("flow log in %s %s of %s: %s %s %s %d %v", id, region, f.ResourceID, f.Destination, f.Traffic, f.Format, f.Interval, f.Tags)
				}
			}
		}
	})
	if err != nil {
		g.Fatal(err)
	}
	slices.Sort(facts)
	return facts
}

// meaning writes a document so that two of the same meaning, statement for statement, read alike.
func meaning(text string) string {
	d, err := policy.Parse(text)
	if err != nil {
		return text
	}
	return d.String()
}

func difference(want, got []string) string {
	var b strings.Builder
	for _, f := range want {
		if !slices.Contains(got, f) {
			fmt.Fprintf(&b, "- %s\n", f)
		}
	}
	for _, f := range got {
		if !slices.Contains(want, f) {
			fmt.Fprintf(&b, "+ %s\n", f)
		}
	}
	for i := 1; i < len(got); i++ {
		if got[i] == got[i-1] {
			fmt.Fprintf(&b, "twice: %s\n", got[i])
		}
	}
	return b.String()
}

// journey is a command that is broken off, and what must have happened before it.
type journey struct {
	name   string
	file   string
	before [][]string
	args   []string
	ends   int // exit code of an undisturbed run
}

func journeys(t *testing.T) []journey {
	t.Helper()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	central := file("central.yaml", crashCentral)
	per := file("per-account.yaml", crashPerAccount)
	return []journey{
		{name: "centralized", file: central, args: []string{"apply", "-f", central, "--yes"}},
		{name: "per-account", file: per, args: []string{"apply", "-f", per, "--yes"}},
		{name: "revoke centralized", file: central, before: [][]string{{"apply", "-f", central, "--yes"}}, args: []string{"revoke", "-f", central, "--yes", "--flow-logs", "--restore-scope"}},
		{name: "revoke per-account", file: per, before: [][]string{{"apply", "-f", per, "--yes"}}, args: []string{"revoke", "-f", per, "--yes", "--flow-logs", "--restore-scope"}},
	}
}

const crashCentral = `
version: 1
name: central-logs
mode: centralized
reader: {account: "999988887777", external_id: xs-7f3a91}
account: {id: "444455556666", name: Log archive, credentials: {assume_role: OrganizationAccountAccessRole}}
bucket: {arn: "arn:aws:s3:::central-flow-logs", create: true, region: us-east-1, kms_key_arn: "KEY", expire_after_days: 30}
flow_logs: {regions: [us-east-1]}
resource_accounts:
  - {id: "111122223333", name: Payments, credentials: {assume_role: OrganizationAccountAccessRole}}
  - {id: "222233334444", name: Storefront, credentials: {assume_role: OrganizationAccountAccessRole}}
`

const crashPerAccount = `
version: 1
name: payments-logs
mode: per-account
reader: {account: "999988887777", external_id: xs-7f3a91}
account: {id: "111122223333", name: Payments, credentials: {assume_role: OrganizationAccountAccessRole}}
bucket: {arn: "arn:aws:s3:::payments-flow-logs", create: true, region: us-east-1}
flow_logs: {regions: [us-east-1]}
`

// prepare puts the key's ARN into the file and makes what must be there before.
func (g *gate) prepare(j journey) {
	g.Helper()
	text, err := os.ReadFile(j.file)
	if err != nil {
		g.Fatal(err)
	}
	if strings.Contains(string(text), `"KEY"`) {
		key := ""
		_ = g.world.View(func(w *sandbox.World) {
			for arn := range w.Accounts["444455556666"].Keys {
				key = arn
			}
		})
		if err := os.WriteFile(j.file, bytes.ReplaceAll(text, []byte("KEY"), []byte(key)), 0o600); err != nil {
			g.Fatal(err)
		}
	}
	for _, args := range j.before {
		if code, out := g.program(args...); code != 0 {
			g.Fatalf("%v: exit code %d\n%s", args, code, out)
		}
	}
}

// Killed before and after each write, a run that is started again ends where an undisturbed one ends.
func TestKilledAtEachWrite(t *testing.T) {
	kills, total := 0, 0
	var mu sync.Mutex
	t.Run("all", func(t *testing.T) {
		for _, j := range journeys(t)[:2] {
			calm := newGate(t)
			calm.prepare(j)
			already := calm.writes.Load()
			if code, out := calm.program(j.args...); code != j.ends {
				t.Fatalf("%s undisturbed: exit code %d\n%s", j.name, code, out)
			}
			want, n := calm.facts(), int(calm.writes.Load()-already)
			total += n
			if n < 4 {
				t.Fatalf("%s makes only %d writes", j.name, n)
			}
			for at := 1; at <= n; at += crashStride {
				for _, after := range []bool{false, true} {
					name := fmt.Sprintf("%s write %d of %d, took effect %v", j.name, at, n, after)
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						g := newGate(t)
						g.prepare(j)
						target := g.writes.Load() + int32(at)
						g.around = func(g *gate, write bool, w http.ResponseWriter, serve func(http.ResponseWriter)) {
							if !write || g.writes.Load() != target {
								serve(w)
								return
							}
							if after {
								serve(httptest.NewRecorder())
							}
							g.kill()
							panic(http.ErrAbortHandler)
						}
						if code, out := g.program(j.args...); code != -1 {
							t.Fatalf("was not killed: exit code %d\n%s", code, out)
						}
						g.around = nil
						if code, out := g.program(j.args...); code != 0 {
							t.Fatalf("started again: exit code %d\n%s", code, out)
						}
						if d := difference(want, g.facts()); d != "" {
							t.Errorf("differs from an undisturbed run:\n%s", d)
						}
						mu.Lock()
						kills++
						mu.Unlock()
					})
				}
			}
		}
	})
	t.Logf("%d writes, %d kills", total, kills)
}

// Every nth call fails once: the run ends verified, or says why it stopped and ends verified when it is started again.
func TestEveryNthCallFails(t *testing.T) {
	breaks := map[string]func(w http.ResponseWriter, serve func(http.ResponseWriter)){
		"throttled": func(w http.ResponseWriter, _ func(http.ResponseWriter)) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message></Error></Errors></Response>`)
		},
		"500": func(w http.ResponseWriter, _ func(http.ResponseWriter)) {
			w.WriteHeader(http.StatusInternalServerError)
		},
		"dropped": func(_ http.ResponseWriter, serve func(http.ResponseWriter)) {
			serve(httptest.NewRecorder())
			panic(http.ErrAbortHandler)
		},
	}
	for _, j := range journeys(t)[:2] {
		for kind, fail := range breaks {
			for _, n := range faultEvery {
				t.Run(fmt.Sprintf("%s, every %d. call %s", j.name, n, kind), func(t *testing.T) {
					t.Parallel()
					calm := newGate(t)
					calm.prepare(j)
					g := newGate(t)
					g.around = func(g *gate, _ bool, w http.ResponseWriter, serve func(http.ResponseWriter)) {
						if g.calls.Load()%int32(n) == 0 {
							fail(w, serve)
							return
						}
						serve(w)
					}
					code, out := g.program(j.args...)
					if code != 0 {
						if !strings.Contains(out, "Cause: ") || !strings.Contains(out, "What to do: ") {
							t.Errorf("stopped without saying why: exit code %d\n%s", code, out)
						}
						g.around = nil
						if code, out = g.program(j.args...); code != 0 {
							t.Errorf("started again: exit code %d\n%s", code, out)
						}
					}
					if facts := g.facts(); difference(facts, facts) != "" {
						t.Error(difference(facts, facts))
					}
				})
			}
		}
	}
}

// Two set-ups on one bucket and one key at the same moment: both are there, and what others wrote stays.
func TestTwoAtOnce(t *testing.T) {
	for i := range atOnce {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			key := ""
			_ = g.world.View(func(w *sandbox.World) {
				for arn := range w.Accounts["444455556666"].Keys {
					key = arn
				}
				w.Buckets["archive-existing"].Encryption = &sandbox.Encryption{Algorithm: "aws:kms", Key: key}
			})
			program, err := realProgram()
			if err != nil {
				t.Fatal(err)
			}
			var runs []*exec.Cmd
			var outs [2]bytes.Buffer
			for n, account := range []string{"111122223333", "222233334444"} {
				text := fmt.Sprintf(`
version: 1
name: set-%d
mode: centralized
reader: {account: "999988887777", external_id: xs-7f3a91}
account: {id: "444455556666", name: Log archive, credentials: {assume_role: OrganizationAccountAccessRole}}
bucket: {arn: "arn:aws:s3:::archive-existing", create: false}
flow_logs: {regions: [us-east-1]}
resource_accounts: [{id: "%s", name: A, credentials: {assume_role: OrganizationAccountAccessRole}}]
`, n, account)
				file := filepath.Join(t.TempDir(), "setup.yaml")
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(program, "apply", "-f", file, "--yes", "--wait", "0", "--state-dir", g.state)
				cmd.Env = g.env
				cmd.Stdout, cmd.Stderr = &outs[n], &outs[n]
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				runs = append(runs, cmd)
			}
			for n, cmd := range runs {
				if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 4 {
					t.Errorf("exit code %d\n%s", cmd.ProcessState.ExitCode(), outs[n].String())
				}
			}
			_ = g.world.View(func(w *sandbox.World) {
				for what, document := range map[string]string{"bucket": w.Buckets["archive-existing"].Policy, "key": w.Accounts["444455556666"].Keys[key].Policy} {
					for _, account := range []string{"111122223333", "222233334444"} {
						if !strings.Contains(document, account) {
							t.Errorf("the %s policy lacks the statements for %s: %s", what, account, document)
						}
					}
				}
				if !strings.Contains(w.Buckets["archive-existing"].Policy, "AuditTeamRead") || !strings.Contains(w.Accounts["444455556666"].Keys[key].Policy, "Enable IAM User Permissions") {
					t.Error("a foreign statement was lost")
				}
			})
		})
	}
}
