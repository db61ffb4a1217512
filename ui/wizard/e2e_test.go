//go:build unix

package wizard_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"golang.org/x/term"

	"github.com/flowgrant/flowgrant/steps"
)

// console is the real program on a real pseudo-terminal, its screen read through an emulator that answers no query.
type console struct {
	t       *testing.T
	cmd     *exec.Cmd
	pty     *os.File
	mu      sync.Mutex
	screen  *vt.Emulator
	raw     bytes.Buffer
	changed chan struct{}
	closed  chan struct{}
	modes   *term.State // of the terminal, before the program
}

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "flowgrant")
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, "flowgrant")
	out, err := exec.Command("go", "build", "-o", program, "../..").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return program, nil
})

func open(t *testing.T, args ...string) *console {
	t.Helper()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return openCommand(t, program, args)
}

// openCommand starts a command; env goes on top of the usual environment.
func openCommand(t *testing.T, program string, args []string, env ...string) *console {
	t.Helper()
	c := &console{t: t, screen: vt.NewEmulator(80, 24), changed: make(chan struct{}, 1), closed: make(chan struct{})}
	c.cmd = exec.Command(program, args...)
	c.cmd.Dir = t.TempDir()
	c.cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LANG=C.UTF-8", "LC_ALL=", "NO_COLOR=", "AWS_CONFIG_FILE=/nonexistent", "TMUX=")
	c.cmd.Env = append(c.cmd.Env, env...)
	var err error
	c.pty, err = pty.StartWithSize(c.cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	fresh, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	c.modes = modes(t, tty)
	_ = errors.Join(fresh.Close(), tty.Close())
	go func() { _, _ = io.Copy(io.Discard, c.screen) }() // what the emulator would answer
	go c.read()
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		_ = c.pty.Close()
		<-c.closed
	})
	return c
}

func (c *console) read() {
	defer close(c.closed)
	buf := make([]byte, 64<<10)
	for {
		n, err := c.pty.Read(buf)
		c.mu.Lock()
		c.raw.Write(buf[:n])
		_, _ = c.screen.Write(buf[:n])
		c.mu.Unlock()
		select {
		case c.changed <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (c *console) shown() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.screen.String()
}

func (c *console) output() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.raw.String()
}

// patience is how long a test waits for what a screen must show; only one that never does lets it pass.
const patience = 90 * time.Second

// see waits until the screen shows a text.
func (c *console) see(want string) {
	c.t.Helper()
	c.until(want, func(shown string) bool { return strings.Contains(strings.Join(strings.Fields(shown), " "), want) })
}

// until waits until the screen is as is wanted.
func (c *console) until(want string, fits func(shown string) bool) {
	c.t.Helper()
	limit := time.After(patience)
	for !fits(c.shown()) {
		select {
		case <-c.changed:
		case <-c.closed:
			if !fits(c.shown()) {
				c.t.Fatalf("the program ended without showing %q:\n%s", want, c.shown())
			}
		case <-limit:
			c.t.Fatalf("%q does not come:\n%s", want, c.shown())
		}
	}
}

func (c *console) press(keys ...string) {
	for _, k := range keys {
		if _, err := c.pty.WriteString(k); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c *console) resize(w, h int) {
	c.mu.Lock()
	c.screen.Resize(w, h)
	c.mu.Unlock()
	if err := pty.Setsize(c.pty, &pty.Winsize{Rows: uint16(h), Cols: uint16(w)}); err != nil {
		c.t.Fatal(err)
	}
}

// exits waits for the end and checks that the terminal was left as it was found, and never asked anything.
func (c *console) exits(code int) {
	c.t.Helper()
	limit := time.AfterFunc(patience, func() {
		c.t.Errorf("the program does not end:\n%s", c.shown())
		_ = c.cmd.Process.Kill()
	})
	err := c.cmd.Wait()
	limit.Stop()
	<-c.closed
	var exit *exec.ExitError
	got := 0
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		c.t.Fatal(err)
	}
	if got != code {
		c.t.Errorf("exit code %d, want %d\n%s", got, code, c.shown())
	}
	if !reflect.DeepEqual(modes(c.t, c.pty), c.modes) {
		c.t.Error("the terminal's modes are not as they were")
	}
	out := c.output()
	for _, want := range []string{"\x1b[?1049l", "\x1b[?2004l", "\x1b[?25h"} {
		if !strings.Contains(out, want) {
			c.t.Errorf("the terminal was not given back: no %q", want)
		}
	}
	for _, query := range []string{"\x1b]10;?", "\x1b]11;?", "\x1b[6n", "\x1b[c", "\x1b[>0q", "\x1b]4;"} {
		if strings.Contains(out, query) {
			c.t.Errorf("the terminal was asked %q", query)
		}
	}
}

// modes reads how a terminal is set: echo, line editing, signals.
func modes(t *testing.T, f *os.File) (state *term.State) {
	t.Helper()
	raw, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	if err := errors.Join(raw.Control(func(fd uintptr) { state, failed = term.GetState(int(fd)) }), failed); err != nil {
		t.Fatal(err)
	}
	return state
}

const (
	enter  = "\r"
	down   = "\x1b[B"
	tabKey = "\t"
	clear  = "\x15"
)

func paste(s string) string { return "\x1b[200~" + s + "\x1b[201~" }

func TestCentralizedByKeysAlone(t *testing.T) {
	t.Parallel()
	c := open(t, "--sandbox", "--state-dir", t.TempDir())
	c.see("Who is acting")
	c.see("user/admin")
	c.press(enter)
	c.see("How are the logs kept?")
	c.press(down, enter)
	c.see("The practice portal shows 999988887777")
	c.press(paste("999988887777\n"), enter)
	c.see("The practice portal shows xs-7f3a91")
	c.press("xs-7f3a91", enter)
	c.see("444455556666 Log archive")
	c.press(clear, "444455556666", enter)
	c.see("The way into that account")
	c.resize(60, 20)
	c.press(enter)
	c.see("> Log archive")
	c.resize(100, 30)
	c.press(enter)
	c.see("Role name")
	c.resize(80, 24)
	c.press(enter)
	c.see("archive-existing")
	c.press(clear, "central-flow-logs", enter)
	c.see("The name central-flow-logs is free")
	c.press(enter)
	c.see("Storefront")
	c.press(paste("111122223333, 222233334444"))
	c.see("2 of 4 accounts chosen")
	c.press(enter)
	c.see("The way into the workload accounts")
	c.press(enter)
	c.see("1 of 17 regions chosen: us-east-1")
	c.press(enter)
	c.see("VPCs chosen")
	c.press(enter)
	c.see("The rest")
	c.press(enter)
	c.see("Nothing has been changed yet")
	c.press("s")
	c.see("Saved central-flow-logs.yaml")
	c.press("a")
	c.see("Type yes")
	c.press("yes", enter)
	c.see("It works")
	c.press(tabKey)
	c.see("S3 Bucket ARN arn:aws:s3:::central-flow-logs")
	c.press("4")
	c.see(": External ID xs-7f3a91.")                            // where it was copied to
	if !strings.Contains(c.output(), "\x1b]52;c;eHMtN2YzYTkx") { // xs-7f3a91 in base64
		t.Error("no OSC 52 sequence with the external ID")
	}
	c.press(tabKey)
	c.see("Records over time")
	c.press(tabKey)
	c.see("Trust policy of ColortokensHubFlowLogsRole")
	c.press(enter)
	c.see("sts:ExternalId")
	c.press("qq")
	c.exits(0)
	c.see("central-flow-logs: verified.")

	saved, err := os.ReadFile(filepath.Join(c.cmd.Dir, "central-flow-logs.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	sameAsByHand(t, saved, "by-hand-central.yaml")

	// The saved file gives the same set-up: there is nothing left to change.
	program, _ := build()
	apply := exec.Command(program, "apply", "-f", filepath.Join(c.cmd.Dir, "central-flow-logs.yaml"), "--yes", "--sandbox", "--state-dir", c.cmd.Args[3])
	out, err := apply.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "nothing to change") && !strings.Contains(string(out), "unchanged") {
		t.Errorf("apply of the saved file (%v):\n%s", err, out)
	}
}

func TestPerAccountByKeysAlone(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	c := open(t, "--sandbox", "--state-dir", state, "--sandbox-fault", "ec2:CreateFlowLogs#1=expired")
	c.see("user/admin")
	c.press(enter)
	c.see("How are the logs kept?")
	c.press(enter)
	c.see("ColorTokens AWS account ID")
	c.press("999988887777", enter)
	c.see("111122223333 Payments")
	c.press(down)
	c.see("▸ 111122223333")
	c.press(enter)
	c.see("The way into that account")
	c.press(enter)
	c.see("ColorTokensCrossAccountAccessRole trusts 999988887777")
	c.press(enter)
	c.see("External ID (optional)")
	c.press("\x1b") // back …
	c.see("trusts 999988887777")
	c.press(enter) // … and on again
	c.see("External ID (optional)")
	c.press("xs-7f3a91", enter)
	c.see("flow-logs-111122223333")
	c.press(enter)
	c.see("is free")
	c.press(enter)
	c.see("regions chosen: us-east-1")
	c.press(enter)
	c.see("VPCs chosen")
	c.press(enter)
	c.see("The rest")
	c.press(enter)
	c.see("Nothing has been changed yet")
	c.press("a")
	c.see("Type yes")
	c.press("yes", enter)
	c.see("Log in again")
	c.press("\x1b", enter) // looks at once; only the login itself ends the question
	c.see("Log in again")
	c.see("It works")
	c.press(tabKey)
	c.see("There is nothing to enter")
	c.press("q")
	c.exits(0)
	kept, err := os.ReadFile(filepath.Join(state, "sandbox", "setups", "flow-logs-111122223333", "setup.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	sameAsByHand(t, kept, "by-hand-per-account.yaml")
}

// sameAsByHand compares what the answers give with a file that was written by hand. What plain lines give is compared with the same files.
func sameAsByHand(t *testing.T, got []byte, name string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "command", "testdata", "setups", name))
	if err != nil {
		t.Fatal(err)
	}
	hand, err := steps.ParseSetup(name, text)
	if err != nil {
		t.Fatal(err)
	}
	if want := hand.YAML(); !bytes.Equal(got, want) {
		t.Errorf("the wizard gives\n%s\nand by hand it is\n%s", got, want)
	}
}

func TestSignalsLeaveTheTerminalSane(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]syscall.Signal{"SIGTERM": syscall.SIGTERM, "SIGINT": syscall.SIGINT} {
		t.Run(name, func(t *testing.T) {
			c := open(t, "--sandbox", "--state-dir", t.TempDir())
			c.see("user/admin")
			c.press(enter)
			c.see("How are the logs kept?")
			if err := c.cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			c.exits(130)
		})
	}
}
