package steps_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// outage is a network that goes away at the first call of an operation, after or before that took effect.
type outage struct {
	operation string
	lasts     time.Duration // below zero: for good
	effect    bool          // the call took effect, and its answer is lost
	since     atomic.Pointer[time.Time]
}

func (o *outage) wire(operation string, send func() (*http.Response, error)) (*http.Response, error) {
	gone := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ENETUNREACH}
	now := time.Now()
	if operation == o.operation && o.since.CompareAndSwap(nil, &now) {
		if o.effect {
			r, err := send()
			if err == nil {
				_ = r.Body.Close()
			}
		}
		return nil, gone
	}
	if since := o.since.Load(); since != nil && (o.lasts < 0 || now.Sub(*since) < o.lasts) {
		return nil, gone
	}
	return send()
}

// A network that goes away in the middle of a run is waited for, and what was on its way is not made twice.
func TestNetworkThatGoesAway(t *testing.T) {
	for _, c := range []struct {
		operation string
		effect    bool
		step      steps.StepName
	}{
		{"CreateRole", false, steps.StepRole}, {"CreateRole", true, steps.StepRole}, {"CreatePolicy", true, steps.StepPermissions},
		{"CreateFlowLogs", false, steps.StepFlowLogs}, {"CreateFlowLogs", true, steps.StepFlowLogs}, {"DescribeVpcs", false, ""},
	} {
		inBubble(t, c.operation, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			away := &outage{operation: c.operation, lasts: time.Minute, effect: c.effect}
			l.behind(away.wire)
			s := setup(t, centralFile)
			l.expect(l.apply(s), steps.ResultVerified)
			l.noDuplicates(s)
			if took := time.Since(*away.since.Load()); took < time.Minute {
				t.Errorf("it took %s", took)
			}
			if c.step != "" && !l.waits(c.step, "the network is not reachable since") {
				t.Errorf("%s did not tell that it waits", c.step)
			}
		})
	}
}

// A network that stays away ends the run after minutes with its cause, being asked to stop ends it at once; either way it is gone on with.
func TestNetworkThatStaysAway(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		inBubble(t, map[bool]string{false: "for good", true: "interrupted"}[stopped], func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			away := &outage{operation: "CreateFlowLogs", lasts: -1, effect: true}
			l.behind(away.wire)
			s := setup(t, centralFile)
			p := l.plan(s)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			if stopped {
				time.AfterFunc(90*time.Second, stop)
			}
			store := steps.OpenStore(t.TempDir())
			j, err := store.Begin(s)
			l.must(err)
			begun := time.Now()
			r := l.engine.Run(ctx, p, steps.RunOptions{Wait: time.Hour, Journal: j})
			l.must(j.Close())
			took, want := time.Since(begun), steps.ResultFailed
			if stopped {
				want = steps.ResultInterrupted
			}
			l.expect(r, want)
			if !stopped && (!strings.Contains(r.Failure.Cause, "no answer since") || took < 5*time.Minute || took > 7*time.Minute) || stopped && took > 2*time.Minute {
				t.Errorf("after %s: %+v", took, r.Failure)
			}
			if store.OpenTokens(t, s.Name) == 0 {
				t.Error("the journal says that it knows what came of a request whose answer was lost")
			}
			l = &lab{T: t, world: l.world, calls: l.calls, engine: steps.NewEngine(l.cloud(""))}
			l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
			l.noDuplicates(s)
		})
	}
}

// What never answered is told within seconds, and so is a call that alone gets no answer.
func TestWhatNeverAnswersIsNotWaitedFor(t *testing.T) {
	inBubble(t, "from the start", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		l.behind(func(string, func() (*http.Response, error)) (*http.Response, error) {
			return nil, errors.New("no such host")
		})
		begun := time.Now()
		if _, err := l.engine.Plan(t.Context(), setup(t, centralFile)); err == nil || time.Since(begun) > 40*time.Second {
			t.Errorf("after %s: %v", time.Since(begun), err)
		}
		time.Sleep(5 * time.Minute) // the SDK's last tries, which cannot be cancelled
	})
	inBubble(t, "one call", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		l.behind(func(operation string, send func() (*http.Response, error)) (*http.Response, error) {
			if operation == "CreateRole" {
				return nil, syscall.ECONNRESET
			}
			return send()
		})
		begun := time.Now()
		r := l.apply(setup(t, centralFile))
		l.expect(r, steps.ResultFailed)
		if took := time.Since(begun); took > 2*time.Minute {
			t.Errorf("after %s: %+v", took, r.Failure)
		}
	})
}
