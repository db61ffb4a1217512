package steps_test

import (
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// TestJournalCannotBeWritten lets the disk fill up before a run and in its middle: no call that writes leaves without its intent on disk.
func TestJournalCannotBeWritten(t *testing.T) {
	for _, c := range []struct {
		name  string
		after int // step events that are still written down; 0: not even that the run begins
		cause string
	}{{"before the run", 0, "the state directory cannot be written"}, {"in its middle", 8, "the journal cannot be written"}} {
		inBubble(t, c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			store := steps.OpenStore(t.TempDir())
			s := setup(t, centralFile)
			j, err := store.Begin(s)
			l.must(err)
			p := l.plan(s)
			l.calls.take(t)
			seen := 0
			if c.after == 0 {
				l.must(j.FillDisk())
			}
			r := l.engine.Run(t.Context(), p, steps.RunOptions{Wait: 0, Journal: j, Emit: func(steps.Event) {
				l.mu.Lock()
				defer l.mu.Unlock()
				if seen++; seen == c.after {
					l.must(j.FillDisk())
				}
			}})
			l.must(j.Close())
			l.expect(r, steps.ResultFailed)
			if !strings.Contains(r.Failure.Cause, c.cause) {
				t.Errorf("the failure is %+v", r.Failure)
			}
			writes, intents := 0, store.Intents(t, s.Name)
			for _, call := range l.calls.take(t) {
				if call.Write {
					writes++
				}
			}
			if writes > intents || c.after == 0 && writes > 0 {
				t.Errorf("%d calls wrote, of %d intents on disk", writes, intents)
			}
		})
	}
}

// A disk that fills up once everything is written to AWS undoes nothing, but that the end is not written down is said.
func TestEndThatCannotBeWrittenIsSaid(t *testing.T) {
	inBubble(t, "after the last write", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		s := setup(t, centralFile)
		j, err := store.Begin(s)
		l.must(err)
		r := l.engine.Run(t.Context(), l.plan(s), steps.RunOptions{Wait: time.Minute, Journal: j, Emit: func(e steps.Event) {
			l.mu.Lock()
			defer l.mu.Unlock()
			if step, ok := e.(steps.StepEvent); ok && step.Step == steps.StepPortal && step.Status == steps.Done {
				l.must(j.FillDisk())
			}
		}})
		l.must(j.Close())
		l.expect(r, steps.ResultVerified)
		if !names(r.NotMade, "the journal: write down how the run ended") {
			t.Errorf("not made is %q", r.NotMade)
		}
	})
}
