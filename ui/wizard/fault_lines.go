package wizard

import (
	"errors"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
)

// faultLines tells an error as a person needs it: what was tried, why it failed, what to do.
func (m *model) faultLines(err error, width int) []string {
	var lines []string
	var many steps.StepErrors
	if errors.As(err, &many) && len(many) > 1 {
		for _, e := range many {
			lines = append(lines, m.faultLines(e, width)...)
		}
		return lines
	}
	var step *steps.StepError
	if !errors.As(err, &step) {
		return each(m.theme.bad.Render, hang("✗ ", told(err.Error()), width))
	}
	what := told(step.Cause)
	if step.Tried != "" {
		what = labelCouldNot + step.Tried + ": " + what
	}
	lines = append(lines, each(m.theme.bad.Render, hang("✗ ", what, width))...)
	var where []string
	for _, s := range []string{step.Account, step.Region, step.Target} {
		if s != "" {
			where = append(where, s)
		}
	}
	if len(where) > 0 {
		lines = append(lines, each(m.theme.faint.Render, hang("  ", labelAtRegion+strings.Join(where, " · "), width))...)
	}
	if step.Fix != "" {
		lines = append(lines, hang("  ", labelToDo+told(step.Fix), width)...)
	}
	if step.RequestID != "" && !strings.Contains(what, step.RequestID) {
		lines = append(lines, each(m.theme.faint.Render, hang("  ", labelRequest+step.RequestID, width))...)
	}
	return lines
}
