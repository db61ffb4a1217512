package wizard

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// Every set-up file that can be written comes back unchanged from the answers made of it, when one answer is touched too.
func TestAnswersOfASetupGiveItBack(t *testing.T) {
	perAccount := `
version: 1
name: payments
mode: per-account
reader: {account: "999988887777"}
account: {id: "111122223333", name: Payments, role: MyRole, credentials: {profile: payments}}
bucket: {arn: "arn:aws:s3:::payments-logs/team", create: false, region: eu-west-1, kms_key_arn: "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"}
flow_logs: {traffic: REJECT, aggregation_seconds: 60, regions: [eu-west-1, us-east-1], vpcs: [vpc-0a1b2c3d4e5f60001], delete_replaced: true}
grant: portal
`
	group, err := os.ReadFile("../command/testdata/setups/log-group.yaml")
	if err != nil {
		t.Fatal(err)
	}
	mixed := strings.NewReplacer("name: Payments, credentials: {assume_role: OrganizationAccountAccessRole}", "name: Payments, credentials: {profile: pay}, regions: [eu-west-1], vpcs: [vpc-0a1b2c3d4e5f60001]",
		"vpcs: all", "vpcs: all, traffic: ACCEPT", "mode: centralized", "mode: centralized\ndelivery_scope: organization").Replace(contractFile)
	for name, file := range map[string]string{"contract": contractFile, "per account": perAccount, "mixed": mixed, "log group": string(group)} {
		want, err := steps.ParseSetup(name, []byte(file))
		if err != nil {
			t.Fatal(err)
		}
		a := answersOf(want)
		if got := a.setup(steps.Identity{}); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: as it is:\n%s\nwant\n%s", name, got.YAML(), want.YAML())
		}
		a.loaded = nil
		got := a.setup(steps.Identity{})
		if string(got.YAML()) != string(want.YAML()) {
			t.Errorf("%s: put together again:\n%s\nwant\n%s", name, got.YAML(), want.YAML())
		}
	}
}

func TestOneAnswerIsChangedAndTheRestStays(t *testing.T) {
	e := &script{}
	play(t, e, func(d *driver) {
		d.remember()
		d.keys("r", "enter", "enter", "down", "enter")
		d.see("Change an answer", "xs-7f3a91")
		d.keys("down", "down", "enter")
		d.see("External ID", "to the review")
		d.keys("xs-other", "enter")
		d.see("Review")
		s := e.planned[len(e.planned)-1]
		want, _ := steps.ParseSetup("contract.yaml", []byte(contractFile))
		want.Reader.ExternalID = "xs-other"
		if string(s.YAML()) != string(want.YAML()) {
			t.Errorf("planned:\n%s\nwant\n%s", s.YAML(), want.YAML())
		}
		d.keys("esc")
		d.see("External ID")
	})
}

func TestAfterAFailureAnAnswerCanBeChanged(t *testing.T) {
	e := &script{run: failing}
	play(t, e, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.keys("e", "down", "down", "enter", "xs-other", "enter")
		e.run = nil
		d.confirm()
		d.see("verified")
		if got := e.ran[1].Setup.Reader.ExternalID; got != "xs-other" {
			t.Errorf("external ID of the second run: %s", got)
		}
	})
}

func TestRevokeAsksOneByOneAndIsDeliberate(t *testing.T) {
	e := &script{run: revoked}
	play(t, e, func(d *driver) {
		d.revoke(0)
		d.see("Keep them", "Delete them")
		d.keys("down", "enter", "enter", "enter", "a", "enter", "yes", "enter", "y")
		if len(e.ran) > 0 {
			t.Fatal("a yes is not enough to take back")
		}
		if o := e.revoked[0]; !o.FlowLogs || o.EndSessions || o.DeleteBucket || o.RestoreScope || o.Before == nil {
			t.Errorf("options %+v", o)
		}
		d.keys("esc", "a", "central-logs", "enter")
		d.see("access taken back", "can no longer read")
		if len(e.ran) != 1 || d.m.outcome.exitCode() != 0 {
			t.Errorf("%d runs, exit %d", len(e.ran), d.m.outcome.exitCode())
		}
		d.keys("n")
		d.see("Set-ups known here", "central-logs")
	})
}

// After a take-back, proving again proves that, and what it offers where something is left is to take it back once more: never to set up again.
func TestProvingWhatWasTakenBack(t *testing.T) {
	for name, way := range map[string]func(d *driver){
		"after the run":             func(d *driver) { d.revoke(3); d.keys("a", "central-logs", "enter", "v") },
		"on the page of the set-up": func(d *driver) { d.proveOut() },
	} {
		t.Run(name, func(t *testing.T) {
			e := &script{run: revoked}
			play(t, e, func(d *driver) {
				way(d)
				d.see("Xshield can no longer read.", "taken back")
				if len(e.proved) != 1 || d.m.outcome.exitCode() != 0 {
					t.Errorf("%d proofs, exit %d", len(e.proved), d.m.outcome.exitCode())
				}
				d.keys("e", "d")
				d.see("Xshield can no longer read.")
				d.keys("tab", "tab")
				d.see("The flow logs stay", "records")
				d.notSee("No logs have been opened yet")
			})
			e = &script{run: revoked, out: backIn}
			play(t, e, func(d *driver) {
				way(d)
				d.see("Something still lets Xshield read", "r takes it back once more", "the reader can still read the logs")
				for _, never := range []string{"review again", "flowgrant revoke", "d finds"} {
					d.notSee(never)
				}
				planned, revoked := len(e.planned), len(e.revoked)
				d.keys("r")
				d.see("what will be taken back")
				if len(e.planned) != planned || len(e.revoked) != revoked+1 {
					t.Errorf("%d plans, %d of taking back", len(e.planned)-planned, len(e.revoked)-revoked)
				}
			})
		})
	}
}

// A bucket that was to be deleted and holds logs is kept with one key. Typing the word that confirms where nothing can be confirmed does nothing
// else: its letters are keys of the screen too.
func TestRevokeThatIsBlockedByLogs(t *testing.T) {
	e := &script{run: revoked, holds: true}
	play(t, e, func(d *driver) {
		d.takeAll()
		if o := e.revoked[0]; !o.FlowLogs || !o.DeleteBucket {
			t.Fatalf("options %+v", o)
		}
		d.see("x keeps the bucket")
		d.keys("enter", "tab")
		d.see("keep the bucket: it stays")
		d.notSee("--delete-bucket")
		d.keys("esc")
		d.keys("a")
		d.see("There is nothing to confirm", "keep it (x)")
		d.keys("y", "e", "s", "enter")
		d.see("x keeps the bucket")
		if files, _ := filepath.Glob(filepath.Join(d.m.o.Dir, "*")); len(files) > 0 || len(e.ran) > 0 || len(e.revoked) != 1 {
			t.Errorf("files %q, %d runs, %d plans", files, len(e.ran), len(e.revoked))
		}
		d.keys("e")
		d.see("The flow logs")
		d.keys("enter", "enter", "enter") // what was chosen before
		if o := e.revoked[1]; len(e.revoked) != 2 || !o.FlowLogs || !o.DeleteBucket {
			t.Errorf("options %+v", e.revoked)
		}
		d.keys("x")
		if o := e.revoked[2]; !o.FlowLogs || o.DeleteBucket {
			t.Errorf("options %+v", o)
		}
		d.keys("a", "central-logs", "enter")
		d.see("access taken back")
	})
}

// What is saved is told with where: a folder that is long loses its middle.
func TestSavedSaysWhere(t *testing.T) {
	saved := savedMsg{files: []string{"logs/central-logs.yaml"}, dir: "~/projects/network/flow-logs/set-ups/of-2026/central"}
	for width, want := range map[int]string{120: "Saved central-logs.yaml in ~/projects/network/flow-logs/set-ups/of-2026/central.", 60: "Saved central-logs.yaml in ~/projects…t-ups/of-2026/central."} {
		if got := saved.said(width); got != want {
			t.Errorf("at %d: %q, want %q", width, got, want)
		}
	}
	saved.files = append(saved.files, "logs/central-logs-2.yaml")
	if got := saved.said(120); got != "Saved 2 files in ~/projects/network/flow-logs/set-ups/of-2026/central: central-logs.yaml, central-logs-2.yaml." {
		t.Errorf("%q", got)
	}
	saved.wrong = errors.New("the disk is full")
	if got := saved.said(120); !strings.HasPrefix(got, "Could not save: the disk is full. Saved 2 files in ") {
		t.Errorf("%q", got)
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	if got := folder(filepath.Join(home, "logs")); got != "~"+string(filepath.Separator)+"logs" {
		t.Errorf("%q", got)
	}
	if got := folder(home + "-of-others"); got != home+"-of-others" {
		t.Errorf("%q", got)
	}
}

func TestRevokeThatIsNotProvedSaysSo(t *testing.T) {
	open := func(ctx context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
		r := revoked(ctx, p, o)
		r.Report = steps.Report{Setup: p.Setup.Name, Status: steps.ReportUnproven, Checks: []steps.Check{{ID: "access.get", Status: steps.Unknown, Summary: "whether s3:GetObject is refused is not known"}}}
		return r
	}
	play(t, &script{run: open}, func(d *driver) {
		d.revoke(3)
		d.keys("a", "central-logs", "enter")
		d.see("is taken back", "could not be proved")
		d.notSee("can no longer read.")
	})
}

func TestStateInWords(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for want, s := range map[string]steps.SetupState{
		"centralized, not started": {Mode: steps.Centralized, Status: steps.SetupNotStarted},
		"centralized, waiting for logs, 10 of 14 steps done, 2 hours ago: delivery: logs of 0 of 2 VPCs": {Mode: steps.Centralized, Status: steps.SetupWaiting, Done: 10, Total: 14, StoppedAt: at.Add(-2 * time.Hour), Why: "delivery: logs of 0 of 2 VPCs"},
		"per-account, taking back its access is not finished, 1 of 3 steps done, just now: killed":       {Mode: steps.PerAccount, Status: steps.SetupInterrupted, Verb: steps.VerbRevoke, Done: 1, Total: 3, StoppedAt: at, Why: "killed"},
		"per-account, verified, 3 days ago": {Mode: steps.PerAccount, Status: steps.SetupVerified, StoppedAt: at.Add(-80 * time.Hour), Why: "old"},
	} {
		if got := words.State(s, at); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestReportHoldsWhatWasDoneAndEveryPolicy(t *testing.T) {
	play(t, &script{}, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.keys("m")
		d.see("Saved")
		report, err := os.ReadFile(filepath.Join(d.m.o.Dir, "central-flow-logs-report.md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"# central-flow-logs: verified", "## Made or changed", "create the role", "## Proof for", "SCPs cannot be read", "190 records", "| External ID | `xs-7f3a91` |",
			"## Trust policy of", "sts:ExternalId", "## Managed policy", "## Bucket policy", "```yaml\n", "name: central-flow-logs"} {
			if !strings.Contains(string(report), want) {
				t.Errorf("the report lacks %q", want)
			}
		}
	})
}

func TestWhatFailedIsHandedOver(t *testing.T) {
	play(t, &script{run: failing}, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.keys("h")
		d.see("For somebody who may do it", "create the role", "iam:CreateRole")
		d.keys("tab")
		d.see(`"step": "role"`)
		d.keys("s")
		d.see("Saved")
	})
}

func TestWithoutAClipboardTheFileIsNamed(t *testing.T) {
	play(t, &script{}, func(d *driver) {
		d.centralized(13)
		d.keys("enter", "c")
		d.see("No clipboard could be reached", "saves it as flowgrant-bucket.txt")
		d.keys("s")
		d.see("Saved")
	})
}

// Whoever goes back past the list of answers is asked one question after the other again.
func TestBackFromOneAnswerToTheFirstQuestion(t *testing.T) {
	play(t, &script{}, func(d *driver) {
		d.centralized(13)
		d.keys("e", "down", "down", "enter")
		d.see("enter to the review")
		d.keys("esc", "esc")
		d.notSee("enter to the review")
		for range 20 {
			if _, first := d.m.top().(*modes); first {
				break
			}
			d.keys("esc")
		}
		d.keys("enter")
		d.see("Question 1:")
	})
}

// An account that is added after VPCs were chosen comes with all of its VPCs, and one of which none was chosen stays out.
func TestAnAccountAddedAfterVPCsWereChosen(t *testing.T) {
	play(t, &script{}, func(d *driver) {
		d.centralized(13)
		d.m.answers.loaded = nil
		d.m.answers.vpcs = map[string][]string{"111122223333": {"vpc-1"}}
		rows := []row{{id: "333344445555", name: "New"}}
		for _, r := range d.m.answers.resources {
			rows = append(rows, row{id: r.ID, name: r.Name})
		}
		askResources().store(d.m, rows, nil)
		got := map[string]int{}
		for _, r := range d.m.answers.setup(d.m.identity).ResourceAccounts {
			got[r.ID] = -1
			if r.VPCs != nil {
				got[r.ID] = len(r.VPCs.IDs)
			}
		}
		if want := (map[string]int{"333344445555": -1, "111122223333": 1}); !maps.Equal(got, want) {
			t.Errorf("accounts with the number of their chosen VPCs (-1: all): %v, want %v", got, want)
		}
	})
}

// Answers changed after a result are asked for before they are lost.
func TestAnswersAfterAResultAreNotLost(t *testing.T) {
	play(t, &script{}, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.keys("ctrl+c")
		d.notSee("Leave flowgrant?")
	})
	play(t, &script{}, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.keys("n", "end", "enter", "down", "enter", "999988887777", "enter", "ctrl+c")
		d.see("Leave flowgrant?")
	})
}
