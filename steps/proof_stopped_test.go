package steps_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// A proof changes nothing, so that nothing is waited for when it is stopped, whatever it is at: its calls end, and it says that it was stopped.
func TestAProofThatIsStoppedEndsAtOnce(t *testing.T) {
	for name, prove := range map[string]func(ctx context.Context, l *lab, s steps.Setup) error{
		"verify": func(ctx context.Context, l *lab, s steps.Setup) error { _, err := l.engine.Verify(ctx, s); return err },
		"verify --revoked": func(ctx context.Context, l *lab, s steps.Setup) error {
			_, err := l.engine.ProveRevoked(ctx, s, steps.RevokeOptions{})
			return err
		},
		"doctor": func(ctx context.Context, l *lab, s steps.Setup) error {
			_, err := l.engine.Diagnose(ctx, s)
			return err
		},
	} {
		inBubble(t, name, func(t *testing.T) {
			state := t.TempDir() + "/sandbox.json"
			s := setup(t, perAccountFile)
			l := newLab(t, sandbox.Options{State: state})
			l.expect(l.apply(s), steps.ResultVerified)
			l = newLab(t, sandbox.Options{State: state, RTT: 10 * time.Second})
			begun := time.Now()
			l.must(prove(t.Context(), l, s))
			whole := time.Since(begun)
			for at := 5 * time.Second; at < whole; at += 10 * time.Second {
				l = newLab(t, sandbox.Options{State: state, RTT: 10 * time.Second})
				ctx, stop := context.WithTimeout(t.Context(), at)
				begun = time.Now()
				err := prove(ctx, l, s)
				stop()
				if took := time.Since(begun) - at; took > time.Second || err == nil || !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
					t.Errorf("stopped after %s of %s it ended %s later: %v", at, whole, took, err)
				}
			}
		})
	}
}
