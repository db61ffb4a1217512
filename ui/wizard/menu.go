package wizard

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// menuItem is one thing to choose.
type menuItem struct {
	label  string
	detail string // what it means, wrapped
	do     func(m *model) tea.Cmd
}

// menu is a list of things to choose one of.
type menu struct {
	list
	items []menuItem
	brief bool // only the chosen item tells what it means
}

func (n *menu) update(m *model, msg tea.KeyMsg) tea.Cmd {
	if n.move(msg, len(n.items), 5, true) {
		return nil
	}
	if s := msg.String(); s == "enter" && n.cursor < len(n.items) {
		return n.items[n.cursor].do(m)
	}
	return nil
}

// view adds the items to a page and puts the focus on the chosen one.
func (n *menu) view(m *model, p *page, width int) {
	n.clamp(len(n.items))
	for i, item := range n.items {
		mark, style := "  ", m.theme.bold
		if i == n.cursor {
			mark, style = "▸ ", m.theme.chosen
			p.focus = len(p.lines)
		}
		p.add(style.Render(cut(mark+item.label, width)))
		if item.detail != "" && (!n.brief || i == n.cursor) {
			p.add(each(m.theme.faint.Render, hang("    ", item.detail, min(width, maxText)))...)
		}
	}
}

func (n *menu) keys() []key.Binding {
	return []key.Binding{keyMove, bind("enter", "choose", "enter")}
}
