//go:build unix

package wizard_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A person gives a wrong external ID, is told so by the vendor's own attempt, changes that one answer, comes to "verified", and later takes
// the access back: on a real terminal that is resized all the while.
func TestWrongExternalIDChangedThenTakenBack(t *testing.T) {
	t.Parallel()
	c := open(t, "--sandbox", "--state-dir", t.TempDir())
	c.see("user/admin")
	c.press(enter)
	c.see("How are the logs kept?")
	c.press(down)
	c.see("▸ Centralized")
	c.press(enter)
	c.see("The practice portal shows 999988887777")
	c.press("999988887777", enter)
	c.see("The practice portal shows xs-7f3a91")
	c.press("xs-mistaken")
	c.see("With another one Xshield cannot read.")
	c.press(enter)
	c.see("444455556666 Log archive")
	c.press("log arch", enter) // what is typed stands for one account
	c.see("The way into that account")
	c.press(enter)
	c.see("> Log archive")
	c.press(enter)
	c.see("Role name")
	c.press(enter)
	c.see("archive-existing")
	c.press("storm-logs", enter)
	c.see("The name storm-logs is free")
	c.storm()
	c.press(enter)
	c.see("Storefront")
	c.press(paste("id,name\n111122223333,Payments\n"))
	c.see("1 of 4 accounts chosen")
	c.press(enter)
	c.see("The way into the workload accounts")
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
	c.storm()
	c.see("the portal shows the external ID xs-7f3a91")
	c.see("e changes an answer") // the run is over
	c.press("e")
	c.see("Change an answer")
	c.press(down, down, enter)
	c.see("> xs-mistaken")
	c.press("xs-7f3a91", enter)
	c.see("asks for the external ID xs-mistaken")
	c.press("a")
	c.see("Type yes")
	c.press("yes", enter)
	c.see("It works")
	c.press("m")
	c.see("Saved central-flow-logs-report.md")
	if report, err := os.ReadFile(filepath.Join(c.cmd.Dir, "central-flow-logs-report.md")); err != nil || !strings.Contains(string(report), "# central-flow-logs: verified") {
		t.Errorf("report (%v):\n%s", err, report)
	}
	c.press("n")
	c.see("Set-ups known here")
	c.press(enter)
	c.see("▸ Prove it again")
	c.press(enter)
	c.see("this only looked")
	c.press("n")
	c.see("Set-ups known here")
	c.press(enter)
	c.see("▸ Prove it again")
	c.press("G", "k", enter)
	c.see("The flow logs")
	c.press(down, enter)
	c.see("Running sessions")
	c.press(enter)
	c.see("Only an empty one can be deleted")
	c.press(enter)
	c.see("what will be taken back, and what stays")
	c.see("Nothing has been changed yet") // it is read by then
	c.press("a")
	c.see("Type central-flow-logs")
	c.press("yes", enter)
	c.see("to confirm, or esc")
	c.press(clear, "central-flow-logs", enter)
	c.see("central-flow-logs: access taken back")
	c.press("q")
	c.exits(0)
	c.see("central-flow-logs: access taken back.")
}

// ctrl+c asks on every screen before answers are lost, and leaves the terminal as it was.
func TestInterruptOnEveryScreen(t *testing.T) {
	t.Parallel()
	c := open(t, "--sandbox", "--state-dir", t.TempDir())
	c.see("user/admin")
	c.press(enter)
	c.see("How are the logs kept?")
	c.press(enter)
	for _, step := range [][2]string{{"ColorTokens AWS account ID", "999988887777"}, {"Workload account", "111122223333"}, {"The way into that account", ""}, {"Cross-account role", ""},
		{"External ID (optional)", ""}, {"S3 bucket", "interrupted-logs"}, {"About the bucket", ""}, {"Regions", ""}, {"VPCs", ""}, {"The rest", ""}} {
		c.see(step[0])
		c.press("\x03")
		c.see("Leave flowgrant?")
		c.press("n")
		c.gone("Leave flowgrant?")
		if step[0] == "About the bucket" {
			c.see("is free")
		}
		if step[0] == "Regions" {
			c.see("us-east-1")
		}
		if step[0] == "VPCs" {
			c.see("VPCs chosen")
		}
		c.press(step[1], enter)
	}
	c.see("Nothing has been changed yet")
	c.press("\x03")
	c.see("Leave flowgrant?")
	c.press("\x03")
	c.exits(130)
}

// storm resizes the terminal many times, to sizes that are far too small and far too large too.
func (c *console) storm() {
	c.t.Helper()
	for _, size := range [][2]int{{60, 20}, {200, 50}, {20, 5}, {300, 80}, {61, 13}, {80, 24}} {
		c.resize(size[0], size[1])
		time.Sleep(15 * time.Millisecond)
	}
	c.whole(80, 24)
}

// whole waits for a frame that is as wide and tall as the screen: a torn or overflowing line would have moved its rules.
func (c *console) whole(w, h int) {
	c.t.Helper()
	limit := time.After(patience)
	rule := strings.Repeat("─", w)
	for {
		lines := strings.Split(strings.ReplaceAll(c.shown(), "\r", ""), "\n")
		rules := 0
		for _, l := range lines {
			if l == rule {
				rules++
			}
		}
		if len(lines) == h && strings.HasPrefix(lines[0], "flowgrant") && lines[2] == rule && rules == 2 {
			return
		}
		select {
		case <-c.changed:
		case <-limit:
			c.t.Fatalf("the frame is torn:\n%s", c.shown())
		}
	}
}

// gone waits until the screen no longer shows a text.
func (c *console) gone(what string) {
	c.t.Helper()
	limit := time.After(patience)
	for strings.Contains(strings.Join(strings.Fields(c.shown()), " "), what) {
		select {
		case <-c.changed:
		case <-limit:
			c.t.Fatalf("%q stays:\n%s", what, c.shown())
		}
	}
}
