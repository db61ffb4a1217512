package wizard

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

func (c *checklist) add(m *model, msg tea.KeyMsg) {
	switch {
	case msg.Paste && strings.ContainsAny(string(msg.Runes), "\r\n"):
		text := c.adding.value() + string(msg.Runes)
		c.adding = nil
		c.take(m, text)
	case msg.String() == "enter":
		text := c.adding.value()
		c.adding = nil
		if strings.TrimSpace(text) != "" {
			c.take(m, text)
		}
	default:
		c.adding.update(msg)
	}
}

// take adds what was typed or pasted, chosen; what it could not read it tells.
func (c *checklist) take(m *model, text string) {
	rows, problem := c.parse(m, text)
	at := map[string]int{}
	for i, r := range c.rows {
		at[r.id] = i
	}
	for _, r := range rows {
		if _, known := at[r.id]; !known {
			at[r.id], r.added = len(c.rows), true
			c.rows = append(c.rows, r)
		}
		c.mark(m, r.id, true)
	}
	c.filter = nil
	c.narrow()
	if len(rows) > 0 {
		c.cursor = at[rows[len(rows)-1].id]
	}
	c.wrong = problem
}
