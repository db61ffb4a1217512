package wizard

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/flowgrant/flowgrant/steps"
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

// question is what every screen that asks has in common: the words, and when it is asked.
type question struct {
	name  string // heading
	ask   string // what is asked and why, one or two sentences
	where string // where to find it
	more  string // for the help page: what happens with it
	skip  func(m *model) bool
	hint  func(m *model) string // what is known here, e.g. what the portal of the sandbox shows; nil: nothing
}

func (q *question) stage() stage { return stageAnswers }

func (q *question) help(*model) string {
	s := q.ask
	for _, part := range []string{q.where, q.more} {
		if part != "" {
			s += "\n\n" + part
		}
	}
	return s
}

func (q *question) intro(m *model, p *page, width int) {
	text := min(width, maxText)
	p.add(wrap(q.ask, text)...)
	if q.where != "" {
		p.add(each(m.theme.faint.Render, wrap(q.where, text))...)
	}
	if q.hint != nil {
		if h := q.hint(m); h != "" {
			p.add(each(m.theme.warn.Render, wrap(h, text))...)
		}
	}
	p.add("")
}

// field is a question that one line of text answers, typed or picked from what was found.
type field struct {
	question
	list     // over the options; -1: in the text
	optional bool
	initial  func(m *model) string
	check    func(m *model, typed string) (string, error)
	store    func(m *model, value string)
	// options gives the key of a reading (the same key is not read twice) and the reading itself; nil: nothing to pick.
	options func(m *model) (key string, read func(ctx context.Context) ([]option, error))
	doubt   func(m *model, value string) string // what speaks against a value that is accepted; nil or "": nothing
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
	} else if m.jumping() {
		f.text.suggest(f.text.value())
	}
	return tea.Batch(f.reload(m), f.lookOn(m))
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
		f.found, _ = msg.value.([]option)
		for _, o := range f.found {
			if o.name != "" {
				m.answers.names[o.value] = o.name
			}
		}
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
		if f.text.update(msg) {
			f.typed, f.refused, f.cursor = true, false, -1
			m.answers.touched = true
		}
	}
	return nil
}

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

func (f *field) view(m *model, width, height int) page {
	p := page{focus: -1}
	f.intro(m, &p, width)
	p.focus = len(p.lines)
	p.add(f.text.view(m.theme, width, false))
	p.add(f.verdict(m, width)...)
	if f.options == nil {
		return p
	}
	p.add("")
	found := f.matching()
	switch {
	case m.loading(f):
		p.add(cut(m.waitingLine(f, sayLookingForWhatYouCan), width))
	case f.err != nil:
		p.add(each(m.theme.faint.Render, wrap(sayNothingToPickFromHere, width))...)
		p.add(m.faultLines(f.err, width)...)
	case len(f.found) == 0:
		if f.none != "" {
			p.add(each(m.theme.faint.Render, wrap(f.none, width))...)
		}
	case len(found) == 0:
		text := sayNothingFoundContainsWhatYou
		if _, err := f.check(m, f.text.value()); err == nil {
			text += sayTakenAsItIs
		}
		p.add(each(m.theme.faint.Render, wrap(text, width))...)
	default:
		f.optionLines(m, &p, found, width, height)
	}
	return p
}

// optionLines are the options around the cursor; below them stands in full what of the one under the cursor did not fit.
func (f *field) optionLines(m *model, p *page, found []option, width, height int) {
	p.add(m.theme.faint.Render(cut("Found (↓ to pick):", width)))
	most := width/2 + 8
	if f.tell != nil {
		most = width / 2
	}
	wide := 0
	for _, o := range found {
		wide = max(wide, min(len(orElse(o.shown, o.value)), most))
	}
	told := func(o option) string {
		if f.tell != nil {
			return f.tell(m, o)
		}
		return o.detail
	}
	room := height - len(p.lines)
	var whole []string
	if f.cursor >= 0 && f.tell != nil {
		o := found[f.cursor]
		if name, detail := orElse(o.shown, o.value), told(o); len(name) > wide || ansi.StringWidth(detail) > width-wide-4 {
			whole = each(m.theme.accent.Render, hang("  ", name+" · "+detail, width))
		}
		room -= 3
	}
	l := list{max(0, f.cursor)}
	from, to := l.window(len(found), max(3, room))
	for i := from; i < to; i++ {
		mark, style := "  ", m.theme.bold
		if found[i].refused != "" {
			mark, style = "✗ ", m.theme.faint
		}
		if i == f.cursor {
			mark, style = "▸ ", m.theme.chosen
			p.focus = len(p.lines)
		}
		p.add(style.Render(mark+pad(orElse(found[i].shown, found[i].value), wide)) + "  " + m.theme.faint.Render(cut(told(found[i]), width-wide-4)))
	}
	if len(whole) > 0 {
		p.add("")
		p.add(whole...)
	}
}

// verdict says what the text is worth: nothing before it was typed, then what is wrong or what is taken.
func (f *field) verdict(m *model, width int) []string {
	value := f.text.value()
	switch {
	case f.text.suggested && !f.refused && f.cursor < 0 && f.doubt != nil && f.doubt(m, value) != "":
		return each(m.theme.warn.Render, hang("⚠ ", f.doubt(m, value), width))
	case f.text.suggested && !f.refused && f.cursor < 0:
		return each(m.theme.faint.Render, hang("  ", sayFilledIn, width))
	case f.cursor >= 0, !f.typed && !f.refused:
		return nil
	case strings.TrimSpace(value) == "" && (f.optional || !f.refused):
		return nil
	}
	if o, one := f.meant(m); one {
		return each(m.theme.good.Render, hang("→ ", fmt.Sprintf(sayMeant, o.value), width))
	}
	normal, err := f.check(m, value)
	switch {
	case err != nil:
		return each(m.theme.bad.Render, hang("✗ ", refusal(value, err), width))
	case f.doubt != nil && f.doubt(m, normal) != "":
		return each(m.theme.warn.Render, hang("⚠ ", f.doubt(m, normal), width))
	case normal != strings.TrimSpace(value):
		return each(m.theme.good.Render, hang("✓ ", sayTakenAs+normal, width))
	default:
		return each(m.theme.good.Render, hang("✓ ", sayFits, width))
	}
}

// refusal says what is wrong with a value and what is needed; of an empty one only that.
func refusal(typed string, err error) string {
	problem, accepted := steps.Refusal(err)
	switch {
	case accepted == "":
		return problem
	case strings.TrimSpace(typed) == "":
		return sayNeeded + accepted
	default:
		return problem + ". " + sayNeeded + accepted
	}
}

func (f *field) keys(m *model) []key.Binding {
	keys := []key.Binding{m.keyOn(), when(f.text != nil && f.err == nil && len(f.matching()) > 0, bind("↑↓", "pick", "up", "down"))}
	return append(keys, when(f.err != nil, bind("ctrl+r", "look again", "ctrl+r")))
}
