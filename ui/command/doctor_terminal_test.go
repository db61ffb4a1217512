//go:build !windows

package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
)

// broken is a state directory with a set-up that worked until it was broken in one way.
func broken(t *testing.T, id string) (state string) {
	t.Helper()
	state = t.TempDir()
	if out, err := program(t, state, "--sandbox", "apply", "-f", central, "--yes").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	world, err := sandbox.Open(sandbox.Options{State: filepath.Join(state, "sandbox.json")})
	if err != nil {
		t.Fatal(err)
	}
	if err := world.Break(id); err != nil {
		t.Fatal(err)
	}
	return state
}

// answer types an answer once the program asks for one.
func (s *screen) answer(given string) {
	s.t.Helper()
	s.await("Type yes: ")
	if _, err := s.keys.WriteString(given + "\r"); err != nil {
		s.t.Fatal(err)
	}
}

// What the set-up did not make is changed only when a person has seen the change and said yes; apply does the rest after its own review.
func TestDoctorOffersTheFix(t *testing.T) {
	t.Run("a statement of somebody else", func(t *testing.T) {
		state := broken(t, "reader-explicit-deny")
		s := onTerminal(t, program(t, state, "--sandbox", "doctor", "central-logs"))
		s.await("DenyReader")
		s.answer("no")
		if code := s.code(); code != 3 {
			t.Errorf("declined: exit code %d\n%s", code, s.text())
		}
		if out, err := program(t, state, "--sandbox", "doctor", "central-logs", "--yes").CombinedOutput(); exitCode(t, err) != 3 || !strings.Contains(string(out), "Not changed, since this set-up did not make it") {
			t.Errorf("--yes changed what is foreign: %v\n%s", err, out)
		}
		s = onTerminal(t, program(t, state, "--sandbox", "doctor", "central-logs"))
		s.answer("yes")
		if code := s.code(); code != 0 || !strings.Contains(s.text(), "Result for central-logs: unchanged") {
			t.Errorf("confirmed: exit code %d\n%s", code, s.text())
		}
		kept, err := filepath.Glob(filepath.Join(state, "sandbox", "setups", "central-logs", "backups", "*bucket-policy*"))
		if err != nil || len(kept) == 0 {
			t.Fatalf("no backup was kept: %v", err)
		}
		text, err := os.ReadFile(kept[len(kept)-1])
		if err != nil || !strings.Contains(string(text), "DenyReader") {
			t.Errorf("the backup is %s, %v", text, err)
		}
	})
	t.Run("what apply mends", func(t *testing.T) {
		s := onTerminal(t, program(t, broken(t, "external-id-case"), "--sandbox", "doctor"))
		s.await("Which set-up is ill?")
		if _, err := s.keys.WriteString("9\r1\r"); err != nil {
			t.Fatal(err)
		}
		s.await("Give a number from 0 to 1")
		s.answer("yes")
		if code := s.code(); code != 0 || !strings.Contains(s.text(), "external-id-case") || !strings.Contains(s.text(), "Result for central-logs: verified") {
			t.Errorf("exit code %d\n%s", code, s.text())
		}
	})
}
