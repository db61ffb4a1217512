package steps_test

import (
	"slices"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// A step that failed is tried again while the rest of the run goes on: what waits on it is started then, nothing is made twice, and nothing
// that is done already is done again.
func TestAFailedStepIsTriedAgainWithinTheRun(t *testing.T) {
	for _, write := range []string{"s3:CreateBucket#1", "s3:PutPublicAccessBlock#1", "s3:PutBucketPolicy#1", "iam:CreateRole#1", "iam:CreatePolicy#1", "iam:AttachRolePolicy#1", "ec2:CreateFlowLogs#1",
		"ec2:CreateFlowLogs#2", "ec2:DescribeFlowLogs#5"} {
		inBubble(t, write, func(t *testing.T) {
			fault, err := sandbox.ParseFault(write + "=deny")
			if err != nil {
				t.Fatal(err)
			}
			l := newLab(t, sandbox.Options{Faults: []sandbox.Fault{fault}})
			s := setup(t, centralFile)
			p := l.plan(s)
			l.calls.take(t)
			again := make(chan int, 8)
			var failed []int
			r := l.engine.Run(t.Context(), p, steps.RunOptions{Wait: time.Hour, Again: again, Emit: func(e steps.Event) {
				l.mu.Lock()
				defer l.mu.Unlock()
				l.events = append(l.events, e)
				if e, ok := e.(steps.StepEvent); ok && e.Status == steps.Failed {
					failed = append(failed, e.Key)
					again <- e.Key
				}
			}})
			l.expect(r, steps.ResultVerified)
			if len(failed) != 1 || r.Failure != nil || len(r.NotMade) > 0 {
				t.Errorf("failures %v, result %+v", failed, r)
			}
			l.noDuplicates(s)
			made := map[string]int{}
			for _, c := range l.calls.take(t) {
				if c.Write && c.Status < 300 {
					made[c.Operation+" "+c.Account+" "+c.Region]++
				}
			}
			for _, once := range []string{"CreateRole 444455556666 us-east-1", "CreateFlowLogs 111122223333 us-east-1", "CreateFlowLogs 222233334444 us-east-1"} {
				if made[once] != 1 {
					t.Errorf("%s: %d times\n%v", once, made[once], made)
				}
			}
			l.expect(l.apply(s), steps.ResultUnchanged)
		})
	}
}

// One account's flow logs fail, the others' logs arrive; tried again meanwhile, that one is proved too, and so is the whole.
func TestARetryWhileLogsAreWaitedForProvesTheWhole(t *testing.T) {
	inBubble(t, "late", func(t *testing.T) {
		fault, err := sandbox.ParseFault("ec2:CreateFlowLogs#1=deny")
		if err != nil {
			t.Fatal(err)
		}
		l := newLab(t, sandbox.Options{Faults: []sandbox.Fault{fault}})
		s := setup(t, centralFile)
		again := make(chan int, 1)
		waits, retried := false, -1
		r := l.engine.Run(t.Context(), l.plan(s), steps.RunOptions{Wait: 3 * time.Hour, Again: again, Emit: func(e steps.Event) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.events = append(l.events, e)
			at, ok := e.(steps.StepEvent)
			if ok && at.Status == steps.Failed {
				time.AfterFunc(time.Second, func() { again <- at.Key })
				retried = at.Key
			}
			waits = waits || ok && at.Status == steps.Waiting && retried >= 0
		}})
		l.expect(r, steps.ResultVerified)
		if !waits || retried < 0 {
			t.Errorf("nothing was waited for (%v) after a failure (%v)", waits, retried)
		}
		for _, c := range r.Report.Checks {
			if c.Status != steps.Pass {
				t.Errorf("%s is %s: %s", c.ID, c.Status, c.Summary)
			}
		}
	})
}

// What has not failed, or is asked for after the run was stopped, is not tried again.
func TestOnlyWhatFailedIsTriedAgain(t *testing.T) {
	inBubble(t, "done", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile)
		again := make(chan int, 64)
		p := l.plan(s)
		at := slices.IndexFunc(p.Steps, func(s steps.PlannedStep) bool { return s.Step == steps.StepBucket })
		r := l.engine.Run(t.Context(), p, steps.RunOptions{Wait: time.Hour, Again: again, Emit: func(e steps.Event) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.events = append(l.events, e)
			if e, ok := e.(steps.StepEvent); ok && e.Key == at && e.Status == steps.Done {
				again <- e.Key
			}
		}})
		l.expect(r, steps.ResultVerified)
		begun := 0
		for _, e := range l.events {
			if e, ok := e.(steps.StepEvent); ok && e.Key == at && e.Status == steps.Running {
				begun++
			}
		}
		if begun != 1 {
			t.Errorf("the bucket was begun %d times", begun)
		}
	})
}
