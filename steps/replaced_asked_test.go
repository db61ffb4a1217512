package steps_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// unfitLogs makes a flow log of another format to the central bucket for every VPC of both workload accounts.
func (l *lab) unfitLogs(s steps.Setup) (made map[string][]string) {
	l.Helper()
	l.expect(l.apply(s), steps.ResultVerified)
	made = map[string][]string{}
	for _, logged := range s.Logged() {
		a := l.admin(logged.ID)
		right, err := a.FlowLogs(l.Context(), "us-east-1")
		l.must(err)
		all, err := a.VPCs(l.Context(), "us-east-1")
		l.must(err)
		var vpcs, ids []string
		for _, f := range right {
			if f.Tags[steps.TagSetup] == s.Name && slices.ContainsFunc(all, func(v awsops.VPC) bool { return v.ID == f.ResourceID && v.Interfaces > 0 }) {
				vpcs, ids = append(vpcs, f.ResourceID), append(ids, f.ID)
			}
		}
		l.must(a.DeleteFlowLogs(l.Context(), "us-east-1", ids))
		made[logged.ID], err = a.CreateFlowLogs(l.Context(), "us-east-1", awsops.NewFlowLogs{VPCs: vpcs, Traffic: "ALL", Interval: 600,
			Format: flowrecord.Format(flowrecord.DefaultV2...), Destination: s.Bucket.ARN})
		l.must(err)
	}
	return made
}

// leftOf says how many of those flow logs are still there.
func (l *lab) leftOf(made map[string][]string) int {
	l.Helper()
	n := 0
	for account, ids := range made {
		logs, err := l.admin(account).FlowLogs(l.Context(), "us-east-1")
		l.must(err)
		for _, f := range logs {
			if slices.Contains(ids, f.ID) {
				n++
			}
		}
	}
	return n
}

// What becomes of replaced flow logs is asked once for many accounts, or answered before the run; what no answer covers stays.
func TestReplacedFlowLogsAreAskedOfOnce(t *testing.T) {
	for name, c := range map[string]struct {
		answer         string // of the question; empty: nobody is to be asked
		before         func(*steps.Plan, *steps.RunOptions)
		asked          int
		deleted, keeps bool
	}{
		"all":               {answer: "all", asked: 1, deleted: true},
		"no":                {answer: "no", asked: 1},
		"deleted by review": {before: func(p *steps.Plan, _ *steps.RunOptions) { p.DeleteReplaced() }, deleted: true, keeps: true},
		"kept by review":    {before: func(_ *steps.Plan, o *steps.RunOptions) { o.KeepReplaced = true }},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, centralFile)
			made := l.unfitLogs(s)
			p := l.plan(s)
			lines := p.Replaces()
			if len(lines) != 2 || !strings.Contains(lines[0], payments) || !strings.Contains(lines[0], made[payments][0]) {
				t.Fatalf("replaced are %q", lines)
			}
			store := steps.OpenStore(t.TempDir())
			j, err := store.Begin(s)
			l.must(err)
			var mu sync.Mutex
			var asked []steps.Question
			o := steps.RunOptions{Wait: -1, Interactive: true, Journal: j, Emit: func(e steps.Event) {
				if q, ok := e.(steps.Question); ok {
					mu.Lock()
					asked = append(asked, q)
					mu.Unlock()
					q.Answer(c.answer, true)
				}
			}}
			if c.before != nil {
				c.before(p, &o)
			}
			r := l.engine.Run(t.Context(), p, o)
			l.must(j.Close())
			if r.Failure != nil && r.Failure.Step != steps.StepAccess { // what the old flow logs delivered in another format may still be read first
				t.Errorf("failed: %+v", r.Failure)
			}
			if len(asked) != c.asked || c.asked > 0 && (!asked[0].All || len(asked[0].Items) == 0) {
				t.Errorf("asked %+v", asked)
			}
			if left := l.leftOf(made); (left == 0) != c.deleted {
				t.Errorf("%d replaced flow logs are left", left)
			}
			if known, err := store.Load(s.Name); err != nil || known.FlowLogs.DeleteReplaced != c.keeps {
				t.Errorf("remembered: %v %v", known.FlowLogs.DeleteReplaced, err)
			}
		})
	}
}
