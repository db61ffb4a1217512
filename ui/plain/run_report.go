package plain

import (
	"fmt"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

// RunReport is what is told of a run or a proof: what was done, what is proved and what is not, what arrived, and every policy.
type RunReport struct {
	Setup     steps.Setup
	Result    steps.Result
	Report    steps.Report
	Plan      *steps.Plan // nil: not known
	Documents []steps.Document
	Proof     bool // nothing was run: it was only looked
	Identity  steps.Identity
	Version   string // of flowgrant
	At        time.Time
}

// Markdown gives the report as Markdown: for tickets and wikis.
func (r RunReport) Markdown() string {
	var b strings.Builder
	add := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	status := words.Result(r.Result.Status)
	if r.Proof {
		status = string(r.Report.Status)
	}
	taken := r.Report.Withdrawn
	if r.Proof && taken != nil {
		status = words.Out(r.Report)
	}
	add("# %s: %s\n", r.Setup.Name, status)
	add(words.SayReportHead+"\n", r.Setup.Mode, r.At.UTC().Format("2006-01-02 15:04 UTC"), r.Version)
	add(words.SayReportActor+"\n", inline(r.Identity.ARN), r.Identity.Account)
	list := func(heading string, lines []string) {
		if len(lines) == 0 {
			return
		}
		add("## %s\n", heading)
		for _, l := range lines {
			if l != "" {
				add("- %s", inline(l))
			}
		}
		add("")
	}
	list(words.TitleMade, r.Result.Made)
	list(words.SayNotMade, r.Result.NotMade)
	if f := r.Result.Failure; f != nil {
		list(words.TitleFailed, []string{fmt.Sprintf("%s %s: %s", f.Step, f.Account, orElse(f.Cause, f.Message)), words.LabelToDo + orElse(f.Fix, "-")})
	}
	if r.Plan != nil {
		list(words.TitleWarnings, r.Plan.Warnings)
	}
	if r.Report.Status != "" {
		var proof strings.Builder
		Markdown(&proof, r.Report)
		add("#%s", proof.String())
	}
	if a := r.Report.Arrived; a != nil {
		add("## %s\n\n%s\n", words.TitleArrived, words.Arrived(a))
		if len(a.Talkers) > 0 {
			add(words.SayTalkerColumns + "\n|---|---|---|")
			for _, t := range a.Talkers {
				add("| %s | %d | %d |", inline(t.Name), t.Records, t.Bytes)
			}
			add("")
		}
	}
	if taken != nil {
		list(words.TitleStays, []string{words.LogsAfter(taken), taken.PortalLeft})
		list(words.TitleGone, taken.Gone)
	}
	if values := words.PortalValues(r.Result.Portal); values != nil && taken == nil {
		add("## %s\n\n%s\n|---|---|", words.TitlePortal, words.SayPortalColumns)
		for _, v := range values {
			add("| %s | `%s` |", v[0], inline(v[1]))
		}
		add("")
	}
	if taken == nil {
		for i, l := range steps.GuidePortal(r.Setup).Steps {
			add("%d. %s", i+1, inline(l))
		}
	}
	for _, d := range r.Documents {
		add("\n## %s\n\n```json\n%s\n```", inline(d.Title), strings.TrimSpace(text.Clean(d.Text)))
	}
	add("\n## %s\n\n```yaml\n%s\n```", words.TitleSetupFile, strings.TrimSpace(string(r.Setup.YAML())))
	return b.String()
}

// inline makes text safe within a line of Markdown: on one line, and without markup of its own.
func inline(s string) string {
	return strings.NewReplacer("`", "'", "|", `\|`, "<", "&lt;", "*", `\*`).Replace(text.Line(s))
}
