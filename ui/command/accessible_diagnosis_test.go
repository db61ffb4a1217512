//go:build !windows

package command

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/ui/words"
)

// In plain lines, too, a set-up comes from a proof that fails to "verified" without leaving: what denies the reader is found, shown and taken out.
func TestAccessibleMendsWhatTheProofFinds(t *testing.T) {
	t.Parallel()
	s := onTerminal(t, program(t, broken(t, "reader-explicit-deny"), "--sandbox", "--accessible"))
	s.say("", "1", words.SayProve)
	s.await(words.TitleFailure)
	s.say(words.SayDiagnose)
	s.await("a statement denies the reader (reader-explicit-deny)")
	s.awaitAgain(words.TitleFailure, 2)
	s.say(words.SayMendIt)
	s.await("What is there is backed up first.")
	s.await(words.TitleConfirm)
	s.say("1")
	s.await("DenyReader")
	s.say("no") // looked at again
	s.awaitAgain("(reader-explicit-deny)", 2)
	s.awaitAgain(words.TitleFailure, 3)
	s.say(words.SayMendIt)
	s.awaitAgain("What is there is backed up first.", 2)
	s.say("yes")
	s.await(words.SayDone)
	s.say(words.SayDone)
	if code := s.code(); code != 0 || !strings.Contains(s.text(), "Result for central-logs: unchanged") {
		t.Errorf("exit code %d, shown\n%s", code, s.text())
	}
}

// A plan that is blocked by the trust policy of a role that was there before is freed, applied and proved in one journey.
func TestAccessibleMendsWhatBlocksThePlan(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	if out, err := program(t, state, "--sandbox", "plan", "-f", "testdata/setups/by-hand-per-account.yaml").CombinedOutput(); exitCode(t, err) != exitPending {
		t.Fatalf("%v\n%s", err, out)
	}
	world := filepath.Join(state, "sandbox.json")
	text, err := os.ReadFile(world)
	if err != nil {
		t.Fatal(err)
	}
	asks := regexp.MustCompile(`(sts:ExternalId\\*":\\*")xs-7f3a91`)
	if err := os.WriteFile(world, asks.ReplaceAll(text, []byte("${1}xs-other")), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := program(t, state, "--sandbox", "--accessible")
	cmd.Dir = t.TempDir()
	s := onTerminal(t, cmd)
	s.say("", "per-account", "", "111122223333", "", "", "xs-7f3a91", "", "", "", "us-east-1", "all", "", "")
	s.await(words.SayPracticePortalShows + "xs-7f3a91.")
	s.await(words.TitleFailure)
	s.await("flowgrant doctor flow-logs-111122223333")
	s.say(words.SayDiagnose)
	s.await("the trust policy asks for another external ID (external-id-mismatch)")
	s.awaitAgain(words.TitleFailure, 2)
	s.say(words.SaySaveDiagnosis)
	s.awaitAgain(words.TitleFailure, 3)
	s.say(words.SayMendIt)
	s.await(words.TitleConfirm)
	s.say("yes")
	s.awaitAgain(words.TitleConfirm, 2)
	s.say("yes")
	s.await(words.SayDone)
	s.say(words.SayDone)
	if code := s.code(); code != 0 || !strings.Contains(s.text(), "Result for flow-logs-111122223333: verified") {
		t.Errorf("exit code %d, shown\n%s", code, s.text())
	}
	if saved, err := os.ReadFile(filepath.Join(cmd.Dir, "flow-logs-111122223333-diagnosis.txt")); err != nil || !strings.Contains(string(saved), "external-id-mismatch") {
		t.Errorf("saved (%v):\n%s", err, saved)
	}
}

// A plan that cannot be made ends nothing: why is found, too, where only somebody else can mend it.
func TestAccessibleFindsWhyNoPlanCanBeMade(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	if out, err := program(t, state, "--sandbox", "apply", "-f", central, "--yes", "--wait", "0").CombinedOutput(); exitCode(t, err) != exitWaiting {
		t.Fatalf("%v\n%s", err, out)
	}
	s := onTerminal(t, program(t, state, "--sandbox", "--accessible", "--sandbox-fault", "ec2:DescribeVpcs=deny"))
	s.say("", "1", words.SayGoOn)
	s.await(words.SayNoPlan)
	s.await(words.TitleFailure)
	s.say(words.SayDiagnose)
	s.await("a service control policy of the organization denies it (scp-deny)")
	s.awaitAgain(words.TitleFailure, 2)
	s.say("back")
	s.awaitAgain(words.TitleFailure, 3)
	s.say(words.SayDiagnose)
	s.awaitAgain(words.TitleFailure, 4)
	s.say(words.SayLeave)
	if code := s.code(); code != exitPending || !strings.Contains(strings.Join(strings.Fields(s.text()), " "), "must not deny ec2:DescribeVpcs (aws organizations") {
		t.Errorf("exit code %d, shown\n%s", code, s.text())
	}
}

// say types lines.
func (s *screen) say(lines ...string) {
	s.t.Helper()
	if _, err := s.keys.WriteString(strings.Join(lines, "\r") + "\r"); err != nil {
		s.t.Fatal(err)
	}
}
