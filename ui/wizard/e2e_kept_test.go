//go:build unix

package wizard_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const intoExisting = `
version: 1
name: into-existing
mode: centralized
reader: {account: "999988887777", external_id: xs-7f3a91}
account: {id: "444455556666", name: Log archive, credentials: {assume_role: OrganizationAccountAccessRole}}
bucket: {arn: "arn:aws:s3:::archive-existing", region: us-east-1}
flow_logs: {regions: [us-east-1]}
resource_accounts:
  - {id: "111122223333", name: Payments, credentials: {assume_role: OrganizationAccountAccessRole}}
`

// The policy that a bucket had before a set-up changed it is found on the page of the set-up, and is put back; the proof then says what that
// means, and what stood there until then is kept in its turn.
func TestKeptDocumentIsPutBack(t *testing.T) {
	t.Parallel()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	state := t.TempDir()
	file := filepath.Join(state, "setup.yaml")
	if err := os.WriteFile(file, []byte(intoExisting), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, "--sandbox", "--state-dir", state, "apply", "--yes", "-f", file).CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	c := open(t, "--sandbox", "--state-dir", state)
	c.see("user/admin")
	c.press(enter)
	c.see("Set-ups known here")
	c.press(enter)
	c.see("Prove it again")
	c.press("G", enter)
	c.see("▸ bucket-policy: archive-existing")
	c.press(enter)
	c.see("put the bucket-policy back to what it was")
	c.see("Nothing has been changed yet")
	c.press("a")
	c.see("Put this document back?")
	c.press("yes", enter)
	c.see("The document is as it was then.")
	c.see("Something is wrong")
	c.press("\x1b")
	c.see("Kept documents: into-existing")
	c.press(down)
	c.see("▸ bucket-policy: archive-existing")
	c.press(enter)
	c.see("there is nothing to put back")
	c.press("\x03")
	c.exits(0)
}
