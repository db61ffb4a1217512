package steps_test

import (
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// A flow log that goes while its first logs are waited for is told, and what stands in its place with why it cannot serve.
func TestFlowLogGoesDuringTheWait(t *testing.T) {
	for name, c := range map[string]struct {
		remade bool
		says   string
	}{
		"deleted":                     {false, "is gone: somebody deleted it"},
		"made anew in another format": {true, "cannot serve: its record format lacks"},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			l.must(l.admin(payments).CreateBucket(t.Context(), awsops.NewBucket{Name: "payments-flow-logs", Region: "us-east-1"}))
			s := setup(t, perAccountFile)
			changed := false
			r := l.engine.Run(t.Context(), l.plan(s), steps.RunOptions{Wait: time.Hour, Emit: func(e steps.Event) {
				l.mu.Lock()
				defer l.mu.Unlock()
				if step, ok := e.(steps.StepEvent); !ok || changed || step.Step != steps.StepDelivery || step.Status != steps.Waiting {
					return
				}
				changed = true
				a := l.admin(payments)
				logs, err := a.FlowLogs(t.Context(), "us-east-1")
				l.must(err)
				for _, f := range logs {
					l.must(a.DeleteFlowLogs(t.Context(), "us-east-1", []string{f.ID}))
					if c.remade {
						_, err := a.CreateFlowLogs(t.Context(), "us-east-1", awsops.NewFlowLogs{VPCs: []string{f.ResourceID}, Traffic: "ALL", Interval: 600, Format: "${version} ${account-id}", Destination: f.Destination})
						l.must(err)
					}
				}
			}})
			l.expect(r, steps.ResultFailed)
			if !strings.Contains(r.Failure.Cause, c.says) {
				t.Errorf("the failure is %+v", r.Failure)
			}
		})
	}
}
