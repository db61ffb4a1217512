//go:build !windows

package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// TestAccessibleLogGroup goes on with a set-up whose logs go to CloudWatch Logs: the file that plain lines save is that of the hand.
func TestAccessibleLogGroup(t *testing.T) {
	state, dir := t.TempDir(), t.TempDir()
	const hand = "testdata/setups/log-group.yaml"
	if out, err := program(t, state, "--sandbox", "apply", "-f", hand, "--yes", "--wait", "0").CombinedOutput(); exitCode(t, err) != exitWaiting {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := program(t, state, "--sandbox", "--accessible")
	cmd.Dir = dir
	s := onTerminal(t, cmd)
	for _, answer := range []string{"", "payments-groups", words.SayGoOn} {
		if _, err := s.keys.WriteString(answer + "\r"); err != nil {
			t.Fatal(err)
		}
	}
	s.await(words.TitleEnd)
	if _, err := s.keys.WriteString(words.SaySaveFile + "\r" + words.SaySaveReport + "\r" + words.SayDone + "\r"); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != exitDone || !strings.Contains(s.text(), ": unchanged") {
		t.Fatalf("exit code %d, shown\n%s", code, s.text())
	}
	text, err := os.ReadFile(hand)
	if err != nil {
		t.Fatal(err)
	}
	want, err := steps.ParseSetup(hand, text)
	if err != nil {
		t.Fatal(err)
	}
	if saved, err := os.ReadFile(filepath.Join(dir, "payments-groups.yaml")); err != nil || string(saved) != string(want.YAML()) {
		t.Errorf("saved (%v)\n%s\nby hand\n%s", err, saved, want.YAML())
	}
	report, err := os.ReadFile(filepath.Join(dir, "payments-groups-report.md"))
	if err != nil || !strings.Contains(string(report), "log group /vpc/flow-logs") || strings.Contains(string(report), "portal") {
		t.Errorf("report (%v):\n%s", err, report)
	}
}
