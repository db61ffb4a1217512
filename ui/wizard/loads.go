package wizard

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// load is a reading under way for a screen.
type load struct {
	cancel context.CancelCauseFunc
	since  time.Time
}

// loadedMsg brings what a screen has asked for.
type loadedMsg struct {
	to    screen
	load  *load
	key   string
	value any
	err   error
}

// read starts a reading for a screen, in place of the one before it. The screen gets a loadedMsg.
func (m *model) read(to screen, key string, what func(ctx context.Context) (any, error)) tea.Cmd {
	m.stopLoad(to)
	ctx, cancel := context.WithCancelCause(m.ctx)
	l := &load{cancel: cancel, since: m.now()}
	m.loads[to] = l
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = loadedMsg{to: to, load: l, key: key, err: fmt.Errorf(sayInternalFaultWhileReading, r)}
			}
		}()
		value, err := what(ctx)
		if err != nil && errors.Is(context.Cause(ctx), errGaveUp) {
			err = errGaveUp
		}
		return loadedMsg{to: to, load: l, key: key, value: value, err: err}
	}
}

func (m *model) stopLoad(s screen) {
	if l := m.loads[s]; l != nil {
		l.cancel(nil)
		delete(m.loads, s)
	}
}

func (m *model) loading(s screen) bool { return m.loads[s] != nil }

func (m *model) deliver(msg loadedMsg) tea.Cmd {
	if m.loads[msg.to] != msg.load { // stopped or started anew since
		return nil
	}
	msg.load.cancel(nil)
	delete(m.loads, msg.to)
	return msg.to.update(m, msg)
}

// waitingLine shows that a reading is under way, and for how long where that is long.
func (m *model) waitingLine(s screen, what string) string {
	line := m.theme.spinner(m.frame) + " " + what
	if l := m.loads[s]; l != nil {
		if d := m.now().Sub(l.since); d > 2*time.Second {
			line += " (" + clock(d) + ")"
		}
	}
	return line
}
