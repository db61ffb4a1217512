package wizard

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// formRow is one setting: a line of text, or one of a few values.
type formRow struct {
	label  string
	hint   string // one line under the row in focus
	values []string
	names  []string // how the values are shown; nil: as they are
	text   *entry   // nil: one of values
	check  func(typed string) (string, error)
	hidden func() bool // nil: always shown

	value string
	wrong string
}

func choiceRow(label, hint, value string, values, names []string) *formRow {
	return &formRow{label: label, hint: hint, value: value, values: values, names: names}
}

func textRow(label, hint, value string, check func(string) (string, error)) *formRow {
	text := newEntry("")
	text.suggest(value)
	return &formRow{label: label, hint: hint, text: text, check: check}
}

func (r *formRow) get() string {
	if r.text != nil {
		return r.text.value()
	}
	return r.value
}

func (r *formRow) shownValue() string {
	for i, v := range r.values {
		if v == r.value && i < len(r.names) {
			return r.names[i]
		}
	}
	return r.value
}

// turn goes to the next or the previous value.
func (r *formRow) turn(by int) {
	for i, v := range r.values {
		if v == r.value {
			r.value = r.values[(i+by+len(r.values))%len(r.values)]
			return
		}
	}
	if len(r.values) > 0 {
		r.value = r.values[0]
	}
}

// form is a question of several settings with sensible defaults: Enter takes them as they are.
type form struct {
	question
	list
	build func(m *model, old []*formRow) []*formRow // rows when it comes into sight; old are those of the last time, nil the first time
	store func(m *model, rows []*formRow) string    // "" or what is wrong
	above func(m *model, width int) []string        // what is known, above the rows; nil: nothing
	ready func(m *model) bool                       // whether Enter may go on; nil: always
	begin func(m *model, f *form) tea.Cmd           // a reading to start; its answer goes to got
	got   func(m *model, msg loadedMsg)

	rows []*formRow
	anew bool // what is known is to be read once more
}

func (f *form) title(m *model) string { return m.questionTitle(f, f.name) }

func (f *form) typing() bool {
	rows := f.visible()
	return f.cursor < len(rows) && rows[f.cursor].text != nil
}

func (f *form) visible() []*formRow {
	var rows []*formRow
	for _, r := range f.rows {
		if r.hidden == nil || !r.hidden() {
			rows = append(rows, r)
		}
	}
	return rows
}

func (f *form) enter(m *model) tea.Cmd {
	if f.build != nil {
		f.rows = f.build(m, f.rows)
	}
	f.clamp(len(f.visible()))
	if f.begin != nil {
		cmd := f.begin(m, f)
		f.anew = false
		return cmd
	}
	return nil
}

func (f *form) update(m *model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case loadedMsg:
		if f.got != nil {
			f.got(m, msg)
		}
		if f.build != nil {
			f.rows = f.build(m, f.rows)
		}
	case tea.KeyMsg:
		return f.press(m, msg)
	}
	return nil
}

func (f *form) press(m *model, msg tea.KeyMsg) tea.Cmd {
	rows := f.visible()
	switch s := msg.String(); {
	case s == "tab":
		f.cursor = (f.cursor + 1) % max(1, len(rows))
	case s == "shift+tab":
		f.cursor = (f.cursor + len(rows) - 1) % max(1, len(rows))
	case f.move(msg, len(rows), 5, false):
	case s == "enter":
		return f.done(m)
	case s == "ctrl+r" && f.begin != nil:
		m.stopLoad(f)
		f.anew = true
		cmd := f.begin(m, f)
		f.anew = false
		return cmd
	case len(rows) == 0:
	default:
		r := rows[f.cursor]
		switch {
		case r.text != nil:
			if r.text.update(msg) {
				r.wrong = ""
				m.answers.touched = true
				if _, err := r.check(r.get()); err != nil {
					r.wrong = refusal(r.get(), err)
				}
			}
		case s == "right" || s == " " || s == "l":
			r.turn(1)
			m.answers.touched = true
		case s == "left" || s == "h":
			r.turn(-1)
			m.answers.touched = true
		}
		f.clamp(len(f.visible()))
	}
	return nil
}

func (f *form) done(m *model) tea.Cmd {
	if m.loading(f) || f.ready != nil && !f.ready(m) {
		return nil
	}
	bad := -1
	for i, r := range f.visible() {
		if r.text == nil {
			continue
		}
		r.wrong = ""
		normal, err := r.check(r.get())
		if err != nil {
			r.wrong = refusal(r.get(), err)
			if bad < 0 {
				bad = i
			}
			continue
		}
		r.text.set(normal)
	}
	if bad >= 0 {
		f.cursor = bad
		return nil
	}
	cmd, wrong := m.answer(f, func() string { return f.store(m, f.rows) })
	if wrong != "" {
		m.notice = wrong
	}
	return cmd
}

func (f *form) unread() { f.anew = true }
func (f *form) forget() { f.rows, f.cursor, f.anew = nil, 0, true }

func (f *form) keys(m *model) []key.Binding {
	rows := f.visible()
	turns := f.cursor < len(rows) && rows[f.cursor].text == nil
	return []key.Binding{when(f.ready == nil || f.ready(m), m.keyOn()), when(len(rows) > 1, keyMove), when(turns, bind("←→", doesChange, "left", "right")),
		when(f.begin != nil && !m.loading(f), bind("ctrl+r", doesLookAgain, "ctrl+r"))}
}

func (f *form) view(m *model, width, _ int) page {
	p := page{focus: -1}
	f.intro(m, &p, width)
	if f.above != nil {
		p.add(f.above(m, width)...)
	}
	wide := 0
	rows := f.visible()
	for _, r := range rows {
		wide = max(wide, min(len(r.label), width/2))
	}
	for i, r := range rows {
		here := i == f.cursor
		mark, style := "  ", m.theme.bold
		if here {
			mark, style = "▸ ", m.theme.chosen
			p.focus = len(p.lines)
		}
		label := style.Render(mark + pad(r.label, wide) + "  ")
		room := width - wide - 4
		switch {
		case r.text != nil && here:
			p.add(label + r.text.view(m.theme, room, false))
		case r.text != nil:
			p.add(label + cut(orElse(strings.TrimSpace(r.text.value()), "–"), room))
		case here:
			p.add(label + m.theme.accent.Render(cut("← "+r.shownValue()+" →", room)))
		default:
			p.add(label + cut(r.shownValue(), room))
		}
		if r.wrong != "" {
			p.add(each(m.theme.bad.Render, hang("    ✗ ", r.wrong, width))...)
		}
		if here && r.hint != "" {
			p.add(each(m.theme.faint.Render, hang("    ", r.hint, min(width, maxText)))...)
		}
		if here {
			p.until = len(p.lines) - 1
		}
	}
	return p
}
