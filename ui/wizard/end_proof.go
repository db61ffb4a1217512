package wizard

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
)

// newProof proves a set-up without a run.
func newProof(setup steps.Setup) *end {
	s := &end{setup: setup, proof: true, result: steps.Result{Setup: setup.Name, Portal: steps.GuidePortal(setup).Portal}}
	s.docs, s.err = steps.Documents(setup)
	return s
}

// verify proves everything anew, what was taken back as that; it changes nothing.
func (s *end) verify(m *model) tea.Cmd {
	engine, setup := m.engine, s.setup
	if s.revoked {
		taken := s.taken
		if m.o.Store != nil {
			taken.Before = m.o.Store.Before(setup.Name)
		}
		return m.read(s, "verify", func(ctx context.Context) (any, error) { return engine.ProveRevoked(ctx, setup, taken) })
	}
	return m.read(s, "verify", func(ctx context.Context) (any, error) { return engine.Verify(ctx, setup) })
}

// verified takes in a proof made again.
func (s *end) verified(m *model, msg loadedMsg) {
	s.err2 = msg.err
	report, ok := msg.value.(steps.Report)
	if msg.err != nil || !ok {
		return // what was proved before stands
	}
	first := s.report.Status == ""
	s.report, s.cursor = wrongFirst(report), 0
	if !first {
		m.notice = fmt.Sprintf(sayProvedAnew, s.came(report))
	}
	if s.revoked {
		s.standing()
	}
	if s.proof {
		return
	}
	// What was proved by the run holds no longer where the newer proof says otherwise.
	was := s.result.Status
	switch settled := was == steps.ResultVerified || was == steps.ResultUnchanged; {
	case s.revoked && report.Status == steps.ReportVerified && (was == steps.ResultWaiting || was == steps.ResultFailed):
		s.result.Status, s.result.Failure, s.broken = steps.ResultRevoked, nil, false
	case s.revoked && report.Status == steps.ReportFailed && was == steps.ResultRevoked:
		s.result.Status, s.broken = steps.ResultFailed, true
	case s.revoked:
	case report.Status == steps.ReportVerified && (was == steps.ResultWaiting || was == steps.ResultFailed):
		s.result.Status, s.result.Failure, s.broken = steps.ResultVerified, nil, false
	case report.Status == steps.ReportUnproven && settled:
		s.result.Status = steps.ResultWaiting
	case report.Status == steps.ReportFailed && (settled || was == steps.ResultWaiting):
		s.result.Status, s.broken = steps.ResultFailed, true
	}
	if s.result.Status != was {
		s.result.Report = report
		m.outcome.result = &s.result
	}
}
