package wizard

import (
	"fmt"

	"github.com/flowgrant/flowgrant/steps"
)

func (s *end) portal(m *model, p *page, width int) {
	text := min(width, maxText)
	if s.revoked {
		p.add(wrap(sayPortalRevoked, text)...)
		p.add("")
		p.add(hang("• ", steps.RevokePortal(s.setup), text)...)
		return
	}
	guide := steps.GuidePortal(s.setup)
	if values := s.values(); values != nil {
		for i, v := range values {
			mark, style := "  ", m.theme.bold
			if i == s.cursor {
				mark, style = "▸ ", m.theme.chosen
				p.focus = len(p.lines)
			}
			lines := hang(fmt.Sprintf("%s%d %-14s ", mark, i+1, v[0]), v[1], width)
			p.add(each(style.Render, lines)...)
			if i == s.cursor {
				p.until = len(p.lines) - 1
			}
		}
		p.add("")
	}
	for i, l := range guide.Steps {
		p.add(hang(fmt.Sprintf("%d. ", i+1), l, text)...)
	}
	if len(guide.IfVerifyFails) > 0 {
		p.add("", m.theme.bold.Render(labelIfVerifyFails))
		for _, l := range guide.IfVerifyFails {
			p.add(hang("• ", told(l), text)...)
		}
	}
	if s.cursor == 0 { // only a moved cursor has to be kept in sight
		p.focus = -1
	}
}
