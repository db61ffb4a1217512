//go:build !windows

package command

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/ui/words"
)

// TestAccessibleTerminalCloses closes the terminal in the middle of the questions: that is an interrupt, and nothing was changed.
func TestAccessibleTerminalCloses(t *testing.T) {
	state := t.TempDir()
	s := onTerminal(t, program(t, state, "--sandbox", "--accessible"))
	s.await("Your answer or its number [Continue]")
	if _, err := s.keys.WriteString("\r"); err != nil {
		t.Fatal(err)
	}
	s.await("Your answer or its number [centralized]")
	if err := s.keys.Close(); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != exitInterrupted {
		t.Errorf("exit code %d, shown\n%s", code, s.text())
	}
	if made, _ := filepath.Glob(filepath.Join(state, "sandbox", "setups", "*")); len(made) > 0 {
		t.Errorf("made %v", made)
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
