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
