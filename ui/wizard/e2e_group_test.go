//go:build unix

package wizard_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A set-up whose flow logs go to CloudWatch Logs is resumed, proved and taken back on the screen, and nothing there speaks of a bucket, a
// portal or a reader.
func TestSetupToALogGroupIsResumedAndTakenBack(t *testing.T) {
	t.Parallel()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	state := t.TempDir()
	file := filepath.Join(t.TempDir(), "setup.yaml")
	text, err := os.ReadFile("../command/testdata/setups/log-group.yaml")
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, "--sandbox", "--state-dir", state, "apply", "--yes", "--wait", "0", "-f", file).CombinedOutput(); err == nil {
		t.Fatalf("logs were there at once:\n%s", out)
	}
	c := open(t, "--sandbox", "--state-dir", state, "resume", "payments-groups")
	no := func() {
		t.Helper()
		for _, word := range []string{"ucket", "ortal", "Xshield"} {
			if strings.Contains(c.shown(), word) {
				t.Errorf("the screen speaks of %q:\n%s", word, c.shown())
			}
		}
	}
	c.see("user/admin")
	c.press(enter)
	c.see("payments-groups")
	c.see("Take back the delivery")
	no()
	c.press(enter)
	c.see("a apply")
	no()
	c.press("e")
	c.see("the answers are changed in the set-up file")
	c.press("a")
	c.see("Type yes")
	c.press("yes", enter)
	c.see("It works: logs of the right format arrive in the log group")
	no()
	c.press(tabKey)
	c.see("[Logs]")
	no()
	c.press(tabKey)
	c.see("Inline policy FlowLogsToCloudWatchLogs-payments-groups")
	no()
	c.press(tabKey)
	c.see("[Checks]")
	c.press("m")
	c.see("Saved payments-groups-report.md")
	report, err := os.ReadFile(filepath.Join(c.cmd.Dir, "payments-groups-report.md"))
	if err != nil || !strings.Contains(string(report), "log group /vpc/flow-logs") || strings.Contains(string(report), "portal") || strings.Contains(strings.ToLower(string(report)), "bucket") {
		t.Errorf("report (%v):\n%s", err, report)
	}
	c.press("n")
	c.see("Set-ups known here")
	c.press(enter)
	c.see("▸ Prove it again")
	c.press("G", "k", enter)
	c.see("Nobody was granted access. Do your flow logs go")
	no()
	c.press(down, enter)
	c.see("A log group goes only where this set-up made it")
	no()
	c.press(enter)
	c.see("what will be taken back, and what stays")
	c.see("Nothing has been changed yet") // it is read by then
	c.press("a")
	c.see("Type payments-groups")
	no()
	c.press("payments-groups", enter)
	c.see("Nobody is granted access by this set-up.")
	c.see("log group /vpc/flow-logs")
	no()
	c.press("q")
	c.exits(0)
}
