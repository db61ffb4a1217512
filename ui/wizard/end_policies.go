package wizard

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/ui/words"
)

func (s *end) policies(m *model, p *page, width int) {
	if s.err != nil {
		p.add(m.faultLines(s.err, width)...)
	}
	said := sayPolicies
	switch {
	case s.revoked && len(s.docs) == 0:
		said = sayPoliciesNone
	case s.revoked:
		said = sayPoliciesNow
	}
	p.add(each(m.theme.faint.Render, wrap(said, width))...)
	p.add("")
	for i, d := range s.docs {
		mark, style := "  ", m.theme.bold
		if i == s.cursor {
			mark, style = "▸ ", m.theme.chosen
			p.focus = len(p.lines)
		}
		p.add(style.Render(cut(mark+d.Title, width)), m.theme.faint.Render(cut("    "+d.FileName, width)))
	}
	if w := s.report.Withdrawn; s.revoked && w != nil && len(w.Gone) > 0 {
		p.add("", m.theme.bold.Render(words.TitleGone))
		for _, g := range w.Gone {
			p.add(hang("  · ", g, width)...)
		}
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
