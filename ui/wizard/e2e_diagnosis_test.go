//go:build unix

package wizard_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
)

// A role that was there before asks for another external ID, which blocks the plan. The person finds that, sees the change, confirms it,
// applies, and comes to "verified", all on one screen and by what it says.
func TestABlockedPlanIsMendedAndApplied(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	hand := filepath.Join("..", "command", "testdata", "setups", "by-hand-per-account.yaml")
	if out, err := exec.Command(program, "plan", "-f", hand, "--sandbox", "--state-dir", state).CombinedOutput(); err == nil {
		t.Fatalf("nothing is to be done:\n%s", out) // it only makes the sandbox
	}
	world := filepath.Join(state, "sandbox.json")
	text, err := os.ReadFile(world)
	if err != nil {
		t.Fatal(err)
	}
	asks := regexp.MustCompile(`(sts:ExternalId\\*":\\*")xs-7f3a91`)
	if !asks.Match(text) {
		t.Fatal("no role asks for the external ID")
	}
	if err := os.WriteFile(world, asks.ReplaceAll(text, []byte("${1}xs-other")), 0o600); err != nil {
		t.Fatal(err)
	}
	c := open(t, "--sandbox", "--state-dir", state)
	c.see("user/admin")
	c.press(enter)
	c.see("How are the logs kept?")
	c.press(enter)
	for _, answer := range [][2]string{{"ColorTokens AWS account ID", "999988887777"}, {"Workload account", "111122223333"}, {"The way into that account", ""}, {"Cross-account role", ""},
		{"External ID (optional)", "xs-7f3a91"}, {"S3 bucket", ""}, {"is free", ""}, {"regions chosen: us-east-1", ""}, {"VPCs chosen", ""}, {"The rest", ""}} {
		c.see(answer[0])
		if answer[0] == "Cross-account role" {
			c.see("trusts 999988887777")
		}
		c.press(answer[1], enter)
	}
	c.see("one step cannot be done as it is")
	c.see("d finds the cause, and what mends it.")
	c.press("d")
	c.see("▸ ✗ the trust policy asks for another external ID")
	c.see("Mended by: flowgrant, once you confirm it")
	c.storm()
	c.press("m")
	c.see("Review: what will be mended")
	c.see("1 change in 1 account")
	c.press(enter)
	c.see("the external ID xs-7f3a91 must be the one that the portal shows")
	c.press(tabKey)
	c.see("UpdateAssumeRolePolicy")
	c.press("q", "a")
	c.see("of what this set-up did not make")
	c.press("yes", enter)
	c.see("What stood in the way is mended.")
	c.press("a")
	c.see("Type yes")
	c.press("yes", enter)
	c.see("It works")
	c.press("q")
	c.exits(0)
	c.see("flow-logs-111122223333: verified.")
	kept, err := filepath.Glob(filepath.Join(state, "sandbox", "setups", "flow-logs-111122223333", "backups", "*trust*"))
	if err != nil || len(kept) == 0 {
		t.Fatalf("no backup of the trust policy was kept: %v", err)
	}
	if was, err := os.ReadFile(kept[0]); err != nil || !strings.Contains(string(was), "xs-other") {
		t.Errorf("the backup (%v): %s", err, was)
	}
}

// A set-up that worked until somebody denied the reader: its page finds the statement and takes it out, and the proof follows by itself.
func TestAProofThatFailsIsMendedFromThePageOfTheSetUp(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	hand := filepath.Join("..", "command", "testdata", "setups", "by-hand-central.yaml")
	if out, err := exec.Command(program, "apply", "-f", hand, "--yes", "--sandbox", "--state-dir", state).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	broken(t, state, "reader-explicit-deny")
	c := open(t, "--sandbox", "--state-dir", state)
	c.see("user/admin")
	c.press(enter)
	c.see("Set-ups known here")
	c.press(enter)
	c.see("▸ Prove it again")
	c.press(enter)
	c.see("d finds the cause")
	c.press("d")
	c.see("▸ ✗ a statement denies the reader")
	c.press("m")
	c.see("DenyReader")
	c.press("a")
	c.see("of what this set-up did not make")
	c.press("yes", enter)
	c.see("It works")
	c.press("q")
	c.exits(0)
}

// broken breaks what a set-up made in a sandbox.
func broken(t *testing.T, state, id string) {
	t.Helper()
	world, err := sandbox.Open(sandbox.Options{State: filepath.Join(state, "sandbox.json")})
	if err != nil {
		t.Fatal(err)
	}
	if err := world.Break(id); err != nil {
		t.Fatal(err)
	}
}
