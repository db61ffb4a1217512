package steps_test

import (
	"context"
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
				stop()
			}
		}})
		l.expect(r, steps.ResultWaiting)
		l.expect(l.apply(s), steps.ResultUnchanged)
	})
}
