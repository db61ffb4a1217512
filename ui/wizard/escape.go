package wizard

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// A slow line may tear the sequence of an arrow key apart: ESC arrives alone, and "[A" later. So Esc acts only once nothing has followed it
// for a moment, and what follows as the rest of a sequence becomes the key that it was.

const escapeWait = 60 * time.Millisecond

// torn is an ESC that waits for what may belong to it.
type torn struct {
	waiting bool
	n       int // counts them, so that an old timer ends nothing new
	rest    string
}

// escapeMsg says that the wait of the nth ESC is over.
type escapeMsg struct{ n int }

var (
	tornFinals = map[byte]tea.KeyType{'A': tea.KeyUp, 'B': tea.KeyDown, 'C': tea.KeyRight, 'D': tea.KeyLeft, 'H': tea.KeyHome, 'F': tea.KeyEnd, 'Z': tea.KeyShiftTab}
	tornTildes = map[string]tea.KeyType{"1": tea.KeyHome, "4": tea.KeyEnd, "5": tea.KeyPgUp, "6": tea.KeyPgDown, "3": tea.KeyDelete}
)

// mend takes a key; it tells the keys that are to be pressed now.
func (e *torn) mend(msg tea.KeyMsg) (press []tea.KeyMsg, timer tea.Cmd) {
	escape := tea.KeyMsg{Type: tea.KeyEsc}
	if msg.Type == tea.KeyEsc && !msg.Alt {
		if e.waiting {
			press = append(press, escape)
		}
		e.waiting, e.rest = true, ""
		e.n++
		n := e.n
		return press, tea.Tick(escapeWait, func(time.Time) tea.Msg { return escapeMsg{n} })
	}
	if !e.waiting {
		return []tea.KeyMsg{msg}, nil
	}
	if msg.Type == tea.KeyRunes && !msg.Paste && !msg.Alt {
		rest := e.rest + string(msg.Runes)
		switch key, state := tornKey(rest); state {
		case tornMore:
			e.rest = rest
			return nil, nil
		case tornWhole:
			e.waiting = false
			return []tea.KeyMsg{{Type: key}}, nil
		case tornUnknown:
			e.waiting = false // a sequence of a key that means nothing here
			return nil, nil
		}
	}
	return append(e.flush(), msg), nil
}

// flush ends the wait: the ESC was the key Esc, and what came after it was typed.
func (e *torn) flush() []tea.KeyMsg {
	if !e.waiting {
		return nil
	}
	press := []tea.KeyMsg{{Type: tea.KeyEsc}}
	if e.rest != "" {
		press = append(press, tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(e.rest)})
	}
	e.waiting, e.rest = false, ""
	return press
}

type tornState int

const (
	tornNot     tornState = iota // not the rest of a sequence
	tornMore                     // the beginning of one
	tornWhole                    // all of one
	tornUnknown                  // all of one that is no key here
)

func tornKey(rest string) (tea.KeyType, tornState) {
	if rest[0] != '[' && rest[0] != 'O' {
		return 0, tornNot
	}
	if len(rest) == 1 {
		return 0, tornMore
	}
	last := rest[len(rest)-1]
	for i := 1; i < len(rest)-1; i++ {
		if (rest[i] < '0' || rest[i] > '9') && rest[i] != ';' {
			return 0, tornNot
		}
	}
	switch {
	case last >= '0' && last <= '9' || last == ';':
		return 0, tornMore
	case last == '~':
		if key, ok := tornTildes[rest[1:len(rest)-1]]; ok {
			return key, tornWhole
		}
		return 0, tornUnknown
	case last >= 'A' && last <= 'Z' || last >= 'a' && last <= 'z':
		if key, ok := tornFinals[last]; ok {
			return key, tornWhole
		}
		return 0, tornUnknown
	}
	return 0, tornNot
}
