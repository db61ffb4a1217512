package wizard

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/flowgrant/flowgrant/steps"
)

// midway is a run that waits for logs until it is stopped.
func midway(ctx context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
	for i, s := range p.Steps {
		e := steps.StepEvent{Time: time.Now(), Key: i, Step: s.Step, Account: s.Account, Region: s.Region, Target: s.Target, Change: s.Change, Status: steps.Done, Message: "done: " + s.Summary}
		switch s.Step {
		case steps.StepDelivery:
			e.Status, e.Message, e.Usually = steps.Waiting, "waiting for the first object of 2 flow logs.", 15*time.Minute
		case steps.StepAccess, steps.StepPortal:
			continue
		}
		o.Emit(e)
	}
	<-ctx.Done()
	r := exampleResult(p)
	r.Status = steps.ResultInterrupted
	return r
}

// stubborn is a run whose call in flight ends only when it is killed.
func stubborn(_ context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
	o.Emit(steps.StepEvent{Key: 1, Step: steps.StepBucket, Account: p.Setup.Account.ID, Status: steps.Running, Message: "creating the bucket"})
	<-o.Kill.Done()
	return steps.Result{Setup: p.Setup.Name, Status: steps.ResultInterrupted}
}

func failing(_ context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
	for i, s := range p.Steps {
		e := steps.StepEvent{Key: i, Step: s.Step, Account: s.Account, Region: s.Region, Target: s.Target, Change: s.Change, Status: steps.Done, Message: s.Summary}
		if s.Step == steps.StepRole {
			e.Status, e.Cause, e.Fix, e.RequestID = steps.Failed, "AccessDenied: not authorized to perform iam:CreateRole", "let OrganizationAccountAccessRole call iam:CreateRole", "r-1"
			o.Emit(e)
			r := exampleResult(p)
			r.Status, r.Failure, r.NotMade = steps.ResultFailed, &e, []string{"role: AccessDenied", "flow-logs: needs the role"}
			return r
		}
		o.Emit(e)
	}
	panic("the plan has no role step")
}

// failsAndWaits is a run in which a step fails while the others' logs are waited for. Tried again, it comes to its end.
func failsAndWaits(also ...steps.StepName) func(context.Context, *steps.Plan, steps.RunOptions) steps.Result {
	return func(ctx context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
		tell := func(fails bool) {
			for i, s := range p.Steps {
				e := steps.StepEvent{Key: i, Step: s.Step, Account: s.Account, Region: s.Region, Target: s.Target, Change: s.Change, Status: steps.Done, Message: s.Summary}
				there := s.Account == "222233334444"
				switch {
				case fails && (there && s.Step == steps.StepFlowLogs || slices.Contains(also, s.Step)):
					e.Status, e.RequestID = steps.Failed, "r-2"
					e.Cause, e.Fix = "AccessDenied: not authorized to perform ec2:CreateFlowLogs", "let OrganizationAccountAccessRole call ec2:CreateFlowLogs"
				case fails && there && s.Step == steps.StepDelivery:
					e.Status, e.Message = steps.Skipped, "not started: it needs flow-logs, which is not done"
				case s.Step == steps.StepDelivery:
					e.Status, e.Message, e.Usually = steps.Waiting, "logs of 0 of 2 VPCs have arrived, after 1m15s", 15*time.Minute
				case s.Step == steps.StepAccess, s.Step == steps.StepPortal:
					continue
				}
				o.Emit(e)
			}
		}
		tell(true)
		select {
		case <-ctx.Done():
			r := exampleResult(p)
			r.Status = steps.ResultFailed
			return r
		case key := <-o.Again:
			o.Emit(steps.StepEvent{Key: key, Step: p.Steps[key].Step, Account: p.Steps[key].Account, Region: p.Steps[key].Region, Status: steps.Running, Message: p.Steps[key].Summary})
			time.Sleep(time.Second)
			tell(false)
			<-ctx.Done()
			r := exampleResult(p)
			r.Status = steps.ResultInterrupted
			return r
		}
	}
}

func asking(kind steps.QuestionKind) func(context.Context, *steps.Plan, steps.RunOptions) steps.Result {
	return func(ctx context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
		answer := make(chan string, 1)
		o.Emit(steps.Question{ID: "q", Kind: kind, Text: "The new flow logs are proved. Delete the old one, fl-0123456789abcdef0, which costs as much again?",
			Answer: func(a string, ok bool) { answer <- fmt.Sprint(a, ok) }})
		select {
		case a := <-answer:
			r := exampleResult(p)
			r.Made = []string{"answer " + a}
			return r
		case <-ctx.Done():
			return steps.Result{Status: steps.ResultInterrupted}
		}
	}
}

// revoked is a run that took the access back.
func revoked(_ context.Context, p *steps.Plan, _ steps.RunOptions) steps.Result {
	return steps.Result{Setup: p.Setup.Name, Status: steps.ResultRevoked, Changed: 1, Made: []string{"delete role ColortokensHubFlowLogsRole"}, Portal: steps.GuidePortal(p.Setup).Portal,
		Report: steps.Report{Setup: p.Setup.Name, Status: steps.ReportVerified, Checks: []steps.Check{{ID: "access", Status: steps.Pass, Summary: "the reader is denied"}}}}
}

// handsOff is a run that leaves the steps that are for somebody else.
func handsOff(_ context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
	r := exampleResult(p)
	r.Status = steps.ResultWaiting
	for key, s := range p.Steps {
		e := steps.StepEvent{Key: key, Step: s.Step, Account: s.Account, Region: s.Region, Target: s.Target, Status: steps.Done, Change: s.Change, Message: s.Summary}
		if s.Change == steps.ChangeHandOff {
			e.Status = steps.Skipped
			r.NotMade = append(r.NotMade, string(s.Step)+": "+s.Summary+" ("+s.Reason+")")
		}
		o.Emit(e)
	}
	return r
}

// notPutBack is a run of one step that fails.
func notPutBack(_ context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
	e := steps.StepEvent{Step: p.Steps[0].Step, Account: p.Steps[0].Account, Target: p.Steps[0].Target, Status: steps.Failed, Cause: "AccessDenied: not authorized to perform s3:PutBucketPolicy", Fix: "let OrganizationAccountAccessRole call s3:PutBucketPolicy"}
	o.Emit(e)
	return steps.Result{Setup: p.Setup.Name, Status: steps.ResultFailed, Failure: &e}
}

func blocked(s steps.Setup) (*steps.Plan, error) {
	p := examplePlan(s)
	p.Steps[3].Change, p.Steps[3].Reason = steps.ChangeBlocked, "its trust policy does not admit account 999988887777"
	p.Steps[3].HandOff = exampleDocument
	return p, nil
}
