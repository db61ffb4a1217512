package wizard

import (
	"fmt"
	"strings"
)

func (c *checklist) view(m *model, width, height int) page {
	p := page{focus: -1}
	c.intro(m, &p, width)
	switch {
	case m.loading(c):
		p.add(cut(m.waitingLine(c, labelLooking), width))
		if c.allWhile && len(c.rows) == 0 {
			p.add(each(m.theme.faint.Render, wrap(c.meanwhile(m, sayEnterTakesAllWithoutWaiting), width))...)
		}
	case c.err != nil:
		p.add(m.faultLines(c.err, width)...)
		if c.allWhile {
			p.add(each(m.theme.faint.Render, wrap(c.meanwhile(m, sayEnterTakesAllTheReview), width))...)
		}
		if c.parse != nil && len(c.rows) == 0 && c.adding == nil {
			p.add("")
			p.add(each(m.theme.bold.Render, wrap(sayTypeThemInstead, min(width, maxText)))...)
		}
	}
	for _, r := range c.remarks {
		p.add(each(m.theme.warn.Render, hang("⚠ ", r, width))...)
	}
	if c.adding != nil {
		p.focus = len(p.lines)
		p.add(c.adding.view(m.theme, width, false))
	} else if c.filter != nil {
		p.add(m.theme.faint.Render(labelFilter) + c.filter.view(m.theme, width-7, false))
	}
	if c.wrong != "" {
		p.focus = len(p.lines)
		p.add(each(m.theme.bad.Render, hang("✗ ", c.wrong, width))...)
		p.until = len(p.lines) - 1
	}
	if len(c.rows) == 0 {
		return p
	}
	if len(c.shown) == 0 {
		p.add(each(m.theme.faint.Render, wrap(sayNoRowContains, width))...)
		return p
	}
	beside := 1
	if c.head != "" {
		beside = 2
	}
	squeezed := c.squeezed(width - 6)
	if squeezed {
		beside++
	}
	from, to := c.window(len(c.shown), max(3, height-len(p.lines)-beside))
	tally := c.tally()
	if to-from < len(c.shown) {
		tally = fmt.Sprintf(sayRows, from+1, to) + tally
	}
	p.add(m.theme.faint.Render(cut(tally, width)))
	if c.head != "" {
		p.add(m.theme.faint.Render("      " + c.headLine(width-6)))
	}
	for i := from; i < to; i++ {
		p.add(c.rowLine(m, i, width))
		if i == c.cursor && c.adding == nil && c.wrong == "" {
			p.focus = len(p.lines) - 1
		}
	}
	if squeezed && c.cursor < len(c.shown) {
		p.add(m.theme.accent.Render(cut("      "+c.unsaid(c.rows[c.shown[c.cursor]], width-6), width)))
		p.until = len(p.lines) - 1
	}
	return p
}

// meanwhile says what Enter takes while nothing was found.
func (c *checklist) meanwhile(m *model, otherwise string) string {
	if c.held != nil && c.held(m) {
		return sayEnterKeepsTheChoice
	}
	return otherwise
}

// tally says how many are chosen; it is counted only when that may have changed.
func (c *checklist) tally() string {
	if c.total != "" {
		return c.total
	}
	n, all, groups := 0, 0, 0
	var names []string
	for i := range c.rows {
		switch r := &c.rows[i]; {
		case r.isGroup():
			if c.chosen[r.id] {
				groups++
			}
		case c.chosen[r.id]:
			if n++; n < 4 {
				names = append(names, r.label)
			}
			fallthrough
		default:
			all++
		}
	}
	s := fmt.Sprintf(labelChosenOf, n, count(all, c.noun))
	if n > 0 && n < 4 && n < all {
		s += ": " + strings.Join(names, ", ")
	}
	if groups > 0 {
		s += fmt.Sprintf(labelAndWhole, count(groups, "account"))
	}
	if len(c.shown) != len(c.rows) {
		s += fmt.Sprintf(labelShownOf, len(c.shown))
	}
	c.total = s
	return s
}

func (c *checklist) rowLine(m *model, i, width int) string {
	r := c.rows[c.shown[i]]
	mark, box := "  ", "[ ] "
	if c.chosen[r.id] {
		box = "[x] "
	}
	line := c.line(r.label, r.cells, width-6, false)
	switch {
	case i == c.cursor:
		mark = "▸ "
		return m.theme.chosen.Render(mark + box + line)
	case r.warn:
		return mark + box + m.theme.warn.Render(line)
	default:
		return mark + box + line
	}
}
