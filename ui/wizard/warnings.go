package wizard

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
)

// showWarnings shows the warnings of a plan in full.
func (m *model) showWarnings(plan *steps.Plan, at stage) tea.Cmd {
	for _, w := range plan.Warnings {
		m.warned[w] = true
	}
	return m.show(&viewer{name: titleWarnings, at: at, leaves: []leaf{{text: strings.Join(toldAll(plan.Warnings), "\n\n")}}})
}

// warns: what the review warned of still stands after the run.
func (s *end) warns() bool {
	return s.tab == tabResult && !s.revoked && s.plan != nil && len(s.plan.Warnings) > 0
}

// warnings tells of how many things the review warned, and the first of them in a line each.
func (s *end) warnings(m *model, p *page, width int) {
	const most = 3
	if !s.warns() {
		return
	}
	all := s.plan.Warnings
	p.add(each(m.theme.warn.Render, hang("⚠ ", fmt.Sprintf(sayWarned, count(len(all), "warning")), width))...)
	for _, w := range all[:min(most, len(all))] {
		p.add(m.theme.warn.Render(cut("  · "+told(w), width)))
	}
	if len(all) > most {
		p.add(m.theme.warn.Render(fmt.Sprintf(labelMoreOfThem, len(all)-most)))
	}
	p.add("")
}
