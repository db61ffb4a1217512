package wizard

import (
	"fmt"
	"slices"

	"github.com/charmbracelet/lipgloss"

	"github.com/flowgrant/flowgrant/ui/words"

	"github.com/flowgrant/flowgrant/steps"
)

// summary is the result, what is proved in numbers, and what to do next.
func (s *end) summary(m *model, p *page, width int) {
	text := min(width, maxText)
	pass, fail, unknown := 0, 0, 0
	for _, c := range s.report.Checks {
		switch c.Status {
		case steps.Pass:
			pass++
		case steps.Fail:
			fail++
		default:
			unknown++
		}
	}
	var mark, said string
	var style lipgloss.Style
	status := s.result.Status
	if s.proof {
		status = steps.ResultStatus(s.report.Status)
	}
	if s.done != "" {
		p.add(each(m.theme.good.Render, hang("✓ ", s.done, text))...)
		if p.add(""); status != "" {
			p.add(words.SayPutBackThen)
		}
	}
	switch out := s.revoked && (s.proof || s.broken || status == steps.ResultRevoked); {
	case status == "":
		return // still being read, or it could not be
	case out && status == steps.ResultRevoked && s.setup.GrantsNobody():
		mark, style, said = "✓ ", m.theme.good, sayNobodyReads
	case out:
		mark, style, said = s.saidOut(m)
	default:
		mark, style, said = s.said(m, status)
	}
	p.add(each(style.Render, hang(mark, said, text))...)
	p.add("", fmt.Sprintf(columnsProved, pass, fail, unknown), "")
	s.wrong(m, p, text)
	if len(s.report.LeftOut) > 0 {
		m.leftOut(p, s.report.LeftOut, text)
		p.add("")
	}
	if s.result.Portal != nil && status != steps.ResultRevoked && status != steps.ResultFailed && status != steps.ResultInterrupted && !s.proof && !s.revoked {
		next := sayNextPortal
		if slices.ContainsFunc(s.report.Checks, func(c steps.Check) bool { return c.ID == string(steps.StepPortal) && c.Status == steps.Pass }) {
			next = sayPortalPractised
		}
		p.add(each(m.theme.bold.Render, wrap(next, text))...)
		p.add("")
	}
	s.warnings(m, p, text)
	s.made(m, p, text)
	after := s.left()
	if s.plan != nil {
		after = stays(s.plan)
	}
	if s.revoked && (s.proof || status == steps.ResultRevoked) && len(after) > 0 {
		p.add("", m.theme.bold.Render(words.TitleStays))
		for _, l := range after {
			p.add(hang("  · ", l, text)...)
		}
	}
}

// said is how it came out in a sentence, with its mark.
func (s *end) said(m *model, status steps.ResultStatus) (mark string, style lipgloss.Style, said string) {
	mark, style = "○ ", m.theme.warn
	switch status {
	case steps.ResultVerified, steps.ResultUnchanged:
		mark, style, said = "✓ ", m.theme.good, sayWorks
		if s.setup.GrantsNobody() {
			said = sayDelivers
		}
	case steps.ResultWaiting:
		said = fmt.Sprintf(sayWaiting, m.command("verify", s.setup.Name))
		if s.revoked {
			said = sayTakenWaiting + sayTakeBackOnce
		}
	case steps.ResultInterrupted:
		said = fmt.Sprintf(sayStopped, m.command("resume", s.setup.Name))
		if s.revoked {
			said = fmt.Sprintf(sayStoppedTaking, m.command("resume", s.setup.Name))
		}
	case steps.ResultStatus(steps.ReportUnproven):
		said = sayNotProved
	default:
		mark, style, said = "✗ ", m.theme.bad, sayNotFinished
		if s.proof || s.broken {
			said = sayWrong
		}
		if s.canRepair() {
			said += saySeeWhatMends
		}
		if s.canTakeBack() {
			said += sayTakeBackOnce
		}
		if s.canDiagnose(m) {
			said += " " + sayFindCause
		}
	}
	return mark, style, said
}

// stays are what a revocation leaves, and what remains to be done in the portal.
func stays(plan *steps.Plan) []string {
	lines := toldAll(plan.Warnings)
	for _, p := range plan.Steps {
		if p.Change == steps.ChangeNone && p.Step != steps.StepIdentity && p.Step != steps.StepAccess && p.Summary != "" {
			lines = append(lines, p.Summary)
		}
	}
	return lines
}

func (s *end) made(m *model, p *page, width int) {
	if len(s.result.Made) > 0 {
		p.add(m.theme.bold.Render(labelMadeOrChanged))
		for _, l := range s.result.Made {
			p.add(each(m.theme.good.Render, hang("  ✓ ", l, width))...)
		}
	}
	if len(s.result.NotMade) > 0 {
		p.add(m.theme.bold.Render(words.SayNotMade))
		for _, l := range s.result.NotMade {
			p.add(each(m.theme.warn.Render, hang("  ✗ ", told(l), width))...)
		}
	}
	if len(s.result.Made)+len(s.result.NotMade) == 0 {
		said := sayNothingMade
		switch {
		case s.proof:
			if s.done != "" {
				return // that comes first
			}
			said = sayOnlyLooked
		case s.result.Status == steps.ResultInterrupted, s.result.Status == steps.ResultFailed:
			said = sayNoChange
		case m.repaired == s.setup.Name:
			said = sayNothingMoreMade
		}
		p.add(each(m.theme.faint.Render, wrap(said, width))...)
	}
}
