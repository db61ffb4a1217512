package wizard

import (
	"fmt"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// keeps: a bucket that was to be deleted holds logs, and to keep it is a way on.
func (s *review) keeps() bool {
	return s.revoke != nil && s.plan != nil && s.revoke.DeleteBucket && slices.ContainsFunc(s.plan.Blocked(), func(p steps.PlannedStep) bool { return p.Step == steps.StepBucket })
}

// blockedSum says in a line that some steps cannot be done, and the way out.
func (s *review) blockedSum(changes, blocked int) string {
	switch {
	case s.restore != nil:
		return words.SayPutBackGone
	case s.keeps():
		return sayHoldsLogs
	}
	return fmt.Sprintf(sayButBeDoneAsIt, count(changes, "change"), map[bool]string{true: sayOneBlocked, false: fmt.Sprintf(saySomeBlocked, blocked)}[blocked == 1])
}

// refusal says why nothing can be applied, and what to do.
func (s *review) refusal(blocked []steps.PlannedStep) string {
	switch {
	case s.restore != nil:
		return words.SayPutBackGone
	case s.keeps():
		return sayRefusedHolds
	case len(blocked) == 1:
		return fmt.Sprintf(sayCannotBeAppliedInThe, count(1, labelStepIs))
	}
	return fmt.Sprintf(sayCannotBeAppliedStepsAre, len(blocked))
}

// refuse says why nothing is done, and takes the keys that would have confirmed it: as keys of the screen they would do something else.
func (m *model) refuse(why string) {
	m.dialogs = append(m.dialogs, &dialog{heading: sayNothingToConfirm, text: why, choices: []choiceKey{{bind("enter", doesClose, "enter"), nil}}})
}

// askRevokeAgain asks once more what is to go besides the access, and reads the plan of that.
func (m *model) askRevokeAgain(s *review) tea.Cmd {
	for i, o := range m.stack {
		if o == screen(s) {
			m.stack = m.stack[:i]
			break
		}
	}
	return m.askRevoke(s.setup, *s.revoke)
}
