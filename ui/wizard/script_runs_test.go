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
		Report: takenBack(p.Setup)}
}

// takenBack is the proof that the access was taken back, and the flow logs stayed.
func takenBack(s steps.Setup) steps.Report {
	w := &steps.Withdrawal{Reader: steps.Pass, Logs: steps.LogsKept, To: bucketName(s.Bucket.ARN), PortalLeft: steps.RevokePortal(s), Gone: []string{"policy ColorTokensHubAccountAccessRole", "role ColortokensHubFlowLogsRole"},
		Documents: []steps.Document{{Kind: "bucket", Title: "Bucket policy of central-flow-logs", FileName: s.Name + "-now-1-bucket.json", Text: exampleDocument}}}
	return steps.Report{Setup: s.Name, Status: steps.ReportVerified, Withdrawn: w, Checks: []steps.Check{{ID: "access", Account: "444455556666", Target: "ColortokensHubFlowLogsRole", Status: steps.Pass, Summary: "the reader has no role to read with", Evidence: "role ColortokensHubFlowLogsRole does not exist"}}}
}

// backIn is the proof of a set-up that was taken back and is there again.
func backIn(s steps.Setup) steps.Report {
	r := takenBack(s)
	r.Status, r.Withdrawn.Reader, r.Withdrawn.Left, r.Withdrawn.Gone = steps.ReportFailed, steps.Fail, true, nil
	r.Checks = []steps.Check{{ID: "access.get", Account: "444455556666", Target: "ColortokensHubFlowLogsRole", Status: steps.Fail, Summary: "the reader can still read the logs",
		Evidence: "s3:GetObject on arn:aws:s3:::central-flow-logs/AWSLogs/111122223333/* is allowed by ColorTokensHubAccountAccessRole", Fix: "take it back once more: flowgrant revoke " + s.Name}}
	return r
}

// othersGrant is the proof of a set-up that was taken back, where somebody else lets the reader in.
func othersGrant(s steps.Setup) steps.Report {
	r := backIn(s)
	r.Withdrawn.Left, r.Checks[0].Fix = false, "look at that statement: it is not this set-up's"
	return r
}

// logsStopped is the proof of a set-up that was taken back, whose flow logs were kept and deliver no more.
func logsStopped(s steps.Setup) steps.Report {
	r := takenBack(s)
	r.Status = steps.ReportFailed
	r.Checks = append(r.Checks, steps.Check{ID: "delivery", Account: "111122223333", Region: "us-east-1", Target: "vpc-0a1b2c3d4e5f60001", Status: steps.Fail, Summary: "the flow log cannot deliver",
		Fix: "mend the flow log or the bucket by hand: setting the set-up up again would mend it, and let the reader in again"})
	return r
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
