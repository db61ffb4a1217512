//go:build !windows

package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// TestAccessibleTerminalCloses closes the terminal in the middle of the questions, and ends the input a few answers later: that is an interrupt and
// an end, nothing was changed, and what was answered is offered at the next start until the review is decided on.
func TestAccessibleTerminalCloses(t *testing.T) {
	state, dir := t.TempDir(), t.TempDir()
	begin := func() *screen {
		cmd := program(t, state, "--sandbox", "--accessible")
		cmd.Dir = dir
		return onTerminal(t, cmd)
	}
	say := func(s *screen, await string, lines ...string) {
		t.Helper()
		if _, err := s.keys.WriteString(strings.Join(lines, "\r") + "\r"); err != nil {
			t.Fatal(err)
		}
		s.await(await)
	}
	s := begin()
	s.await("Your answer or its number [Continue]")
	role := "[" + steps.NewSetup(steps.Centralized).Account.Role + "]"
	say(s, role, "", "per-account", "back", "centralized", "999988887777", "xs-7f3a91", "444455556666", "", "Log archive")
	if err := s.keys.Close(); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != exitInterrupted {
		t.Errorf("exit code %d, shown\n%s", code, s.text())
	}
	if made, _ := filepath.Glob(filepath.Join(state, "sandbox", "setups", "*")); len(made) > 0 {
		t.Errorf("made %v", made)
	}
	answers := func() []string {
		files, _ := filepath.Glob(filepath.Join(state, "sandbox", "answers", "*.json"))
		return files
	}
	if files := answers(); len(files) != 1 {
		t.Errorf("kept: %v", files)
	} else if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("kept: %v, %v", info, err)
	}

	s = begin()
	say(s, words.SayDraft, "")
	s.await(words.NameRole)
	say(s, role, "")
	say(s, "[Log archive]", "back") // what was given before stands, and can be changed
	say(s, words.NameResources, "Archive", "", "central-flow-logs", "", "")
	if _, err := s.keys.WriteString("\x04"); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != exitUsage || !strings.Contains(s.text(), words.SayAnswersKept) || strings.Contains(s.text(), words.TitleModes) {
		t.Errorf("exit code %d, shown\n%s", code, s.text())
	}

	s = begin()
	say(s, words.TitleConfirm, "", words.SayDraft, "111122223333 222233334444", "", "us-east-1", "all", "", "")
	if _, err := s.keys.WriteString("no\r"); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != exitFailed {
		t.Errorf("exit code %d, shown\n%s", code, s.text())
	}
	kept, err := os.ReadFile(filepath.Join(state, "sandbox", "setups", "central-flow-logs", "setup.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	hand, err := os.ReadFile("testdata/setups/by-hand-central.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want, err := steps.ParseSetup("by hand", hand)
	if err != nil {
		t.Fatal(err)
	}
	want.Account.Name = "Archive"
	if string(kept) != string(want.YAML()) {
		t.Errorf("kept\n%s\nby hand\n%s", kept, want.YAML())
	}
	if files := answers(); len(files) > 0 {
		t.Errorf("the answers are still kept: %v", files)
	}

	// Changed answers of a set-up that is known are kept like the first ones.
	s = begin()
	say(s, words.TitleAnswers, "", "1", words.SayChangeAnswers)
	say(s, "Archive of logs", words.NameLabel, "Archive of logs")
	s.awaitAgain(words.TitleAnswers, 2)
	if err := s.keys.Close(); err != nil {
		t.Fatal(err)
	}
	s.code()
	s = begin()
	say(s, words.TitleConfirm, "", words.SayDraft)
	if code := s.cmd.Process.Kill(); code != nil || !strings.Contains(strings.Join(strings.Fields(s.text()), " "), "All questions are answered; the review comes next.") {
		t.Errorf("shown\n%s", s.text())
	}
}

// TestAccessibleSomethingBroken breaks a set-up that works, and goes on with it by what the lines say: it ends verified.
func TestAccessibleSomethingBroken(t *testing.T) {
	for fault, hand := range map[string]string{
		"external-id-mismatch": "testdata/setups/by-hand-central.yaml", "format-without-tcp-flags": "testdata/setups/by-hand-per-account.yaml",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			state := t.TempDir()
			if out, err := program(t, state, "--sandbox", "apply", "-f", hand, "--yes").CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			world, err := sandbox.Open(sandbox.Options{State: filepath.Join(state, "sandbox.json")})
			if err != nil {
				t.Fatal(err)
			}
			if err := world.Break(fault); err != nil {
				t.Fatal(err)
			}
			s := onTerminal(t, program(t, state, "--sandbox", "--accessible"))
			if _, err := s.keys.WriteString("\r1\r" + words.SayReviewAgain + "\r"); err != nil {
				t.Fatal(err)
			}
			s.await(words.TitleConfirm)
			if _, err := s.keys.WriteString("yes\r"); err != nil {
				t.Fatal(err)
			}
			if fault == "format-without-tcp-flags" {
				s.await("Delete the replaced ones")
				if _, err := s.keys.WriteString("no\r"); err != nil {
					t.Fatal(err)
				}
			}
			s.await(words.TitleEnd)
			if _, err := s.keys.WriteString(words.SayDone + "\r"); err != nil {
				t.Fatal(err)
			}
			if code := s.code(); code != exitDone || !strings.Contains(s.text(), ": verified") {
				t.Errorf("exit code %d, shown\n%s", code, s.text())
			}
		})
	}
}
