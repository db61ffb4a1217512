package wizard

import (
	"fmt"
	"slices"
)

// treeAt gives the line of the chosen step.
func (s *review) treeAt() int {
	if s.of != s.plan {
		s.of, s.tree = s.plan, treeOf(s.plan)
		s.choices = slices.DeleteFunc(slices.Clone(s.tree), func(l treeLine) bool { return l.step < 0 })
	}
	return max(0, slices.IndexFunc(s.tree, func(l treeLine) bool { return l.step >= 0 && l.has(s.cursor) }))
}

// chosen is the line of the chosen step.
func (s *review) chosen() treeLine {
	at := s.treeAt()
	return s.tree[at]
}

// rows are the lines of the tree that can be chosen.
func (s *review) rows() []treeLine {
	s.treeAt()
	return s.choices
}

// row is the chosen one of them.
func (s *review) row() int {
	return slices.IndexFunc(s.rows(), func(l treeLine) bool { return l.has(s.cursor) })
}

func (s *review) place() any { return [2]int{s.cursor, s.detail.by} }

// turn chooses the line that is so many further on.
func (s *review) turn(by int) {
	rows := s.rows()
	if at := s.row(); len(rows) > 0 && !s.detail.roll(by, at == len(rows)-1) {
		s.choose(rows[max(0, min(at+by, len(rows)-1))].step)
	}
}

func (s *review) choose(step int) {
	if step != s.cursor {
		s.cursor, s.detail = step, pane{}
	}
}

func (s *review) treeRow(m *model, line treeLine, width int) string {
	if line.step < 0 {
		return m.accountLine(line.account, width)
	}
	step := s.plan.Steps[line.step]
	cursor, style := "  ", m.changeStyle(step.Change)
	if line.has(s.cursor) {
		cursor, style = "▸ ", m.theme.chosen
	}
	text := string(step.Step)
	if line.fold != nil {
		return style.Render(cursor + changeMark(step.Change) + " " + cut(folded(s.plan, line), width-4))
	}
	if step.Region != "" {
		text += " " + step.Region
	}
	return style.Render(fmt.Sprintf("%s%s %s  ", cursor, changeMark(step.Change), pad(text, 24)) + cut(orElse(step.Summary, step.Target), width-30))
}
