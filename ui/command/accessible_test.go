//go:build !windows

package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/ui/words"
)

// TestAccessibleJourneys leads both modes to verified in plain lines, goes on with what is known then, and takes it back.
func TestAccessibleJourneys(t *testing.T) {
	centralized := []string{"centralized", "", "", "444455556666", "", "Log archive", "", "central-flow-logs", "", "", "111122223333 222233334444", "",
		"us-east-1", "all", "", ""}
	perAccount := []string{"per-account", "", "111122223333", "", "", "xs-7f3a91", "", "", "", "us-east-1", "?", "99", "all", "", ""}
	for name, answers := range map[string][]string{"central-flow-logs": centralized, "flow-logs-111122223333": perAccount} {
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
			say(s, "maybe", "list", "1", "save", "back", words.NameVPCs, "all", "")
			s.awaitAgain("Go on with this plan?", 2)
			say(s, "yes")
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
			hand := "testdata/setups/by-hand-per-account.yaml"
			if name == "central-flow-logs" {
				hand = "testdata/setups/by-hand-central.yaml"
			}
			other := t.TempDir()
			if out, err := program(t, other, "--sandbox", "apply", "-f", hand, "--yes", "--wait", "0").CombinedOutput(); exitCode(t, err) != exitWaiting {
				t.Errorf("%v\n%s", err, out)
			}
			if written, err := os.ReadFile(filepath.Join(other, "sandbox", "setups", name, "setup.yaml")); err != nil || string(written) != string(kept) {
				t.Errorf("kept\n%s\nby hand (%v)\n%s", kept, err, written)
			}
			if made, err := filepath.Glob(filepath.Join(dir, name+"-*")); err != nil || len(made) < 2 {
				t.Errorf("made %v, %v", made, err)
			}
			s = begin()
			say(s, "", "1", words.SayChangeAnswers, words.NameReader, "back", words.NameRegions, "us-east-1 eu-west-1", "all")
			s.awaitAgain(words.TitleAnswers, 3)
			say(s, words.SayToReview)
			s.await("Go on with this plan?")
			say(s, "no")
			if code := s.code(); code != 1 || !strings.Contains(s.text(), "eu-west-1") {
				t.Errorf("exit code %d, shown\n%s", code, s.text())
			}
			if now, err := os.ReadFile(filepath.Join(state, "sandbox", "setups", name, "setup.yaml")); err != nil || string(now) != string(kept) {
				t.Errorf("what was not confirmed is remembered: %v\n%s", err, now)
			}
			s = begin()
			say(s, "", "1", "Take back the access", "", "", "")
			if name != "central-flow-logs" {
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

// TestAccessiblePractice has no credentials, practises on the sandbox and hands over what a denied call left undone.
func TestAccessiblePractice(t *testing.T) {
	cmd := program(t, t.TempDir(), "--accessible")
	home := t.TempDir()
	cmd.Dir = home
	cmd.Env = append(cmd.Env, "HOME="+home, "AWS_CONFIG_FILE=/nonexistent", "AWS_SHARED_CREDENTIALS_FILE=/nonexistent", "AWS_EC2_METADATA_DISABLED=true", "AWS_PROFILE=", "AWS_ACCESS_KEY_ID=")
	s := onTerminal(t, cmd)
	s.await(words.SayTryAgain)
	if _, err := s.keys.WriteString(words.SayPractise + "\r"); err != nil {
		t.Fatal(err)
	}
	s.await(words.SayLeaveSandbox)
	if _, err := s.keys.WriteString("\x04"); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != 2 || !strings.Contains(s.text(), "444455556666") && !strings.Contains(s.text(), "000000000001") && !strings.Contains(s.text(), "user/admin") {
		t.Errorf("exit code %d, shown\n%s", code, s.text())
	}
}

// TestDumbTerminal asks plain questions where the terminal can do no more than write one line after another.
func TestDumbTerminal(t *testing.T) {
	cmd := program(t, t.TempDir(), "--sandbox")
	cmd.Env = append(cmd.Env, "TERM=dumb")
	s := onTerminal(t, cmd)
	s.await(words.SayLeaveSandbox)
	if _, err := s.keys.WriteString("\x04"); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != 2 || strings.Contains(s.text(), "\x1b") {
		t.Errorf("exit code %d, shown\n%q", code, s.text())
	}
}

// TestAccessibleHandOver saves what a denied call left undone, in three forms.
func TestAccessibleHandOver(t *testing.T) {
	state, dir := t.TempDir(), t.TempDir()
	cmd := program(t, state, "--sandbox", "--accessible", "--sandbox-fault", "s3:PutBucketPolicy=deny")
	cmd.Dir = dir
	s := onTerminal(t, cmd)
	for _, answer := range []string{"", "per-account", "", "111122223333", "", "", "xs-7f3a91", "", "", "", "us-east-1", "all", "", ""} {
		if _, err := s.keys.WriteString(answer + "\r"); err != nil {
			t.Fatal(err)
		}
	}
	s.await("Go on with this plan?")
	if _, err := s.keys.WriteString("yes\r"); err != nil {
		t.Fatal(err)
	}
	s.await(words.TitleFailure)
	if _, err := s.keys.WriteString(words.SayHandOver + "\r" + words.SayLeave + "\r"); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != 1 {
		t.Errorf("exit code %d, shown\n%s", code, s.text())
	}
	for _, form := range []string{".sh", ".txt", ".json"} {
		text, err := os.ReadFile(filepath.Join(dir, "flow-logs-111122223333-hand-over"+form))
		if err != nil || !strings.Contains(string(text), "PutBucketPolicy") && !strings.Contains(string(text), "put-bucket-policy") {
			t.Errorf("%s (%v): %s", form, err, text)
		}
	}
}
