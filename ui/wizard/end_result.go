package wizard

import (
	"fmt"

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
	mark, style, said := "○ ", m.theme.warn, ""
	status := s.result.Status
	if s.proof {
		status = steps.ResultStatus(s.report.Status)
	}
	switch status {
	case "":
		return // still being read, or it could not be
	case steps.ResultVerified, steps.ResultUnchanged:
		mark, style, said = "✓ ", m.theme.good, sayWorks
		if s.setup.GrantsNobody() {
			said = sayDelivers
		}
	case steps.ResultRevoked:
		mark, style, said = "✓ ", m.theme.good, sayTakenBack
		if s.setup.GrantsNobody() {
			said = sayNobodyReads
		} else if s.report.Status == steps.ReportUnproven {
			mark, style, said = "○ ", m.theme.warn, sayTakenOpen
		}
	case steps.ResultWaiting:
		said = fmt.Sprintf(sayWaiting, m.command("verify", s.setup.Name))
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
		if s.canDiagnose(m) {
			said += " " + sayFindCause
		}
	}
	p.add(each(style.Render, hang(mark, said, text))...)
	p.add("", fmt.Sprintf(columnsProved, pass, fail, unknown), "")
	s.wrong(m, p, text)
	if s.result.Portal != nil && status != steps.ResultRevoked && status != steps.ResultFailed && status != steps.ResultInterrupted && !s.proof && !s.revoked {
		p.add(each(m.theme.bold.Render, wrap(sayNextPortal, text))...)
		p.add("")
	}
	s.made(m, p, text)
	if status == steps.ResultRevoked && s.plan != nil {
		p.add("", m.theme.bold.Render(sayStays))
		for _, l := range stays(s.plan) {
			p.add(hang("  · ", l, text)...)
		}
	}
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
			said = orElse(s.done, sayOnlyLooked)
		case s.result.Status == steps.ResultInterrupted, s.result.Status == steps.ResultFailed:
			said = sayNoChange
		}
		p.add(each(m.theme.faint.Render, wrap(said, width))...)
	}
}
