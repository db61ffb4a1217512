//go:build !windows

package command

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/ui/words"
)

// payments acts in account 111122223333 of a sandbox.
func payments(t *testing.T, state string) *awsops.Account {
	t.Helper()
	world, err := sandbox.Open(sandbox.Options{State: filepath.Join(state, "sandbox.json")})
	if err != nil {
		t.Fatal(err)
	}
	key, secret := world.Credentials()
	cloud, err := awsops.Open(t.Context(), awsops.Config{Embedded: world, EmbeddedKey: key, EmbeddedSecret: secret, EmbeddedProfiles: world.Profiles(), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	a, err := cloud.Account(t.Context(), "111122223333", "aws", awsops.Credentials{AssumeRole: "OrganizationAccountAccessRole"})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// fill takes up every flow log that AWS lets one VPC of Payments have, so that it refuses another one for this VPC alone.
func fill(t *testing.T, state string) (full string) {
	t.Helper()
	a := payments(t, state)
	vpcs, err := a.VPCs(t.Context(), "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.CreateBucket(t.Context(), awsops.NewBucket{Name: "payments-other-team", Region: "us-east-1"}); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		_, err = a.CreateFlowLogs(t.Context(), "us-east-1", awsops.NewFlowLogs{VPCs: []string{vpcs[0].ID}, Traffic: "ALL", Interval: 600,
			Format: flowrecord.Format(flowrecord.DefaultV2...), Destination: fmt.Sprintf("arn:aws:s3:::payments-other-team/%d", i)})
		if err != nil {
			return vpcs[0].ID
		}
	}
	t.Fatal("the VPC takes any number of flow logs")
	return ""
}

// A VPC that AWS refuses keeps the others neither from being made nor from being proved: plain lines offer to go on without it, say so at the end, and
// a later proof does.
func TestAccessibleGoesOnWithoutARefusedVPC(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	full := fill(t, state)
	out, err := program(t, state, "--sandbox", "apply", "-f", central, "--yes").CombinedOutput()
	if said := strings.Join(strings.Fields(string(out)), " "); exitCode(t, err) != exitFailed || !strings.Contains(said, "flow_logs.leave_out: ["+full+"]") {
		t.Fatalf("%v\n%s", err, out)
	}
	s := onTerminal(t, program(t, state, "--sandbox", "--accessible"))
	s.say("", "1", words.SayGoOn)
	s.await(words.TitleConfirm)
	s.say("yes")
	s.await(words.TitleFailure)
	s.say(words.SayGoOnWithout)
	s.await("Leave " + full + " of 111122223333, us-east-1 out?")
	s.say("no")
	s.awaitAgain(words.TitleFailure, 2)
	s.say(words.SayGoOnWithout)
	s.awaitAgain("Leave "+full, 2)
	s.say("yes")
	s.await(words.SayDone)
	s.say(words.SayDone)
	said := strings.Join(strings.Fields(s.text()), " ")
	if code := s.code(); code != exitDone || !strings.Contains(said, "Result for central-logs: unchanged") || !strings.Contains(said, words.TitleLeftOut+" - account 111122223333, us-east-1: "+full+" left out") {
		t.Errorf("exit code %d, shown\n%s", code, s.text())
	}

	proof, err := program(t, state, "--sandbox", "verify", "central-logs", "--output", "json").CombinedOutput()
	if left := regexp.MustCompile(`"left_out":\["account 111122223333, us-east-1: ` + full + ` left out`); err != nil || !left.Match(proof) {
		t.Errorf("%v\n%s", err, proof)
	}
	resumed, err := program(t, state, "--sandbox", "resume", "central-logs", "--yes").CombinedOutput()
	if err != nil || !strings.Contains(string(resumed), full) || !strings.Contains(string(resumed), "left out") {
		t.Errorf("%v\n%s", err, resumed)
	}
}
