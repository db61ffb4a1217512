//go:build !windows

package command

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/ui/words"
)

// TestAccessibleBadAnswers types on a terminal what no question takes: control characters, a line that the terminal cuts, and a way into the account
// that AWS refuses. Each is told, the way is changed where the plan could not be made, and the journey comes to its review.
func TestAccessibleBadAnswers(t *testing.T) {
	s := onTerminal(t, program(t, t.TempDir(), "--sandbox", "--accessible"))
	say := func(await, typed string) {
		t.Helper()
		if _, err := s.keys.WriteString(typed); err != nil {
			t.Fatal(err)
		}
		s.await(await)
	}
	s.await("[Continue]")
	say("[999988887777]", "\r1\r")
	say(`"\x1b[A\x01" is not an account ID`, "\x1b[A\x01\r")
	say("Management (you act in it)", "\r")
	say("was cut: give it", strings.Repeat("1", 5000)+"\r")
	say("cannot be a role name", "111122223333\rno role\r")
	say(words.SayGoOnOrBack[:30], "NoSuchRole\r")
	say("[none]", "\r")
	say(words.TitleFailure, "none\rnone-of-these-logs\rus-east-1\rus-east-1\rall\r\r\r")
	said := strings.Join(strings.Fields(s.text()), " ")
	if strings.Count(said, words.SayGoOnOrBack) != 1 || !strings.Contains(said, words.SayNoPlan) {
		t.Errorf("shown\n%s", s.text())
	}
	say(words.TitleAnswers, words.SayTryAgain+"\r"+words.SayChangeAnswers+"\r")
	say("[NoSuchRole]", words.NameWay+"\r")
	s.await("[NoSuchRole]")
	say(words.TitleConfirm, "OrganizationAccountAccessRole\r"+words.SayToReview+"\r")
	say("Not accepted. Needed: yes, no", "\x1b[B\x02\r")
	if strings.ContainsAny(strings.ReplaceAll(s.text(), "\a", ""), "\x1b\x01\x02") { // the bell of a full line is the terminal's own
		t.Errorf("a control character is shown: %q", s.text())
	}
	say("\n", "no\r")
	if code := s.code(); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
}
