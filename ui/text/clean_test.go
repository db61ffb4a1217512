package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"plain text stays":             {"central-flow-logs\n\tnext", "central-flow-logs\n\tnext"},
		"other scripts stay":           {"Zürich 東京 ✓", "Zürich 東京 ✓"},
		"colour":                       {"a\x1b[31mred\x1b[0mb", "aredb"},
		"title":                        {"a\x1b]0;owned\x07b", "ab"},
		"clipboard":                    {"a\x1b]52;c;cm0=\x1b\\b", "ab"},
		"carriage return hides a line": {"safe\rpwnd", "safepwnd"},
		"backspaces":                   {"deny\b\b\b\bokay", "denyokay"},
		"C1 control as a rune":         {"a\u009b31mb", "a31mb"},
		"bytes that are no UTF-8":      {"a\x9bb", "a\uFFFDb"},
		"text turned round":            {"a\u202Egnp.exe", "agnp.exe"},
		"delete":                       {"a\x7fb", "ab"},
		"joined emoji come apart":      {"\U0001F468\u200D\U0001F469\u200D\U0001F467 family", "\U0001F468\U0001F469\U0001F467 family"},
		"variants, tones and keycaps":  {"\u26A0\uFE0F \U0001F44D\U0001F3FD 1\uFE0F\u20E3", "\u26A0 \U0001F44D 1"},
		"flags are letters":            {"\U0001F1E9\U0001F1EA", "DE"},
		"letters stay joined":          {"\u0915\u094D\u200D\u0937", "\u0915\u094D\u200D\u0937"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Clean(tt.in); got != tt.want {
				t.Errorf("Clean(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestLine(t *testing.T) {
	if got, want := Line("  two\n lines\t\x1b[1mhere "), "two lines here"; got != want {
		t.Errorf("Line = %q, want %q", got, want)
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"", "plain", "\x1b[31mred", "\x1b]0;t\x07", "\x9b", "a\u009bb", "\x1b\x1b[[m", "\xc2\x1b[m\x9b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) {
			t.Fatalf("Clean(%q) = %q: not UTF-8", s, got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }); i >= 0 {
			t.Fatalf("Clean(%q) = %q: a control character is left at %d", s, got, i)
		}
		if again := Clean(got); again != got {
			t.Fatalf("Clean(%q) = %q, and again %q", s, got, again)
		}
		if line := Line(s); strings.ContainsAny(line, "\n\t") {
			t.Fatalf("Line(%q) = %q: more than a line", s, line)
		}
	})
}
