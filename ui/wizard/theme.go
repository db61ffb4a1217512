package wizard

import (
	"runtime"
	"strings"

	"github.com/charmbracelet/lipgloss"
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
	lipgloss.SetHasDarkBackground(!light(getenv))
	s := lipgloss.NewStyle
	colour := func(light, dark string) lipgloss.AdaptiveColor {
		return lipgloss.AdaptiveColor{Light: light, Dark: dark}
	}
	return theme{
		plain:  profile == termenv.Ascii,
		ascii:  text.ASCIIOnly(getenv),
		bold:   s().Bold(true),
		faint:  s().Foreground(colour("242", "246")),
		accent: s().Foreground(colour("25", "81")),
		good:   s().Foreground(colour("28", "78")),
		bad:    s().Foreground(colour("160", "203")),
		warn:   s().Foreground(colour("130", "221")),
		chosen: s().Bold(true).Foreground(colour("25", "81")),
	}
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

func light(getenv func(string) string) bool {
	switch getenv("FLOWGRANT_THEME") {
	case "light":
		return true
	case "dark":
		return false
	}
	// COLORFGBG is "foreground;background"; 7 and 15 are the light backgrounds.
	fgbg := getenv("COLORFGBG")
	bg := fgbg[strings.LastIndex(fgbg, ";")+1:]
	return bg == "7" || bg == "15"
}

// substitutes stand for the symbols of this program where only ASCII can be shown; each is as wide as what it stands for.
var substitutes = map[rune]rune{
	'…': '.', '–': '-', '—': '-', '→': '>', '←': '<', '↑': '^', '↓': 'v', '’': '\'', '‘': '\'', '“': '"', '”': '"', '·': '-', '×': 'x',
	'✓': '+', '✗': 'x', '●': '*', '○': 'o', '◌': '.', '▸': '>', '│': '|', '─': '-', '┌': '+', '┐': '+', '└': '+', '┘': '+', '├': '+', '┤': '+', '┼': '+',
	'█': '#', '░': '.', '▌': '|', '•': '*', '⚠': '!', '⇄': '~', '≤': '<', '≥': '>',
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
			b.WriteString(strings.Repeat("?", lipgloss.Width(string(r))))
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
