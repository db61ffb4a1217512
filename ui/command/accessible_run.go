package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/words"
)

// errAnswers leads from the review to the answers.
var errAnswers = errors.New(words.WordChange)

// narrower is a set-up that goes on without what failed.
type narrower struct{ setup steps.Setup }

func (narrower) Error() string { return words.SayGoOnWithout }

// apply reviews and runs a set-up; from the review the person can change its answers, and from a failure go on without what failed.
func (j *journey) apply(s steps.Setup, keep plain.Keeper) error {
	for {
		do := applying(j.engine, s, true, -1)
		do.review = j.review
		err := j.carry(do)
		var less narrower
		if errors.As(err, &less) {
			s = less.setup
			continue
		}
		if !errors.Is(err, errAnswers) {
			return err
		}
		_, unknown := j.store().Load(s.Name)
		if s, err = j.p.Change(j.ctx, j.asker, j.engine, s, unknown == nil, keep); err != nil {
			return err
		}
	}
}

// changed changes answers of a set-up that is known here, and applies it.
func (j *journey) changed(s steps.Setup) error {
	return j.drafted("", func(keep plain.Keeper) error {
		s, err := j.p.Change(j.ctx, j.asker, j.engine, s, true, keep)
		if err != nil {
			return err
		}
		return j.apply(s, keep)
	})
}

// carry reviews and runs a job, as often as the person wants to try again, and offers what there is at the end.
func (j *journey) carry(do job) error {
	if do.review == nil {
		do.review = func(plan *steps.Plan) (bool, error) {
			agreed, err := j.review(plan)
			if errors.Is(err, errAnswers) { // what is taken back has none
				return false, nil
			}
			return agreed, err
		}
	}
	var plan *steps.Plan
	var result steps.Result
	do.ended = func(p *steps.Plan, r steps.Result) { plan, result = p, r }
	var unread error
	read := do.plan
	do.plan = func(ctx context.Context) (*steps.Plan, error) {
		p, err := read(ctx)
		unread = err
		return p, err
	}
	for {
		plan, unread = nil, nil
		outcome := j.carryOut(j.ctx, j.engine, do)
		j.given = j.byName(do.setup)
		if unread != nil && j.ctx.Err() == nil {
			again, err := j.unplanned(do, outcome)
			if again {
				continue
			}
			return err
		}
		if plan == nil || j.ctx.Err() != nil {
			return outcome
		}
		if outcome != nil {
			var ended exit
			if errors.As(outcome, &ended) && ended.err != nil {
				j.complain(ended.err)
				outcome = exit{code: ended.code}
			}
		}
		again := false
		if err := j.after(do, plan, result, &again); err != nil {
			var closed *plain.Unanswered
			if errors.As(err, &closed) { // what came of the run counts
				return outcome
			}
			return err
		}
		if !again {
			return outcome
		}
	}
}

// notPlanned ends the program where a plan could not be made, so that its answers were not decided on.
type notPlanned struct{ exit }

func (n notPlanned) Unwrap() error { return n.exit }

// unplanned tells why the plan could not be made, and offers to read again or to change answers.
func (j *journey) unplanned(do job, why error) (again bool, err error) {
	var faults steps.Faults
	end := exit{code: exitFailed}
	if errors.As(why, &faults) {
		end.code = exitUsage
	}
	j.complain(why)
	j.p.Tell(words.SayNoPlan)
	ways := []way{{plain.Choice{Name: words.SayTryAgain, Means: words.SayReadAgainMeans}, func() error { again = true; return nil }}}
	if len(faults) == 0 && do.verb == "Apply" {
		find := j.find(do.setup, func() error { again = true; return nil })
		ways = append(ways, way{find.Choice, func() error {
			err := find.do()
			var left exit
			if errors.As(err, &left) {
				return notPlanned{left}
			}
			return err
		}})
	}
	if !do.setup.GrantsNobody() && do.verb == "Apply" {
		ways = append(ways, way{plain.Choice{Name: words.SayChangeAnswers, Means: words.SayChangeAnswersMeans}, func() error { return errAnswers }})
	}
	ways = append(ways, way{plain.Choice{Name: words.SayLeave, Means: words.SayKnownLeave}, func() error { return notPlanned{end} }})
	for {
		err := j.choose(words.TitleFailure, "", "", ways)
		var closed *plain.Unanswered
		switch {
		case errors.As(err, &closed):
			return false, notPlanned{end}
		case !errors.Is(err, errBack):
			return again, err
		}
	}
}

// after offers what there is to read and save when a run is over; where it failed, to try again comes first.
func (j *journey) after(do job, plan *steps.Plan, r steps.Result, again *bool) error {
	s := do.setup
	for {
		done := false
		var ways []way
		title := words.TitleEnd
		leave := way{plain.Choice{Name: words.SayDone, Means: words.SayDoneMeans}, func() error { done = true; return nil }}
		switch r.Status {
		case steps.ResultFailed, steps.ResultWaiting, steps.ResultInterrupted:
			title = words.TitleFailure
			leave.Choice = plain.Choice{Name: words.SayLeave, Means: words.SayLeaveMeans}
			ways = []way{{plain.Choice{Name: words.SayTryAgain, Means: words.SayTryMeans}, func() error { *again = true; return nil }},
				{plain.Choice{Name: words.SayHandOver, Means: words.SayHandMeans}, func() error { return j.handOver(s, plan, r) }}}
			if do.verb == "Apply" && r.Status != steps.ResultInterrupted {
				ways = slices.Insert(ways, 1, j.find(s, func() error { *again = true; return nil }))
			}
			if less, left, ok := plan.WithoutAll(r.Failed); ok && do.verb == "Apply" {
				ways = append(ways, way{plain.Choice{Name: words.SayGoOnWithout, Means: words.AllLeftOut(left)}, func() error { return j.leaveOut(less, left) }})
			}
			if !s.GrantsNobody() && do.verb == "Apply" {
				ways = append(ways, way{plain.Choice{Name: words.SayChangeAnswers, Means: words.SayChangeAnswersMeans}, func() error { return errAnswers }})
			}
			ways = append(ways, leave)
		default:
			ways = []way{leave}
		}
		ways = append(ways,
			way{plain.Choice{Name: words.SaySaveFile}, func() error { return j.save(s.Name+".yaml", string(s.YAML())) }},
			way{plain.Choice{Name: words.SaySaveReport}, func() error {
				return j.save(s.Name+"-report.md", j.report(s, plan, r))
			}},
			way{plain.Choice{Name: words.SayShowPolicy}, func() error { return j.documents(s, r.Report, false) }},
			way{plain.Choice{Name: words.SaySavePolicy}, func() error { return j.documents(s, r.Report, true) }})
		if err := j.choose(title, "", "", ways); err != nil && !errors.Is(err, errBack) {
			return err
		}
		if done || *again {
			return nil
		}
	}
}

// leaveOut asks whether the set-up goes on without what failed.
func (j *journey) leaveOut(s steps.Setup, left []steps.LeftOut) error {
	var told []string
	for _, o := range left {
		if means := words.LeavingOut(o); !slices.Contains(told, means) {
			told = append(told, means)
			j.p.Tell(means)
		}
	}
	agreed, err := j.asker.Confirm(j.ctx, fmt.Sprintf(words.SayLeaveOut, words.AllLeftOut(left)))
	switch {
	case err != nil:
		return err
	case !agreed:
		return errBack
	}
	return narrower{s}
}

// review lets the person look at the steps of a plan one by one before it is confirmed.
func (j *journey) review(plan *steps.Plan) (bool, error) {
	for {
		answer, err := j.asker.Line(j.ctx, "\n"+words.TitleConfirm+" "+words.AskConfirm+" ")
		if errors.Is(err, io.EOF) {
			return false, &plain.Unanswered{Question: words.TitleConfirm}
		}
		if err != nil {
			return false, err
		}
		n, notNumber := strconv.Atoi(answer)
		switch {
		case strings.EqualFold(answer, words.WordYes):
			return true, nil
		case strings.EqualFold(answer, words.WordNo):
			return false, nil
		case strings.EqualFold(answer, words.WordBack):
			return false, errAnswers
		case strings.EqualFold(answer, words.WordList):
			j.p.StepList(plan)
		case strings.EqualFold(answer, words.WordSave):
			if err := j.documents(plan.Setup, steps.Report{}, true); err != nil {
				return false, err
			}
		case notNumber == nil && n >= 1 && n <= len(plan.Steps):
			j.p.StepDetails(plan, n-1)
		case answer == "?":
			j.p.Tell(words.HelpReviewPlain)
		default:
			j.p.Tell(fmt.Sprintf(words.SayNotAccepted, len(plan.Steps)))
		}
	}
}

// report is the report of a run, as the full screen saves it.
func (j *journey) report(s steps.Setup, plan *steps.Plan, r steps.Result) string {
	version, _ := j.release()
	whole := plain.RunReport{Setup: s, Result: r, Report: r.Report, Plan: plan, Version: version, At: time.Now()}
	whole.Identity, _ = j.engine.Who(j.ctx) // asked before; without it the report only says less
	whole.Documents, _ = documentsAfter(s, r.Report)
	return whole.Markdown()
}
