//go:build !windows

package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAccessibleJourneys leads both modes to verified in plain lines, goes on with what is known then, and takes it back.
func TestAccessibleJourneys(t *testing.T) {
	centralized := []string{"centralized", "", "", "444455556666", "", "Log archive", "", "central-flow-logs", "", "111122223333 222233334444", "",
		"us-east-1", "all", "central-logs", ""}
	perAccount := []string{"per-account", "", "111122223333", "", "", "", "pay-flow-logs", "", "us-east-1", "?", "99", "all", "pay-logs", ""}
	for name, answers := range map[string][]string{"central-logs": centralized, "pay-logs": perAccount} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, dir := t.TempDir(), t.TempDir()
			begin := func() *screen {
				cmd := program(t, state, "--sandbox", "--accessible")
				cmd.Dir = dir
				cmd.Env = append(cmd.Env, "NO_COLOR=") // what a terminal with colours is shown
				return onTerminal(t, cmd)
			}
			say := func(s *screen, lines ...string) {
				t.Helper()
				if _, err := s.keys.WriteString(strings.Join(lines, "\r") + "\r"); err != nil {
					t.Fatal(err)
				}
			}
			s := begin()
			say(s, append([]string{""}, answers...)...)
			s.await("Go on with this plan?")
			say(s, "maybe", "list", "1", "save", "yes")
			s.await("What else?")
			say(s, "Save the answers as a set-up file", "Save a report", "Done")
			if code := s.code(); code != 0 || !strings.Contains(s.text(), ": verified") || !strings.Contains(s.text(), "Not accepted. Needed: yes, no") {
				t.Fatalf("exit code %d, shown\n%s", code, s.text())
			}
			if at := strings.IndexAny(strings.ReplaceAll(s.text(), "\r\n", "\n"), "\x1b\r\b"); at >= 0 {
				t.Errorf("something is drawn over: %q", s.text()[max(0, at-40):at+40])
			}
			saved, err := os.ReadFile(filepath.Join(dir, name+".yaml"))
			if err != nil {
				t.Fatal(err)
			}
			kept, err := os.ReadFile(filepath.Join(state, "sandbox", "setups", name, "setup.yaml"))
			if err != nil || string(kept) != string(saved) {
				t.Errorf("saved\n%s\nkept (%v)\n%s", saved, err, kept)
			}
			if made, err := filepath.Glob(filepath.Join(dir, name+"-*")); err != nil || len(made) < 2 {
				t.Errorf("made %v, %v", made, err)
			}
			s = begin()
			say(s, "", "1", "Take back the access", "", "", "")
			if name == "pay-logs" {
				say(s, "") // the scope of the role is asked besides
			}
			s.await("Go on with this plan?")
			say(s, "yes")
			s.await("What else?")
			say(s, "Done")
			if code := s.code(); code != 0 || !strings.Contains(s.text(), "revoked") {
				t.Errorf("exit code %d, shown\n%s", code, s.text())
			}
		})
	}
}

// TestAccessibleInputEnds ends the input, and interrupts, at the first questions.
func TestAccessibleInputEnds(t *testing.T) {
	for keys, want := range map[string]int{"\x04": 2, "\r\x04": 2, "\x03": 130, "\r\x03": 130} {
		s := onTerminal(t, program(t, t.TempDir(), "--sandbox", "--accessible"))
		s.await("Your answer or its number [Continue]")
		if strings.HasPrefix(keys, "\r") {
			if _, err := s.keys.WriteString("\r"); err != nil {
				t.Fatal(err)
			}
			s.await("Your answer or its number [centralized]")
		} else {
			s.await("Your answer or its number [Continue]")
		}
		if _, err := s.keys.WriteString(strings.TrimPrefix(keys, "\r")); err != nil {
			t.Fatal(err)
		}
		if code := s.code(); code != want || want == 2 && !strings.Contains(s.text(), "the input ended at the question") {
			t.Errorf("%q: exit code %d, shown\n%s", keys, code, s.text())
		}
	}
}
