package wizard

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/words"
)

// Plain lines and the full screen offer the same accounts and roles in the same order, and fill in the same.
func TestPlainLinesAndWizardOfferTheSame(t *testing.T) {
	for _, c := range []struct {
		name   string
		engine *script
		mode   steps.Mode
		typed  string
		until  int // the question of the full screen
		title  string
		usual  string // in brackets; empty: nothing is filled in
	}{
		{"the workload account", &script{}, steps.PerAccount, "1||111122223333|||none|archive-existing||us-east-1|all||", 1, words.NameWorkloadAccount, ""},
		{"the workload account, without an organization", &script{account: "111122223333", discover: expired}, steps.PerAccount, "1|999988887777|||none|archive-existing|us-east-1|all||", 1, words.NameWorkloadAccount, "111122223333"},
		{"the flow log account", &script{}, steps.Centralized, "2||xs-7f3a91||||archive-existing|3|||all||", 2, words.NameFlowLogAccount, "123456789012"},
		{"the cross-account role", &script{}, steps.PerAccount, "1||111122223333|||none|archive-existing||us-east-1|all||", 3, words.NameCrossRole, "ColorTokensCrossAccountAccessRole"},
		{"the role", &script{}, steps.Centralized, "2||xs-7f3a91|444455556666||||archive-existing|3|||all||", 5, words.NameRole, "ColortokensHubFlowLogsRole"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, asked bytes.Buffer
			_, err := plain.New(&out, plain.Look{Width: 80}, steps.Setup{}).Questions(t.Context(),
				plain.NewAsker(strings.NewReader(strings.ReplaceAll(c.typed, "|", "\n")+"\n"), &asked), c.engine.copy(), steps.Draft{}, nil)
			if err != nil {
				t.Fatalf("%v\n%s", err, out.String())
			}
			_, part, found := strings.Cut("\n"+out.String(), "\n\n"+c.title+"\n")
			if !found {
				t.Fatalf("plain lines do not ask %q:\n%s", c.title, out.String())
			}
			part, _, _ = strings.Cut(part, "\n\n")
			var lines []string
			for _, m := range regexp.MustCompile(`(?m)^ +[0-9]+\. ([^:\n]+)`).FindAllStringSubmatch(part, -1) {
				lines = append(lines, m[1])
			}
			if c.usual != "" && !strings.Contains(asked.String(), "["+c.usual+"]") {
				t.Errorf("plain lines do not fill in %q:\n%s", c.usual, asked.String())
			}
			play(t, c.engine.copy(), func(d *driver) {
				if c.mode == steps.Centralized {
					d.centralized(c.until)
				} else {
					d.perAccount(c.until)
				}
				f, ok := d.m.top().(*field)
				if !ok || f.name != c.title {
					t.Fatalf("not at %q:\n%s", c.title, d.m.View())
				}
				var rows []string
				for _, o := range f.found {
					rows = append(rows, o.value)
				}
				if !slices.Equal(rows, lines) {
					t.Errorf("plain lines offer\n%q\nthe wizard\n%q", lines, rows)
				}
				if got := f.text.value(); got != c.usual {
					t.Errorf("the wizard fills in %q", got)
				}
			})
		})
	}
}
