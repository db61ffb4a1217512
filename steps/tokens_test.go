package steps_test

import (
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// What a client token of an earlier run stood for may be gone by now: that costs no run.
func TestTokensDoNotOutliveWhatTheyMade(t *testing.T) {
	lost := func(t *testing.T) (*lab, *steps.Store, steps.Setup) { // flow logs are made, and nobody hears of it
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		s := setup(t, perAccountFile)
		cloud := l.engine
		l.behind(func(operation string, send func() (*http.Response, error)) (*http.Response, error) {
			r, err := send()
			if operation == "CreateFlowLogs" {
				return nil, syscall.ECONNRESET
			}
			return r, err
		})
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultFailed)
		if store.OpenTokens(t, s.Name) == 0 || len(flowLogsOf(l, payments)) == 0 {
			t.Fatal("no request is open, or it made nothing")
		}
		l.engine = cloud
		return l, store, s
	}
	inBubble(t, "taken back", func(t *testing.T) {
		l, store, s := lost(t)
		l.expect(l.revoke(store, s, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
		if n := store.OpenTokens(t, s.Name); n > 0 {
			t.Errorf("%d tokens are left", n)
		}
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		l.noDuplicates(s)
	})
	inBubble(t, "seen by a later run, then deleted by hand", func(t *testing.T) {
		l, store, s := lost(t)
		l.applied(l.journaled(store, s, l.plan(s)))
		if n := store.OpenTokens(t, s.Name); n > 0 {
			t.Errorf("%d tokens are left", n)
		}
	})
	inBubble(t, "deleted by hand", func(t *testing.T) {
		l, store, s := lost(t)
		for _, f := range flowLogsOf(l, payments) {
			l.must(l.admin(payments).DeleteFlowLogs(t.Context(), "us-east-1", []string{f.ID}))
		}
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		l.noDuplicates(s)
	})
	inBubble(t, "two days later", func(t *testing.T) {
		l, store, s := lost(t)
		time.Sleep(48 * time.Hour)
		if n := store.OpenTokens(t, s.Name); n > 0 {
			t.Errorf("%d tokens are left", n)
		}
		l.applied(l.journaled(store, s, l.plan(s)))
	})
	inBubble(t, "it stood for another request", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		s := setup(t, perAccountFile)
		first := true
		l.behind(func(operation string, send func() (*http.Response, error)) (*http.Response, error) {
			if operation != "CreateFlowLogs" || !first {
				return send()
			}
			first = false
			return answer(http.StatusBadRequest, "text/xml", `<Response><Errors><Error><Code>IdempotentParameterMismatch</Code><Message>used with different request parameters</Message></Error></Errors><RequestID>r</RequestID></Response>`), nil
		})
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		l.noDuplicates(s)
	})
}
