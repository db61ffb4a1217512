package steps_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// A document goes back into the account that it was kept from, and into no other that has one of the same name.
func TestBackupsBelongToAnAccount(t *testing.T) {
	const hubRole = "ColortokensHubFlowLogsRole"
	moved := []string{`"444455556666"`, `"222233334444"`, "central-flow-logs", "moved-flow-logs",
		`  - {id: "222233334444", name: Storefront, credentials: {assume_role: OrganizationAccountAccessRole}}` + "\n", ""}
	world := func(t *testing.T) (*lab, *steps.Store, steps.Setup, steps.Backup) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		drifted := policy.AssumeRoleTrust("arn:aws:iam::999988887777:role/ColorTokensFlowLogsCloudSecurityServiceRole", "xs-drifted")
		_, err := l.admin(archive).CreateRole(t.Context(), awsops.NewRole{Name: hubRole, Trust: drifted.String()})
		l.must(err)
		s := setup(t, centralFile)
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		all, err := store.Backups(s.Name)
		l.must(err)
		for _, b := range all {
			if b.Kind == "trust" {
				return l, store, s, b
			}
		}
		t.Fatalf("no trust policy was kept: %+v", all)
		return nil, nil, steps.Setup{}, steps.Backup{}
	}
	without := func(t *testing.T, b steps.Backup) { // as an older flowgrant kept it
		text, err := os.ReadFile(b.File)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(b.File, regexp.MustCompile(`\s*"account": "\d+",`).ReplaceAll(text, nil), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	find := func(l *lab, store *steps.Store, b steps.Backup) steps.Backup {
		l.Helper()
		found, err := store.FindBackup("central-logs", b.ID)
		l.must(err)
		return found
	}
	inBubble(t, "the answers name another account now", func(t *testing.T) {
		l, store, _, b := world(t)
		if b.Account != archive || b.Assumed {
			t.Errorf("it is kept with account %q", b.Account)
		}
		now := setup(t, centralFile, moved...)
		l.expect(l.journaled(store, now, l.plan(now)), steps.ResultVerified)
		for _, old := range []bool{false, true} { // the application that kept it tells the account of an old one
			if old {
				without(t, b)
			}
			if _, err := l.engine.PlanRestore(t.Context(), now, find(l, store, b)); err == nil || !strings.Contains(err.Error(), "in account "+archive) {
				t.Errorf("it can be put back into the role of account %s: %v", now.Account.ID, err)
			}
		}
		l.expect(l.revoke(store, now, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
		text, err := l.admin(archive).Trust(t.Context(), hubRole)
		if err != nil || !strings.Contains(text, "xs-drifted") {
			t.Errorf("the trust policy of the role in the first account is not what it was: %s %v", text, err)
		}
	})
	inBubble(t, "an old backup, and one account only", func(t *testing.T) {
		l, store, s, b := world(t)
		without(t, b)
		old := find(l, store, b)
		p, err := l.engine.PlanRestore(t.Context(), s, old)
		l.must(err)
		if !old.Assumed || p.Changes() != 1 || !strings.Contains(strings.Join(p.Warnings, "\n"), "taken for one of account "+archive) {
			t.Errorf("%+v: %d changes, %v", old, p.Changes(), p.Warnings)
		}
	})
	inBubble(t, "an old backup, and nothing tells the account", func(t *testing.T) {
		l, store, s, b := world(t)
		now := setup(t, centralFile, moved...)
		l.expect(l.journaled(store, now, l.plan(now)), steps.ResultVerified)
		l.expect(l.revoke(store, now, steps.RevokeOptions{}), steps.ResultRevoked)
		all, err := store.Backups(s.Name)
		l.must(err)
		last := all[len(all)-1]
		if last.Time.Equal(b.Time) {
			t.Fatal("the revocation kept nothing")
		}
		text, err := os.ReadFile(b.File)
		l.must(err)
		l.must(os.WriteFile(b.File, []byte(strings.Replace(string(text), b.Time.Format("2006-01-02T15:04:05"), last.Time.Format("2006-01-02T15:04:05"), 1)), 0o600))
		without(t, b)
		if _, err := l.engine.PlanRestore(t.Context(), s, find(l, store, b)); err == nil || !strings.Contains(err.Error(), "several") {
			t.Errorf("it can be put back: %v", err)
		}
	})
}

// What is put back into a set-up that was taken back is proved as that: here it lets the reader in again, which the result says.
func TestPutBackAfterTakingBack(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		s := setup(t, perAccountFile)
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		l.expect(l.revoke(store, s, steps.RevokeOptions{}), steps.ResultRevoked)
		all, err := store.Backups(s.Name)
		l.must(err)
		granting := all[len(all)-1] // as it was before it was taken back
		if granting.Kind != "inline-policy" || !strings.Contains(granting.Document, "ColorTokensS3SpecificReadAccess") {
			t.Fatalf("kept last: %s %s", granting.Kind, granting.Document)
		}
		p, err := l.engine.PlanRestore(t.Context(), s, granting)
		l.must(err)
		j, err := store.Begin(s)
		l.must(err)
		r := l.engine.Run(t.Context(), p, steps.RunOptions{Journal: j, ProveAll: true, Taken: &steps.RevokeOptions{}})
		l.must(j.Close())
		if r.Status != steps.ResultFailed || r.Failure != nil || r.Changed != 1 || r.Report.Withdrawn == nil || r.Report.Withdrawn.Reader != steps.Fail {
			t.Errorf("%s, %d changed, %+v", r.Status, r.Changed, r.Report.Withdrawn)
		}
		if st := store.State(s.Name); st.Status != steps.SetupRevoked {
			t.Errorf("it is listed as %s", st.Status)
		}
	})
}

// What belonged to something that is not there any more cannot be put back: the plan says so, with the document, before anything is tried.
func TestPutBackIntoWhatIsGone(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		s := setup(t, centralFile)
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		l.expect(l.revoke(store, s, steps.RevokeOptions{}), steps.ResultRevoked)
		all, err := store.Backups(s.Name)
		l.must(err)
		managed := all[len(all)-1]
		for _, b := range []steps.Backup{managed,
			{Kind: "trust", Target: "ColortokensHubFlowLogsRole", Account: archive, Document: managed.Document, File: "kept.json"},
			{Kind: "inline-policy", Target: "ColortokensHubFlowLogsRole/more", Account: archive, Document: managed.Document, File: "kept.json"},
			{Kind: "key-policy", Target: "arn:aws:kms:us-east-1:444455556666:key/00000000-0000-0000-0000-000000000000", Account: archive, Document: managed.Document, File: "kept.json"}} {
			p, err := l.engine.PlanRestore(t.Context(), s, b)
			if err != nil {
				t.Errorf("%s: %v", b.Kind, err)
				continue
			}
			blocked := p.Blocked()
			if len(blocked) != 1 || blocked[0].Before != nil || blocked[0].After == nil || !strings.Contains(blocked[0].HandOff, b.File) {
				t.Errorf("%s: %+v", b.Kind, p.Steps)
				continue
			}
			if again := strings.Contains(blocked[0].HandOff, "apply the set-up again from its file"); again != (b.Kind == "managed-policy" || b.Kind == "trust") {
				t.Errorf("%s: %s", b.Kind, blocked[0].HandOff)
			}
			l.calls.take(t)
			if r := l.engine.Run(t.Context(), p, steps.RunOptions{ProveAll: true}); r.Status != steps.ResultFailed || r.Failure == nil || len(l.writes()) > 0 {
				t.Errorf("%s: %s", b.Kind, r.Status)
			}
		}
	})
}
