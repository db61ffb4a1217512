package wizard

import (
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/text"
)

// markdown is the report of a run or a proof: what was done, what is proved and what is not, what arrived, and every policy.
func (s *end) markdown(m *model) string {
	var b strings.Builder
	add := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	status := resultWord(s.result.Status)
	if s.proof {
		status = string(s.report.Status)
	}
	add("# %s: %s\n", s.setup.Name, status)
	add("%s · %s · by flowgrant %s\n", s.setup.Mode, m.now().UTC().Format("2006-01-02 15:04 UTC"), m.o.Version)
	add("Acting as `%s` in account %s.\n", inline(m.identity.ARN), m.identity.Account)
	list := func(heading string, lines []string) {
		if len(lines) == 0 {
			return
		}
		add("## %s\n", heading)
		for _, l := range lines {
			add("- %s", inline(l))
		}
		add("")
	}
	list("Made or changed", s.result.Made)
	list(sayPlannedAndNotMade, s.result.NotMade)
	if f := s.result.Failure; f != nil {
		list("What failed", []string{fmt.Sprintf("%s %s: %s", f.Step, f.Account, orElse(f.Cause, f.Message)), "To do: " + orElse(f.Fix, "-")})
	}
	if s.plan != nil {
		list("Warnings", s.plan.Warnings)
	}
	if s.report.Status != "" {
		var proof strings.Builder
		plain.Markdown(&proof, s.report)
		add("#%s", proof.String())
	}
	if a := s.report.Arrived; a != nil {
		add("## Logs that arrived\n\n%s\n", arrivedWords(a))
		if len(a.Talkers) > 0 {
			add("| source address | records | bytes |\n|---|---|---|")
			for _, t := range a.Talkers {
				add("| %s | %d | %d |", inline(t.Name), t.Records, t.Bytes)
			}
			add("")
		}
	}
	if values := portalValues(s.result.Portal); values != nil {
		add("## In the portal\n\n| field | value |\n|---|---|")
		for _, v := range values {
			add("| %s | `%s` |", v[0], inline(v[1]))
		}
		add("")
	}
	for i, l := range steps.GuidePortal(s.setup).Steps {
		add("%d. %s", i+1, inline(l))
	}
	for _, d := range s.docs {
		add("\n## %s\n\n```json\n%s\n```", inline(d.Title), strings.TrimSpace(text.Clean(d.Text)))
	}
	add("\n## The set-up file\n\n```yaml\n%s\n```", strings.TrimSpace(string(s.setup.YAML())))
	return b.String()
}

// inline makes text safe within a line of Markdown: on one line, and without markup of its own.
func inline(s string) string {
	return strings.NewReplacer("`", "'", "|", `\|`, "<", "&lt;", "*", `\*`).Replace(text.Line(s))
}
