package wizard

import (
	tea "github.com/charmbracelet/bubbletea"
)

func (m *model) top() screen { return m.stack[len(m.stack)-1] }

// show puts a screen in sight; Esc comes back from it.
func (m *model) show(s screen) tea.Cmd {
	m.stack = append(m.stack, s)
	m.scroll = 0
	return s.enter(m)
}

// become replaces the screen in sight; Esc goes to the one before it.
func (m *model) become(s screen) tea.Cmd {
	m.stack[len(m.stack)-1] = s
	m.scroll = 0
	return s.enter(m)
}

// restart forgets the way here but its beginning: Esc goes back to who acts.
func (m *model) restart(s screen) tea.Cmd {
	m.run, m.stack = nil, m.stack[:1]
	return m.show(s)
}

// back takes the screen in sight off; what was answered on it stays.
func (m *model) back() tea.Cmd {
	if len(m.stack) == 1 {
		return nil
	}
	m.stopLoad(m.top())
	m.stack = m.stack[:len(m.stack)-1]
	m.scroll = 0
	return m.top().enter(m)
}
