package wizard

import (
	"context"
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
	draft     *draft // of the answers
	questions map[steps.Mode][]screen
	warned    map[string]bool // warnings that were opened to be read
	open      map[screen]bool // questions to be asked again before a review: another answer, which they hang on, has changed
	run       *running

	stack   []screen // the way here; the last is in sight, Esc takes it off
	dialogs []*dialog
	helping bool
	torn    torn
	scroll  int // lines the person has scrolled the screen by, from where its cursor needs it
	sight   sight
	notice  string

	frame   int // counts ticks, turns the spinner
	ticking bool
	growing bool // a screen that tells an age is drawn anew within a minute
	loads   map[screen]*load
	looks   bucketLooks

	repaired string // the set-up that something was mended for, by its name
	outcome  outcome
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
	kept      bool // answers, for the next start
}

func newModel(ctx context.Context, o Options, clip clipboard.Clipboard) *model {
	m := &model{ctx: ctx, o: o, theme: newTheme(o.Getenv), clip: clip, now: o.now, w: 80, h: 24, connect: o.Connect,
		loads: map[screen]*load{}, questions: map[steps.Mode][]screen{}, open: map[screen]bool{}, warned: map[string]bool{}}
	m.answers, m.draft = newAnswers(), &draft{}
	m.stack = []screen{newWho()}
	return m
}

func (m *model) Init() tea.Cmd {
	return tea.Batch(tea.SetWindowTitle("flowgrant"), m.top().enter(m), m.tick())
}

type tickMsg struct{}

const tickEvery = 120 * time.Millisecond

// tick keeps the spinner turning while something is under way, and stops when nothing is.
func (m *model) tick() tea.Cmd {
	if m.ticking || !m.busy() {
		return nil
	}
	m.ticking = true
	return tea.Tick(tickEvery, func(time.Time) tea.Msg { return tickMsg{} })
}

type olderMsg struct{}

// grow draws a screen that says how long ago something was anew each minute, as long as it is in sight.
func (m *model) grow() tea.Cmd {
	if m.growing || !tellsAge(m.top()) {
		return nil
	}
	m.growing = true
	return tea.Tick(time.Minute, func(time.Time) tea.Msg { return olderMsg{} })
}

func tellsAge(s screen) bool {
	switch s := s.(type) {
	case *review:
		return s.plan != nil
	case *known, *setupPage:
		return true
	}
	return false
}

func (m *model) busy() bool { return len(m.loads) > 0 || m.run != nil && m.run.active() }

func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.dispatch(msg)
	return m, tea.Batch(cmd, m.tick(), m.grow())
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
	case olderMsg:
		m.growing = false
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
		m.notice = msg.said(m.w)
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

// command gives the command line that does something with a set-up, as people are told it.
func (m *model) command(verb, name string) string { return m.o.Store.Command(verb, name) }
