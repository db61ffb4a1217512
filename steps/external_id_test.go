package steps_test

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// The reader presents the external ID that its portal shows, whatever a set-up holds.
func TestWrongExternalIDIsToldAndMended(t *testing.T) {
	inBubble(t, "centralized", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile, "xs-7f3a91", "xs-mistaken")
		r := l.apply(s)
		if r.Status != steps.ResultFailed || r.Failure == nil || r.Failure.Step != steps.StepAccess {
			t.Fatalf("with a wrong external ID the run ends %s: %+v", r.Status, r.Failure)
		}
		if fix := r.Failure.Fix; !strings.Contains(fix, "xs-7f3a91") || !strings.Contains(fix, "xs-mistaken") {
			t.Errorf("the fix names not both external IDs: %s", fix)
		}
		if r := l.apply(setup(t, centralFile)); r.Status != steps.ResultVerified {
			t.Errorf("with the right one it ends %s: %+v", r.Status, r.Failure)
		}
	})
}
