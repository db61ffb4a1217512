//go:build unix

package wizard_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ctrl+z gives the terminal back to the shell as it was, and coming back draws the same screen again.
func TestSuspendAndBack(t *testing.T) {
	t.Parallel()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	c := openCommand(t, "/bin/sh", []string{"-i"}, "PS1=shell> ", "ENV=", "HISTFILE=")
	c.see("shell>")
	c.press(program + " --sandbox --state-dir '" + t.TempDir() + "'\r")
	c.see("user/admin")
	c.press(enter)
	c.see("may read them.") // a frame may arrive in parts: its last line comes last
	c.see("esc back ? help ctrl+c quit")
	before, from := c.shown(), len(c.output())
	c.press("\x1a")
	c.shellBack(from)
	given := c.output()[from:]
	for _, want := range []string{"\x1b[?1049l", "\x1b[?2004l", "\x1b[?25h"} {
		if !strings.Contains(given, want) {
			t.Errorf("suspended, the terminal was not given back: no %q", want)
		}
	}
	c.press("stty -a | tr ' ' '\\n' | grep -c -e ^icanon -e ^echo$ -e ^isig\r")
	c.see("3 shell>") // line editing, echo and signals are on
	from = len(c.output())
	c.press("fg\r")
	c.until("the screen from before, whole", func(shown string) bool { return shown == before })
	back := c.output()[from:]
	for _, want := range []string{"\x1b[?1049h", "\x1b[?2004h"} {
		if !strings.Contains(back, want) {
			t.Errorf("back again, the screen is not taken: no %q", want)
		}
	}
	c.press(down)
	c.see("▸ Centralized")
	from = len(c.output())
	c.press("\x03")
	c.shellBack(from)
	c.press("exit\r")
	c.exits(0)
}

// shellBack waits until the shell asks again after the program has given the screen back; from is how much was put out before.
func (c *console) shellBack(from int) {
	c.t.Helper()
	limit := time.After(patience)
	for {
		_, given, ok := strings.Cut(c.output()[from:], "\x1b[?1049l")
		if ok && strings.Contains(given, "shell>") {
			return
		}
		select {
		case <-c.changed:
		case <-limit:
			c.t.Fatalf("the shell does not come back:\n%s", c.shown())
		}
	}
}

// While AWS is being changed ctrl+z is refused, the first ctrl+c lets calls in flight finish, and what was made can be gone on with.
func TestRunIsNotSuspendedAndStopsOnInterrupt(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	c := open(t, "--sandbox", "--state-dir", state, "--sandbox-rtt", "80ms")
	c.see("user/admin")
	c.press(enter)
	c.see("How are the logs kept?")
	c.press("\x03")
	c.exits(0) // nothing was answered: nothing is lost

	c = open(t, "--sandbox", "--state-dir", state, "--sandbox-rtt", "80ms")
	c.perAccount("stopped-logs")
	c.press("a")
	c.see("Type yes")
	c.press("yes", enter)
	c.see("Running flow-logs-111122223333")
	c.press("\x1a")
	c.see("Suspending is off while AWS is being changed.")
	c.press("\x03")
	c.see("Interrupted: what was made stays.")
	c.press("h")
	c.see("For somebody who may do it")
	c.press("\x1b")
	c.see("Interrupted: what was made stays.")
	c.press("q")
	c.exits(130)
	c.see("To go on: flowgrant resume flow-logs-111122223333")

	c = open(t, "--sandbox", "--state-dir", state)
	c.see("user/admin")
	c.press(enter)
	c.see("Set-ups known here")
	c.press(enter)
	c.see("▸ Go on")
	c.press(enter)
	c.see("Nothing has been changed yet")
	c.press("a")
	c.see("Type yes")
	c.press("yes", enter)
	c.see("It works")
	c.press("\x03") // nothing is lost here either
	c.exits(0)
}

// A step fails while logs are waited for; tried again from the screen, it all comes to "verified".
func TestFailedStepIsTriedAgainFromTheScreen(t *testing.T) {
	t.Parallel()
	c := open(t, "--sandbox", "--state-dir", t.TempDir(), "--sandbox-fault", "iam:PutRolePolicy#1=deny")
	c.perAccount("retried-logs")
	c.press("a")
	c.see("Type yes")
	c.press("yes", enter)
	c.see("Failed: permissions · 111122223333 Payments")
	c.press("r")
	c.see("It works")
	c.press("q")
	c.exits(0)
}

// perAccount answers the questions of per-account up to the review.
func (c *console) perAccount(bucket string) {
	c.t.Helper()
	c.see("user/admin")
	c.press(enter)
	c.see("How are the logs kept?")
	c.press(enter)
	for _, step := range [][2]string{{"ColorTokens AWS account ID", "999988887777"}, {"Workload account", "111122223333"}, {"The way into that account", ""}, {"trusts 999988887777", ""},
		{"External ID (optional)", "xs-7f3a91"}, {"S3 bucket", bucket}, {"is free", ""}, {"regions chosen: us-east-1", ""}, {"VPCs chosen", ""}, {"The rest", ""}} {
		c.see(step[0])
		c.press(step[1], enter)
	}
	c.see("Nothing has been changed yet")
}

// A text is handed to the terminal: as it is, wrapped inside tmux, and not at all to a console that takes none. There the file is named.
func TestCopyThroughTheTerminal(t *testing.T) {
	t.Parallel()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	for name, given := range map[string]struct {
		env  []string
		want func(text string) string // the bytes; empty: none
		says string
	}{
		"plain": {nil, func(text string) string { return "\x1b]52;c;" + text + "\a" }, "Handed to your terminal"},
		"tmux": {[]string{"TERM=tmux-256color", "TMUX=/tmp/tmux-0/default,1,0"}, func(text string) string { return "\x1bPtmux;\x1b\x1b]52;c;" + text + "\a\x1b\\" },
			"Handed to your terminal"},
		"none": {[]string{"TERM=linux"}, nil, "No clipboard could be reached: select the text shown. s saves it as flowgrant-bucket.txt."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := openCommand(t, program, []string{"--sandbox", "--state-dir", t.TempDir()}, append(given.env, "PATH=/nonexistent", "DISPLAY=", "WAYLAND_DISPLAY=")...)
			c.perAccount("copied-logs")
			c.press(enter)
			c.see("API requests")
			c.press("c")
			c.see(given.says)
			c.see("create the bucket: public access blocked") // the text itself stands on the screen
			c.press("s")
			c.see("Saved flowgrant-bucket.txt")
			text, err := os.ReadFile(filepath.Join(c.cmd.Dir, "flowgrant-bucket.txt"))
			if err != nil {
				t.Fatal(err)
			}
			switch out := c.output(); {
			case given.want == nil && strings.Contains(out, "]52;"):
				t.Error("OSC 52 to a console that takes none")
			case given.want != nil && !strings.Contains(out, given.want(base64.StdEncoding.EncodeToString(text))):
				t.Error("not the bytes of the text that is shown and saved")
			}
			c.press("\x03")
			c.see("Leave flowgrant?")
			c.press("y")
			c.exits(0)
		})
	}
}

// An arrow key that arrives in parts, as over a slow line, is that key and no Esc. Where the parts come so far apart that Esc is what they are, the
// screen before is left again for another try.
func TestAKeyInPartsIsThatKey(t *testing.T) {
	t.Parallel()
	c := open(t, "--sandbox", "--state-dir", t.TempDir())
	c.see("user/admin")
	for range 20 {
		c.press(enter)
		c.see("may read them.")
		c.see("▸ Per account")
		c.press("\x1b")
		time.Sleep(5 * time.Millisecond) // so that it is read by itself
		c.press("[B")
		c.until("the other mode, or the screen before", func(shown string) bool {
			return strings.Contains(shown, "▸ Centralized") || strings.Contains(shown, "Who is acting")
		})
		if strings.Contains(c.shown(), "▸ Centralized") {
			return
		}
	}
	t.Errorf("Esc and the rest of an arrow key never were that key:\n%s", c.shown())
}
