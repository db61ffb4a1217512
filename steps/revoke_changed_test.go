package steps_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

const storefront = "222233334444"

// left lists what set-ups made and is still there: roles, policies and flow logs with their tag, and statements with their Sids.
func (l *lab) left() []string {
	l.Helper()
	var found []string
	a := l.admin(archive)
	roles, err := a.Roles(l.Context())
	l.must(err)
	for _, r := range roles {
		if role, err := a.Role(l.Context(), r.Name); err == nil && role.Tags[steps.TagSetup] != "" {
			found = append(found, "role "+r.Name)
		}
	}
	policies, err := a.OwnPolicies(l.Context())
	l.must(err)
	for _, p := range policies {
		if strings.HasPrefix(p.Name, "ColorTokensHub") {
			full, err := a.Policy(l.Context(), p.ARN)
			l.must(err)
			found = append(found, "policy "+full.Document)
		}
	}
	buckets, err := a.Buckets(l.Context())
	l.must(err)
	for _, b := range buckets {
		text, err := a.BucketPolicy(l.Context(), "us-east-1", b.Name)
		l.must(err)
		for _, what := range []string{"Write", "AclCheck"} {
			if i := strings.Index(text, what+`"`); i > 8 && strings.Contains(text[max(0, i-20):i], "Flowgrant") {
				found = append(found, "statement "+what+" in "+b.Name)
			}
		}
	}
	for _, account := range []string{payments, storefront} {
		for _, region := range []string{"us-east-1", "eu-west-1"} {
			logs, err := l.admin(account).FlowLogs(l.Context(), region)
			l.must(err)
			for _, f := range logs {
				if f.Tags[steps.TagSetup] != "" {
					found = append(found, fmt.Sprint("flow log ", account, " ", region, " ", f.Destination, " of ", f.Tags[steps.TagSetup]))
				}
			}
		}
	}
	return found
}

func (l *lab) nothingLeft() {
	l.Helper()
	for _, what := range l.left() {
		l.Errorf("left: %s", what)
	}
}

// changedAnswers are answers that differ from the ones that were applied before.
var changedAnswers = map[string][]string{
	"another role":          {"name: Log archive", "name: Log archive\n  role: OtherRole"},
	"an account dropped":    {`  - {id: "222233334444", name: Storefront, credentials: {assume_role: OrganizationAccountAccessRole}}` + "\n", ""},
	"another bucket":        {"archive-existing", "other-flow-logs", "create: false", "create: true"},
	"another region":        {"flow_logs: {regions: [us-east-1]}", "flow_logs: {regions: [eu-west-1]}"},
	"another role and less": {"name: Log archive", "name: Log archive\n  role: OtherRole", `  - {id: "222233334444", name: Storefront, credentials: {assume_role: OrganizationAccountAccessRole}}` + "\n", ""},
}

// applied says whether everything is verified, whether there was anything to change or not.
func (l *lab) applied(r steps.Result) {
	l.Helper()
	if r.Status != steps.ResultUnchanged {
		l.expect(r, steps.ResultVerified)
	}
}

// What answers made that have changed since goes too: with a journal all of it, without one what tags, Sids and entries tell.
func TestRevokeFindsWhatEarlierAnswersMade(t *testing.T) {
	onExisting := strings.NewReplacer("central-flow-logs", "archive-existing", "create: true", "create: false").Replace(centralFile)
	for name, change := range changedAnswers {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			store := steps.OpenStore(t.TempDir())
			before := setup(t, onExisting)
			now := setup(t, onExisting, change...)
			l.expect(l.journaled(store, before, l.plan(before)), steps.ResultVerified)
			l.applied(l.journaled(store, now, l.plan(now)))

			running := l.left()
			l.expect(l.revoke(store, now, steps.RevokeOptions{}), steps.ResultRevoked)
			for _, what := range l.left() {
				if strings.HasPrefix(what, "role") || strings.HasPrefix(what, "policy") {
					t.Errorf("a plain revocation left %s", what)
				}
			}
			for _, what := range running {
				if strings.HasPrefix(what, "flow log") && !strings.Contains(strings.Join(l.left(), "\n"), what) {
					t.Errorf("a plain revocation took %s", what)
				}
			}
			l.expect(l.journaled(store, now, l.plan(now)), steps.ResultVerified)
			l.expect(l.revoke(store, now, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
			l.nothingLeft()
		})
		inBubble(t, name+", without a journal", func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			before := setup(t, onExisting)
			now := setup(t, onExisting, change...)
			l.expect(l.apply(before), steps.ResultVerified)
			l.applied(l.apply(now))
			p, err := l.engine.PlanRevoke(t.Context(), now, steps.RevokeOptions{FlowLogs: true})
			l.must(err)
			l.expect(l.run(t.Context(), p, time.Minute), steps.ResultRevoked)
			for _, what := range l.left() {
				if !strings.Contains(name, "less") && !strings.Contains(name, "dropped") || !strings.HasPrefix(what, "flow log "+storefront) {
					t.Errorf("left: %s", what)
				}
			}
			if !strings.Contains(strings.Join(p.Warnings, "\n"), "no longer name") {
				t.Errorf("what cannot be seen is not said: %v", p.Warnings)
			}
		})
	}
}

// Accounts that only the journal names and nobody can act in are left to somebody else, and the run says so.
func TestRevokeSaysWhatItCannotSee(t *testing.T) {
	inBubble(t, "account gone", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		before := setup(t, central("central-flow-logs", "archive-existing"))
		l.expect(l.journaled(store, before, l.plan(before)), steps.ResultVerified)
		now := setup(t, central("central-flow-logs", "archive-existing"), changedAnswers["an account dropped"]...)
		l.applied(l.journaled(store, now, l.plan(now)))
		l.must(l.admin(storefront).PutTrust(t.Context(), "OrganizationAccountAccessRole",
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222233334444:root"},"Action":"sts:AssumeRole"}]}`))
		for says, wire := range map[string]wire{
			"in the organization the account is active":    func(_ string, send func() (*http.Response, error)) (*http.Response, error) { return send() },
			"in the organization the account is SUSPENDED": suspended(storefront),
			"could not be asked": func(operation string, send func() (*http.Response, error)) (*http.Response, error) {
				if strings.HasSuffix(operation, ".ListAccounts") {
					return answer(http.StatusBadRequest, "application/x-amz-json-1.1", `{"__type":"AccessDeniedException","Message":"You don't have permissions to access this resource."}`), nil
				}
				return send()
			},
		} {
			l.behind(wire)
			l.engine.Knowing(store)
			p, err := l.engine.PlanRevoke(t.Context(), now, steps.RevokeOptions{FlowLogs: true})
			l.must(err)
			if off := p.HandedOff(); len(off) == 0 || !strings.Contains(off[0].Reason, says) {
				t.Errorf("%q is not said: %+v", says, off)
			}
		}
		l.engine = steps.NewEngine(l.cloud(""))
		r := l.revoke(store, now, steps.RevokeOptions{FlowLogs: true})
		l.expect(r, steps.ResultWaiting)
		if all := strings.Join(r.NotMade, "\n"); !strings.Contains(all, "delete the flow logs of this set-up") {
			t.Errorf("not made: %s", all)
		}

		// It is said once; then the revocation ends, and is not held up for ever by an account that is closed.
		l.engine.Knowing(store)
		p, err := l.engine.PlanRevoke(t.Context(), now, steps.RevokeOptions{FlowLogs: true})
		l.must(err)
		if said := strings.Join(p.Warnings, "\n"); len(p.HandedOff()) > 0 || !strings.Contains(said, "account "+storefront+" still cannot be looked at") || !strings.Contains(said, "delete-flow-logs") {
			t.Errorf("handed off again: %d, warned: %s", len(p.HandedOff()), said)
		}
		l.expect(l.journaled(store, now, p), steps.ResultRevoked)
		if p, err = l.engine.PlanRevoke(t.Context(), now, steps.RevokeOptions{FlowLogs: true}); err != nil || strings.Contains(strings.Join(p.Warnings, "\n"), storefront) {
			t.Errorf("it is said again: %v %v", p.Warnings, err)
		}
	})
}

// suspended lets Organizations say that an account is closed.
func suspended(account string) wire {
	return func(operation string, send func() (*http.Response, error)) (*http.Response, error) {
		r, err := send()
		if !strings.HasSuffix(operation, ".ListAccounts") {
			return r, err
		}
		return edited(r, err, func(text string) string {
			var list struct{ Accounts []map[string]any }
			if json.Unmarshal([]byte(text), &list) != nil {
				return text
			}
			for _, a := range list.Accounts {
				if a["Id"] == account {
					a["State"], a["Status"] = "SUSPENDED", "SUSPENDED"
				}
			}
			out, _ := json.Marshal(list)
			return string(out)
		})
	}
}

// Set-ups that share role and policy each take their own, in any order and at the same moment; the last one leaves nothing.
func TestTheLastOneTakesWhatAllShared(t *testing.T) {
	files := func(t *testing.T) []steps.Setup {
		return []steps.Setup{setup(t, central("central-flow-logs", "archive-existing")), setup(t, centralFile, "name: central-logs", "name: new-logs", "central-flow-logs", "new-flow-logs")}
	}
	for name, order := range map[string][]int{"creator first": {0, 1}, "creator last": {1, 0}} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			store := steps.OpenStore(t.TempDir())
			all := files(t)
			for _, s := range all {
				l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
			}
			l.expect(l.revoke(store, all[order[0]], steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
			l.expect(l.journaled(store, all[order[1]], l.plan(all[order[1]])), steps.ResultUnchanged)
			l.expect(l.revoke(store, all[order[1]], steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
			l.nothingLeft()
		})
	}
	same := func(t *testing.T) []steps.Setup {
		return []steps.Setup{setup(t, central("central-flow-logs", "archive-existing")), setup(t, central("central-flow-logs", "archive-existing"), "name: central-logs", "name: new-logs")}
	}
	t.Run("at the same moment", func(t *testing.T) { // locks of files do not wait in a bubble
		for n := range 6 {
			l := newLab(t, sandbox.Options{})
			store := steps.OpenStore(t.TempDir())
			all := [][]steps.Setup{files(t), same(t)}[n%2]
			for _, s := range all {
				l.engine.Knowing(store)
				j, err := store.Begin(s)
				l.must(err)
				l.engine.Run(t.Context(), l.plan(s), steps.RunOptions{Journal: j})
				l.must(j.Close())
			}
			var wg sync.WaitGroup
			for _, s := range all {
				p, err := l.engine.PlanRevoke(t.Context(), s, steps.RevokeOptions{FlowLogs: true})
				l.must(err)
				wg.Go(func() {
					j, err := store.Begin(s)
					if err != nil {
						t.Error(err)
						return
					}
					if r := l.engine.Run(t.Context(), p, steps.RunOptions{Journal: j}); r.Status != steps.ResultRevoked {
						t.Errorf("%s: %s %+v", s.Name, r.Status, r.Failure)
					}
					_ = j.Close()
				})
			}
			wg.Wait()
			for _, what := range l.left() {
				if n%2 == 0 || strings.HasPrefix(what, "role") || strings.HasPrefix(what, "policy") {
					t.Errorf("left: %s", what)
				}
			}
		}
	})
}

// Two names on the same bucket, role and VPCs: what the other one uses stays, and goes with it.
func TestRevokeLeavesWhatAnotherUses(t *testing.T) {
	inBubble(t, "all the same", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		one := setup(t, central("central-flow-logs", "archive-existing"))
		two := setup(t, central("central-flow-logs", "archive-existing"), "name: central-logs", "name: other-logs")
		l.expect(l.journaled(store, one, l.plan(one)), steps.ResultVerified)
		l.expect(l.journaled(store, two, l.plan(two)), steps.ResultVerified)

		p, err := l.engine.PlanRevoke(t.Context(), one, steps.RevokeOptions{FlowLogs: true})
		l.must(err)
		said := ""
		for _, st := range p.Steps {
			said += st.Summary + "\n" + strings.Join(st.Notes, "\n") + "\n"
		}
		for _, want := range []string{"set-up other-logs relies on it", "set-up other-logs grants it too", "set-up other-logs uses it"} {
			if !strings.Contains(said, want) {
				t.Errorf("the plan does not say %q:\n%s", want, said)
			}
		}
		l.expect(l.journaled(store, one, p), steps.ResultRevoked)
		if r := l.verify(two); r.Status != steps.ReportVerified {
			t.Error("the other set-up does not work any more")
			l.tell(r)
		}
		l.expect(l.revoke(store, two, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
		l.expect(l.revoke(store, one, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
		l.nothingLeft()
	})
	inBubble(t, "known only by its statements", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		elsewhere, here := steps.OpenStore(t.TempDir()), steps.OpenStore(t.TempDir())
		one := setup(t, central("central-flow-logs", "archive-existing"))
		two := setup(t, central("central-flow-logs", "archive-existing"), "name: central-logs", "name: other-logs")
		l.expect(l.journaled(elsewhere, one, l.plan(one)), steps.ResultVerified)
		l.expect(l.journaled(here, two, l.plan(two)), steps.ResultVerified)
		r := l.revoke(here, two, steps.RevokeOptions{FlowLogs: true})
		l.expect(r, steps.ResultRevoked)
		said := ""
		for _, c := range r.Report.Checks {
			said += c.Summary + "\n"
		}
		if !strings.Contains(said, "another set-up, whose statement Flowgrant") {
			t.Errorf("who still grants it is not said:\n%s", said)
		}
		l.engine.Knowing(elsewhere)
		if r := l.verify(one); r.Status != steps.ReportVerified {
			t.Error("the set-up of another machine does not work any more")
			l.tell(r)
		}
		l.expect(l.revoke(elsewhere, one, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
		l.nothingLeft()
	})
	inBubble(t, "per account", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		l.must(l.admin(payments).CreateBucket(t.Context(), awsops.NewBucket{Name: "payments-flow-logs", Region: "us-east-1"}))
		one, two := setup(t, perAccountFile), setup(t, perAccountFile, "name: payments-logs", "name: other-logs")
		l.expect(l.journaled(store, one, l.plan(one)), steps.ResultVerified)
		l.expect(l.journaled(store, two, l.plan(two)), steps.ResultVerified)
		l.expect(l.revoke(store, one, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
		if r := l.verify(two); r.Status != steps.ReportVerified {
			t.Error("the other set-up does not work any more")
			l.tell(r)
		}
	})
}

// A repeated revocation does not say of flow logs that they stay when they are gone.
func TestRevokeSaysWhetherFlowLogsStay(t *testing.T) {
	inBubble(t, "again", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		s := setup(t, centralFile)
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		says := func() string {
			p, err := l.engine.PlanRevoke(t.Context(), s, steps.RevokeOptions{})
			l.must(err)
			return strings.Join(p.Warnings, "\n")
		}
		if !strings.Contains(says(), "go on delivering") {
			t.Errorf("it says %s", says())
		}
		l.expect(l.revoke(store, s, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
		if strings.Contains(says(), "go on delivering") {
			t.Errorf("it says %s", says())
		}
	})
}

// Per account, too: every bucket that answers named goes out of the role's policy.
func TestRevokeTakesEveryBucketOutOfTheRole(t *testing.T) {
	inBubble(t, "another bucket", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		a := l.admin(payments)
		original, err := a.InlineDocument(t.Context(), "ColorTokensCrossAccountAccessRole", "ColorTokensCrossAccountAccessPolicy")
		l.must(err)
		before, now := setup(t, perAccountFile), setup(t, perAccountFile, "payments-flow-logs", "other-flow-logs")
		l.expect(l.journaled(store, before, l.plan(before)), steps.ResultVerified)
		l.applied(l.journaled(store, now, l.plan(now)))
		l.expect(l.revoke(store, now, steps.RevokeOptions{FlowLogs: true, RestoreScope: true}), steps.ResultRevoked)
		text, err := a.InlineDocument(t.Context(), "ColorTokensCrossAccountAccessRole", "ColorTokensCrossAccountAccessPolicy")
		l.must(err)
		if strings.Contains(text, "flow-logs") {
			t.Errorf("a bucket is left in the role's policy: %s", text)
		}
		same(t, original, text)
		for _, what := range l.left() {
			t.Errorf("left: %s", what)
		}
	})
}
