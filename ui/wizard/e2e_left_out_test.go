//go:build unix

package wizard_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
)

// fill takes up every flow log that AWS lets one VPC of Payments have, so that it refuses another one for this VPC alone.
func fill(t *testing.T, state string) (full string) {
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

// A VPC that AWS refuses is left out with x, and only that one: the others are proved, the end names it, and the answers keep it until it is logged.
func TestOnlyTheRefusedVPCIsLeftOut(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	full := fill(t, state)
	hand := filepath.Join("..", "command", "testdata", "setups", "by-hand-central.yaml")
	if out, err := exec.Command(program, "apply", "-f", hand, "--yes", "--sandbox", "--state-dir", state).CombinedOutput(); err == nil {
		t.Fatalf("nothing was refused:\n%s", out)
	}
	c := open(t, "resume", "central-flow-logs", "--sandbox", "--state-dir", state)
	c.see("user/admin")
	c.press(enter)
	c.see("▸ Go on")
	c.press(enter)
	c.see("1 change in 1 account")
	c.press("a")
	c.see("Type yes")
	c.press("yes", enter)
	c.see("Or go on without what was refused")
	c.see("x leaves it out")
	c.press("x")
	c.see("Leave " + full + " of 111122223333 Payments, us-east-1 out?")
	c.press("y")
	c.see("Without what you left out")
	c.see("left out")
	c.press("a")
	c.see("Type yes")
	c.press("yes", enter)
	c.see("It works")
	c.see("Left out of this set-up")
	c.press("q")
	c.exits(0)
	c.see("Left out of this set-up: account 111122223333, us-east-1: vpc-")
	c = open(t, "resume", "central-flow-logs", "--sandbox", "--state-dir", state)
	c.see("user/admin")
	c.press(enter)
	c.see("central-flow-logs")
	c.see("Change answers")
	c.press("\x1b[B")
	c.see("▸ Change answers")
	c.press(enter)
	c.see("left out: 1 VPC")
}
