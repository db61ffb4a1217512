package wizard

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// menuItem is one thing to choose.
type menuItem struct {
	label  string
	detail string // what it means, wrapped
	do     func(m *model) tea.Cmd

	told   func(m *model) string // instead of detail where it changes
	beside bool                  // what is told stands beside the label, in one line
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
	wide := 0
	for _, item := range n.items {
		if item.beside {
			wide = max(wide, min(ansi.StringWidthWc(item.label), width/2))
		}
	}
	for i, item := range n.items {
		mark, style := "  ", m.theme.bold
		if i == n.cursor {
			mark, style = "▸ ", m.theme.chosen
			p.focus = len(p.lines)
		}
		detail := item.detail
		if item.told != nil {
			detail = item.told(m)
		}
		if item.beside {
			p.add(style.Render(mark+pad(item.label, wide)) + "  " + m.theme.faint.Render(cut(detail, width-wide-4)))
			if i == n.cursor && (ansi.StringWidthWc(item.label) > wide || ansi.StringWidthWc(detail) > width-wide-4) { // in full where it is chosen
				p.add(each(m.theme.accent.Render, hang("    ", item.label+": "+detail, width))...)
				p.until = len(p.lines) - 1
			}
			continue
		}
		p.add(style.Render(cut(mark+item.label, width)))
		if detail != "" && (!n.brief || i == n.cursor) {
			lines := hang("    ", detail, min(width, maxText))
			if item.told != nil && len(lines) > 2 { // told in full where it is chosen
				lines = append(lines[:1], cut(lines[1]+" "+strings.TrimSpace(lines[2]), min(width, maxText)))
			}
			p.add(each(m.theme.faint.Render, lines)...)
		}
		if i == n.cursor {
			p.until = len(p.lines) - 1
		}
	}
}

func (n *menu) keys() []key.Binding {
	return []key.Binding{keyMove, bind("enter", doesChoose, "enter")}
}
