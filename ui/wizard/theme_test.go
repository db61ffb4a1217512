package wizard

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/flowgrant/flowgrant/steps"
)

func TestOnlyASCIIWhereTheTerminalNeedsIt(t *testing.T) {
	for name := range scenes {
		scene := scenes[name]
		play(t, scene.engine.copy(), func(d *driver) {
			scene.play(d)
			for _, w := range []int{60, 80, 120} {
				d.size(w, 24)
				d.fits(name)
				if i := strings.IndexFunc(d.m.View(), func(r rune) bool { return r > 0x7e }); i >= 0 {
					t.Fatalf("%s: %q is not ASCII", name, d.m.View()[i:i+8])
				}
			}
		}, func(o *Options) {
			o.Getenv = func(n string) string {
				return map[string]string{"TERM": "linux", "LANG": "en_US.UTF-8", "NO_COLOR": "1"}[n]
			}
		})
	}
}

// A name takes the columns it is given whatever it is written in, on terminals with and without grapheme clusters, and in ASCII.
func TestNamesOfAnyScriptKeepTheColumns(t *testing.T) {
	for _, name := range []string{"\U0001F468\u200D\U0001F469\u200D\U0001F467 family", "\u26A0\uFE0F warn", "1\uFE0F\u20E3 key", "\U0001F44D\U0001F3FD skin", "\U0001F1E9\U0001F1EA flag", "e\u0301\u0301\u0302 marks",
		"\u0915\u094D\u200D\u0937\u0BA8\u0BBF", "\u0645\u0631\u062D\u0628\u0627", "データ基盤の長い名前です", "ctl \x1b[31mred\x07bell"} {
		for _, width := range []int{5, 12, 40} {
			got := pad(name, width)
			if wc, clusters := ansi.StringWidthWc(got), ansi.StringWidth(got); wc != width || clusters > width {
				t.Errorf("%q in %d columns takes %d, by clusters %d: %q", name, width, wc, clusters, got)
			}
			if ascii := toASCII(got); len(ascii) != width {
				t.Errorf("%q in %d columns of ASCII takes %d: %q", name, width, len(ascii), ascii)
			}
		}
	}
}

// The marks of changes are told apart where only ASCII is shown, too.
func TestChangeMarksInASCII(t *testing.T) {
	seen := map[string]steps.Change{}
	for _, c := range []steps.Change{steps.ChangeNone, steps.ChangeCreate, steps.ChangeUpdate, steps.ChangeReplace, steps.ChangeDelete, steps.ChangeBlocked, steps.ChangeHandOff} {
		mark := toASCII(changeMark(c))
		if other, taken := seen[mark]; taken || mark == "?" {
			t.Errorf("%s is shown as %q, as is %q", c, mark, other)
		}
		seen[mark] = c
	}
}

func TestColourFollowsTheEnvironmentAlone(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(n string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == n {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	for _, c := range []struct {
		env          func(string) string
		plain, ascii bool
	}{
		{env("TERM", "xterm-256color", "LANG", "C.UTF-8"), false, false},
		{env("TERM", "xterm-256color", "LANG", "C"), false, true},
		{env("TERM", "xterm", "LC_ALL", "C", "LANG", "C.UTF-8"), false, true},
		{env("TERM", "xterm", "LC_ALL", "de_DE.utf8", "NO_COLOR", "1"), true, false},
		{env("TERM", "dumb", "LANG", "C.UTF-8"), true, true},
		{env("TERM", "linux", "LANG", "C.UTF-8"), false, true},
	} {
		if got := newTheme(c.env); got.plain != c.plain || got.ascii != c.ascii {
			t.Errorf("plain %v, ascii %v, want %v, %v (TERM=%s)", got.plain, got.ascii, c.plain, c.ascii, c.env("TERM"))
		}
	}
	newTheme(plainEnv)
}

// The tones stand out from the background, on black and on white where nobody knows it (WCAG 2.1 asks 3 to 1 of marks and 4.5 of small text).
func TestTonesStandOut(t *testing.T) {
	luminance := func(number string) float64 {
		r, g, b := termenv.ConvertToRGB(termenv.ANSI256.Color(number)).LinearRgb()
		return 0.2126*r + 0.7152*g + 0.0722*b
	}
	on := map[string][]float64{"light": {1}, "dark": {0}, "": {0, 1}}
	for name, p := range palettes {
		for _, number := range p.many {
			for _, ground := range on[name] {
				of := luminance(number)
				if ratio := (max(of, ground) + 0.05) / (min(of, ground) + 0.05); ratio < 3.8 {
					t.Errorf("palette %q: colour %s has a contrast of %.1f", name, number, ratio)
				}
			}
		}
	}
}
