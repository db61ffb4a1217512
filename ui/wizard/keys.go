package wizard

import (
	tea "github.com/charmbracelet/bubbletea"
)

func (m *model) press(keys []tea.KeyMsg) tea.Cmd {
	var cmds []tea.Cmd
	for _, k := range keys {
		cmds = append(cmds, m.key(k))
	}
	return tea.Batch(cmds...)
}

func (m *model) key(msg tea.KeyMsg) tea.Cmd {
	m.notice = ""
	switch msg.String() {
	case "ctrl+c":
		return m.ctrlC()
	case "ctrl+z":
		if m.run != nil && m.run.active() {
			m.notice = saySuspendingIsOffWhileAws
			return nil
		}
		return tea.Suspend
	case "ctrl+l":
		return tea.ClearScreen
	}
	if len(m.dialogs) > 0 {
		return m.dialogs[0].update(m, msg)
	}
	if m.helping {
		if s := msg.String(); s == "esc" || s == "?" || s == "f1" || s == "q" || s == "enter" {
			m.helping, m.scroll = false, 0
			return nil
		}
		m.scrollKey(msg)
		return nil
	}
	switch msg.String() {
	case "?", "f1":
		m.helping, m.scroll = true, 0
		return nil
	case "esc":
		if e, ok := m.top().(escaper); ok && e.escape(m) {
			return nil
		}
		return m.back()
	}
	// Keys that were hit fast may arrive as one message.
	if msg.Type == tea.KeyRunes && len(msg.Runes) > 1 && !msg.Paste && !m.top().typing() {
		var cmds []tea.Cmd
		for _, r := range msg.Runes {
			cmds = append(cmds, m.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: msg.Alt}))
		}
		return tea.Batch(cmds...)
	}
	return m.toScreen(msg)
}
