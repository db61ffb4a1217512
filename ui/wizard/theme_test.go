package wizard

import (
	"strings"
	"testing"

	"github.com/muesli/termenv"
)

func TestOnlyASCIIWhereTheTerminalNeedsIt(t *testing.T) {
	for name := range scenes {
		scene := scenes[name]
		play(t, scene.engine, func(d *driver) {
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
