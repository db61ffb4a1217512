package steps_test

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

func TestBothModesEndVerifiedAndAreThenUnchanged(t *testing.T) {
	noID := strings.Replace(perAccountFile, ", external_id: xs-7f3a91", "", 1)
	for name, file := range map[string]string{"centralized": centralFile, "per-account": perAccountFile, "per-account without external ID": noID} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, file)
			l.expect(l.apply(s), steps.ResultVerified)
			l.calls.take(t)
			again := l.apply(s)
			l.expect(again, steps.ResultUnchanged)
			if again.Changed != 0 || len(again.Made) > 0 {
				t.Errorf("the second apply changed %d steps: %v", again.Changed, again.Made)
			}
			for _, c := range l.calls.take(t) {
				if c.Write {
					t.Errorf("the second apply wrote: %s:%s", c.Service, c.Operation)
				}
			}
			if r := l.verify(s); r.Status != steps.ReportVerified {
				t.Errorf("verify says %s", r.Status)
				l.tell(r)
			}
		})
	}
}
