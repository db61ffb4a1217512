//go:build unix

package wizard_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/steps"
)

// The program is killed between two questions, and once more by the terminal that closes: each next start goes on with the answers, the review shows
// the set-up that was asked for, and nothing secret was kept.
func TestAnswersOutliveAKill(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	next := func() string {
		files, _ := filepath.Glob(filepath.Join(state, "sandbox", "answers", "*.json"))
		if len(files) != 1 {
			return ""
		}
		var d steps.Draft
		text, err := os.ReadFile(files[0])
		if err != nil || json.Unmarshal(text, &d) != nil {
			return ""
		}
		return d.Next
	}
	kept := func(want string) {
		t.Helper()
		for end := time.Now().Add(patience); next() != want; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("kept is that %q comes next, want %q", next(), want)
			}
		}
	}
	c := open(t, "--sandbox", "--state-dir", state)
	c.see("user/admin")
	c.press(enter, down, enter)
	c.see("ColorTokens AWS account ID")
	c.press("999988887777", enter)
	c.see("External ID")
	c.press("xs-7f3a91", enter)
	c.see("Flow log account")
	c.press("\x15", "444455556666", enter)
	c.see("The way into that account")
	kept("The way into that account")
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.cmd.Wait()

	c = open(t, "--sandbox", "--state-dir", state)
	c.see("Go on with your answers centralized, 444455556666, given")
	c.press(enter)
	c.see("Question 4: The way into that account")
	c.press(enter)
	c.see("Account name for the portal")
	c.press(enter)
	c.see("Role name")
	c.press(enter)
	c.see("S3 bucket")
	kept("S3 bucket")
	if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	c.exits(130)
	if next() != "S3 bucket" {
		t.Errorf("after the terminal closed, next is %q", next())
	}

	c = open(t, "--sandbox", "--state-dir", state)
	c.see("The next question: S3 bucket")
	c.press(enter)
	c.see("Question 7: S3 bucket")
	c.press("\x15", "central-flow-logs", enter)
	c.see("is free")
	c.press("\x03")
	c.see("What you have answered is kept")
	c.press("y")
	c.exits(0)
	c.see("Your answers so far are kept")
}
