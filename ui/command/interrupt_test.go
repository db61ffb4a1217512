//go:build linux

package command

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// statusOf asks the program how far the only set-up of a state directory is.
func statusOf(t *testing.T, state string) string {
	t.Helper()
	out, err := program(t, state, "--sandbox", "setups", "--output", "json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var line struct{ Status string }
	if err := json.Unmarshal(out, &line); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return line.Status
}

// TestHangup closes the terminal in the middle of a run: it stops in good order, and resume goes on.
func TestHangup(t *testing.T) {
	state := t.TempDir()
	s := onTerminal(t, program(t, state, "--sandbox", "apply", "-f", central, "--yes", "--sandbox-rtt", "100ms"))
	s.await("start    bucket")
	if err := s.keys.Close(); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != exitInterrupted {
		t.Errorf("exit code %d", code)
	}
	if status := statusOf(t, state); status != "interrupted" {
		t.Errorf("the journal says %s", status)
	}
	out, err := program(t, state, "--sandbox", "resume", "--yes", "--wait", "0").CombinedOutput()
	if code := exitCode(t, err); code != exitWaiting || !strings.Contains(string(out), "flowgrant resume central-logs") {
		t.Errorf("resume: exit code %d\n%s", code, out)
	}
}

// TestResumeOnTerminal goes on in the wizard, at the set-up that is named; --accessible shows the plan and asks. A terminal that closes ends both.
func TestResumeOnTerminal(t *testing.T) {
	state := t.TempDir()
	if out, err := program(t, state, "--sandbox", "apply", "-f", central, "--yes", "--wait", "0").CombinedOutput(); exitCode(t, err) != exitWaiting {
		t.Fatalf("%v\n%s", err, out)
	}
	s := onTerminal(t, program(t, state, "--sandbox", "resume"))
	s.await("123456789012")
	if _, err := s.keys.WriteString("\r"); err != nil {
		t.Fatal(err)
	}
	s.await("Prove") // one of the things to do with that set-up
	if !strings.Contains(s.text(), "central-logs") {
		t.Errorf("it shows another page:\n%s", s.text())
	}
	if _, err := s.keys.WriteString("\x1b[B"); err != nil { // it moves: the terminal is closed once it was read from
		t.Fatal(err)
	}
	if err := s.keys.Close(); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != exitInterrupted {
		t.Errorf("the wizard on a terminal that closed: exit code %d", code)
	}

	s = onTerminal(t, program(t, state, "--sandbox", "--accessible", "revoke", "central-logs"))
	s.await("Revoke with these")
	if _, err := s.keys.WriteString("no\r"); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != exitFailed || !strings.Contains(s.text(), "nothing was changed") {
		t.Errorf("revoke, after no: exit code %d\n%s", code, s.text())
	}
	s = onTerminal(t, program(t, state, "--sandbox", "--accessible", "revoke", "central-logs"))
	s.await("Revoke with these")
	if _, err := s.keys.WriteString("yes\r"); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != exitDone || !strings.Contains(s.text(), "Result for central-logs: revoked") {
		t.Errorf("revoke, after yes: exit code %d\n%s", code, s.text())
	}
}

// TestProofIsInterrupted interrupts a proof while it looks: nothing is being changed, so that its calls end with the first interrupt, and nothing is
// said of what was not seen.
func TestProofIsInterrupted(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	if out, err := program(t, state, "--sandbox", "apply", "-f", central, "--yes").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	calls := filepath.Join(t.TempDir(), "calls.jsonl")
	cmd := program(t, state, "--sandbox", "verify", "central-logs", "--sandbox-rtt", "3s", "--debug", calls)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(longest); ; time.Sleep(10 * time.Millisecond) {
		if made, _ := os.ReadFile(calls); bytes.Contains(made, []byte(`"ListObjectsV2"`)) { // the state is read, and the proof has begun
			break
		}
		if time.Now().After(deadline) {
			_ = cmd.Process.Kill()
			t.Fatal("it never looked for logs")
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if code := exitCode(t, err); code != exitInterrupted || !strings.Contains(said.String(), "interrupted; nothing was changed") || strings.Contains(said.String(), "Proof for") {
		t.Errorf("exit code %d, said\n%s", code, said.String())
	}
}

// TestSuspend presses Ctrl-Z while changes run: it is refused, and the run goes on.
func TestSuspend(t *testing.T) {
	s := onTerminal(t, program(t, t.TempDir(), "--sandbox", "apply", "-f", central, "--yes", "--wait", "0", "--sandbox-rtt", "100ms"))
	s.await("start    bucket")
	if _, err := s.keys.WriteString("\x1a"); err != nil {
		t.Fatal(err)
	}
	s.await("not suspended")
	if code := s.code(); code != exitWaiting {
		t.Errorf("exit code %d", code)
	}
}

// TestLeaveTheWait interrupts while only logs are waited for: that is no failure, and says how to come back.
func TestLeaveTheWait(t *testing.T) {
	state := t.TempDir()
	cmd := program(t, state, "--sandbox", "apply", "-f", central, "--yes", "--output", "json")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waits := map[string]bool{}
	var last struct{ Type, Status, Step, Account string }
	for lines := json.NewDecoder(out); ; {
		if err := lines.Decode(&last); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if last.Step == "delivery" && last.Status == "waiting" && !waits[last.Account] {
			if waits[last.Account] = true; len(waits) == 2 {
				if err := cmd.Process.Signal(os.Interrupt); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if code := exitCode(t, cmd.Wait()); code != exitWaiting || last.Type != "result" || last.Status != "waiting" || !strings.Contains(said.String(), "flowgrant resume central-logs") {
		t.Errorf("exit code %d, last line %+v, said %s", code, last, said.String())
	}
	if status := statusOf(t, state); status != "waiting" {
		t.Errorf("the journal says %s", status)
	}
}

// TestStalledOutput lets nobody take the output once the plan was shown: the run ends all the same, and an interrupt then ends the program.
func TestStalledOutput(t *testing.T) {
	state := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	const setPipeSize = 1031 // F_SETPIPE_SZ
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, w.Fd(), setPipeSize, 4096); errno != 0 {
		t.Fatal(errno)
	}
	cmd := program(t, state, "--sandbox", "apply", "-f", central, "--yes", "--output", "json")
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if plan, err := bufio.NewReader(r).ReadString('\n'); err != nil || !strings.Contains(plan, `"type":"plan"`) {
		t.Fatalf("%v: %s", err, plan)
	}
	journal := filepath.Join(state, "sandbox", "setups", "central-logs", "journal.jsonl")
	for deadline := time.Now().Add(longest); ; time.Sleep(50 * time.Millisecond) {
		if text, _ := os.ReadFile(journal); strings.Contains(string(text), `"kind":"end","status":"verified"`) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the run never ended")
		}
	}
	select {
	case err := <-ended:
		t.Fatalf("the output fitted into the pipe: %v", err)
	default:
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if code := exitCode(t, err); code != exitDone {
			t.Errorf("exit code %d", code)
		}
	case <-time.After(longest):
		_ = cmd.Process.Kill()
		t.Error("it waits for its output to be taken")
	}
}

// TestFullDisk allows the program no byte in any file: that is told before the first write to AWS.
func TestFullDisk(t *testing.T) {
	s := newServed(t, nil, nil)
	before := s.settled()
	whole := s.command(s.env, "apply", "--yes", "-f", central, "--output", "json")
	cmd := exec.Command("sh", "-c", `ulimit -f 0; exec "$0" "$@"`)
	cmd.Args = append(cmd.Args, whole.Args...)
	cmd.Env = whole.Env
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	code := exitCode(t, cmd.Run())
	if code != exitFailed || !strings.Contains(said.String(), "nothing was written to AWS") || !strings.Contains(flat(said.String()), "free some space, or give another with --state-dir DIR") || !strings.Contains(lastLine(out.String()), `"status":"failed"`) {
		t.Errorf("exit code %d\n%s\n%s", code, said.String(), out.String())
	}
	if found := differences(t, before, s.settled()); len(found) > 0 {
		t.Errorf("AWS was written to: %v", found)
	}
}

// TestStateDirectoryThatCannotBe names a place where no directory can be made: that is told before the first write to AWS.
func TestStateDirectoryThatCannotBe(t *testing.T) {
	t.Parallel()
	s := newServed(t, nil, nil)
	before := s.settled()
	code, _, stderr := s.run("apply", "--yes", "-f", central, "--state-dir", filepath.Join(central, "state"))
	if code != exitFailed || !strings.Contains(flat(stderr), "nothing was written to AWS") || !strings.Contains(flat(stderr), "or give another with --state-dir DIR") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	if found := differences(t, before, s.settled()); len(found) > 0 {
		t.Errorf("AWS was written to: %v", found)
	}
}

// TestStateDirectoryThatIsNearlyFull has room for the journal's first lines, and not for the documents as they were: told before the first write
// to AWS. A bound on the size of files stands for the full disk.
func TestStateDirectoryThatIsNearlyFull(t *testing.T) {
	t.Parallel()
	s := newServed(t, nil, nil)
	before := s.settled()
	cmd := s.command(s.env, "apply", "--yes", "-f", central)
	cmd.Args = append([]string{"sh", "-c", `ulimit -f 40; exec "$@"`, "sh", cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	said, err := cmd.CombinedOutput()
	if code := exitCode(t, err); code != exitFailed || !strings.Contains(flat(string(said)), "do not fit") || !strings.Contains(flat(string(said)), "nothing was written to AWS") {
		t.Errorf("exit code %d\n%s", code, said)
	}
	if found := differences(t, before, s.settled()); len(found) > 0 {
		t.Errorf("AWS was written to: %v", found)
	}
	if left, err := filepath.Glob(filepath.Join(s.state, "setups", "*", "room-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
