package command

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	_ "github.com/flowgrant/flowgrant/awsops/sandbox" // built into the program under test
)

func TestMain(m *testing.M) {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP) // under nohup the programs of the tests would not hear that their terminal closes
	if f := flag.Lookup("test.parallel"); f != nil {
		_ = f.Value.Set("16") // the crash suite mostly waits for logs
	}
	os.Exit(withProgram(m.Run))
}

// withProgram builds the real program and runs f with it on the path.
func withProgram(f func() int) int {
	dir, err := os.MkdirTemp("", "flowgrant")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if _, err := os.ReadFile("../../main.go"); err != nil { // so that a result is not taken from the cache when it changes
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	program := filepath.Join(dir, "flowgrant")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", program, "../..").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
		return 1
	}
	if err := os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return f()
}

// TestScripts runs the real program as a user does, on the embedded AWS.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("FLOWGRANT_STATE_DIR", filepath.Join(env.WorkDir, "state"))
			env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			return os.CopyFS(env.WorkDir, os.DirFS("testdata/setups"))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "lines": lines, "calls": calls, "serve": serve, "pasted": pasted,
		},
	})
}

// exits CODE COMMAND ARGS... runs a command and wants its exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var ended *exec.ExitError
		if !errors.As(err, &ended) {
			ts.Fatalf("%v", err)
		}
		got = ended.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// fields are the fields of each type of line, beside version and type, as the contract's table lists them.
var fields = map[string][]string{
	"plan":     {"setup", "changes", "steps"},
	"step":     {"time", "step", "account", "region", "target", "status", "change", "message"},
	"report":   {"setup", "status", "checks", "limits"},
	"question": {"text", "flag"},
	"result":   {"setup", "status", "changed", "made", "not_made", "portal"},
	"version":  {"flowgrant", "built"},
	"setup":    {"setup", "mode", "status", "done", "total", "stopped_at", "why"},
	"backup":   {"setup", "id", "time", "kind", "target", "document"},
}

var (
	plannedFields = []string{"step", "account", "region", "target", "change", "summary", "before", "after", "reason"}
	failedFields  = []string{"cause", "fix", "request_id"}
	checkFields   = []string{"id", "account", "region", "target", "status", "summary", "evidence", "fix"}
	portalFields  = []string{"account_name", "account_id", "iam_role_name", "external_id", "s3_bucket_arn"}
	stepNames     = []string{"identity", "bucket", "key-policy", "bucket-policy", "log-group", "role", "trust", "permissions", "flow-logs", "delivery", "access", "portal"}
)

// lines FILE TYPE... wants every line of a file (or stdout) to be a whole object of the contract, and the types in this order, repeats
// taken together. TYPE=STATUS wants the line's status (of a plan: its number of changes) too.
func lines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: lines FILE TYPE...")
	}
	var types []string
	scan := bufio.NewScanner(strings.NewReader(ts.ReadFile(args[0])))
	scan.Buffer(nil, 1<<24)
	for scan.Scan() {
		line := scan.Text()
		if !strings.HasPrefix(line, `{"version":1,"type":"`) {
			ts.Fatalf("a line starts with %.60q", line)
		}
		var o map[string]any
		ts.Check(json.Unmarshal([]byte(line), &o))
		kind := fmt.Sprint(o["type"])
		wanted, known := fields[kind]
		if !known {
			ts.Fatalf("unknown type %q", kind)
		}
		has(ts, kind, o, wanted)
		switch kind {
		case "plan":
			for _, s := range o["steps"].([]any) {
				has(ts, "planned step", s.(map[string]any), plannedFields)
			}
			kind += fmt.Sprintf("=%v", o["changes"])
		case "step":
			if !slices.Contains(stepNames, fmt.Sprint(o["step"])) {
				ts.Fatalf("step %q", o["step"])
			}
			if o["status"] == "failed" {
				has(ts, "failed step", o, failedFields)
			}
		case "report":
			for _, c := range o["checks"].([]any) {
				has(ts, "check", c.(map[string]any), checkFields)
			}
			kind += fmt.Sprintf("=%v", o["status"])
		case "setup":
			kind += fmt.Sprintf("=%v", o["status"])
		case "result":
			if portal, ok := o["portal"].(map[string]any); ok {
				has(ts, "portal", portal, portalFields)
			}
			for _, list := range []string{"made", "not_made"} {
				if _, ok := o[list].([]any); !ok {
					ts.Fatalf("%s is no list in %s", list, line)
				}
			}
			kind += fmt.Sprintf("=%v", o["status"])
		}
		types = append(types, kind)
	}
	ts.Check(scan.Err())
	types = slices.Compact(types)
	match := len(types) == len(args)-1
	for i := 0; match && i < len(types); i++ {
		kind, _, _ := strings.Cut(types[i], "=")
		match = args[i+1] == types[i] || args[i+1] == kind
	}
	if !match {
		ts.Fatalf("lines %v, want %v", types, args[1:])
	}
}

func has(ts *testscript.TestScript, what string, o map[string]any, wanted []string) {
	for _, f := range wanted {
		v, ok := o[f]
		if !ok {
			ts.Fatalf("a %s has no %s: %v", what, f, o)
		}
		if v == nil && f != "before" && f != "after" && f != "portal" {
			ts.Fatalf("%s of a %s is null", f, what)
		}
	}
}

// calls FILE wants a call log of whole lines with at least one call; with ! none of them may write.
func calls(ts *testscript.TestScript, neg bool, args []string) {
	written, n := 0, 0
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		var o map[string]any
		ts.Check(json.Unmarshal([]byte(line), &o))
		has(ts, "call", o, []string{"time", "service", "operation", "account", "region", "status", "request_id", "attempts", "ms", "write"})
		n++
		if o["write"] == true {
			written++
		}
	}
	switch {
	case n == 0:
		ts.Fatalf("no calls")
	case neg && written > 0:
		ts.Fatalf("%d calls write", written)
	case !neg && written == 0:
		ts.Fatalf("no call of %d writes", n)
	}
}

// pasted FILE PATTERN ARGS... gives a shell the command that a file (or stderr) tells, with more arguments behind it.
func pasted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: pasted FILE PATTERN ARGS...")
	}
	found := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile(args[0]))
	if len(found) != 2 {
		ts.Fatalf("nothing in %s fits %s", args[0], args[1])
	}
	ts.Check(ts.Exec("sh", "-c", found[1]+" "+strings.Join(args[2:], " ")))
}

// serve starts flowgrant sandbox serve beside the script, until its end, and sets what it prints as the script's environment.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	program, err := exec.LookPath("flowgrant")
	ts.Check(err)
	cmd := exec.Command(program, append([]string{"sandbox", "serve"}, args...)...)
	cmd.Env = append(os.Environ(), "FLOWGRANT_STATE_DIR="+ts.Getenv("FLOWGRANT_STATE_DIR"))
	out, err := os.Create(ts.MkAbs("environment"))
	ts.Check(err)
	cmd.Stdout = out
	said, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			ts.Fatalf("sandbox serve, interrupted: %v", err)
		}
		_ = out.Close()
	})
	if !bufio.NewScanner(said).Scan() { // the word for people comes when all is printed
		ts.Fatalf("sandbox serve said nothing")
	}
	for line := range strings.Lines(ts.ReadFile("environment")) {
		pair, ok := strings.CutPrefix(strings.TrimSpace(line), "export ")
		name, value, found := strings.Cut(pair, "=")
		if !ok || !found {
			ts.Fatalf("sandbox serve printed %q", line)
		}
		ts.Setenv(name, strings.Trim(value, "'"))
	}
	if ts.Getenv("AWS_ENDPOINT_URL") == "" {
		ts.Fatalf("sandbox serve printed no AWS_ENDPOINT_URL")
	}
}
