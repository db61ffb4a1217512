package plain

import (
	"os"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"

	"github.com/flowgrant/flowgrant/ui/text"
)

// Look is how text is laid out: columns, colour, and which symbols the receiver can show.
type Look struct {
	Width int  // columns that lines are wrapped at; 0: lines are not wrapped
	Color bool // whether colours may be used
	ASCII bool // symbols of ASCII only
}

// defaultWidth is that of a terminal which does not tell.
const defaultWidth = 80

// LookFor finds the look for an open file: its width and colours where it is a terminal (NO_COLOR and TERM=dumb are honoured), else
// whole lines without colour, for what searches in them.
func LookFor(f *os.File) Look {
	look := Look{ASCII: text.ASCIIOnly(os.Getenv)}
	fd := int(f.Fd())
	if !term.IsTerminal(fd) {
		return look
	}
	look.Width = defaultWidth
	if width, _, err := term.GetSize(fd); err == nil && width > 0 {
		look.Width = min(width, 120) // longer lines are hard to read
	}
	look.Color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && showsColor(f)
	return look
}

func (l Look) styled(s ansi.Style, t string) string {
	if !l.Color || t == "" {
		return t
	}
	return s.Styled(t)
}

func (l Look) bold(t string) string   { return l.styled(ansi.Style{}.Bold(), t) }
func (l Look) faint(t string) string  { return l.styled(ansi.Style{}.Faint(), t) }
func (l Look) green(t string) string  { return l.styled(ansi.Style{}.ForegroundColor(ansi.Green), t) }
func (l Look) red(t string) string    { return l.styled(ansi.Style{}.ForegroundColor(ansi.Red), t) }
func (l Look) yellow(t string) string { return l.styled(ansi.Style{}.ForegroundColor(ansi.Yellow), t) }

// symbol picks the symbol that the receiver can show.
func (l Look) symbol(full, ascii string) string {
	if l.ASCII {
		return ascii
	}
	return full
}
