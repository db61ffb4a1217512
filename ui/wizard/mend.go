package wizard

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// mended goes on after what stood in a set-up's way is changed: to the review of what is left to apply, and where nothing is, to the proof.
func (m *model) mended(setup steps.Setup, remark string) tea.Cmd {
	m.load(setup)
	if i := slices.IndexFunc(m.stack, stale); i > 0 {
		m.stack = m.stack[:i]
	}
	return m.showReview(&review{setup: setup, remark: remark, settles: true})
}

// stale is what shows how things stood before something was mended.
func stale(s screen) bool {
	switch s.(type) {
	case *diagnosis, *end:
		return true
	}
	return false
}

// settle goes on by itself where the plan asks nothing of the person: after a repair that left nothing to apply, and where there is
// nothing to repair any more.
func (s *review) settle(m *model) tea.Cmd {
	settles := s.settles
	s.settles = false
	switch {
	case s.repair && len(s.plan.Steps) == 0:
		return m.mended(s.setup, words.SayNoLongerInWay)
	case settles && s.plan.Changes() == 0 && len(s.plan.Blocked()) == 0 && len(s.plan.HandedOff()) == 0:
		return m.start(s, m.now())
	}
	return nil
}

// goesOnWith is the command that goes on with an interrupted run.
func (s *running) goesOnWith() string {
	switch {
	case s.repair:
		return "doctor"
	case s.restore != nil:
		return "setups backups"
	}
	return "resume"
}

// onwards goes on after a run: to how it came out, or, where it changed what stood in the way, to what is left to apply.
func (s *running) onwards(m *model) tea.Cmd {
	if s.repair && s.result.Status != steps.ResultFailed && s.result.Status != steps.ResultInterrupted {
		m.repaired = s.setup.Name
		m.outcome.result = nil // that the way is free says nothing of the set-up
		return m.mended(s.setup, words.SayMended)
	}
	if s.restore != nil && s.result.Failure == nil && s.result.Status != steps.ResultInterrupted {
		return m.putBack(s.setup)
	}
	return m.show(newEnd(s))
}
