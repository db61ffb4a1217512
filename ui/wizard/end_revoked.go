package wizard

import (
	"github.com/charmbracelet/lipgloss"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// newProofOut proves, without a run, that what a set-up granted is taken back.
func newProofOut(setup steps.Setup, taken *steps.RevokeOptions) *end {
	s := &end{setup: setup, proof: true, revoked: true, result: steps.Result{Setup: setup.Name}}
	if taken != nil {
		s.taken = *taken
	}
	return s
}

// standing takes the documents that are left of what was taken back, as they are now.
func (s *end) standing() {
	s.docs = nil
	if w := s.report.Withdrawn; w != nil {
		s.docs = w.Documents
	}
}

// came says in a few words what a proof came to.
func (s *end) came(report steps.Report) string {
	if s.revoked {
		return words.Out(report)
	}
	return string(report.Status)
}

// canTakeBack: what was to go is not all gone. What is not the set-up's own is not taken by it either.
func (s *end) canTakeBack() bool {
	if w := s.report.Withdrawn; !s.revoked || s.broken || s.proof {
		return s.revoked && s.report.Status == steps.ReportFailed && (w == nil || w.Left)
	}
	return s.report.Status == steps.ReportFailed || s.result.Status == steps.ResultFailed || s.result.Status == steps.ResultWaiting || s.result.Status == steps.ResultInterrupted
}

// saidOut is the proof of a revocation in a sentence, with its mark.
func (s *end) saidOut(m *model) (mark string, style lipgloss.Style, said string) {
	said = words.SaidOut(s.report, s.setup.GrantsNobody())
	if s.canTakeBack() {
		said += sayTakeBackOnce
	}
	switch w := s.report.Withdrawn; {
	case s.report.Status == steps.ReportVerified && (w == nil || !w.Others):
		return "✓ ", m.theme.good, said
	case s.report.Status == steps.ReportFailed:
		return "✗ ", m.theme.bad, said
	}
	return "○ ", m.theme.warn, said
}

// logsAfter says what became of the flow logs.
func (s *end) logsAfter(m *model, p *page, width int) {
	text, w := min(width, maxText), s.report.Withdrawn
	if w == nil {
		p.add(each(m.theme.faint.Render, wrap(sayLogsUnknown, text))...)
		return
	}
	p.add(wrap(words.LogsAfter(w), text)...)
	switch {
	case s.report.Arrived != nil:
		p.add("")
	case w.Logs == steps.LogsKept:
		p.add("")
		p.add(each(m.theme.faint.Render, wrap(sayLogsProve, text))...)
	}
}

// left is what holds and what is left to do where there is no plan that says so.
func (s *end) left() []string {
	w := s.report.Withdrawn
	if w == nil {
		return nil
	}
	lines := []string{words.LogsAfter(w)}
	if w.PortalLeft != "" {
		lines = append(lines, w.PortalLeft)
	}
	return lines
}
