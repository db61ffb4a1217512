package steps_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// Two set-ups that grant one bucket through one role: the entry goes with the last of them, also where both go at the same moment.
func TestTheSharedEntryGoesWithTheLast(t *testing.T) {
	const role, inline = "ColorTokensCrossAccountAccessRole", "ColorTokensCrossAccountAccessPolicy"
	begin := func(t *testing.T) (*lab, *steps.Store, []steps.Setup) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		l.engine.Knowing(store)
		l.must(l.admin(payments).CreateBucket(t.Context(), awsops.NewBucket{Name: "payments-flow-logs", Region: "us-east-1"}))
		setups := []steps.Setup{setup(t, perAccountFile), setup(t, perAccountFile, "name: payments-logs", "name: other-logs")}
		for _, s := range setups {
			j, err := store.Begin(s)
			l.must(err)
			l.engine.Run(t.Context(), l.plan(s), steps.RunOptions{Journal: j})
			l.must(j.Close())
		}
		return l, store, setups
	}
	granted := func(l *lab) bool {
		l.Helper()
		text, err := l.admin(payments).InlineDocument(l.Context(), role, inline)
		l.must(err)
		return strings.Contains(text, "payments-flow-logs")
	}
	inBubble(t, "one after the other", func(t *testing.T) {
		l, store, setups := begin(t)
		for i, s := range setups {
			if !granted(l) {
				t.Errorf("before revocation %d the entry is gone", i+1)
			}
			p, err := l.engine.PlanRevoke(t.Context(), s, steps.RevokeOptions{})
			l.must(err)
			if said := notesOf(p); (i == 0) != strings.Contains(said, "set-up other-logs grants it too") {
				t.Errorf("revocation %d says: %s", i+1, said)
			}
			r := l.journaled(store, s, p)
			l.expect(r, steps.ResultRevoked)
			if r.Report.Withdrawn.Others != (i == 0) {
				t.Errorf("revocation %d: another set-up lets the reader read: %v", i+1, r.Report.Withdrawn.Others)
			}
		}
		if granted(l) {
			t.Error("the entry is left")
		}
	})
	t.Run("at the same moment", func(t *testing.T) { // locks of files do not wait in a bubble
		for range 6 {
			l, store, setups := begin(t)
			var wg sync.WaitGroup
			for _, s := range setups {
				p, err := l.engine.PlanRevoke(t.Context(), s, steps.RevokeOptions{})
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
			if granted(l) {
				t.Error("both are taken back, and the entry is left")
			}
		}
	})
}

func notesOf(p *steps.Plan) string {
	said := ""
	for _, st := range p.Steps {
		said += st.Summary + "\n" + strings.Join(st.Notes, "\n") + "\n"
	}
	return said
}
