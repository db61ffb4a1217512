package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/jsonl"
	"github.com/flowgrant/flowgrant/ui/words"
)

// job is something to be planned, confirmed and carried out on a set-up.
type job struct {
	setup steps.Setup
	verb  string // asks for it, as in Apply
	ask   bool   // a person confirms the plan
	wait  time.Duration
	plan  func(context.Context) (*steps.Plan, error)
	shown func(steps.Result)   // shows the outcome; nil: report and result
	whole bool                 // prove the whole set-up after a document was put back
	taken *steps.RevokeOptions // what was taken back before that; nil: the set-up is in use

	review func(*steps.Plan) (bool, error) // confirms the plan; nil: a question
	ended  func(*steps.Plan, steps.Result) // is told what came of the run; nil: nobody
}

// applying is the job of applying a set-up.
func applying(engine *steps.Engine, s steps.Setup, ask bool, wait time.Duration) job {
	return job{setup: s, verb: "Apply", ask: ask, wait: wait, plan: func(ctx context.Context) (*steps.Plan, error) { return engine.Plan(ctx, s) }}
}

// revoking is the job of taking back what a set-up granted.
func (a *app) revoking(engine *steps.Engine, s steps.Setup, o steps.RevokeOptions, ask bool) job {
	o.Before = a.store().Before(s.Name)
	return job{setup: s, verb: "Revoke with", ask: ask, plan: func(ctx context.Context) (*steps.Plan, error) { return engine.PlanRevoke(ctx, s, o) }}
}

// unasked is the end of a command that would ask and can ask nobody.
func (a *app) unasked(command, question, instead string) error {
	if a.json() {
		jsonl.New(a.out).Question(steps.Question{ID: command, Kind: steps.AskConfirm, Text: question, Flag: "--yes"})
	}
	return Usage("%s asks before it changes anything, and here it can ask nobody (no terminal, --output json, or -f -). %s", command, instead)
}

// unkept is the end of a command whose journal cannot be opened: somebody holds the set-up, a newer program wrote the journal, or the disk
// takes nothing.
func unkept(err error) error {
	err = fmt.Errorf("nothing was written to AWS: %w", err)
	var path *fs.PathError
	if errors.As(err, &path) {
		err = fmt.Errorf("%w. Make the state directory writable and free some space, or give another with --state-dir DIR", err)
	}
	return err
}

var errDeclined = errors.New("not confirmed; nothing was changed")

// carryOut plans a job, asks where somebody is to be asked, runs and proves.
func (a *app) carryOut(ctx context.Context, engine *steps.Engine, do job) error {
	s := do.setup
	view := a.view(s)
	unfinished := func(status steps.ResultStatus, why error) {
		if !a.json() {
			return
		}
		r := steps.Result{Setup: s.Name, Status: status, Portal: steps.GuidePortal(s).Portal}
		if status == steps.ResultFailed {
			r.Failure = &steps.StepEvent{Cause: why.Error()}
		}
		view.Result(r)
	}
	journal, err := a.store().Begin(s)
	if err != nil {
		err = unkept(err)
		unfinished(steps.ResultFailed, err)
		return err
	}
	defer func() { _ = journal.Close() }() // every line that matters was synced
	plan, err := do.plan(ctx)
	if err != nil {
		err = failed(ctx, view, err)
		unfinished(ending(ctx), err)
		return err
	}
	view.Plan(plan)
	var reviewed time.Time
	if plan.Changes() > 0 && len(plan.Blocked()) == 0 && do.ask {
		confirm := do.review
		if confirm == nil {
			confirm = func(*steps.Plan) (bool, error) {
				return a.asker.Confirm(ctx, fmt.Sprintf("\n%s %s?", do.verb, changes(plan.Changes())))
			}
		}
		agreed, err := confirm(plan)
		if err != nil {
			return err
		}
		if !agreed {
			return errDeclined
		}
		reviewed = time.Now()
	}
	keep := false
	if lines := plan.Replaces(); do.ask && do.verb == "Apply" && len(plan.Blocked()) == 0 && len(lines) > 0 {
		if keep, err = a.askReplaced(ctx, plan, lines); err != nil {
			return err
		}
	}
	a.signals.running(func() { unfinished(steps.ResultInterrupted, nil) })
	emit, end := view.Watch(a.answer(ctx, do.ask))
	result := engine.Run(ctx, plan, steps.RunOptions{Wait: do.wait, Emit: emit, Interactive: do.ask, ReviewedAt: reviewed, Kill: a.signals.kill, Journal: journal, ProveAll: do.whole, Taken: do.taken, KeepReplaced: keep})
	outcome := a.resultCode(result)
	a.signals.finished(codeOf(outcome))
	end()
	if do.ended != nil {
		do.ended(plan, result)
	}
	if do.shown != nil {
		do.shown(result)
		return outcome
	}
	view.Report(result.Report)
	view.Result(result)
	return outcome
}

// askReplaced asks before the run what becomes of flow logs that it replaces, so that the run need not wait for the answer. keep: they stay.
func (a *app) askReplaced(ctx context.Context, plan *steps.Plan, lines []string) (keep bool, err error) {
	for {
		answer, err := a.asker.Line(ctx, "\n"+words.Asked(words.AskReplaced, lines)+"\n"+words.SayTypeReplaced)
		switch {
		case errors.Is(err, io.EOF), err == nil && strings.EqualFold(answer, words.WordNo):
			return true, nil
		case err != nil:
			return false, err
		case strings.EqualFold(answer, words.WordYes):
			plan.DeleteReplaced()
			return false, nil
		case strings.EqualFold(answer, words.WordAsk):
			return false, nil
		}
	}
}

// resultCode gives the exit code of a run, and the message of its first failure.
func (a *app) resultCode(r steps.Result) error {
	switch r.Status {
	case steps.ResultVerified, steps.ResultUnchanged, steps.ResultRevoked:
		return nil
	case steps.ResultWaiting:
		return exit{exitWaiting, fmt.Errorf("not everything is done and proved yet. Come back with: %s", a.store().Command("resume", r.Setup))}
	case steps.ResultInterrupted:
		return exit{exitInterrupted, fmt.Errorf("interrupted. To go on from here: %s. What is there already is not made twice", a.store().Command("resume", r.Setup))}
	}
	if f := r.Failure; f != nil {
		return exit{exitFailed, &steps.StepError{Step: f.Step, Account: f.Account, Region: f.Region, Target: f.Target, Cause: f.Cause, Fix: f.Fix, RequestID: f.RequestID}}
	}
	for _, c := range r.Report.Checks {
		if c.Status == steps.Fail {
			return exit{exitFailed, &steps.StepError{Step: steps.StepName(c.ID), Account: c.Account, Region: c.Region, Target: c.Target, Cause: c.Summary, Fix: c.Fix}}
		}
	}
	return exit{exitFailed, errors.New("the set-up could not be finished; what is missing and why stands in the result")}
}

// codeOf gives the exit code of a run's outcome.
func codeOf(outcome error) int {
	var ended exit
	switch {
	case outcome == nil:
		return exitDone
	case errors.As(outcome, &ended):
		return ended.code
	}
	return exitFailed
}

func ending(ctx context.Context) steps.ResultStatus {
	if ctx.Err() != nil {
		return steps.ResultInterrupted
	}
	return steps.ResultFailed
}

func changes(n int) string {
	if n == 1 {
		return "this change"
	}
	return fmt.Sprintf("these %d changes", n)
}
