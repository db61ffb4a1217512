// Package text makes text that came from elsewhere (names, tags and messages from AWS) fit for a terminal.
package text

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// Clean takes out of a text what a terminal would obey instead of show: escape sequences, control characters, and the marks that
// reorder text. Emoji that are put together of several characters come apart, since terminals disagree on how wide they are. Newlines and
// tabs stay; bytes that are no UTF-8 become U+FFFD.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	s = ansi.Strip(strings.ToValidUTF8(s, "\uFFFD"))
	letter := false
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if unicode.IsControl(r) || reorders(r) || joins(r) || r == '\u200D' && !letter {
			return -1
		}
		letter = unicode.IsLetter(r) || unicode.IsMark(r)
		if r >= '\U0001F1E6' && r <= '\U0001F1FF' { // two of them are a flag
			return 'A' + r - '\U0001F1E6'
		}
		return r
	}, s)
}

// joins tells whether a character changes how the one before it is drawn, and how wide: variants, skin tones, keycaps and tags of emoji.
func joins(r rune) bool {
	switch {
	case r == '\uFE0E', r == '\uFE0F', r == '\u20E3':
		return true
	case r >= '\U0001F3FB' && r <= '\U0001F3FF', r >= '\U000E0020' && r <= '\U000E007F':
		return true
	}
	return false
}

// Line is Clean on one line: every run of white space becomes one space, and none is left at the ends.
func Line(s string) string { return strings.Join(strings.Fields(Clean(s)), " ") }

// plain tells whether a text is printable ASCII, newlines and tabs only: nearly all of what is shown.
func plain(s string) bool {
	for i := range len(s) {
		if b := s[i]; (b < ' ' || b > '~') && b != '\n' && b != '\t' {
			return false
		}
	}
	return true
}

// reorders tells whether a character changes the direction or the lines of the text around it: it could make a name look like another.
func reorders(r rune) bool {
	switch {
	case r == '\u061C', r == '\u200E', r == '\u200F', r == '\u2028', r == '\u2029':
		return true
	case r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069':
		return true
	}
	return false
}
