package steps_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// Ending calls in flight is an interruption, too: no step failed, and the set-up goes on from there.
func TestCallsInFlightAreEnded(t *testing.T) {
	for _, call := range []string{"s3:CreateBucket", "iam:CreateRole", "ec2:CreateFlowLogs", "s3:PutBucketPolicy", "s3:ListObjectsV2"} {
		inBubble(t, call, func(t *testing.T) {
			fault, err := sandbox.ParseFault(call + "#1=slow")
			if err != nil {
				t.Fatal(err)
			}
			l := newLab(t, sandbox.Options{Faults: []sandbox.Fault{fault}, Slow: time.Hour})
			s := setup(t, centralFile)
			p := l.plan(s)
			stopped, stop := context.WithCancel(t.Context())
			killed, kill := context.WithCancel(t.Context())
			time.AfterFunc(10*time.Minute, stop)
			time.AfterFunc(11*time.Minute, kill)
			r := l.engine.Run(stopped, p, steps.RunOptions{Wait: time.Hour, Kill: killed, Emit: func(e steps.Event) {
				l.mu.Lock()
				defer l.mu.Unlock()
				l.events = append(l.events, e)
			}})
			want, after := steps.ResultInterrupted, steps.ResultVerified
			if call == "s3:ListObjectsV2" || call == "ec2:DescribeFlowLogs" { // only the proof is missing
				want, after = steps.ResultWaiting, steps.ResultUnchanged
			}
			l.expect(r, want)
			if r.Failure != nil {
				t.Errorf("the run names a failure: %+v", *r.Failure)
			}
			if said := strings.Join(r.NotMade, "\n"); want == steps.ResultInterrupted && !strings.Contains(said, "in the middle of a call") {
				t.Errorf("the result does not say that a call was ended:\n%s", said)
			}
			l.expect(l.apply(s), after)
		})
	}
}

// Ending the call that puts back what AWS dropped from the bucket policy is an interruption, though every step of the plan is done.
func TestPuttingBackIsEnded(t *testing.T) {
	inBubble(t, "guard", func(t *testing.T) {
		fault, err := sandbox.ParseFault("s3:PutBucketPolicy#2=slow")
		if err != nil {
			t.Fatal(err)
		}
		l := newLab(t, sandbox.Options{Faults: []sandbox.Fault{fault}, Slow: time.Hour})
		s := setup(t, perAccountFile)
		stopped, stop := context.WithCancel(t.Context())
		killed, kill := context.WithCancel(t.Context())
		var dropped atomic.Bool
		admin := l.admin(payments)
		l.behind(func(operation string, send func() (*http.Response, error)) (*http.Response, error) {
			response, err := send()
			if operation == "CreateFlowLogs" && dropped.CompareAndSwap(false, true) {
				l.must(admin.DeleteBucketPolicy(t.Context(), "us-east-1", "payments-flow-logs"))
			}
			return response, err
		})
		time.AfterFunc(10*time.Minute, stop)
		time.AfterFunc(11*time.Minute, kill)
		r := l.engine.Run(stopped, l.plan(s), steps.RunOptions{Wait: time.Minute, Kill: killed})
		if !dropped.Load() {
			t.Fatal("nothing was dropped")
		}
		l.expect(r, steps.ResultInterrupted)
	})
}
