package wizard

import (
	"runtime"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/flowgrant/flowgrant/ui/text"
)

// theme is how things look. It is set from the environment alone: the terminal is never asked, since not every terminal answers.
type theme struct {
	plain bool // no colour and no attribute: what a style would show must be shown by a character
	ascii bool // only ASCII reaches the terminal

	bold, faint, accent, good, bad, warn, chosen lipgloss.Style
}

// newTheme reads NO_COLOR, TERM, COLORTERM, COLORFGBG, FLOWGRANT_THEME (light or dark) and the locale.
func newTheme(getenv func(string) string) theme {
	profile := colours(getenv)
	lipgloss.SetColorProfile(profile)
	p := palettes[background(getenv)]
	s := lipgloss.NewStyle
	colour := func(tone int) lipgloss.CompleteColor {
		return lipgloss.CompleteColor{TrueColor: p.many[tone], ANSI256: p.many[tone], ANSI: p.few[tone]}
	}
	return theme{
		plain:  profile == termenv.Ascii,
		ascii:  text.ASCIIOnly(getenv),
		bold:   s().Bold(true),
		faint:  s().Foreground(colour(toneFaint)),
		accent: s().Foreground(colour(toneAccent)),
		good:   s().Foreground(colour(toneGood)),
		bad:    s().Foreground(colour(toneBad)),
		warn:   s().Foreground(colour(toneWarn)),
		chosen: s().Bold(true).Foreground(colour(toneAccent)),
	}
}

const (
	toneFaint = iota
	toneAccent
	toneGood
	toneBad
	toneWarn
)

// palette gives the tones, where there are 256 colours or more, and where there are 16.
type palette struct{ many, few [5]string }

// palettes by background. Where nobody knows it the tones are readable on both, and where 16 colours allow none that is, the terminal's own is used.
var palettes = map[string]palette{
	"light": {many: [5]string{"242", "25", "28", "160", "130"}, few: [5]string{"8", "4", "2", "1", "5"}},
	"dark":  {many: [5]string{"246", "81", "78", "203", "221"}, few: [5]string{"7", "14", "10", "9", "11"}},
	"":      {many: [5]string{"243", "31", "28", "160", "130"}, few: [5]string{"8", "", "2", "1", "5"}},
}

func colours(getenv func(string) string) termenv.Profile {
	term := getenv("TERM")
	switch {
	case getenv("NO_COLOR") != "", term == "dumb":
		return termenv.Ascii
	case getenv("COLORTERM") == "truecolor", getenv("COLORTERM") == "24bit":
		return termenv.TrueColor
	case strings.Contains(term, "256color"), getenv("WT_SESSION") != "", runtime.GOOS == "windows" && term == "":
		return termenv.ANSI256
	case term == "":
		return termenv.Ascii
	default:
		return termenv.ANSI
	}
}

// background is light or dark, or "" where the environment does not tell.
func background(getenv func(string) string) string {
	if t := getenv("FLOWGRANT_THEME"); t == "light" || t == "dark" {
		return t
	}
	// COLORFGBG is "foreground;background"; 7 and 15 are the light backgrounds.
	switch fgbg := getenv("COLORFGBG"); fgbg[strings.LastIndex(fgbg, ";")+1:] {
	case "":
		if getenv("TERM") == "linux" {
			return "dark"
		}
		return ""
	case "7", "15":
		return "light"
	default:
		return "dark"
	}
}

// substitutes stand for the symbols of this program where only ASCII can be shown; each is as wide as what it stands for. Those of changes
// are told apart, and are the same as in plain text.
var substitutes = map[rune]rune{
	'…': '.', '–': '-', '—': '-', '→': '>', '←': '<', '↑': '^', '↓': 'v', '’': '\'', '‘': '\'', '“': '"', '”': '"', '·': '-', '×': 'x',
	'✓': '+', '✗': 'x', '●': '*', '○': 'o', '◌': '.', '▸': '>', '│': '|', '─': '-', '┌': '+', '┐': '+', '└': '+', '┘': '+', '├': '+', '┤': '+', '┼': '+',
	'█': '#', '░': '.', '▌': '|', '•': '*', '⚠': '!', '⇄': '>', '±': '*', '≤': '<', '≥': '>',
}

// toASCII replaces every character beyond ASCII, one column for one column; what has no substitute becomes a question mark per column.
func toASCII(frame string) string {
	var b strings.Builder
	for _, r := range frame {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case substitutes[r] != 0:
			b.WriteRune(substitutes[r])
		case r >= 0x2800 && r <= 0x28ff: // braille, of the spinner
			b.WriteByte('*')
		default:
			b.WriteString(strings.Repeat("?", ansi.StringWidthWc(string(r))))
		}
	}
	return b.String()
}

var (
	spinBraille = []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}
	spinASCII   = []string{"|", "/", "-", "\\"}
)

func (t theme) spinner(n int) string {
	if t.ascii {
		return spinASCII[n%len(spinASCII)]
	}
	return spinBraille[n%len(spinBraille)]
}
