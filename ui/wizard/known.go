package wizard

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// known offers the set-ups that were begun here before, the unfinished ones first, and a new one.
type known struct {
	menu
	setups []steps.SetupState
	drafts []steps.Draft
	read   bool
}

// begin goes to the set-ups known here and answers kept where there are any, and on to the one that is to be resumed; else to the questions of a new one.
func (m *model) begin(known []steps.SetupState, drafts []steps.Draft) tea.Cmd {
	if len(known) == 0 && len(drafts) == 0 {
		return m.show(newModes(m))
	}
	cmd := m.show(newKnown(known, drafts))
	if i := slices.IndexFunc(known, func(s steps.SetupState) bool { return s.Setup == m.o.Resume }); i >= 0 {
		return tea.Batch(cmd, m.show(&setupPage{state: known[i]}))
	}
	return cmd
}

func newKnown(setups []steps.SetupState, drafts []steps.Draft) *known {
	s := &known{}
	s.fill(setups, drafts)
	return s
}

func (s *known) fill(setups []steps.SetupState, drafts []steps.Draft) {
	s.setups, s.drafts, s.items = setups, drafts, nil
	for n, d := range drafts {
		s.items = append(s.items, draftItem(n, d))
	}
	for _, unfinished := range []bool{true, false} {
		for _, state := range setups {
			if words.Finished(state) == unfinished {
				continue
			}
			s.items = append(s.items, menuItem{label: state.Setup, do: func(m *model) tea.Cmd { return m.show(&setupPage{state: state}) }})
			s.items[len(s.items)-1].told = func(m *model) string { return words.State(state, m.now()) }
		}
	}
	s.items = append(s.items, menuItem{label: words.SayNewSetup, detail: words.SayNewSetupMeans, do: func(m *model) tea.Cmd {
		m.fresh()
		return m.show(newModes(m))
	}})
	s.clamp(len(s.items))
}

// fresh forgets the answers: another set-up begins.
func (m *model) fresh() {
	m.draft = &draft{}
	m.answers, m.questions, m.open = newAnswers(), map[steps.Mode][]screen{}, map[screen]bool{}
}

// enter looks again: a run may have changed what is known.
func (s *known) enter(m *model) tea.Cmd {
	store, first := m.o.Store, !s.read
	s.read = true
	if store == nil || first {
		return nil
	}
	s.fill(s.setups, m.drafts())
	return m.read(s, "setups", func(context.Context) (any, error) { return store.Setups() })
}

func (s *known) update(m *model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case loadedMsg:
		if setups, ok := msg.value.([]steps.SetupState); ok && msg.err == nil {
			s.fill(setups, s.drafts)
		} else if msg.err != nil {
			m.notice = msg.err.Error()
		}
	case tea.KeyMsg:
		return s.menu.update(m, msg)
	}
	return nil
}

func (s *known) stage() stage              { return stageMode }
func (s *known) title(*model) string       { return words.TitleKnown }
func (s *known) typing() bool              { return false }
func (s *known) keys(*model) []key.Binding { return s.menu.keys() }
func (s *known) help(*model) string        { return words.HelpKnown }
func (s *known) view(m *model, width, _ int) page {
	p := page{focus: -1}
	s.menu.view(m, &p, width)
	return p
}

// setupPage is one set-up known here: where it stands and what can be done with it.
type setupPage struct {
	menu
	state steps.SetupState
	setup *steps.Setup
	err   error
}

func (s *setupPage) enter(m *model) tea.Cmd {
	if s.setup != nil {
		return nil
	}
	store, name, engine := m.o.Store, s.state.Setup, m.engine
	return m.read(s, name, func(ctx context.Context) (any, error) {
		setup, err := store.Load(name)
		return remembered{setup, accountNames(ctx, engine, setup)}, err
	})
}

func (s *setupPage) update(m *model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case loadedMsg:
		s.err = msg.err
		if r, ok := msg.value.(remembered); ok && msg.err == nil {
			s.setup = &r.setup
			s.items = s.choices(r.setup)
			maps.Copy(m.answers.names, r.names)
		}
	case tea.KeyMsg:
		return s.menu.update(m, msg)
	}
	return nil
}

// remembered is a set-up that is known here, with the names of accounts that it has only the numbers of.
type remembered struct {
	setup steps.Setup
	names map[string]string
}

// namesWait is how long a page waits for names: they are a convenience.
const namesWait = 2 * time.Second

// accountNames asks the organization for the names of accounts, where the set-up has none and the person may ask.
func accountNames(ctx context.Context, engine Engine, setup steps.Setup) map[string]string {
	logged := append(setup.Logged(), steps.LoggedAccount{ID: setup.Account.ID, Name: setup.Account.Name})
	names := map[string]string{}
	if !slices.ContainsFunc(logged, func(l steps.LoggedAccount) bool { return l.Name == "" }) {
		return names
	}
	ctx, cancel := context.WithTimeout(ctx, namesWait)
	defer cancel()
	accounts, err := engine.Accounts(ctx)
	if err != nil {
		return names
	}
	for _, a := range accounts {
		names[a.ID] = a.Name
	}
	return names
}

// choices are what can be done with the set-up, and last what was kept of it.
func (s *setupPage) choices(setup steps.Setup) []menuItem {
	return append(s.ways(setup), menuItem{label: words.SayBackups, detail: words.SayBackupsMeans, do: func(m *model) tea.Cmd { return m.show(&kept{setup: setup, state: s.state}) }})
}

// ways depend on whether the set-up is finished.
func (s *setupPage) ways(setup steps.Setup) []menuItem {
	goOn := menuItem{label: words.SayGoOn, detail: words.SayGoOnMeans, do: func(m *model) tea.Cmd { m.load(setup); return m.toReview() }}
	change := menuItem{label: words.SayChangeAnswers, detail: words.SayChangeAnswersMeans, do: func(m *model) tea.Cmd { m.load(setup); return m.show(newAnswerList(m)) }}
	prove := menuItem{label: words.SayProve, detail: words.SayProveMeans, do: func(m *model) tea.Cmd { m.load(setup); return m.show(newProof(setup)) }}
	revoke := menuItem{label: words.SayRevoke, detail: words.SayRevokeMeans, do: func(m *model) tea.Cmd { m.load(setup); return m.askRevoke(setup, steps.RevokeOptions{}) }}
	if setup.GrantsNobody() {
		change = menuItem{label: words.SaySaveAnswers, detail: words.SayChangeInFile, do: func(m *model) tea.Cmd { return m.saveSetup(setup) }}
		revoke.label, revoke.detail = words.SayRevokeGroup, words.SayRevokeGroupMeans
	}
	if s.state.Verb == steps.VerbRevoke && (s.state.Unfinished() || s.state.Status == steps.SetupRevoked) {
		prove = menuItem{label: words.SayProveOut, detail: words.SayProveOutMeans, do: func(m *model) tea.Cmd { m.load(setup); return m.show(newProofOut(setup, s.state.Revoke)) }}
		if setup.GrantsNobody() {
			prove.label, prove.detail = words.SayProveGone, words.SayProveGoneMeans
		}
	}
	find := menuItem{label: words.SayDiagnose, detail: words.SayDiagnoseMeans, do: func(m *model) tea.Cmd { m.load(setup); return m.diagnose(setup, stageEnd) }}
	switch {
	case s.state.Verb == steps.VerbRevoke && s.state.Unfinished():
		revoke.label = words.SayRevokeOn
		goOn.label, goOn.detail = words.SaySetUpAgain, words.SaySetUpAgainMeans
		if s.state.Revoke != nil {
			options := *s.state.Revoke
			revoke.detail = words.SayRevokeOnMeans // nothing is asked again
			revoke.do = func(m *model) tea.Cmd { m.load(setup); return m.toRevokeReview(setup, options) }
		}
		return []menuItem{revoke, goOn, prove, change}
	case s.state.Status == steps.SetupRevoked:
		goOn.label, goOn.detail = words.SaySetUpAgain, words.SaySetUpAgainMeans
		return []menuItem{prove, goOn, change, revoke}
	case words.Finished(s.state):
		goOn.label, goOn.detail = words.SayReviewAgain, words.SayReviewAgainMeans
		return []menuItem{prove, change, goOn, find, revoke}
	default:
		return []menuItem{goOn, change, prove, find, revoke}
	}
}

func (s *setupPage) stage() stage        { return stageMode }
func (s *setupPage) title(*model) string { return s.state.Setup }
func (s *setupPage) typing() bool        { return false }
func (s *setupPage) keys(*model) []key.Binding {
	if len(s.items) == 0 {
		return nil
	}
	return s.menu.keys()
}

// help explains the choices that there are.
func (s *setupPage) help(*model) string {
	if len(s.items) == 0 {
		return words.HelpKnown
	}
	var names []string
	for _, item := range s.items {
		names = append(names, item.label)
	}
	return words.HelpChoices(names)
}

func (s *setupPage) view(m *model, width, _ int) page {
	p := page{focus: -1}
	p.add(wrap(words.State(s.state, m.now()), min(width, maxText))...)
	p.add("")
	switch {
	case m.loading(s):
		p.add(cut(m.waitingLine(s, words.SayReadingAnswers), width))
	case s.err != nil:
		p.add(m.faultLines(s.err, width)...)
	default:
		s.menu.view(m, &p, width)
		p.add("")
		p.add(m.drawingOf(answersOf(*s.setup), s.setup.Mode)...)
	}
	return p
}
