package wizard

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"

	"github.com/flowgrant/flowgrant/steps"
)

func (s *running) view(m *model, width, height int) page {
	p := page{focus: -1}
	p.add(s.bar(m, width), "")
	if s.showLog {
		for _, l := range s.log {
			p.add(wrap(l, width)...)
		}
		if s.follows() {
			p.focus = len(p.lines) - 1
		}
		return p
	}
	p.add(s.failure(m, width)...)
	if m.loading(s) {
		p.add(cut(m.waitingLine(s, sayReadingWhatIsLeftTo), width), "")
	}
	if s.replan != nil {
		p.add(m.faultLines(s.replan, width)...)
		p.add("")
	}
	waits := s.waits(m, width)
	if s.tree == nil {
		s.tree = treeOf(s.plan)
	}
	tree := s.tree
	from, to := 0, len(tree)
	s.from = 0
	if room := max(4, height-len(p.lines)-len(waits)-1); to > room && s.follows() {
		from = max(0, min(s.busiest()-room/2, to-room))
		to = from + room
		s.from, p.more = from, true
		tree = slices.Concat(tree[:from], headed(tree[from:to]))
	}
	// Of a long page only what is in sight is drawn; the frame cuts the rest off.
	sight := max(0, min(m.scroll, len(p.lines)+to-from+len(waits)+1))
	for i := from; i < to; i++ {
		if at := len(p.lines); to-from > 200 && (at < sight-height || at > sight+2*height) && at < len(p.lines)+to-i-2*height {
			p.add("")
			continue
		}
		p.add(s.row(m, tree[i], width))
	}
	if len(waits) > 0 {
		p.add("")
		p.add(waits...)
	}
	return p
}

// bar is the share of the steps that is over.
func (s *running) bar(m *model, width int) string {
	done, total := 0, len(s.plan.Steps)
	for i := range s.plan.Steps {
		if p := s.steps[i]; p != nil && over(p.event.Status) {
			done++
		}
	}
	text := fmt.Sprintf(labelBarOf, done, count(total, "step"))
	room := min(40, width-len(text)-1)
	full := 0
	if total > 0 {
		full = room * done / total
	}
	return m.theme.accent.Render(strings.Repeat("█", full)) + m.theme.faint.Render(strings.Repeat("░", room-full)) + text
}

// busiest is the last line that is under way.
func (s *running) busiest() int {
	for i := len(s.tree) - 1; i >= 0; i-- {
		if p := s.steps[s.tree[i].step]; p != nil && p.until.IsZero() {
			return i
		}
	}
	return 0
}

// row is a line of the tree.
func (s *running) row(m *model, line treeLine, width int) string {
	if line.step < 0 {
		return m.accountLine(line.account, width)
	}
	step, p := s.plan.Steps[line.step], s.steps[line.step]
	if line.fold != nil {
		p = s.leastOver(line.fold)
	}
	mark, style := s.mark(m, step, p)
	name := string(step.Step)
	if step.Region != "" {
		name += " " + step.Region
	}
	text, took := step.Summary, ""
	if p != nil {
		text = orElse(p.event.Message, text)
		if p.event.Status == steps.Failed {
			text = p.event.Cause
		}
		if p.until.IsZero() {
			took = clock(m.now().Sub(p.since))
		} else if d := p.until.Sub(p.since); d >= time.Second {
			took = clock(d)
		}
	}
	room := width - 30 - len(took) - 1
	if line.fold != nil {
		return "  " + style.Render(mark+" "+pad(folded(s.plan, line), room+26)) + " " + m.theme.faint.Render(took)
	}
	return "  " + style.Render(mark+" "+pad(name, 24)+"  "+pad(text, room)) + " " + m.theme.faint.Render(took)
}

// leastOver is where several steps stand that are told as one: what failed, else what is not over yet.
func (s *running) leastOver(fold []int) *progressOf {
	var least *progressOf
	for _, i := range fold {
		p := s.steps[i]
		switch {
		case p == nil:
			return nil
		case p.event.Status == steps.Failed:
			return p
		case least == nil || !over(p.event.Status):
			least = p
		}
	}
	return least
}

func (s *running) mark(m *model, step steps.PlannedStep, p *progressOf) (string, lipgloss.Style) {
	switch {
	case p == nil:
		return "○", m.theme.faint
	case p.event.Status == steps.Done:
		return "✓", m.theme.good
	case p.event.Status == steps.Skipped:
		return "–", m.theme.faint
	case p.event.Status == steps.Failed:
		return "✗", m.theme.bad
	case !s.active():
		return "◌", m.theme.faint
	case p.event.Status == steps.Waiting:
		return m.theme.spinner(m.frame / 4), m.theme.warn
	default:
		return m.theme.spinner(m.frame), m.theme.accent
	}
}

// waits say what is waited for and how long that usually takes.
func (s *running) waits(m *model, width int) []string {
	if !s.active() {
		return nil
	}
	var lines []string
	more := 0
	for i := range s.plan.Steps {
		p := s.steps[i]
		if p == nil || p.event.Status != steps.Waiting {
			continue
		}
		if len(lines) >= 4 {
			more++
			continue
		}
		text := fmt.Sprintf("%s %s: %s", p.event.Account, p.event.Step, orElse(p.event.Message, labelWaiting))
		if p.event.Usually > 0 {
			text = strings.TrimRight(text, ". ") + sayThisUsuallyTakesUpTo + about(p.event.Usually) + labelSoFar + clock(m.now().Sub(p.since)) + "."
		}
		lines = append(lines, hang("· ", text, width)...)
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf(labelMoreEvents, more))
	}
	if s.onlyWaiting() {
		lines = append(lines, each(m.theme.faint.Render, wrap(fmt.Sprintf(sayNeedNotWait, m.command("resume", s.setup.Name)), width))...)
	}
	return lines
}
