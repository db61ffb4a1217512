package wizard

import (
	tea "github.com/charmbracelet/bubbletea"
)

// ctrlC stops the run first, then leaves it; without a run it leaves, and asks where answers would be lost.
func (m *model) ctrlC() tea.Cmd {
	if m.run != nil && m.run.active() {
		return m.run.stop(m)
	}
	if len(m.dialogs) > 0 && m.dialogs[0].quits {
		return m.quit(130)
	}
	return m.askQuit()
}

// askQuit leaves; where answers would be lost it asks first.
func (m *model) askQuit() tea.Cmd {
	if !m.answers.touched {
		return m.quit(0)
	}
	text := sayNothingHasBeenChangedIn
	if m.draft.flush() {
		text = sayAnswersStay
	}
	m.dialogs = append([]*dialog{{
		heading: labelLeaveFlowgrant,
		text:    text,
		quits:   true,
		choices: []choiceKey{
			{bind("y", doesLeave, "y", "Y"), func(m *model) tea.Cmd { return m.quit(0) }},
			{bind("n/esc", doesStay, "n", "N"), nil},
		},
	}}, m.dialogs...)
	return nil
}

// interruptMsg says that the program was asked to end by a signal.
type interruptMsg struct{ kill bool } // kill: asked again, so that calls in flight end too

// interrupted ends the journey on a signal. A run ends by itself then, since its context is a child of the same.
func (m *model) interrupted() tea.Cmd {
	if m.run != nil && m.run.active() {
		m.run.leaveWhenDone = true
		return m.run.stop(m)
	}
	return m.quit(130)
}

func (m *model) quit(exit int) tea.Cmd {
	for _, l := range m.loads {
		l.cancel(nil)
	}
	m.outcome.exit = exit
	return tea.Quit
}
