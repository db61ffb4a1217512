//go:build !windows

package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/flowgrant/flowgrant/steps"
)

const central = "testdata/setups/central.yaml"

// longest is how long a test waits for what a program must show or do; only one that never does lets it pass.
const longest = 90 * time.Second

// program is the real program, run as a process of its own with a state directory of the test's.
func program(t *testing.T, state string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("flowgrant")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "FLOWGRANT_STATE_DIR="+state, "TERM=xterm-256color", "LANG=C.UTF-8", "NO_COLOR=1", "ACCESSIBLE=")
	return cmd
}

// screen is a program on a terminal that shows what comes and never answers a question of the program to the terminal itself.
type screen struct {
	t    *testing.T
	cmd  *exec.Cmd
	keys *os.File

	mu    sync.Mutex
	shown bytes.Buffer
	ended chan error
}

func onTerminal(t *testing.T, cmd *exec.Cmd) *screen {
	t.Helper()
	keys, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	unblock(t, keys)
	s := &screen{t: t, cmd: cmd, keys: keys, ended: make(chan error, 1)}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = keys.Close() })
	read := make(chan struct{})
	go func() {
		defer close(read)
		buf := make([]byte, 4096)
		for {
			n, err := keys.Read(buf)
			s.mu.Lock()
			s.shown.Write(buf[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	go func() { err := cmd.Wait(); <-read; s.ended <- err }()
	return s
}

// unblock lets a terminal be closed while it is read from: setting its size made reading hold it open until something comes.
func unblock(t *testing.T, keys *os.File) {
	t.Helper()
	raw, err := keys.SyscallConn()
	if err == nil {
		if failed := raw.Control(func(fd uintptr) { err = syscall.SetNonblock(int(fd), true) }); failed != nil {
			err = failed
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.String()
}

// await waits until the screen has shown a text.
func (s *screen) await(want string) {
	s.t.Helper()
	for deadline := time.Now().Add(longest); !strings.Contains(s.text(), want); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("never showed %q; it showed\n%s", want, s.text())
		}
	}
}

// awaitAgain waits until the screen has shown a text so often.
func (s *screen) awaitAgain(want string, times int) {
	s.t.Helper()
	for deadline := time.Now().Add(longest); strings.Count(s.text(), want) < times; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("showed %q not %d times; it showed\n%s", want, times, s.text())
		}
	}
}

// code waits for the program's end and gives its exit code.
func (s *screen) code() int {
	s.t.Helper()
	select {
	case err := <-s.ended:
		return exitCode(s.t, err)
	case <-time.After(longest):
		s.t.Fatalf("still running; it showed\n%s", s.text())
		return 0
	}
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &ended):
		return ended.ExitCode()
	}
	t.Fatal(err)
	return 0
}

// TestSilentTerminal starts on a terminal that never answers: no command may ask it for its colours, and wait for the answer.
func TestSilentTerminal(t *testing.T) {
	s := onTerminal(t, program(t, t.TempDir(), "version"))
	if code := s.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if strings.Contains(s.text(), "\x1b") {
		t.Errorf("escape codes: %q", s.text())
	}
}

// TestConfirm asks at a terminal before anything is written: no leaves everything as it is, yes applies.
func TestConfirm(t *testing.T) {
	state := t.TempDir()
	s := onTerminal(t, program(t, state, "--sandbox", "apply", "-f", central, "--wait", "0", "--debug", filepath.Join(state, "calls")))
	s.await("Type yes: ")
	if _, err := s.keys.WriteString("no\r"); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != 1 || !strings.Contains(s.text(), "nothing was changed") {
		t.Errorf("after no: exit code %d, shown\n%s", code, s.text())
	}
	log, err := os.ReadFile(filepath.Join(state, "calls"))
	if err != nil || bytes.Contains(log, []byte(`"write":true`)) || !bytes.Contains(log, []byte(`"write":false`)) {
		t.Errorf("the call log after no: %v\n%s", err, log)
	}

	s = onTerminal(t, program(t, state, "--sandbox", "apply", "-f", central, "--wait", "0"))
	s.await("Type yes: ")
	if _, err := s.keys.WriteString("yes\r"); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != 4 || !strings.Contains(s.text(), "Result for central-logs: waiting") {
		t.Errorf("after yes: exit code %d, shown\n%s", code, s.text())
	}
}

// TestInterruptedQuestion ends a question by an interrupt.
func TestInterruptedQuestion(t *testing.T) {
	s := onTerminal(t, program(t, t.TempDir(), "--sandbox", "apply", "-f", central))
	s.await("Type yes: ")
	if _, err := s.keys.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != 130 || !strings.Contains(s.text(), "nothing was changed") {
		t.Errorf("exit code %d, shown\n%s", code, s.text())
	}
}

// TestInterrupt stops a run in its middle: calls in flight finish, the result says interrupted, and a second apply goes on.
func TestInterrupt(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			state := t.TempDir()
			cmd := program(t, state, "--sandbox", "apply", "-f", central, "--yes", "--output", "json", "--sandbox-rtt", "100ms")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var result struct{ Type, Status string }
			sent := false
			lines := json.NewDecoder(out)
			for {
				var line struct{ Type, Status, Step string }
				if err := lines.Decode(&line); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
				if line.Type == "step" && line.Step == "bucket" && !sent {
					sent = true
					if err := cmd.Process.Signal(sig); err != nil {
						t.Fatal(err)
					}
				}
				result.Type, result.Status = line.Type, line.Status
			}
			if code := exitCode(t, cmd.Wait()); code != 130 || result.Type != "result" || result.Status != "interrupted" {
				t.Errorf("exit code %d, last line %+v", code, result)
			}
			again := program(t, state, "--sandbox", "apply", "-f", central, "--yes", "--wait", "0")
			if shown, err := again.CombinedOutput(); exitCode(t, err) != 4 {
				t.Errorf("the second apply: %v\n%s", err, shown)
			}
		})
	}
}

// TestReaderGone pipes to a reader that leaves at once: no message, no panic, no failure of writing.
func TestReaderGone(t *testing.T) {
	cmd := program(t, t.TempDir(), "--sandbox", "plan", "-f", central)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = w, &said
	err = cmd.Run()
	_ = w.Close()
	if code := exitCode(t, err); code != 3 || said.Len() > 0 {
		t.Errorf("exit code %d, said %q", code, said.String())
	}
}

// TestUnwritable wants a message when standard output cannot be written.
func TestUnwritable(t *testing.T) {
	readOnly, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = readOnly.Close() }()
	var said bytes.Buffer
	cmd := program(t, t.TempDir(), "version")
	cmd.Stdout, cmd.Stderr = readOnly, &said
	if code := exitCode(t, cmd.Run()); code != 1 || !strings.Contains(said.String(), "standard output") {
		t.Errorf("exit code %d, said %q", code, said.String())
	}
}

// TestAccessible answers the questions of the plain wizard: wrong answers are asked again, back goes back, and the answers make the same
// set-up as the file.
func TestAccessible(t *testing.T) {
	state := t.TempDir()
	s := onTerminal(t, program(t, state, "--sandbox", "--accessible"))
	answers := []string{
		"",                           // who acts
		"centralized",                // mode
		"12", "", "back", "back", "", // account of the reader: wrong, then as the portal shows; from the external ID two back, and on
		"", "", // account of the reader and external ID, as the portal shows
		"444455556666", "", "Log archive", "", // account, way, label, role
		"archive-existing", "back", "back", "", // the bucket exists: no region is asked
		"central-flow-logs", "", "", // a new one, its region, how it is made
		"111122223333 222233334444", "", // resource accounts, way
		"", "", "back", "all", "central-logs", "", // regions, VPCs, name, the rest
	}
	if _, err := s.keys.WriteString(strings.Join(answers, "\r") + "\r"); err != nil {
		t.Fatal(err)
	}
	s.await("Go on with this plan?")
	if _, err := s.keys.WriteString("no\r"); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != 1 || !strings.Contains(s.text(), "Not accepted: ") || !strings.Contains(s.text(), "The bucket exists in us-east-1") {
		t.Errorf("exit code %d, shown\n%s", code, s.text())
	}
	saved, err := os.ReadFile(filepath.Join(state, "sandbox", "setups", "central-logs", "setup.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := steps.ParseSetup("saved", saved)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(central)
	if err != nil {
		t.Fatal(err)
	}
	want, err := steps.ParseSetup(central, file)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("answered\n%+v\nthe file has\n%+v", got, want)
	}
}

// TestFirstFrame opens the wizard on a terminal that never answers; it may ask it for nothing, since the first screen would wait for the answer.
func TestFirstFrame(t *testing.T) {
	s := onTerminal(t, program(t, t.TempDir(), "--sandbox"))
	s.await("123456789012")
	for _, asked := range []string{"\x1b]10;?", "\x1b]11;?", "\x1b[6n", "\x1b[c"} { // for its colours, the cursor's place and what it is
		if strings.Contains(s.text(), asked) {
			t.Errorf("the terminal was asked %q", asked)
		}
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != 130 || !strings.Contains(s.text(), "\x1b[?1049l") {
		t.Errorf("exit code %d, and the terminal was not given back", code)
	}
}

// What packages do at their initialisation adds up to the start of the program. Go counts what they allocate there, the same on every machine.
func TestStartUp(t *testing.T) {
	const limit = 45_000 // 33,000 where this was written, in 8 ms
	cmd := program(t, t.TempDir(), "version")
	cmd.Env = append(cmd.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	total, packages := 0, regexp.MustCompile(`(?m)^init \S+ .* (\d+) allocs$`).FindAllSubmatch(out, -1)
	for _, p := range packages {
		n, err := strconv.Atoi(string(p[1]))
		if err != nil {
			t.Fatal(err)
		}
		total += n
	}
	if total == 0 || total > limit {
		t.Errorf("packages allocate %d times at their initialisation, at most %d are meant:\n%s", total, limit, out)
	}
}

func BenchmarkVersion(b *testing.B) {
	path, err := exec.LookPath("flowgrant")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := exec.Command(path, "version").Run(); err != nil {
			b.Fatal(err)
		}
	}
}
