package steps_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// A clock that is off keeps nothing from working: calls are signed by AWS's time, and what AWS dated is judged by it.
func TestClockThatIsOff(t *testing.T) {
	for _, ahead := range []time.Duration{-20 * time.Minute, -7 * time.Minute, 7 * time.Minute, 20 * time.Minute} { // AWS's, of this machine's
		inBubble(t, ahead.String(), func(t *testing.T) {
			l := newLab(t, sandbox.Options{Skew: ahead})
			var told asked
			l.opened(func(c *awsops.Config) { c.Lapsed = told.lapsed })
			store, s := steps.OpenStore(t.TempDir()), setup(t, centralFile)
			p := l.plan(s)
			way := fmt.Sprintf("%s %s AWS's", ahead.Abs(), map[bool]string{true: "behind", false: "ahead of"}[ahead > 0])
			if i := slices.IndexFunc(p.Warnings, func(w string) bool { return strings.Contains(w, "clock") }); i < 0 || !strings.Contains(p.Warnings[i], way) {
				t.Errorf("warnings are %q, want one with %q", p.Warnings, way)
			}
			l.expect(l.journaled(store, s, p), steps.ResultVerified)

			rep, err := l.engine.Prove(t.Context(), s, steps.ProofOptions{MaxAge: 6 * time.Minute})
			l.must(err)
			if rep.Status != steps.ReportVerified || !slices.ContainsFunc(rep.Limits, func(l string) bool { return strings.Contains(l, way) }) {
				t.Errorf("right after the logs came the report is %s, limits %q", rep.Status, rep.Limits)
				l.tell(rep)
			}

			// An hour later the sessions are over, by whichever clock.
			time.Sleep(62 * time.Minute)
			l.expect(l.apply(s), steps.ResultUnchanged)
			if len(told.list) > 0 {
				t.Errorf("a person was told %+v", told.list)
			}
		})
	}
}

// Sessions made before now are those before AWS's now: none escapes and none that comes later is caught because of this machine's clock.
func TestEndSessionsByAWSClock(t *testing.T) {
	for _, ahead := range []time.Duration{-20 * time.Minute, 20 * time.Minute} {
		inBubble(t, ahead.String(), func(t *testing.T) {
			l := newLab(t, sandbox.Options{Skew: ahead})
			store, s := steps.OpenStore(t.TempDir()), setup(t, perAccountFile)
			l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
			begun := time.Now().Add(ahead).Truncate(time.Second)
			l.expect(l.revoke(store, s, steps.RevokeOptions{EndSessions: true}), steps.ResultRevoked)
			text, err := l.admin(payments).InlineDocument(t.Context(), s.Account.Role, "AWSRevokeOlderSessions")
			l.must(err)
			_, date, _ := strings.Cut(text, `"aws:TokenIssueTime":"`)
			date, _, _ = strings.Cut(date, `"`)
			at, err := time.Parse(time.RFC3339, date)
			if err != nil || at.Before(begun) || at.Sub(begun) > time.Minute {
				t.Errorf("%s ends what was made before %s (%v), and AWS's clock says %s", text, at, err, begun)
			}
		})
	}
}
