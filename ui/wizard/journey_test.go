package wizard

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/clipboard"
	"github.com/flowgrant/flowgrant/ui/plain"
)

// play drives the wizard in a bubble and ends its run.
func play(t *testing.T, e *script, with func(d *driver), change ...func(*Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := drive(t, e, change...)
		defer d.end()
		with(d)
	})
}

const contractFile = `
version: 1
name: central-logs
mode: centralized
reader: {account: "999988887777", external_id: xs-7f3a91}
account:
  id: "444455556666"
  name: Log archive
  credentials: {assume_role: OrganizationAccountAccessRole}
bucket: {arn: "arn:aws:s3:::central-flow-logs", region: us-east-1}
flow_logs: {regions: [us-east-1], vpcs: all}
resource_accounts:
  - {id: "111122223333", name: Payments, credentials: {assume_role: OrganizationAccountAccessRole}}
  - {id: "222233334444", name: Storefront, credentials: {assume_role: OrganizationAccountAccessRole}}
`

func TestAnswersGiveTheSetupOfTheFile(t *testing.T) {
	want, err := steps.ParseSetup("contract.yaml", []byte(contractFile))
	if err != nil {
		t.Fatal(err)
	}
	e := &script{}
	play(t, e, func(d *driver) {
		d.centralized(12)
		d.keys("ctrl+u", "central-logs", "enter")
		d.see("Review")
		if got := e.planned[0]; !reflect.DeepEqual(got, want) {
			t.Errorf("the wizard's set-up differs from the file's:\n%s\n%s", got.YAML(), want.YAML())
		}
		d.keys("s")
		d.see("Saved")
		saved, err := os.ReadFile(filepath.Join(d.m.o.Dir, "central-logs.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := steps.ParseSetup("saved", saved); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("the saved file gives another set-up (%v):\n%s", err, saved)
		}
	})
}

func TestPerAccountAnswers(t *testing.T) {
	e := &script{}
	play(t, e, func(d *driver) {
		d.perAccount(8)
		d.see("VPCs")
		d.keys("n", "space", "down", "space", "enter", "enter")
		d.see("Review")
		s := e.planned[0]
		if s.Mode != steps.PerAccount || s.Account.ID != "111122223333" || s.Account.Role != "ColorTokensCrossAccountAccessRole" ||
			s.FlowLogs.VPCs.All || len(s.FlowLogs.VPCs.IDs) != 2 || s.Reader.ExternalID != "" || len(s.Check()) > 0 {
			t.Errorf("set-up: %+v, faults %v", s, s.Check())
		}
	})
}

func TestBackKeepsAnswers(t *testing.T) {
	e := &script{}
	play(t, e, func(d *driver) {
		d.centralized(13)
		first := e.planned[0]
		for range 13 {
			d.keys("esc")
		}
		d.see("Question 1:", "999988887777")
		d.keys("esc", "up", "enter") // another mode and back again
		d.see("Question 1:", "999988887777"[:0])
		d.keys("esc", "down", "enter")
		for range 13 {
			d.keys("enter")
		}
		d.see("Review")
		if second := e.planned[len(e.planned)-1]; !reflect.DeepEqual(first, second) {
			t.Errorf("going back changed the answers:\n%s\n%s", first.YAML(), second.YAML())
		}
	})
}

func TestValuesAsTheyArePasted(t *testing.T) {
	e := &script{}
	play(t, e, func(d *driver) {
		d.keys("enter", "down", "enter")
		d.paste("\"9999-8888-7777\"\r\n")
		d.keys("enter")
		d.paste(" xs-7f3a91\n")
		d.keys("enter", "ctrl+u")
		d.paste("'444455556666'\n")
		d.keys("enter", "enter", "enter", "ctrl+u")
		d.paste("arn:aws:iam::444455556666:role/service/MyRole\n")
		d.see("taken as MyRole")
		d.keys("enter", "ctrl+u")
		d.paste("s3://central-flow-logs/team/")
		d.keys("enter", "enter")
		d.paste("id,name\n111122223333,Payments\n\"222233334444\",Storefront\n")
		d.keys("enter", "enter", "enter", "enter", "enter")
		d.see("Review")
		s := e.planned[0]
		if s.Reader.Account != "999988887777" || s.Reader.ExternalID != "xs-7f3a91" || s.Account.ID != "444455556666" || s.Account.Role != "MyRole" ||
			s.Bucket.ARN != "arn:aws:s3:::central-flow-logs/team" || len(s.ResourceAccounts) != 2 {
			t.Errorf("set-up:\n%s", s.YAML())
		}
	})
}

func TestNothingIsAppliedByStrayKeys(t *testing.T) {
	e := &script{}
	play(t, e, func(d *driver) {
		d.centralized(13)
		d.keys("enter", "enter", "q", "enter", "esc", "a", "enter", "enter", "y", "enter", "esc", "yes", "enter")
		d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("yes\n"), Paste: true})
		if len(e.ran) > 0 {
			t.Fatal("a stray key applied the plan")
		}
		d.keys("esc", "enter", "a", "yes", "enter")
		if len(e.ran) != 1 || e.ran[0].Setup.Name != "central-flow-logs" {
			t.Fatalf("a typed yes did not apply the plan: %d runs", len(e.ran))
		}
	})
}

func TestBlockedPlanCannotBeApplied(t *testing.T) {
	e := &script{plan: blocked}
	play(t, e, func(d *driver) {
		d.perAccount(10)
		d.keys("a", "yes", "enter")
		d.see("trust policy does not admit")
		if len(e.ran) > 0 {
			t.Fatal("a blocked plan was applied")
		}
	})
}

func TestQuitAsksOnlyWhereAnswersAreLost(t *testing.T) {
	play(t, &script{}, func(d *driver) {
		d.keys("q")
		if !d.quit || d.m.outcome.exitCode() != 0 {
			t.Fatal("nothing was answered: quitting need not ask")
		}
	})
	play(t, &script{}, func(d *driver) {
		d.centralized(2)
		d.keys("ctrl+c")
		d.see("Leave flowgrant?")
		d.keys("n")
		d.notSee("Leave flowgrant?")
		d.keys("ctrl+c", "ctrl+c")
		if !d.quit || d.m.outcome.exitCode() != 130 {
			t.Fatalf("quit %v, exit %d", d.quit, d.m.outcome.exitCode())
		}
	})
}

func TestWaysOutWithoutCredentials(t *testing.T) {
	var opened []Connect
	e := &script{who: expired}
	open := func(o *Options) {
		o.Connect = Connect{Profile: "log-archive"}
		o.Open = func(_ context.Context, c Connect) (Engine, error) {
			c.MFACode = nil
			c.Lapsed, c.Held = nil, nil
			opened = append(opened, c)
			if c.Profile == "storefront" {
				return nil, errors.New("profile storefront has a source_profile that does not exist")
			}
			return e, nil
		}
	}
	play(t, e, func(d *driver) {
		d.see("single sign-on session has expired", "aws sso login --profile log-archive")
		d.keys("enter", "pay", "enter") // another profile
		d.keys("down", "enter")         // the sandbox
		e.who = nil
		d.keys("r")
		d.see("123456789012")
		d.keys("down", "enter", "storefront", "enter")
		d.see("source_profile that does not exist", "Leave the sandbox")
		want := []Connect{{Profile: "log-archive"}, {Profile: "payments"}, {Sandbox: true}, {Sandbox: true}, {Profile: "storefront", Sandbox: true}}
		if !reflect.DeepEqual(opened, want) {
			t.Errorf("opened %+v, want %+v", opened, want)
		}
	}, open)
}

func TestMFACodeIsAskedOnTheScreen(t *testing.T) {
	e := &script{}
	var got string
	open := func(o *Options) {
		o.Open = func(ctx context.Context, c Connect) (Engine, error) {
			var err error
			got, err = c.MFACode(ctx, "arn:aws:iam::123456789012:mfa/admin")
			return e, err
		}
	}
	play(t, e, func(d *driver) {
		d.see("mfa/admin")
		d.keys("654321")
		d.notSee("654321")
		d.keys("enter")
		d.see("Continue")
		if got != "654321" {
			t.Errorf("code %q", got)
		}
	}, open)
}

func TestPortalValuesAreCopiedByOneKey(t *testing.T) {
	var copied []string
	play(t, &script{}, func(d *driver) {
		d.m.clip = clipboard.Clipboard{System: func(s string) error { copied = append(copied, s); return nil }}
		d.centralized(13)
		d.confirm()
		d.keys("tab", "1", "2", "3", "4", "5")
		want := []string{"Log archive", "444455556666", "ColortokensHubFlowLogsRole", "xs-7f3a91", "arn:aws:s3:::central-flow-logs"}
		if !reflect.DeepEqual(copied, want) {
			t.Errorf("copied %q", copied)
		}
		d.keys("tab", "tab", "enter", "c", "s")
		d.see("Saved")
		if !strings.Contains(copied[len(copied)-1], "sts:ExternalId") {
			t.Errorf("the trust policy was not copied: %q", copied[len(copied)-1])
		}
		if files, _ := filepath.Glob(filepath.Join(d.m.o.Dir, "*trust*.json")); len(files) != 1 {
			t.Errorf("saved: %v", files)
		}
	})
}

func TestAnAccountThatCannotBeReadIsTold(t *testing.T) {
	play(t, &script{discover: expired}, func(d *driver) {
		d.centralized(8)
		d.see("single sign-on session has expired")
		d.keys("+", "111122223333", "enter", "enter", "enter")
		d.keys("+", "us-east-1 nowhere-1", "enter")
		d.see("nowhere-1")
		d.keys("enter")
		d.see("Enter takes all")
		d.keys("enter", "enter")
		d.see("Review")
	})
}

func TestAnUnreadAccountIsNotLostByChoosingVPCs(t *testing.T) {
	e := &script{unread: "222233334444"}
	play(t, e, func(d *driver) {
		d.centralized(11)
		d.see("Account 222233334444 could not be read")
		d.keys("space", "enter", "enter")
		d.see("Review")
		s := e.planned[0]
		if len(s.ResourceAccounts) != 2 || s.ResourceAccounts[1].VPCs != nil || len(s.ResourceAccounts[0].VPCs.IDs) != 2 || len(s.Check()) > 0 {
			t.Errorf("set-up:\n%s%v", s.YAML(), s.Check())
		}
		d.keys("esc", "esc", "n", "space", "enter", "enter")
		if s := e.planned[1]; len(s.ResourceAccounts) != 1 || len(s.ResourceAccounts[0].VPCs.IDs) != 1 {
			t.Errorf("set-up with one VPC:\n%s", s.YAML())
		}
	})
}

func TestTornSequencesAreTheirKeys(t *testing.T) {
	for name, parts := range map[string][]string{"two": {"[B"}, "three": {"[", "B"}, "application": {"OB"}, "modified": {"[1;", "2B"}} {
		t.Run(name, func(t *testing.T) {
			play(t, &script{}, func(d *driver) {
				d.keys("enter")
				d.send(tea.KeyMsg{Type: tea.KeyEsc})
				for _, p := range parts {
					d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(p)})
				}
				time.Sleep(2 * escapeWait)
				d.settle()
				d.see("How are the logs kept?", "▸ Centralized")
			})
		})
	}
	play(t, &script{}, func(d *driver) { // Esc, and then something else at once
		d.centralized(1)
		d.send(tea.KeyMsg{Type: tea.KeyEsc})
		d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("9")})
		d.see("Question 1:", "9999888877779")
	})
}

func TestATerminalWithoutASizeIsTakenFor80x24(t *testing.T) {
	play(t, &script{}, func(d *driver) {
		d.size(0, 0)
		d.see("Continue")
		d.fits("who")
	})
}

func TestNewFilesNeverOverwrite(t *testing.T) {
	dir := t.TempDir()
	first, err := plain.SaveNew(dir, "a.yaml", "one")
	if err != nil {
		t.Fatal(err)
	}
	second, _ := plain.SaveNew(dir, "a.yaml", "two")
	again, _ := plain.SaveNew(dir, "a.yaml", "one")
	if first == second || again != first {
		t.Errorf("files: %s, %s, %s", first, second, again)
	}
	if data, _ := os.ReadFile(first); string(data) != "one" {
		t.Errorf("the first file holds %q", data)
	}
}
