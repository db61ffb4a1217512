package wizard

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// stage is a part of the journey, as the title names it.
type stage int

const (
	stageYou stage = iota
	stageMode
	stageAnswers
	stageReview
	stageRun
	stageEnd
)

var stageNames = []string{wayYou, wayMode, wayAnswers, wayReview, wayRun, wayProof}

// page is what a screen shows: lines at most as wide as asked for, and the line that must stay in sight (-1: none).
type page struct {
	lines []string
	focus int
	until int  // the last line of what is in focus, where that has several
	more  bool // the screen itself left lines out, which keys lead to
}

func (p *page) add(lines ...string) { p.lines = append(p.lines, lines...) }

// screen is one page of the journey.
type screen interface {
	stage() stage
	title(m *model) string
	enter(m *model) tea.Cmd // each time it comes into sight
	update(m *model, msg tea.Msg) tea.Cmd
	view(m *model, width, height int) page
	keys(m *model) []key.Binding
	help(m *model) string // what is asked, why, where to find it, what happens with it
	typing() bool         // letters are text, not keys
}

// escaper is a screen that has a use of its own for Esc; it tells whether it took it.
type escaper interface{ escape(m *model) bool }

// bind makes a key binding: what the footer shows of it, and the keys.
func bind(shown, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
}

// when enables a binding only where it works.
func when(ok bool, b key.Binding) key.Binding {
	b.SetEnabled(ok)
	return b
}

var (
	keyBack  = bind("esc", doesBack, "esc")
	keyHelp  = bind("?", doesHelp, "?", "f1")
	keyQuit  = bind("ctrl+c", doesQuit, "ctrl+c")
	keyEnter = bind("enter", doesContinue, "enter")
	keyMove  = bind("↑↓", doesMove, "up", "down")
)

// keyOn goes on from a question: to the next one, or straight to the review where one answer is changed.
func (m *model) keyOn() key.Binding {
	if m.jumping() {
		return bind("enter", doesToTheReview, "enter")
	}
	return keyEnter
}

// list is a cursor over n rows.
type list struct{ cursor int }

// move handles the keys that move a cursor; it tells whether the key was one of them.
func (l *list) move(msg tea.KeyMsg, n, pageSize int, letters bool) bool {
	switch s := msg.String(); {
	case s == "up", letters && s == "k":
		l.cursor--
	case s == "down", letters && s == "j":
		l.cursor++
	case s == "home", letters && s == "g":
		l.cursor = 0
	case s == "end", letters && s == "G":
		l.cursor = n - 1
	case s == "pgup":
		l.cursor -= pageSize
	case s == "pgdown":
		l.cursor += pageSize
	default:
		return false
	}
	l.clamp(n)
	return true
}

func (l *list) clamp(n int) { l.cursor = max(0, min(l.cursor, n-1)) }

// window gives the rows [from, to) of n that are shown in height lines, with the cursor among them.
func (l list) window(n, height int) (from, to int) {
	height = max(1, min(height, n))
	from = max(0, min(l.cursor-height/2, n-height))
	return from, min(n, from+height)
}
