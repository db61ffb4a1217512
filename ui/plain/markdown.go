package plain

import (
	"fmt"
	"io"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

// Markdown writes a report as Markdown: for tickets and wikis.
func Markdown(out io.Writer, r steps.Report) {
	write := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	write("# "+words.TitleProof+"\n", cell(r.Setup), outcome(r))
	write(words.SayProofColumns + "\n|---|---|---|---|---|---|---|---|")
	for _, c := range words.FoldedChecks(r.Checks) {
		evidence, fix := c.Evidence, ""
		if c.Status == steps.Pass {
			evidence = told(evidence)
		}
		if c.Status != steps.Pass {
			fix = c.Fix
		}
		write("| %s | %s | %s | %s | %s | %s | %s | %s |", c.Status, c.ID, c.Account, c.Region, cell(c.Target), cell(c.Summary), cell(evidence), cell(fix))
	}
	points := func(heading string, lines []string) {
		if len(lines) == 0 {
			return
		}
		write("\n%s:\n", heading)
		for _, l := range lines {
			write("- %s", cell(l))
		}
	}
	points(words.TitleLeftOut, r.LeftOut)
	points(words.TitleLimits, r.Limits)
}

// cell makes text safe within a table: on one line, and no markup of its own.
func cell(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", ">", "&gt;", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`).Replace(text.Line(s))
}
