package wizard

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

func (c *checklist) typeFilter(msg tea.KeyMsg) {
	switch msg.String() {
	case "enter", "down":
		c.filter.input.Blur()
	default:
		c.filter.update(msg)
		c.cursor = 0
		c.narrow()
	}
}

// narrow finds the rows that pass the filter.
func (c *checklist) narrow() {
	c.shown = c.shown[:0]
	want := ""
	if c.filter != nil {
		want = strings.ToLower(strings.TrimSpace(c.filter.value()))
	}
	for _, r := range c.rows[min(len(c.search), len(c.rows)):] {
		c.search = append(c.search, strings.ToLower(r.label+" "+r.id+" "+strings.Join(r.cells, " ")))
		c.wide = max(c.wide, ansi.StringWidthWc(r.label))
	}
	for i := range c.rows {
		if want == "" || strings.Contains(c.search[i], want) {
			c.shown = append(c.shown, i)
		}
	}
	c.total = ""
	c.clamp(len(c.shown))
}
