package wizard

import (
	"cmp"
	"context"
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
)

// lapseMsg asks for a fresh login, or takes the question away.
type lapseMsg struct {
	dialog *dialog
	over   bool
}

// tellLapse keeps a question for a fresh login on the screen until it is over. It is called from outside of the program.
func (m *model) tellLapse(ctx context.Context, l steps.Lapse) {
	d := loginDialog(l)
	m.send(lapseMsg{dialog: d})
	<-ctx.Done()
	m.send(lapseMsg{dialog: d, over: true})
}

func loginDialog(l steps.Lapse) *dialog {
	return &dialog{
		heading: labelLogInAgain, text: steps.LoginWhy(l) + "\n\n" + cmp.Or(l.Command, labelToDo+l.Do), stays: true,
		choices: []choiceKey{{bind("enter", doesLookNow, "enter"), func(*model) tea.Cmd {
			return func() tea.Msg { l.Look(); return nil }
		}}},
		giveUp: func(m *model) { m.stopWaiting() },
	}
}

var errGaveUp = errors.New(sayGaveUpLogin)

// stopWaiting ends the readings that wait; each screen tells that it has nothing to show, and how to look again.
func (m *model) stopWaiting() {
	for _, l := range m.loads {
		l.cancel(errGaveUp)
	}
	if m.looks.cancel != nil {
		m.looks.cancel()
		m.looks.ctx = nil
	}
}

func (l lapseMsg) show(m *model) {
	if l.over {
		l.dialog.close(m)
		return
	}
	m.dialogs = append([]*dialog{l.dialog}, m.dialogs...)
}
