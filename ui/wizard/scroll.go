package wizard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// One rule holds for every page: the keys that move go through its rows, and from the last one on they scroll until the last line is seen;
// the same upwards from the first. On the way back the page returns to where the cursor is before the cursor moves.

// sight is what the last frame showed of a page.
type sight struct {
	from   int  // its first line
	height int  // lines for it
	focus  bool // it has a cursor that is kept in sight
}

// placed is a screen with a place that the keys that move go on from; it can be compared.
type placed interface{ place() any }

func (l *list) place() any { return l.cursor }

func placeOf(s screen) any {
	if p, ok := s.(placed); ok {
		return p.place()
	}
	return nil
}

// pane is a part of a page with lines of its own: by how many it is scrolled, by how many at most, and how many show at a time.
type pane struct{ by, most, room int }

// turn goes on by so many times what shows; its last line says what is below.
func (p *pane) turn(times int) { p.by = max(0, min(p.by+times*max(1, p.room-1), p.most)) }

// roll goes on by lines, where it can: from the last row downwards, and back before the row is left.
func (p *pane) roll(by int, last bool) bool {
	was := p.by
	if last {
		p.by = max(0, min(p.by+by, p.most))
	}
	return p.by != was
}

// toScreen gives a key to the screen in sight, and to the page where the screen can go no further.
func (m *model) toScreen(msg tea.KeyMsg) tea.Cmd {
	s := m.top()
	moves := movesPage(msg, s.typing())
	if moves && m.sight.focus && m.scrollBack(msg) {
		return nil
	}
	place, scroll := placeOf(s), m.scroll
	cmd := s.update(m, msg)
	switch {
	case m.top() != s || m.helping:
	case placeOf(s) != place, !moves && m.sight.focus:
		m.scroll = 0
	case moves && m.scroll == scroll && len(m.dialogs) == 0:
		m.scrollKey(msg)
	}
	return cmd
}

// movesPage tells whether a key moves through a page.
func movesPage(msg tea.KeyMsg, typing bool) bool {
	switch s := msg.String(); s {
	case "up", "down", "pgup", "pgdown":
		return true
	case "home", "end", "k", "j", "g", "G":
		return !typing
	}
	return false
}

// scrollBack brings a page that was scrolled away from its cursor back to it.
func (m *model) scrollBack(msg tea.KeyMsg) bool {
	by := map[string]int{"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -m.pageful(), "pgdown": m.pageful()}[msg.String()]
	if m.scroll*by >= 0 {
		return false
	}
	if m.scroll > 0 {
		m.scroll = max(0, m.scroll+by)
	} else {
		m.scroll = min(0, m.scroll+by)
	}
	return true
}

// pageful is how far a page is turned: what was its last line but that which says what is below comes first.
func (m *model) pageful() int { return max(1, m.sight.height-2) }

const toTheEnd = 1 << 20 // lines; the frame stops at the first and the last

// scrollKey moves a page; the frame stops it at its ends.
func (m *model) scrollKey(msg tea.KeyMsg) bool {
	switch msg.String() {
	case "up", "k":
		m.scroll--
	case "down", "j":
		m.scroll++
	case "pgup", "b":
		m.scroll -= m.pageful()
	case "pgdown", " ":
		m.scroll += m.pageful()
	case "home", "g":
		m.scroll = -toTheEnd
	case "end", "G":
		m.scroll = toTheEnd
	default:
		return false
	}
	return true
}

// scrolled shows height lines of a page and says where there is more, as long as keys lead there.
func (m *model) scrolled(p page, height int) []string {
	n, keys := len(p.lines), len(m.dialogs) == 0 // a question takes the keys
	at := 0                                      // where the cursor needs the page to be
	if p.focus >= 0 {
		last, under := max(p.focus, p.until), 1 // what says that there is more stands below it
		switch {
		case !keys:
			under = 0
		case last == p.focus:
			under = 2 // and the next row
		}
		at = last + under - height + 1
		at = max(0, min(at, p.focus-1, n-height))
	}
	from := max(0, min(at+m.scroll, n-height))
	if keys {
		m.scroll, m.sight = from-at, sight{from: from, height: height, focus: p.focus >= 0}
	}
	if n <= height {
		return p.lines
	}
	shown := append([]string(nil), p.lines[from:from+height]...)
	if !keys {
		return shown
	}
	if from > 0 {
		shown[0] = m.theme.faint.Render(cut(fmt.Sprintf(labelAbove, count(from+1, "line")), m.w))
	}
	if below := n - from - height; below > 0 {
		shown[height-1] = m.theme.faint.Render(cut(fmt.Sprintf(labelBelow, count(below+1, "line")), m.w))
	}
	return shown
}

// isNamed tells whether one of the keys that work is called so.
func isNamed(keys []key.Binding, part string) bool {
	return slices.ContainsFunc(keys, func(k key.Binding) bool { return k.Enabled() && strings.Contains(k.Help().Key, part) })
}
