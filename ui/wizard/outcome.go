package wizard

import (
	"fmt"
	"io"
	"slices"

	"github.com/flowgrant/flowgrant/ui/words"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
)

// exitCode is the contract's exit code for what came of the journey.
func (o outcome) exitCode() int {
	switch {
	case o.cancelled:
		return 130
	case o.result == nil:
		return o.exit
	case o.left && o.result.Status == steps.ResultInterrupted:
		return 4 // left on purpose while logs were waited for
	}
	switch o.result.Status {
	case steps.ResultVerified, steps.ResultUnchanged, steps.ResultRevoked:
		return 0
	case steps.ResultWaiting:
		return 4
	case steps.ResultInterrupted:
		return 130
	default:
		return 1
	}
}

func (o outcome) resume() string { return o.store.Command("resume", text.Line(o.setup.Name)) }

// print writes what stays after the screen is gone.
func (o outcome) print(w io.Writer) {
	switch {
	case o.cancelled:
		_, _ = fmt.Fprintf(w, sayLeftRunning+"\n", text.Line(o.setup.Name), o.resume())
	case o.result != nil:
		for _, l := range outcomeLines(*o.result, o.setup, o.store, o.left) {
			_, _ = fmt.Fprintln(w, text.Clean(l))
		}
	}
	if o.kept {
		_, _ = fmt.Fprintln(w, words.SayAnswersKept)
	}
	for _, f := range o.savedAs {
		_, _ = fmt.Fprintln(w, labelSaved+text.Line(f))
	}
}

// outcomeLines are a result in words: how it ended, what was made and not, the portal's values, and how to check later.
func outcomeLines(r steps.Result, setup steps.Setup, store *steps.Store, left bool) []string {
	var lines []string
	word := words.Result(r.Status)
	left = left && r.Failure == nil // something failed before only logs were left to wait for: that is what counts
	if left {
		word = saySetUpLogsNotWaited
	}
	lines = append(lines, setup.Name+": "+word+".")
	if f := r.Failure; f != nil {
		lines = append(lines, fmt.Sprintf(labelFailedStep, f.Step, f.Account, orElse(f.Cause, f.Message)))
		if f.Fix != "" {
			lines = append(lines, labelToDo+f.Fix)
		}
	}
	for _, m := range r.Made {
		lines = append(lines, labelMade+m)
	}
	for _, m := range r.NotMade {
		lines = append(lines, labelNotMade+m)
	}
	for _, l := range r.Report.LeftOut {
		lines = append(lines, words.TitleLeftOut+": "+l)
	}
	values := words.PortalValues(r.Portal)
	if r.Status == steps.ResultRevoked {
		values = nil
	}
	for _, v := range values {
		lines = append(lines, fmt.Sprintf("  %-14s %s", v[0], v[1]))
	}
	if left || slices.Contains([]steps.ResultStatus{steps.ResultWaiting, steps.ResultFailed, steps.ResultInterrupted}, r.Status) {
		lines = append(lines, labelToGoOn+store.Command("resume", setup.Name))
	}
	return lines
}
