package wizard

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/flowgrant/flowgrant/steps"
)

func (f *field) view(m *model, width, height int) page {
	p := page{focus: -1}
	f.intro(m, &p, width)
	p.focus = len(p.lines)
	p.add(f.inSight().view(m.theme, width, false))
	p.add(f.verdict(m, width)...)
	p.until = len(p.lines) - 1
	if f.options == nil {
		return p
	}
	p.add("")
	found := f.matching()
	switch {
	case m.loading(f):
		p.add(cut(m.waitingLine(f, sayLookingForWhatYouCan), width))
	case f.err != nil:
		p.add(each(m.theme.faint.Render, wrap(sayNothingToPickFromHere, width))...)
		p.add(m.faultLines(f.err, width)...)
	case len(f.found) == 0:
		if f.none != "" {
			p.add(each(m.theme.faint.Render, wrap(f.none, width))...)
		}
	case len(found) == 0:
		text := sayNothingFoundContainsWhatYou
		if _, err := f.check(m, f.text.value()); err == nil {
			text += sayTakenAsItIs
		}
		p.add(each(m.theme.faint.Render, wrap(text, width))...)
	default:
		if f.remark != nil {
			if text := f.remark(f.found); text != "" {
				p.add(each(m.theme.warn.Render, hang("⚠ ", text, width))...)
			}
		}
		f.optionLines(m, &p, found, width, height)
	}
	return p
}

// optionLines are the options around the cursor; below them stands in full what of the one under the cursor did not fit.
func (f *field) optionLines(m *model, p *page, found []option, width, height int) {
	head := labelFound
	if f.cursor >= 0 {
		head = sayMarked
	}
	p.add(m.theme.faint.Render(cut(head, width)))
	most := width/2 + 8
	if f.tell != nil {
		most = width / 2
	}
	wide := 0
	for _, o := range found {
		wide = max(wide, min(len(orElse(o.shown, o.value)), most))
	}
	told := func(o option) string {
		if f.tell != nil {
			return f.tell(m, o)
		}
		return o.detail
	}
	room := height - len(p.lines)
	var whole []string
	if f.cursor >= 0 && f.tell != nil {
		o := found[f.cursor]
		if name, detail := orElse(o.shown, o.value), told(o); len(name) > wide || ansi.StringWidthWc(detail) > width-wide-4 {
			whole = each(m.theme.accent.Render, hang("  ", name+" · "+detail, width))
		}
		room -= 3
	}
	l := list{max(0, f.cursor)}
	from, to := l.window(len(found), max(3, room))
	for i := from; i < to; i++ {
		mark, style := "  ", m.theme.bold
		if found[i].refused != "" {
			mark, style = "✗ ", m.theme.faint
		}
		if i == f.cursor {
			mark, style = "▸ ", m.theme.chosen
			p.focus = len(p.lines)
		}
		p.add(style.Render(mark+pad(orElse(found[i].shown, found[i].value), wide)) + "  " + m.theme.faint.Render(cut(told(found[i]), width-wide-4)))
	}
	if len(whole) > 0 {
		p.add("")
		p.add(whole...)
		p.until = len(p.lines) - 1
	}
}

// verdict says what the text is worth: nothing before it was typed, then what is wrong or what is taken.
func (f *field) verdict(m *model, width int) []string {
	value := f.text.value()
	switch {
	case f.text.suggested && !f.refused && f.cursor < 0 && f.doubt != nil && f.doubt(m, value) != "":
		return each(m.theme.warn.Render, hang("⚠ ", f.doubt(m, value), width))
	case f.text.suggested && !f.refused && f.cursor < 0:
		return each(m.theme.faint.Render, hang("  ", sayFilledIn, width))
	case f.cursor >= 0:
		if o, _ := f.marked(); o.refused != "" {
			return each(m.theme.bad.Render, hang("✗ ", o.refused, width))
		}
		return nil
	case !f.typed && !f.refused:
		return nil
	case strings.TrimSpace(value) == "" && (f.optional || !f.refused):
		return nil
	}
	if o, one := f.meant(m); one {
		return each(m.theme.good.Render, hang("→ ", fmt.Sprintf(sayMeant, o.value), width))
	}
	normal, err := f.check(m, value)
	switch {
	case err != nil:
		return each(m.theme.bad.Render, hang("✗ ", refusal(value, err), width))
	case f.doubt != nil && f.doubt(m, normal) != "":
		return each(m.theme.warn.Render, hang("⚠ ", f.doubt(m, normal), width))
	case normal != strings.TrimSpace(value):
		return each(m.theme.good.Render, hang("✓ ", sayTakenAs+normal, width))
	default:
		return each(m.theme.good.Render, hang("✓ ", sayFits, width))
	}
}

// refusal says what is wrong with a value and what is needed; of an empty one only that.
func refusal(typed string, err error) string {
	problem, accepted := steps.Refusal(err)
	switch {
	case accepted == "":
		return problem
	case strings.TrimSpace(typed) == "":
		return sayNeeded + accepted
	default:
		return problem + ". " + sayNeeded + accepted
	}
}
