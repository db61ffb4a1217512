package wizard

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// checks lists each proof with its evidence, and what to do about what is wrong.
func (s *end) checks(m *model, p *page, width int) {
	for i, c := range s.listed() {
		mark, style := "○ ", m.theme.warn
		switch c.Status {
		case steps.Pass:
			mark, style = "✓ ", m.theme.good
		case steps.Fail:
			mark, style = "✗ ", m.theme.bad
		}
		cursor := "  "
		if i == s.cursor {
			cursor, style, p.focus = "▸ ", m.theme.chosen, len(p.lines)
		}
		listed := c
		if strings.Contains(c.Summary, c.Target) {
			listed.Target = "" // it stands below, whole
		}
		p.add(style.Render(cut(cursor+mark+checkPlace(listed), width)))
		p.add(hang("    ", told(c.Summary), width)...)
		if tellsMore(c) {
			p.add(m.theme.faint.Render(cut("    "+told(c.Evidence), width)))
		}
		if c.Fix != "" && c.Status != steps.Pass {
			p.add(hang("    ", labelToDo+told(c.Fix), width)...)
		}
		if i == s.cursor {
			p.until = len(p.lines) - 1
		}
	}
	if len(s.report.Checks) == 0 && !s.proof {
		p.add(each(m.theme.faint.Render, wrap(sayNothingWasCheckedTheRun, width))...)
	}
	m.limits(p, s.report.Limits, width)
}

// tellsMore: a line of evidence says what the rest of its check does not. A document is for the page of its check: no line holds it.
func tellsMore(c steps.Check) bool {
	return c.Evidence != "" && !json.Valid([]byte(c.Evidence)) && c.Evidence != c.Target && !strings.Contains(c.Summary, c.Evidence)
}

// listed are the checks as they are listed: what passes alike in many regions stands once.
func (s *end) listed() []steps.Check { return words.FoldedChecks(s.report.Checks) }

// leftOut tells what is chosen and left out of what was proved.
func (m *model) leftOut(p *page, left []string, width int) {
	p.add(m.theme.bold.Render(words.TitleLeftOut))
	for _, l := range left {
		p.add(hang("• ", told(l), width)...)
	}
}

// limits tells what a proof could not see.
func (m *model) limits(p *page, limits []string, width int) {
	if len(limits) == 0 {
		return
	}
	p.add("", m.theme.bold.Render(words.TitleLimits))
	for _, l := range limits {
		p.add(hang("• ", told(l), width)...)
	}
}

// checkPlace names a check and what it is about.
func checkPlace(c steps.Check) string {
	s := c.ID
	for _, w := range []string{c.Account, c.Region, c.Target} {
		if w != "" {
			s += " · " + w
		}
	}
	return s
}

// checkText is all that is known of a check.
func checkText(c steps.Check) string {
	s := checkPlace(c) + "\n" + string(c.Status) + ": " + told(c.Summary) + "\n"
	if c.Evidence != "" {
		s += headEvidence + told(c.Evidence) + "\n"
	}
	if c.Fix != "" {
		s += headToDo + told(c.Fix) + "\n"
	}
	return s
}

// wrongFirst puts what is wrong first, then what is not known: those are what somebody looks for.
func wrongFirst(r steps.Report) steps.Report {
	rank := map[steps.CheckStatus]int{steps.Fail: 0, steps.Unknown: 1, steps.Pass: 2}
	r.Checks = slices.Clone(r.Checks)
	slices.SortStableFunc(r.Checks, func(a, b steps.Check) int { return rank[a.Status] - rank[b.Status] })
	return r
}

// wrong tells the first checks that do not pass, with what to do.
func (s *end) wrong(m *model, p *page, width int) {
	const most = 3
	failed := 0
	for _, c := range s.report.Checks { // what is wrong comes first
		if c.Status != steps.Fail {
			break
		}
		if failed++; failed > most {
			continue
		}
		p.add(each(m.theme.bad.Render, hang("✗ ", checkPlace(c)+": "+told(c.Summary), width))...)
		if c.Fix != "" {
			p.add(hang("  ", labelToDo+told(c.Fix), width)...)
		}
	}
	if failed > most {
		p.add(m.theme.bad.Render(fmt.Sprintf(sayMoreWrong, failed-most)))
	}
	if failed > 0 {
		p.add("")
	}
}

// canRepair: something is wrong, and the review may show what would mend it.
func (s *end) canRepair() bool {
	return s.report.Status == steps.ReportFailed && !s.revoked
}
