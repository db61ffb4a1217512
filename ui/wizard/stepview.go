package wizard

import (
	"strings"

	"github.com/charmbracelet/lipgloss"

	"github.com/flowgrant/flowgrant/steps"
)

// changeMark is one character for what a step does.
func changeMark(c steps.Change) string {
	switch c {
	case steps.ChangeCreate:
		return "+"
	case steps.ChangeUpdate:
		return "~"
	case steps.ChangeReplace:
		return "±"
	case steps.ChangeDelete:
		return "-"
	case steps.ChangeBlocked:
		return "✗"
	case steps.ChangeHandOff:
		return "⇄"
	default:
		return "="
	}
}

func changeWord(c steps.Change) string {
	switch c {
	case steps.ChangeNone:
		return labelNothingToChange
	case steps.ChangeHandOff:
		return sayForSomebodyElseToDo2
	case steps.ChangeUpdate:
		return "change"
	default:
		return string(c)
	}
}

func (m *model) changeStyle(c steps.Change) lipgloss.Style {
	switch c {
	case steps.ChangeCreate:
		return m.theme.good
	case steps.ChangeUpdate, steps.ChangeReplace, steps.ChangeDelete, steps.ChangeHandOff:
		return m.theme.warn
	case steps.ChangeBlocked:
		return m.theme.bad
	default:
		return m.theme.faint
	}
}

// stepText is all that is known of a planned step.
func stepText(p steps.PlannedStep) string {
	var b strings.Builder
	head := []string{string(p.Step), changeWord(p.Change)}
	for _, s := range []string{p.Account, p.Region, p.Target} {
		if s != "" {
			head = append(head, s)
		}
	}
	b.WriteString(strings.Join(head, " · ") + "\n")
	part := func(name, text string) {
		if text != "" {
			b.WriteString(name + text + "\n")
		}
	}
	part("", told(p.Summary))
	part(labelWhy, told(p.Reason))
	for _, n := range p.Notes {
		part(labelNote, told(n))
	}
	switch {
	case p.HandOff == "":
	case p.Change == steps.ChangeBlocked:
		part(labelToDo, told(p.HandOff))
	default: // for another person, as it is
		b.WriteString(sayForThePersonWhoCan + p.HandOff + "\n")
	}
	switch {
	case p.Before == nil && p.After == nil:
	case p.Before == nil:
		b.WriteString(headWillBe + prefixed("+ ", *p.After))
	case p.After == nil:
		b.WriteString(headIs + prefixed("  ", *p.Before))
	case *p.Before == *p.After:
		b.WriteString(sayIsThereAndStays + prefixed("  ", *p.After))
	default:
		b.WriteString(headDifference + steps.DiffText(*p.Before, *p.After))
	}
	return b.String()
}

func prefixed(mark, text string) string {
	var b strings.Builder
	for _, l := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		b.WriteString(mark + l + "\n")
	}
	return b.String()
}

// diffMark colours the lines of a difference.
func diffMark(m *model, line string) string {
	switch {
	case strings.HasPrefix(line, "+"):
		return m.theme.good.Render(line)
	case strings.HasPrefix(line, "-"):
		return m.theme.bad.Render(line)
	case strings.HasPrefix(line, labelWhy), strings.HasPrefix(line, labelNote):
		return m.theme.warn.Render(line)
	case strings.HasSuffix(line, ":") && !strings.HasPrefix(line, " "):
		return m.theme.bold.Render(line)
	}
	return line
}

// stepLines is the text of a step in lines of at most width columns.
func stepLines(m *model, p steps.PlannedStep, width int) []string {
	var lines []string
	for i, l := range strings.Split(strings.TrimRight(stepText(p), "\n"), "\n") {
		for _, part := range wrapMarked(l, width) {
			if i == 0 {
				lines = append(lines, m.theme.bold.Render(part))
			} else {
				lines = append(lines, diffMark(m, part))
			}
		}
	}
	return lines
}

// wrapMarked wraps a line of a difference; its mark stays before all of its parts.
func wrapMarked(line string, width int) []string {
	if len(line) < 2 || line[1] != ' ' || !strings.ContainsRune("+- ", rune(line[0])) {
		return wrap(line, width)
	}
	parts := wrap(line[2:], width-2)
	for i := range parts {
		parts[i] = line[:2] + parts[i]
	}
	return parts
}
