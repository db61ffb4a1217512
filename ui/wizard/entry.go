package wizard

import (
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/flowgrant/flowgrant/ui/text"
)

// entry is a line of text being typed.
type entry struct {
	input     textinput.Model
	suggested bool // holds what nobody has typed: the first letter typed replaces it
}

func newEntry(value string) *entry {
	in := textinput.New()
	in.CharLimit = 16384 // a pasted list of accounts
	in.SetValue(value)
	in.CursorEnd()
	in.Focus()
	return &entry{input: in}
}

func (e *entry) value() string { return e.input.Value() }

func (e *entry) set(value string) {
	e.input.SetValue(value)
	e.input.CursorEnd()
	e.suggested = false
}

// suggest fills in a value that typing replaces and editing keeps.
func (e *entry) suggest(value string) {
	e.set(value)
	e.suggested = value != ""
}

// update types a key; it tells whether the text changed.
func (e *entry) update(msg tea.KeyMsg) bool {
	before := e.input.Value()
	if e.suggested && (msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace) {
		e.input.SetValue("")
	}
	e.suggested = false
	e.input, _ = e.input.Update(msg)
	return e.input.Value() != before
}

// view shows the part around the cursor. Without styles the cursor is a character of its own.
func (e *entry) view(t theme, width int, secret bool) string {
	runes := []rune(e.input.Value())
	at := min(e.input.Position(), len(runes))
	before, after := text.Line(string(runes[:at])), text.Line(string(runes[at:]))
	if at > 0 && runes[at-1] == ' ' {
		before += " "
	}
	if secret {
		before, after = strings.Repeat("•", ansi.StringWidthWc(before)), strings.Repeat("•", ansi.StringWidthWc(after))
	}
	width = max(width-3, 4)
	if w := ansi.StringWidthWc(before); w > width {
		before = ansi.TruncateLeft(before, w-width, "")
	}
	under, rest := " ", after
	if !t.plain && after != "" {
		first := ansi.TruncateWc(after, 1, "")
		if first == "" {
			first = ansi.TruncateWc(after, 2, "")
		}
		under, rest = first, strings.TrimPrefix(after, first)
	}
	rest = ansi.TruncateWc(rest, max(0, width-ansi.StringWidthWc(before)), "")
	if t.plain {
		return "> " + before + "_" + rest
	}
	return t.accent.Render("> ") + before + t.bold.Reverse(true).Render(under) + rest
}

// fill pads a styled line with spaces to width columns.
func fill(styled string, width int) string {
	return styled + strings.Repeat(" ", max(0, width-ansi.StringWidthWc(styled)))
}
