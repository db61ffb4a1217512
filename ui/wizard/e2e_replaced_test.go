//go:build unix

package wizard_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/ui/words"
)

// What becomes of a flow log that is replaced is answered before the run, which then asks nothing and deletes it once the new one is proved.
func TestReplacedFlowLogsAreAskedOfBeforeTheRun(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	hand := filepath.Join("..", "command", "testdata", "setups", "by-hand-per-account.yaml")
	if out, err := exec.Command(program, "apply", "-f", hand, "--yes", "--sandbox", "--state-dir", state).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	broken(t, state, "format-without-tcp-flags")
	c := open(t, "--sandbox", "--state-dir", state)
	c.see("user/admin")
	c.press(enter)
	c.see("Set-ups known here")
	c.press(enter)
	c.see("▸ Prove it again")
	for range 10 {
		if strings.Contains(c.shown(), "▸ "+words.SayReviewAgain) {
			break
		}
		before := c.shown()
		c.press("\x1b[B")
		c.until("the next line", func(shown string) bool { return shown != before })
	}
	c.see("▸ " + words.SayReviewAgain)
	c.press(enter)
	c.see("Nothing has been changed yet")
	c.press("a")
	c.see("Type yes")
	c.press("yes", enter)
	c.see(words.TitleReplaced)
	c.see("account 111122223333, us-east-1: fl-")
	c.press("y")
	c.see("It works")
	c.press("q")
	c.exits(0)
	kept, err := filepath.Glob(filepath.Join(state, "sandbox", "setups", "*", "setup.yaml"))
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	if text, err := os.ReadFile(kept[0]); err != nil || !strings.Contains(string(text), "delete_replaced: true") {
		t.Errorf("remembered (%v):\n%s", err, text)
	}
}
