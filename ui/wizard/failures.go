package wizard

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// failures are the steps that failed and have not been tried again since, by their index in the plan.
func (s *running) failures() []int {
	var failed []int
	for i := range s.plan.Steps {
		if p := s.steps[i]; p != nil && p.event.Status == steps.Failed {
			failed = append(failed, i)
		}
	}
	return failed
}

// picked is the failure that is shown; -1: none.
func (s *running) picked() int {
	failed := s.failures()
	if len(failed) == 0 {
		return -1
	}
	return failed[s.pick%len(failed)]
}

// tryAgain asks the run to do the picked step again while the rest goes on, and what was not started because of it.
func (s *running) tryAgain(m *model) {
	at := s.picked()
	if at < 0 || s.stops > 0 {
		return
	}
	select {
	case s.again <- at:
		m.notice = fmt.Sprintf(sayTryingAgain, s.plan.Steps[at].Step)
	default: // asked more often than there are steps: it is under way
	}
}

// canLeaveOut: the picked step is one that the rest does not need, and nothing else is under way but waiting.
func (s *running) canLeaveOut() bool {
	if s.revoke != nil || s.active() && (s.stops > 0 || !s.onlyWaiting()) {
		return false
	}
	_, _, ok := s.without(s.picked())
	return ok
}

// without is the set-up without what a failed step failed for.
func (s *running) without(at int) (narrower steps.Setup, left steps.LeftOut, ok bool) {
	if at < 0 {
		return steps.Setup{}, steps.LeftOut{}, false
	}
	return s.plan.Without(s.steps[at].event)
}

// leaveOut asks whether the set-up goes on without the VPCs that AWS refused, or without the account and region of the picked step.
func (s *running) leaveOut(m *model) {
	if !s.canLeaveOut() {
		return
	}
	narrower, left, _ := s.without(s.picked())
	m.dialogs = append(m.dialogs, &dialog{
		heading: fmt.Sprintf(words.SayLeaveOut, words.LeftOut(left, m.accountNamed(left.Account))),
		text:    words.LeavingOut(left),
		choices: []choiceKey{
			{bind("y", doesLeaveItOut, "y", "Y"), func(m *model) tea.Cmd {
				s.narrower = &narrower
				if s.active() {
					s.cancel()
					return nil
				}
				return s.reviewWithout(m)
			}},
			{bind("n/esc", doesKeepIt, "n", "N"), nil},
		},
	})
}

// reviewWithout shows what is left to do without what was left out.
func (s *running) reviewWithout(m *model) tea.Cmd {
	setup := *s.narrower
	s.narrower = nil
	m.load(setup)
	return m.showReview(&review{setup: setup, remark: sayWithout})
}

// failure says what went wrong, why, what waits on it and what to do, above the tree.
func (s *running) failure(m *model, width int) []string {
	var lines []string
	switch {
	case s.active():
		if lines = s.pickedLines(m, width); len(lines) > 0 {
			lines = append(lines, wrap(sayWhileItGoesOn, width)...)
		}
	case m.loading(s): // what the keys do is said when that is read
		lines = s.pickedLines(m, width)
	case s.result.Status == steps.ResultFailed:
		text := map[bool]string{true: sayAfterTaking, false: sayAfterFailure}[s.revoke != nil]
		if lines = s.pickedLines(m, width); len(lines) == 0 {
			lines = s.resultLines(m, width)
			text = map[bool]string{true: sayTakenSoFar, false: sayAfterNoStep}[s.revoke != nil]
		}
		if s.canDiagnose(m) {
			text += sayOrFind
		}
		if s.canChange(m) {
			text += sayOrChange
		}
		if s.canLeaveOut() {
			text += sayOrLeaveOut
		}
		if len(s.undone()) > 0 {
			text += sayOrHandOver
		}
		lines = append(lines, wrap(text+".", width)...)
	case s.result.Status == steps.ResultInterrupted:
		lines = append(lines, each(m.theme.warn.Render, wrap(fmt.Sprintf(map[bool]string{true: sayHalfTaken, false: sayInterrupted}[s.revoke != nil], m.command(s.goesOnWith(), s.setup.Name)), width))...)
	}
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	return lines
}

// pickedLines tell the picked failure in full; none without one.
func (s *running) pickedLines(m *model, width int) []string {
	at := s.picked()
	if at < 0 {
		return nil
	}
	head := ""
	if failed := s.failures(); len(failed) > 1 {
		head = fmt.Sprintf(sayWhichFailure, s.pick%len(failed)+1, len(failed))
	}
	lines := m.failedStep(s.steps[at].event, head, width)
	if waits := s.notStarted(); len(waits) > 0 {
		lines = append(lines, each(m.theme.faint.Render, hang("  ", sayNotStarted+strings.Join(waits, ", "), width))...)
	}
	return lines
}

// resultLines tell a failure that belongs to no step, or that what is proved is not enough.
func (s *running) resultLines(m *model, width int) []string {
	if f := s.result.Failure; f != nil {
		return m.failedStep(*f, "", width)
	}
	return each(m.theme.bad.Render, hang("✗ ", sayNotEverythingCouldBeProved, width))
}

// failedStep tells where a step failed, why, and what to do.
func (m *model) failedStep(f steps.StepEvent, head string, width int) []string {
	where := orElse(string(f.Step), labelTheRun)
	for _, w := range []string{m.accountNamed(f.Account), f.Region, f.Target} {
		if w != "" {
			where += " · " + w
		}
	}
	lines := each(m.theme.bad.Render, hang("✗ ", labelFailed+head+": "+where, width))
	lines = append(lines, hang("  ", told(orElse(f.Cause, f.Message)), width)...)
	if f.Fix != "" {
		lines = append(lines, each(m.theme.warn.Render, hang("  ", labelToDo+told(f.Fix), width))...)
	}
	if f.RequestID != "" {
		lines = append(lines, m.theme.faint.Render(cut(labelWithRequest+f.RequestID, width)))
	}
	return lines
}

// notStarted names the steps that were not started because of one that failed, each once with how often.
func (s *running) notStarted() []string {
	var names []string
	times := map[steps.StepName]int{}
	for i, p := range s.plan.Steps {
		if at := s.steps[i]; at != nil && at.event.Status == steps.Skipped && p.Change != steps.ChangeHandOff {
			if times[p.Step]++; times[p.Step] == 1 {
				names = append(names, string(p.Step))
			}
		}
	}
	for i, n := range names {
		if t := times[steps.StepName(n)]; t > 1 {
			names[i] = fmt.Sprintf("%s (%d)", n, t)
		}
	}
	return names
}
