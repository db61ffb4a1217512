package wizard

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
)

// The help of a set-up's page explains each of its choices, and none that is not there, whatever state the set-up is in.
func TestTheHelpOfASetUpFollowsItsChoices(t *testing.T) {
	every := map[string]bool{}
	for _, file := range []string{contractFile, groupFile} {
		play(t, &script{}, func(d *driver) {
			d.rememberFile(file)
			d.keys("r", "enter")
			name := map[string]string{contractFile: "central-logs", groupFile: "payments-groups"}[file]
			for _, state := range knownStates() {
				state.Setup = name
				d.page(state)
				s := d.m.top().(*setupPage)
				if len(s.items) == 0 {
					t.Fatalf("no choices of %+v:\n%s", state, d.m.View())
				}
				var explained []string
				for _, l := range strings.Split(s.help(d.m), "\n") {
					choice, said, _ := strings.Cut(l, ": ")
					if said == "" {
						t.Errorf("%q says nothing", l)
					}
					explained = append(explained, choice)
				}
				var choices []string
				for _, item := range s.items {
					choices, every[item.label] = append(choices, item.label), true
				}
				if got, want := strings.Join(explained, ", "), strings.Join(choices, ", "); got != want {
					t.Errorf("%s, %s: the help explains %s; there are %s", state.Verb, state.Status, got, want)
				}
			}
			s := &setupPage{state: steps.SetupState{Setup: "gone", Status: steps.SetupUnknown}}
			d.m.o.Store = steps.OpenStore("/nowhere")
			if d.show(s); strings.Contains(s.help(d.m), "Go on:") {
				t.Errorf("of answers that cannot be read it says: %s", s.help(d.m))
			}
		})
	}
	if len(every) < 8 {
		t.Errorf("only these choices were seen: %v", every)
	}
}
