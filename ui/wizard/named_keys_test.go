package wizard

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/bubbles/key"
)

// namedKeys finds the keys that a text names: in parentheses, "read again (r)", or as what does something, "r tries again".
var namedKeys = regexp.MustCompile(`(?:^|\s)\(([a-z]|tab|esc|enter|ctrl\+[a-z])\)|(?:^|[\s;,])([b-z]|tab|esc) (?:is|[a-z]+s)\s`)

func keysNamedIn(text string) []string {
	var named []string
	for _, m := range namedKeys.FindAllStringSubmatch(flat(text), -1) {
		named = append(named, m[1]+m[2])
	}
	return named
}

// A key that a text names works on the screen on which the text stands.
func TestKeysNamedInTextsWork(t *testing.T) {
	seen := 0
	for name := range scenes {
		stageScene(t, name, func(d *driver) {
			if d.m.helping { // tells what the screen does in all its states, and then which keys work now
				return
			}
			d.size(120, 200)
			works := func(keys []key.Binding, named string) bool {
				return slices.ContainsFunc(keys, func(k key.Binding) bool {
					return k.Enabled() && (slices.Contains(k.Keys(), named) || k.Help().Key == named)
				})
			}
			text, keys := strings.Join(d.m.page(200).lines, "\n")+"\n"+d.m.notice, append(d.m.screenKeys(), keyHelp, keyQuit)
			if n := len(d.m.stack); n > 1 && strings.Contains(text, "(esc)") {
				keys = append(keys, d.m.stack[n-2].keys(d.m)...)
			}
			if len(d.m.dialogs) > 0 { // the screen behind it comes back with its keys
				text, keys = strings.Join(d.m.dialogs[0].view(d.m, 120, 200), "\n"), d.m.dialogs[0].keys(d.m)
				if strings.Contains(text, "(esc)") {
					keys = append(keys, d.m.screenKeys()...)
				}
			}
			for _, named := range keysNamedIn(text) {
				if seen++; !works(keys, named) && name+" "+named != "run-not-left q" { // that one tells when q works
					t.Errorf("%s names the key %s, which does nothing there:\n%s", name, named, d.m.View())
				}
			}
		})
	}
	if seen < 20 {
		t.Errorf("only %d keys were found in the texts", seen)
	}
}

// What the engine says stands on many screens, with other keys on each: it is told without keys.
func TestTheEngineIsToldWithoutKeys(t *testing.T) {
	for _, telling := range tellings {
		if named := keysNamedIn(telling.here + " "); len(named) > 0 {
			t.Errorf("%q names the keys %q", telling.here, named)
		}
	}
}
