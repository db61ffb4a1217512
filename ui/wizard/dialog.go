package wizard

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// choiceKey is a key of a dialog and what it does; nil closes it.
type choiceKey struct {
	key key.Binding
	do  func(m *model) tea.Cmd
}

// dialog asks one thing over the screen in sight: with keys, or with a line to type.
type dialog struct {
	heading string
	text    string
	choices []choiceKey
	quits   bool           // it asks whether to leave
	stays   bool           // no key closes it: what it waits for happens elsewhere
	giveUp  func(m *model) // closes one that stays while nothing is changed; nil: it stays

	field  *entry
	secret bool
	// submit takes what was typed; an answer other than "" says what is wrong with it and keeps the dialog open.
	submit func(m *model, typed string) (tea.Cmd, string)
	cancel func(m *model) tea.Cmd // on Esc; nil closes
	wrong  string
}

func (d *dialog) close(m *model) {
	for i, other := range m.dialogs {
		if other == d {
			m.dialogs = append(m.dialogs[:i:i], m.dialogs[i+1:]...)
			return
		}
	}
}

func (d *dialog) update(m *model, msg tea.KeyMsg) tea.Cmd {
	for _, c := range d.choices {
		if key.Matches(msg, c.key) {
			if !d.stays {
				d.close(m)
			}
			if c.do == nil {
				return nil
			}
			return c.do(m)
		}
	}
	switch {
	case msg.String() == "esc" && d.canGiveUp(m):
		d.close(m)
		d.giveUp(m)
	case d.stays:
	case msg.String() == "esc":
		d.close(m)
		if d.cancel != nil {
			return d.cancel(m)
		}
	case d.field == nil:
	case msg.String() == "enter":
		cmd, wrong := d.submit(m, strings.TrimSpace(d.field.value()))
		if d.wrong = wrong; wrong == "" {
			d.close(m)
		}
		return cmd
	default:
		d.wrong = ""
		d.field.update(msg)
	}
	return nil
}

// canGiveUp: what it waits for is only a reading.
func (d *dialog) canGiveUp(m *model) bool {
	return d.giveUp != nil && (m.run == nil || !m.run.active())
}

func (d *dialog) keys(m *model) []key.Binding {
	var keys []key.Binding
	for _, c := range d.choices {
		keys = append(keys, c.key)
	}
	if d.canGiveUp(m) {
		keys = append(keys, bind("esc", doesStopWaiting, "esc"))
	}
	if d.field != nil {
		keys = append(keys, bind("enter", doesConfirm, "enter"), bind("esc", doesCancel, "esc"))
	}
	return keys
}

func (d *dialog) view(m *model, width, height int) []string {
	inner := min(width-4, maxText)
	var lines []string
	lines = append(lines, m.theme.bold.Render(cut(d.heading, inner)))
	rest := 1
	if d.field != nil {
		rest = 4
	}
	text := wrap(d.text, inner)
	if room := max(1, height-rest-3); len(text) > room {
		text = append(text[:room-1], cut("…", inner))
	}
	lines = append(lines, text...)
	if d.field != nil {
		lines = append(lines, "", d.field.view(m.theme, inner, d.secret))
	}
	if d.wrong != "" {
		lines = append(lines, each(m.theme.bad.Render, hang("✗ ", d.wrong, inner))...)
	}
	out := []string{"┌" + strings.Repeat("─", inner+2) + "┐"}
	for _, l := range lines {
		out = append(out, "│ "+fill(l, inner)+" │")
	}
	return append(out, "└"+strings.Repeat("─", inner+2)+"┘")
}
