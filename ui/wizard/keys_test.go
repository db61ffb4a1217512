package wizard

import (
	"strings"
	"testing"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// keyNamed gives the key press of a binding's key.
func keyNamed(name string) tea.KeyMsg {
	switch name {
	case " ":
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
	case "pgdown":
		return tea.KeyMsg{Type: tea.KeyPgDown}
	case "shift+tab":
		return tea.KeyMsg{Type: tea.KeyShiftTab}
	}
	for typ := tea.KeyType(-100); typ < 130; typ++ {
		if typ != tea.KeyRunes && typ.String() == name {
			return tea.KeyMsg{Type: typ}
		}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}

// idle keys of a scene have nothing to do there, and saying so all the time would be noise.
var idle = map[string]bool{
	"reader-wrong enter": true, "reader-none enter": true, "external-id-wrong enter": true, "label-empty enter": true, "way-empty enter": true, "options-wrong enter": true, "bucket-wrong enter": true, "bucket-new-wrong enter": true,
	"key-wrong enter": true, "key-elsewhere enter": true, "key-refused enter": true, "vpcs-none-chosen enter": true, "resources-reading enter": true, "mfa-empty enter": true, "run-secret-empty enter": true,
	"review-confirm enter": true, "revoke-confirm enter": true, // what is wrong is said already
	"profiles up":          true, // there is one
	"profiles-typed enter": true, "profiles-wrong enter": true, "profiles-none-empty enter": true, "profiles-none-typed enter": true,
	"vpcs a": true, "vpcs-one-unread a": true, "vpcs-missing m": true, // chosen already
}

// Every key that a screen names does something there: it changes what is shown or starts something.
func TestEveryKeyShownDoesSomething(t *testing.T) {
	for name := range scenes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var keys []key.Binding
			stageScene(t, name, func(d *driver) {
				for _, k := range d.m.keysHere() {
					if k.Enabled() {
						keys = append(keys, k)
					}
				}
			})
			for _, k := range keys {
				works, scrolls := false, false
				for _, pressed := range k.Keys() {
					stageScene(t, name, func(d *driver) {
						before := d.m.View()
						scrolls = d.m.helping || k.Help().Desc == "scroll" || k.Help().Desc == "detail"
						scrolls = scrolls && !strings.Contains(before, " above") && !strings.Contains(before, " below") // and all is in sight
						_, cmd := d.m.Update(keyNamed(pressed))
						d.do(cmd)
						d.settle()
						works = works || cmd != nil || d.m.View() != before
					})
					if works {
						break
					}
				}
				if !works && len(k.Keys()) > 0 && !scrolls && !idle[name+" "+k.Keys()[0]] {
					t.Errorf("%s (%s) does nothing", k.Help().Key, k.Help().Desc)
				}
			}
		})
	}
}

// The help page names the keys that work on the screen, and no others.
func TestHelpNamesTheKeysOfItsScreen(t *testing.T) {
	for name := range scenes {
		stageScene(t, name, func(d *driver) {
			if d.m.helping || len(d.m.dialogs) > 0 || d.m.top().typing() {
				return
			}
			shown := d.m.keysHere()
			d.size(120, 200)
			d.keys("?")
			_, keys, found := strings.Cut(d.m.View(), "Keys here\n")
			if !found {
				t.Fatalf("%s: no keys in the help:\n%s", name, d.m.View())
			}
			for _, k := range shown {
				if listed := strings.Contains(keys, pad(k.Help().Key, keyColumn)+k.Help().Desc); listed != k.Enabled() {
					t.Errorf("%s: %s (%s) listed: %v, works: %v", name, k.Help().Key, k.Help().Desc, listed, k.Enabled())
				}
			}
			if _, run := d.m.top().(*running); (len(d.m.stack) == 1 || run) && strings.Contains(keys, pad("esc", keyColumn)+"back") {
				t.Errorf("%s: the help names a way back where there is none", name)
			}
		})
	}
}
