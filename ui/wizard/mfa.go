package wizard

import (
	"context"
	"errors"

	tea "github.com/charmbracelet/bubbletea"
)

// mfaMsg asks for the code of an MFA device while something else waits for it.
type mfaMsg struct {
	serial string
	reply  chan string // closed without a code: the person gave none
}

// askMFA puts the question on the screen and waits for the code. It is called from outside of the program.
func (m *model) askMFA(ctx context.Context, serial string) (string, error) {
	ask := mfaMsg{serial: serial, reply: make(chan string, 1)}
	m.send(ask)
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case code, ok := <-ask.reply:
		if !ok {
			return "", errors.New("no MFA code was given")
		}
		return code, nil
	}
}

func (a mfaMsg) dialog() *dialog {
	return &dialog{
		heading: "MFA code",
		text:    sayCodeThatTheDevice + a.serial + " shows now.",
		field:   newEntry(""), secret: true,
		submit: func(_ *model, typed string) (tea.Cmd, string) {
			if typed == "" {
				return nil, sayTypeTheCodeOrEsc
			}
			a.reply <- typed
			return nil, ""
		},
		cancel: func(*model) tea.Cmd { close(a.reply); return nil },
	}
}
