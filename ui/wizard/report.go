package wizard

import "github.com/flowgrant/flowgrant/ui/plain"

// markdown is the report of the run or the proof that this screen shows.
func (s *end) markdown(m *model) string {
	r := plain.RunReport{Setup: s.setup, Result: s.result, Report: s.report, Plan: s.plan, Documents: s.docs, Proof: s.proof, Identity: m.identity, Version: m.o.Version, At: m.now()}
	return r.Markdown()
}
