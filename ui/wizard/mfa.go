package wizard

import (
	"context"
	"errors"

	tea "github.com/charmbracelet/bubbletea"
)

// mfaMsg asks for the code of an MFA device while something else waits for it, or takes the question away.
type mfaMsg struct {
	dialog *dialog
	over   bool
}

// askMFA puts the question on the screen and waits for the code. It is called from outside of the program.
func (m *model) askMFA(ctx context.Context, serial string) (string, error) {
	reply := make(chan string, 1) // closed without a code: the person gave none
	d := mfaDialog(serial, reply)
	m.send(mfaMsg{dialog: d})
	select {
	case <-ctx.Done():
		m.send(mfaMsg{dialog: d, over: true})
		return "", ctx.Err()
	case code, ok := <-reply:
		if !ok {
			return "", errors.New(labelNoMFACodeWasGiven)
		}
		return code, nil
	}
}

func mfaDialog(serial string, reply chan string) *dialog {
	return &dialog{
		heading: labelMFACode,
		text:    sayCodeThatTheDevice + serial + labelShowsNow,
		field:   newEntry(""), secret: true,
		submit: func(_ *model, typed string) (tea.Cmd, string) {
			if typed == "" {
				return nil, sayTypeTheCodeOrEsc
			}
			reply <- typed
			return nil, ""
		},
		cancel: func(*model) tea.Cmd { close(reply); return nil },
	}
}

func (a mfaMsg) show(m *model) {
	if a.over {
		a.dialog.close(m)
		return
	}
	m.dialogs = append([]*dialog{a.dialog}, m.dialogs...) // what waits for a login may ask for it
}
