package wizard

import (
	"context"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// option is something that was found and can be picked instead of typed.
type option struct {
	value  string // what the field takes
	detail string // what is known about it
	name   string // for an account: its name
	shown  string // in the list in place of the value; "": the value
	// refused says why it cannot be taken; "": it can
	refused string
}

// field is a question that one line of text answers, typed or picked from what was found.
type field struct {
	question
	list     // over the options; -1: in the text
	optional bool
	initial  func(m *model) string
	proposed func(found []option) string // filled in once the options are known and nothing else is; nil: nothing
	check    func(m *model, typed string) (string, error)
	store    func(m *model, value string)
	// options gives the key of a reading (the same key is not read twice) and the reading itself; nil: nothing to pick.
	options func(m *model) (key string, read func(ctx context.Context) ([]option, error))
	doubt   func(m *model, value string) string // what speaks against a value that is accepted; nil or "": nothing
	remark  func(found []option) string         // what all that was found shows; nil or "": nothing
	none    string                              // shown where nothing was found
	look    func(m *model, f *field) tea.Cmd    // finds out more of the options in sight; nil: the details are all
	tell    func(m *model, o option) string     // the details of an option together with what look found

	text    *entry
	typed   bool // since it came into sight first: what is wrong is told from then on
	refused bool // enter was hit on a wrong value
	key     string
	found   []option
	err     error
}

func (f *field) title(m *model) string { return m.questionTitle(f, f.name) }
func (f *field) typing() bool          { return true }

func (f *field) enter(m *model) tea.Cmd {
	if f.text == nil {
		f.text, f.cursor = newEntry(""), -1
	}
	if !f.typed && f.initial != nil {
		f.text.suggest(f.initial(m))
		f.propose()
	} else if m.jumping() {
		f.text.suggest(f.text.value())
	}
	return tea.Batch(f.reload(m), f.lookOn(m))
}

// propose fills in what the options speak for, where nothing was typed and nothing is known.
func (f *field) propose() {
	if f.proposed != nil && f.text != nil && !f.typed && f.text.value() == "" {
		f.text.suggest(f.proposed(f.found))
	}
}

// lookOn finds out more of the options in sight.
func (f *field) lookOn(m *model) tea.Cmd {
	if f.look == nil || m.loading(f) {
		return nil
	}
	return f.look(m, f)
}

func (f *field) reload(m *model) tea.Cmd {
	if f.options == nil {
		return nil
	}
	key, read := f.options(m)
	if read == nil || key == f.key && f.err == nil && !m.loading(f) {
		return nil
	}
	f.found, f.err, f.cursor = nil, nil, -1
	return m.read(f, key, func(ctx context.Context) (any, error) { return read(ctx) })
}

func (f *field) update(m *model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case loadedMsg:
		f.key, f.err = msg.key, msg.err
		if f.found, _ = msg.value.([]option); f.err != nil {
			f.found = nil // they are not shown
		}
		for _, o := range f.found {
			if o.name != "" {
				m.answers.names[o.value] = o.name
			}
		}
		f.propose()
	case tea.KeyMsg:
		cmd := f.press(m, msg)
		if m.top() != screen(f) {
			return cmd
		}
		return tea.Batch(cmd, f.lookOn(m))
	}
	return f.lookOn(m)
}

func (f *field) press(m *model, msg tea.KeyMsg) tea.Cmd {
	found := f.matching()
	switch msg.String() {
	case "up":
		f.cursor = max(-1, f.cursor-1)
	case "down":
		f.cursor = min(len(found)-1, f.cursor+1)
	case "pgup":
		f.cursor = max(-1, f.cursor-10)
	case "pgdown":
		f.cursor = min(len(found)-1, f.cursor+10)
	case "ctrl+r":
		m.forgetLooks()
		f.key = ""
		return f.reload(m)
	case "enter":
		value := f.text.value()
		if o, one := f.meant(m); one {
			f.cursor = slices.Index(found, o)
		}
		if f.cursor >= 0 && f.cursor < len(found) {
			value = found[f.cursor].value
			f.text.set(value)
			f.typed, f.cursor = true, -1
		}
		return f.take(m, value)
	default:
		text := f.inSight()
		if text.update(msg) {
			f.text, f.typed, f.refused, f.cursor = text, true, false, -1
			m.answers.touched = true
		}
	}
	return nil
}

// marked is the option under the cursor; false: the cursor is in the text.
func (f *field) marked() (option, bool) {
	if found := f.matching(); f.cursor >= 0 && f.cursor < len(found) {
		return found[f.cursor], true
	}
	return option{}, false
}

// inSight is the line that Enter takes and typing goes on from: the marked option's value, else what was typed.
func (f *field) inSight() *entry {
	if o, picked := f.marked(); picked {
		return newEntry(o.value)
	}
	return f.text
}

func (f *field) place() any { return f.cursor }

func (f *field) take(m *model, value string) tea.Cmd {
	if f.optional && strings.TrimSpace(value) == "" {
		return f.answered(m, "")
	}
	normal, err := f.check(m, value)
	if err != nil {
		f.refused = true
		return nil
	}
	f.text.set(normal)
	return f.answered(m, normal)
}

func (f *field) answered(m *model, value string) tea.Cmd {
	cmd, _ := m.answer(f, func() string { f.store(m, value); return "" })
	return cmd
}

func (f *field) unread() { f.key, f.found, f.err = "", nil, nil }

func (f *field) forget() {
	f.unread()
	f.text, f.typed, f.refused = nil, false, false
}

// matching are the options to show: all while the text is as it was given or is one of them, otherwise those that contain it.
func (f *field) matching() []option {
	typed := strings.ToLower(strings.TrimSpace(f.text.value()))
	if !f.typed || typed == "" {
		return f.found
	}
	var found []option
	for _, o := range f.found {
		if o.value == f.text.value() {
			return f.found
		}
		if strings.Contains(strings.ToLower(o.value+" "+o.shown+" "+o.detail), typed) {
			found = append(found, o)
		}
	}
	return found
}

// meant is the one option that what is typed stands for where it is no answer itself.
func (f *field) meant(m *model) (option, bool) {
	found := f.matching()
	if f.cursor >= 0 || !f.typed || len(found) != 1 || strings.TrimSpace(f.text.value()) == "" {
		return option{}, false
	}
	_, err := f.check(m, f.text.value())
	return found[0], err != nil
}

func (f *field) keys(m *model) []key.Binding {
	keys := []key.Binding{m.keyOn(), when(f.text != nil && f.err == nil && len(f.matching()) > 0, bind("↑↓", doesPick, "up", "down"))}
	return append(keys, when(f.err != nil, bind("ctrl+r", doesLookAgain, "ctrl+r")))
}
