package wizard

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/clipboard"
)

// model is the one Bubble Tea model: the journey so far and the screen in sight.
type model struct {
	ctx   context.Context
	o     Options
	theme theme
	clip  clipboard.Clipboard
	now   func() time.Time
	send  func(tea.Msg) // reaches the program from outside of it; set before it starts
	w, h  int

	connect  Connect
	engine   Engine
	identity steps.Identity
	hint     portalHint

	answers   answers
	questions map[steps.Mode][]screen
	open      map[screen]bool // questions to be asked again before a review: another answer, which they hang on, has changed
	run       *running

	stack   []screen // the way here; the last is in sight, Esc takes it off
	dialogs []*dialog
	helping bool
	torn    torn
	scroll  int // lines the person has scrolled the screen by
	notice  string

	frame   int // counts ticks, turns the spinner
	ticking bool
	loads   map[screen]*load
	looks   bucketLooks

	outcome outcome
}

// portalHint is what the reader's portal shows, where the engine can tell.
type portalHint struct {
	account, externalID string
	known               bool
}

// outcome is what stays after the screen is gone.
type outcome struct {
	result    *steps.Result
	setup     steps.Setup
	store     *steps.Store // knows the set-up; may be nil
	left      bool         // the person left while only the logs were waited for
	exit      int          // where there is no result
	savedAs   []string     // files written
	cancelled bool
}

func newModel(ctx context.Context, o Options, clip clipboard.Clipboard) *model {
	m := &model{ctx: ctx, o: o, theme: newTheme(o.Getenv), clip: clip, now: o.now, w: 80, h: 24, connect: o.Connect,
		loads: map[screen]*load{}, questions: map[steps.Mode][]screen{}, open: map[screen]bool{}}
	m.answers = newAnswers()
	m.stack = []screen{newWho()}
	return m
}

func (m *model) Init() tea.Cmd {
	return tea.Batch(tea.SetWindowTitle("flowgrant"), m.top().enter(m), m.tick())
}

func (m *model) top() screen { return m.stack[len(m.stack)-1] }

// show puts a screen in sight; Esc comes back from it.
func (m *model) show(s screen) tea.Cmd {
	m.stack = append(m.stack, s)
	m.scroll = 0
	return s.enter(m)
}

// become replaces the screen in sight; Esc goes to the one before it.
func (m *model) become(s screen) tea.Cmd {
	m.stack[len(m.stack)-1] = s
	m.scroll = 0
	return s.enter(m)
}

// restart forgets the way here but its beginning: Esc goes back to who acts.
func (m *model) restart(s screen) tea.Cmd {
	m.run, m.stack = nil, m.stack[:1]
	return m.show(s)
}

// back takes the screen in sight off; what was answered on it stays.
func (m *model) back() tea.Cmd {
	if len(m.stack) == 1 {
		return nil
	}
	m.stopLoad(m.top())
	m.stack = m.stack[:len(m.stack)-1]
	m.scroll = 0
	return m.top().enter(m)
}

type tickMsg struct{}

// interruptMsg says that the program was asked to end by a signal.
type interruptMsg struct{ kill bool } // kill: asked again, so that calls in flight end too

const tickEvery = 120 * time.Millisecond

// tick keeps the spinner turning while something is under way, and stops when nothing is.
func (m *model) tick() tea.Cmd {
	if m.ticking || !m.busy() {
		return nil
	}
	m.ticking = true
	return tea.Tick(tickEvery, func(time.Time) tea.Msg { return tickMsg{} })
}

func (m *model) busy() bool { return len(m.loads) > 0 || m.run != nil && m.run.active() }

func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.dispatch(msg)
	return m, tea.Batch(cmd, m.tick())
}

func (m *model) dispatch(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		if msg.Width > 0 && msg.Height > 0 { // a terminal that does not know its size says 0×0
			m.w, m.h = msg.Width, msg.Height
		}
		return nil
	case tickMsg:
		m.ticking = false
		m.frame++
		return nil
	case loadedMsg:
		return m.deliver(msg)
	case lookedMsg:
		return m.looked(msg)
	case runMsg:
		return msg.to.receive(m, msg)
	case interruptMsg:
		if msg.kill && m.run != nil {
			m.run.kill()
		}
		return m.interrupted()
	case mfaMsg:
		msg.show(m)
		return nil
	case lapseMsg:
		msg.show(m)
		return nil
	case noticeMsg:
		m.notice = string(msg)
		return nil
	case savedMsg:
		m.outcome.savedAs = append(m.outcome.savedAs, msg.files...)
		m.notice = msg.text
		return nil
	case escapeMsg:
		if msg.n == m.torn.n {
			return m.press(m.torn.flush())
		}
		return nil
	case tea.KeyMsg:
		keys, timer := m.torn.mend(msg)
		return tea.Batch(timer, m.press(keys))
	}
	return nil
}

func (m *model) press(keys []tea.KeyMsg) tea.Cmd {
	var cmds []tea.Cmd
	for _, k := range keys {
		cmds = append(cmds, m.key(k))
	}
	return tea.Batch(cmds...)
}

func (m *model) key(msg tea.KeyMsg) tea.Cmd {
	m.notice = ""
	switch msg.String() {
	case "ctrl+c":
		return m.ctrlC()
	case "ctrl+z":
		if m.run != nil && m.run.active() {
			m.notice = saySuspendingIsOffWhileAws
			return nil
		}
		return tea.Suspend
	case "ctrl+l":
		return tea.ClearScreen
	}
	if len(m.dialogs) > 0 {
		return m.dialogs[0].update(m, msg)
	}
	if m.helping {
		if s := msg.String(); s == "esc" || s == "?" || s == "f1" || s == "q" || s == "enter" {
			m.helping, m.scroll = false, 0
			return nil
		}
		m.scrollKey(msg)
		return nil
	}
	switch msg.String() {
	case "?", "f1":
		m.helping, m.scroll = true, 0
		return nil
	case "esc":
		if e, ok := m.top().(escaper); ok && e.escape(m) {
			return nil
		}
		return m.back()
	}
	// Keys that were hit fast may arrive as one message.
	if msg.Type == tea.KeyRunes && len(msg.Runes) > 1 && !msg.Paste && !m.top().typing() {
		var cmds []tea.Cmd
		for _, r := range msg.Runes {
			cmds = append(cmds, m.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: msg.Alt}))
		}
		return tea.Batch(cmds...)
	}
	return m.top().update(m, msg)
}

// scrollKey moves a page that has no cursor of its own.
func (m *model) scrollKey(msg tea.KeyMsg) bool {
	switch msg.String() {
	case "up", "k":
		m.scroll--
	case "down", "j":
		m.scroll++
	case "pgup", "b":
		m.scroll -= m.bodyHeight() - 1
	case "pgdown", " ":
		m.scroll += m.bodyHeight() - 1
	case "home", "g":
		m.scroll = 0
	case "end", "G":
		m.scroll = 1 << 20 // the frame stops it at the end
	default:
		return false
	}
	m.scroll = max(0, m.scroll)
	return true
}

// ctrlC stops the run first, then leaves it; without a run it leaves, and asks where answers would be lost.
func (m *model) ctrlC() tea.Cmd {
	if m.run != nil && m.run.active() {
		return m.run.stop(m)
	}
	if len(m.dialogs) > 0 && m.dialogs[0].quits {
		return m.quit(130)
	}
	return m.askQuit()
}

// askQuit leaves; where answers would be lost it asks first.
func (m *model) askQuit() tea.Cmd {
	if !m.answers.touched {
		return m.quit(0)
	}
	m.dialogs = append([]*dialog{{
		heading: "Leave flowgrant?",
		text:    sayNothingHasBeenChangedIn,
		quits:   true,
		choices: []choiceKey{
			{bind("y", "leave", "y", "Y"), func(m *model) tea.Cmd { return m.quit(0) }},
			{bind("n/esc", "stay", "n", "N"), nil},
		},
	}}, m.dialogs...)
	return nil
}

// interrupted ends the journey on a signal. A run ends by itself then, since its context is a child of the same.
func (m *model) interrupted() tea.Cmd {
	if m.run != nil && m.run.active() {
		m.run.leaveWhenDone = true
		return m.run.stop(m)
	}
	return m.quit(130)
}

// command gives the command line that does something with a set-up, as people are told it.
func (m *model) command(verb, name string) string { return m.o.Store.Command(verb, name) }

func (m *model) quit(exit int) tea.Cmd {
	for _, l := range m.loads {
		l.cancel(nil)
	}
	m.outcome.exit = exit
	return tea.Quit
}

// load is a reading under way for a screen.
type load struct {
	cancel context.CancelCauseFunc
	since  time.Time
}

// loadedMsg brings what a screen has asked for.
type loadedMsg struct {
	to    screen
	load  *load
	key   string
	value any
	err   error
}

// read starts a reading for a screen, in place of the one before it. The screen gets a loadedMsg.
func (m *model) read(to screen, key string, what func(ctx context.Context) (any, error)) tea.Cmd {
	m.stopLoad(to)
	ctx, cancel := context.WithCancelCause(m.ctx)
	l := &load{cancel: cancel, since: m.now()}
	m.loads[to] = l
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = loadedMsg{to: to, load: l, key: key, err: fmt.Errorf(sayInternalFaultWhileReading, r)}
			}
		}()
		value, err := what(ctx)
		if err != nil && errors.Is(context.Cause(ctx), errGaveUp) {
			err = errGaveUp
		}
		return loadedMsg{to: to, load: l, key: key, value: value, err: err}
	}
}

func (m *model) stopLoad(s screen) {
	if l := m.loads[s]; l != nil {
		l.cancel(nil)
		delete(m.loads, s)
	}
}

func (m *model) loading(s screen) bool { return m.loads[s] != nil }

func (m *model) deliver(msg loadedMsg) tea.Cmd {
	if m.loads[msg.to] != msg.load { // stopped or started anew since
		return nil
	}
	msg.load.cancel(nil)
	delete(m.loads, msg.to)
	return msg.to.update(m, msg)
}

// waitingLine shows that a reading is under way, and for how long where that is long.
func (m *model) waitingLine(s screen, what string) string {
	line := m.theme.spinner(m.frame) + " " + what
	if l := m.loads[s]; l != nil {
		if d := m.now().Sub(l.since); d > 2*time.Second {
			line += " (" + clock(d) + ")"
		}
	}
	return line
}

// faultLines tells an error as a person needs it: what was tried, why it failed, what to do.
func (m *model) faultLines(err error, width int) []string {
	var lines []string
	var many steps.StepErrors
	if errors.As(err, &many) && len(many) > 1 {
		for _, e := range many {
			lines = append(lines, m.faultLines(e, width)...)
		}
		return lines
	}
	var step *steps.StepError
	if !errors.As(err, &step) {
		return each(m.theme.bad.Render, hang("✗ ", told(err.Error()), width))
	}
	what := told(step.Cause)
	if step.Tried != "" {
		what = "Could not " + step.Tried + ": " + what
	}
	lines = append(lines, each(m.theme.bad.Render, hang("✗ ", what, width))...)
	var where []string
	for _, s := range []string{step.Account, step.Region, step.Target} {
		if s != "" {
			where = append(where, s)
		}
	}
	if len(where) > 0 {
		lines = append(lines, each(m.theme.faint.Render, hang("  ", "at "+strings.Join(where, " · "), width))...)
	}
	if step.Fix != "" {
		lines = append(lines, hang("  ", "To do: "+told(step.Fix), width)...)
	}
	if step.RequestID != "" {
		lines = append(lines, each(m.theme.faint.Render, hang("  ", "request "+step.RequestID, width))...)
	}
	return lines
}
