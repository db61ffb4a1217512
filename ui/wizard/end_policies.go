package wizard

import (
	tea "github.com/charmbracelet/bubbletea"
)

func (s *end) policies(m *model, p *page, width int) {
	if s.err != nil {
		p.add(m.faultLines(s.err, width)...)
	}
	p.add(each(m.theme.faint.Render, wrap(sayPolicies, width))...)
	p.add("")
	for i, d := range s.docs {
		mark, style := "  ", m.theme.bold
		if i == s.cursor {
			mark, style = "▸ ", m.theme.chosen
			p.focus = len(p.lines)
		}
		p.add(style.Render(cut(mark+d.Title, width)), m.theme.faint.Render(cut("    "+d.FileName, width)))
	}
}

func (s *end) saveHere(m *model) tea.Cmd {
	if s.tab != tabPolicies || len(s.docs) == 0 {
		return nil
	}
	texts, names := map[string]string{}, []string{}
	for _, d := range s.docs {
		texts[d.FileName] = d.Text
		names = append(names, d.FileName)
	}
	return m.saveAll(texts, names)
}
