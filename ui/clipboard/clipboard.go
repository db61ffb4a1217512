// Package clipboard copies text out of a full-screen program: into the system clipboard where there is one, and through the terminal
// (OSC 52), which also works over ssh.
package clipboard

import (
	"io"
	"strings"

	"github.com/atotto/clipboard"
	"github.com/aymanbagabas/go-osc52/v2"
)

// Clipboard copies text. The zero value copies nowhere.
type Clipboard struct {
	Terminal io.Writer                // gets the OSC 52 sequence; must be the writer the frames go through. Nil: none
	System   func(text string) error  // nil: none
	Getenv   func(name string) string // tells whether tmux or screen stands between; nil: neither
}

// New makes a clipboard over the system's own and the terminal behind w.
func New(w io.Writer, getenv func(string) string) Clipboard {
	c := Clipboard{Terminal: w, Getenv: getenv}
	if !clipboard.Unsupported {
		c.System = clipboard.WriteAll
	}
	return c
}

// Copied says where a text went.
type Copied struct {
	System   bool // the system clipboard took it
	Terminal bool // it was handed to the terminal, which does not say whether it took it
}

// Copy puts text into every clipboard there is. It never fails: what could not be reached is not in the answer.
func (c Clipboard) Copy(text string) Copied {
	var done Copied
	if c.System != nil && c.System(text) == nil {
		done.System = true
	}
	if c.Terminal == nil || c.Getenv != nil && without(c.Getenv("TERM")) {
		return done
	}
	sequence := osc52.New(text)
	if c.Getenv != nil {
		switch {
		case c.Getenv("TMUX") != "":
			sequence = sequence.Tmux()
		case strings.HasPrefix(c.Getenv("TERM"), "screen"):
			sequence = sequence.Screen()
		}
	}
	// One write, so that no frame comes between.
	if _, err := io.WriteString(c.Terminal, sequence.String()); err == nil {
		done.Terminal = true
	}
	return done
}

// without says whether a terminal is known to take no OSC 52: it would show the text, or drop it in silence. Source: console_codes(4).
func without(term string) bool { return term == "linux" || term == "dumb" }
