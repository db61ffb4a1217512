package steps_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// What another set-up uses is judged by the answers that were applied, and a revocation of it counts once it has ended well.
func TestNeighboursAreWhatWasApplied(t *testing.T) {
	dir := ""
	pair := func(t *testing.T) (*lab, *steps.Store, steps.Setup, steps.Setup) {
		l := newLab(t, sandbox.Options{})
		dir = t.TempDir()
		store := steps.OpenStore(dir)
		one := setup(t, central("central-flow-logs", "archive-existing"))
		two := setup(t, central("central-flow-logs", "archive-existing"), "name: central-logs", "name: other-logs")
		l.expect(l.journaled(store, one, l.plan(one)), steps.ResultVerified)
		l.expect(l.journaled(store, two, l.plan(two)), steps.ResultVerified)
		return l, store, one, two
	}
	elsewhere := func(t *testing.T) steps.Setup {
		return setup(t, central("central-flow-logs", "somewhere-else"), "name: central-logs", "name: other-logs")
	}
	works := func(l *lab, s steps.Setup) {
		l.Helper()
		if r := l.verify(s); r.Status != steps.ReportVerified {
			l.Error("the other set-up does not work any more")
			l.tell(r)
		}
	}
	inBubble(t, "an apply that was not confirmed", func(t *testing.T) {
		l, store, one, two := pair(t)
		j, err := store.Begin(elsewhere(t))
		l.must(err)
		l.must(j.Close())
		if kept, err := store.Load("other-logs"); err != nil || kept.Bucket.ARN != two.Bucket.ARN {
			t.Errorf("it is remembered with bucket %s (%v)", kept.Bucket.ARN, err)
		}
		l.expect(l.revoke(store, one, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
		works(l, two)
	})
	inBubble(t, "an apply that was refused", func(t *testing.T) {
		l, store, one, two := pair(t)
		other := elsewhere(t)
		other.Bucket.Create = false
		l.expect(l.journaled(store, other, l.plan(other)), steps.ResultFailed)
		if kept, err := store.Load("other-logs"); err != nil || kept.Bucket.ARN != two.Bucket.ARN {
			t.Errorf("it is remembered with bucket %s (%v)", kept.Bucket.ARN, err)
		}
		if st := store.State("other-logs"); st.Status != steps.SetupVerified {
			t.Errorf("it is %s: %s", st.Status, st.Why)
		}
		l.expect(l.revoke(store, one, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
		works(l, two)
	})
	inBubble(t, "a revocation that failed", func(t *testing.T) {
		l, store, one, two := pair(t)
		p, err := l.engine.PlanRevoke(t.Context(), two, steps.RevokeOptions{FlowLogs: true})
		l.must(err)
		j, err := store.Begin(two)
		l.must(err)
		ctx, stop := context.WithCancel(t.Context())
		stop()
		l.expect(l.engine.Run(ctx, p, steps.RunOptions{Journal: j}), steps.ResultInterrupted)
		l.must(j.Close())
		l.expect(l.revoke(store, one, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
		works(l, two)
	})
	inBubble(t, "a journal that cannot be read", func(t *testing.T) {
		l, store, one, two := pair(t)
		l.must(os.WriteFile(filepath.Join(dir, "setups", two.Name, "journal.jsonl"), []byte("{\"version\":1,\"kind\":\"ste"), 0o600))
		l.expect(l.revoke(store, one, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
		works(l, two)
	})
}

// A confirmed application is remembered, and once it has come through the one before it counts no more.
func TestConfirmedAnswersAreRemembered(t *testing.T) {
	inBubble(t, "moved", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		one, two := setup(t, centralFile), setup(t, centralFile, "name: central-logs", "name: other-logs")
		moved := setup(t, centralFile, "name: central-logs", "name: other-logs", "central-flow-logs", "moved-flow-logs")
		for _, s := range []steps.Setup{one, two, moved} {
			if r := l.journaled(store, s, l.plan(s)); r.Status != steps.ResultUnchanged {
				l.expect(r, steps.ResultVerified)
			}
		}
		if kept, err := store.Load("other-logs"); err != nil || kept.Bucket.ARN != moved.Bucket.ARN {
			t.Errorf("it is remembered with bucket %s (%v)", kept.Bucket.ARN, err)
		}
		l.engine.Knowing(store)
		p, err := l.engine.PlanRevoke(t.Context(), one, steps.RevokeOptions{})
		l.must(err)
		for _, st := range p.Steps {
			for _, note := range st.Notes {
				if strings.Contains(note, "other-logs grants it too") {
					t.Errorf("what it no longer grants is still said to be: %s", note)
				}
			}
		}
	})
}
