package steps_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// Leaving while only logs are waited for is normal: everything is made, and somebody comes back for the proof.
func TestStoppedWhileWaiting(t *testing.T) {
	inBubble(t, "waiting", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, perAccountFile)
		p := l.plan(s)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		r := l.engine.Run(ctx, p, steps.RunOptions{Wait: time.Hour, Emit: func(e steps.Event) {
			if s, ok := e.(steps.StepEvent); ok && s.Step == steps.StepDelivery && s.Status == steps.Waiting {
				time.AfterFunc(time.Millisecond, stop) // when all else is made
			}
		}})
		l.expect(r, steps.ResultWaiting)
		l.expect(l.apply(s), steps.ResultUnchanged)
	})
}

// Being asked to stop while the live state is read again is an interruption, and no failure.
func TestStoppedWhileReadAgain(t *testing.T) {
	inBubble(t, "reading again", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, perAccountFile)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var reviewed atomic.Bool
		l.behind(func(operation string, send func() (*http.Response, error)) (*http.Response, error) {
			if reviewed.Load() && operation == "DescribeVpcs" {
				stop()
			}
			return send()
		})
		p := l.plan(s)
		reviewed.Store(true)
		time.Sleep(2 * time.Minute)
		l.calls.take(t)
		r := l.engine.Run(ctx, p, steps.RunOptions{ReviewedAt: time.Now()})
		l.expect(r, steps.ResultInterrupted)
		for _, call := range l.calls.take(t) {
			if call.Write {
				t.Errorf("%s was called", call.Operation)
			}
		}
	})
}

// A run that reads the live state again keeps that for itself: whoever shows the plan meanwhile reads what was reviewed.
func TestTheReviewedPlanStaysAsItIs(t *testing.T) {
	inBubble(t, "old review", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		p := l.plan(setup(t, perAccountFile))
		before := &p.Steps[0]
		time.Sleep(2 * time.Minute)
		l.expect(l.engine.Run(t.Context(), p, steps.RunOptions{Wait: time.Hour, ReviewedAt: time.Now()}), steps.ResultVerified)
		if before != &p.Steps[0] {
			t.Error("the run changed the plan that it was given")
		}
	})
}

// A run that waits for another flowgrant to let go of a document ends when it is asked to stop.
func TestStoppedWhileAnotherHoldsTheDocument(t *testing.T) {
	inBubble(t, "held", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s, store := setup(t, perAccountFile), steps.OpenStore(t.TempDir())
		release := store.LockElsewhere(t, "bucket-policy payments-flow-logs")
		journal, err := store.Begin(s)
		l.must(err)
		defer func() { l.must(journal.Close()) }()
		p := l.plan(s)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		time.AfterFunc(time.Minute, func() {
			stop()
			time.AfterFunc(time.Hour, release) // so that a run which waits on ends, too
		})
		begun := time.Now()
		r := l.engine.Run(ctx, p, steps.RunOptions{Wait: time.Hour, Journal: journal})
		l.expect(r, steps.ResultInterrupted)
		if took := time.Since(begun); took > 2*time.Minute {
			t.Errorf("it ended after %s", took)
		}
		release()
	})
}
