package steps_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

func (l *lab) proveRevoked(store *steps.Store, s steps.Setup, o steps.RevokeOptions) steps.Report {
	l.Helper()
	o.Before = store.Before(s.Name)
	l.calls.take(l.T)
	r, err := l.engine.Knowing(store).ProveRevoked(l.Context(), s, o)
	l.must(err)
	if w := l.writes(); len(w) > 0 {
		l.Errorf("a proof wrote: %v", w)
	}
	return r
}

// What was taken back is proved to be gone as often as one likes: the reader is out, and logs that were kept go on arriving. Where the set-up
// is there again, the proof names what lets the reader in and says to take it back once more.
func TestProveRevoked(t *testing.T) {
	for name, file := range map[string]string{"centralized": centralFile, "per-account": perAccountFile} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			store := steps.OpenStore(t.TempDir())
			s := setup(t, file)
			l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
			living := l.proveRevoked(store, s, steps.RevokeOptions{})
			if living.Status != steps.ReportFailed || living.Withdrawn.Reader != steps.Fail || !slices.ContainsFunc(living.Checks, func(c steps.Check) bool {
				return c.ID == "access.get" && c.Status == steps.Fail && strings.Contains(c.Fix, "flowgrant revoke "+s.Name)
			}) {
				t.Errorf("a set-up in use is proved to be taken back: %s, %+v", living.Status, living.Withdrawn)
				l.tell(living)
			}
			time.Sleep(time.Second)
			taken := l.revoke(store, s, steps.RevokeOptions{})
			l.expect(taken, steps.ResultRevoked)
			if w := taken.Report.Withdrawn; w == nil || w.Reader != steps.Pass || w.Logs != steps.LogsKept {
				t.Errorf("the run tells %+v", w)
			}
			time.Sleep(time.Hour)
			r := l.proveRevoked(store, s, steps.RevokeOptions{})
			w := r.Withdrawn
			if r.Status != steps.ReportVerified || w.Reader != steps.Pass || w.Logs != steps.LogsKept || r.Arrived == nil {
				t.Errorf("proof %s, %+v, arrived %v", r.Status, w, r.Arrived != nil)
				l.tell(r)
			}
			for _, d := range w.Documents {
				if strings.Contains(d.Text, "ColorTokensS3SpecificReadAccess") || strings.Contains(d.Text, "HubFlowLog") {
					t.Errorf("%s as it is now: %s", d.Title, d.Text)
				}
			}
			if gone := slices.Contains(w.Gone, "role ColortokensHubFlowLogsRole") && slices.Contains(w.Gone, "policy ColorTokensHubAccountAccessRole"); gone != (name == "centralized") {
				t.Errorf("gone: %q", w.Gone)
			}

			l.expect(l.revoke(store, s, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
			r = l.proveRevoked(store, s, steps.RevokeOptions{FlowLogs: true})
			if r.Status != steps.ReportVerified || r.Withdrawn.Logs != steps.LogsGone {
				t.Errorf("proof %s, %+v", r.Status, r.Withdrawn)
				l.tell(r)
			}
			if none := l.proveRevoked(store, s, steps.RevokeOptions{}); none.Status != steps.ReportVerified || none.Withdrawn.Logs != steps.LogsNone {
				t.Errorf("proof %s, %+v", none.Status, none.Withdrawn)
				l.tell(none)
			}

			l.expect(l.apply(s), steps.ResultVerified) // somewhere else, where this journal is not
			r = l.proveRevoked(store, s, steps.RevokeOptions{FlowLogs: true})
			if r.Status != steps.ReportFailed || r.Withdrawn.Reader != steps.Fail || r.Withdrawn.Logs != steps.LogsOpen {
				t.Errorf("proof %s, %+v", r.Status, r.Withdrawn)
				l.tell(r)
			}
		})
	}
}

// A bucket that was to go with the access, and is there still, is found.
func TestProveRevokedLooksForTheBucketThatWasToGo(t *testing.T) {
	inBubble(t, "bucket", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		s := setup(t, centralFile)
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		l.expect(l.revoke(store, s, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
		all := steps.RevokeOptions{FlowLogs: true, DeleteBucket: true}
		if r := l.proveRevoked(store, s, all); r.Status != steps.ReportFailed || !r.Withdrawn.Left {
			t.Errorf("the bucket is there, and the proof says %s", r.Status)
			l.tell(r)
		}
		l.deleteBucket("central-flow-logs")
		if r := l.proveRevoked(store, s, all); r.Status != steps.ReportVerified {
			t.Errorf("the bucket is gone, and the proof says %s", r.Status)
			l.tell(r)
		}
	})
}
