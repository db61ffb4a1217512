package wizard

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// who is the first screen: with which credentials the work is done, and ways out where there are none.
type who struct {
	menu
	err    error
	opened bool
	known  []steps.SetupState // set-ups known here
	drafts []steps.Draft      // answers that were kept
	was    steps.Identity     // who acted last
}

func newWho() *who { return &who{} }

// session is what opening credentials gives.
type session struct {
	engine   Engine
	identity steps.Identity
	hint     portalHint
	known    []steps.SetupState
	drafts   []steps.Draft
	names    map[string]string // of accounts, where answers were kept that lack some
}

func (s *who) stage() stage        { return stageYou }
func (s *who) title(*model) string { return labelWhoIsActing }
func (s *who) typing() bool        { return false }
func (s *who) keys(m *model) []key.Binding {
	if m.loading(s) {
		return []key.Binding{bind("r", doesStartAgain, "r"), bind("q", doesQuit, "q")}
	}
	return append(s.menu.keys(), bind("r", doesCheckAgain, "r"), bind("q", doesQuit, "q"))
}

func (s *who) enter(m *model) tea.Cmd {
	if s.opened {
		s.drafts = m.drafts()
		s.choices(m)
		return nil
	}
	return s.open(m, m.connect)
}

func (s *who) open(m *model, c Connect) tea.Cmd {
	c.MFACode, c.Lapsed, c.Held = m.askMFA, m.tellLapse, func(why string) { m.send(noticeMsg(why)) }
	if c.Sandbox != m.connect.Sandbox {
		m.fresh() // nothing that was answered in practice reaches the real thing, nor the other way round
	}
	m.connect, m.engine, m.identity, m.hint = c, nil, steps.Identity{}, portalHint{}
	m.dropLooks()
	if m.o.Stores != nil {
		m.o.Store = m.o.Stores(c)
	}
	store := m.o.Store
	s.known, s.drafts = nil, nil
	s.opened, s.err, s.cursor, s.items = true, nil, 0, nil
	return m.read(s, "who", func(ctx context.Context) (any, error) {
		engine, err := m.o.Open(ctx, c)
		if err != nil {
			return nil, err
		}
		found := session{engine: engine}
		if h, ok := engine.(portalHinter); ok {
			found.hint.account, found.hint.externalID, found.hint.known = h.PortalHint(ctx)
		}
		if store != nil {
			found.known, _ = store.Setups() // what cannot be read is told where it is needed
			found.drafts = store.Drafts()
		}
		if found.identity, err = engine.Who(ctx); err == nil && len(found.drafts) > 0 {
			found.names = accountNames(ctx, engine, found.drafts[0].Setup)
		}
		return found, err
	})
}

func (s *who) update(m *model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case loadedMsg:
		s.err = msg.err
		if found, ok := msg.value.(session); ok {
			m.engine, m.identity, m.hint = found.engine, found.identity, found.hint
			s.known = found.known
			maps.Copy(m.answers.names, found.names)
			s.drafts = slices.DeleteFunc(found.drafts, func(d steps.Draft) bool { return d.ID == m.draft.id })
			if msg.err == nil && s.was != found.identity {
				s.was = found.identity
				m.actorChanged()
			}
		}
		s.choices(m)
	case tea.KeyMsg:
		switch msg.String() {
		case "r":
			return s.open(m, m.connect)
		case "q":
			return m.askQuit()
		}
		return s.menu.update(m, msg)
	}
	return nil
}

// choices are the ways on from here.
func (s *who) choices(m *model) {
	quit := menuItem{label: labelQuit, do: func(m *model) tea.Cmd { return m.askQuit() }}
	profiles := menuItem{label: labelUseAnotherProfile, detail: words.ProfilesFound(m.profiles(), m.profileNamed()), do: func(m *model) tea.Cmd { return m.show(newProfiles(s)) }}
	practise := menuItem{label: words.SayPractise, detail: words.SayPractiseMeans,
		do: func(m *model) tea.Cmd { return s.open(m, Connect{Sandbox: true}) }}
	leaveSandbox := menuItem{label: words.SayLeaveSandbox, detail: words.SayOwnAWSMeans,
		do: func(m *model) tea.Cmd {
			return s.open(m, Connect{Profile: m.o.Connect.Profile, Region: m.o.Connect.Region})
		}}
	s.brief = s.err != nil
	if s.err != nil {
		s.items = []menuItem{profiles, practise,
			{label: sayShowTheCommandsThatSign, do: func(m *model) tea.Cmd { return m.show(newViewer(labelSigningInToAWS, s.commands(m), "")) }},
			{label: labelTryAgain, detail: sayAfterYouHaveSignedIn, do: func(m *model) tea.Cmd { return s.open(m, m.connect) }}, quit}
		if m.connect.Sandbox {
			s.items[1] = leaveSandbox
		}
		return
	}
	goOn := menuItem{label: labelContinue, detail: sayContinue, do: func(m *model) tea.Cmd { return m.begin(s.known, s.drafts) }}
	if open := slices.DeleteFunc(slices.Clone(s.known), words.Finished); len(open) > 0 {
		goOn.detail = fmt.Sprintf(sayContinueKnown, count(len(open), labelUnfinishedSetUp))
	}
	s.items = []menuItem{goOn, profiles, practise, quit}
	if m.connect.Sandbox {
		s.items[2] = leaveSandbox
	}
	if len(s.drafts) > 0 {
		s.items[0].detail = words.SayNotTheDraft
		if len(s.known) > 0 || len(s.drafts) > 1 {
			s.items[0].detail = words.SayNotTheDraftKnown
		}
		s.items = append([]menuItem{draftItem(0, s.drafts[0])}, s.items...)
	}
}

func (s *who) commands(m *model) string {
	profile := ""
	if p := m.profileName(); p != "" {
		profile = " --profile " + p
	}
	return fmt.Sprintf(helpWithSingleSignOnIam, profile)
}

func (s *who) view(m *model, width, _ int) page {
	p := page{focus: -1}
	text := min(width, maxText)
	switch {
	case m.loading(s):
		p.add(m.waitingLine(s, labelAskingWho))
		return p
	case s.err != nil:
		p.add(m.theme.bold.Render(sayNotSignedIn), "")
		p.add(m.faultLines(s.err, text)...)
		p.add("", m.theme.bold.Render(labelWaysOn), "")
	default:
		if m.connect.Sandbox {
			p.add(each(m.theme.warn.Render, wrap(sayThisIsTheSandboxA, text))...)
			p.add("")
		}
		i := m.identity
		for _, row := range [][2]string{{labelAccount, i.Account}, {labelActingAs, i.ARN}, {labelProfile, orElse(m.profileName(), labelNoProfile)},
			{labelRegion, orElse(i.Region, sayNoneSetYouWillBe)}} {
			p.add(pad("  "+row[0], 14) + m.theme.bold.Render(cut(row[1], width-14)))
		}
		p.add("")
	}
	s.menu.view(m, &p, width)
	return p
}

func (s *who) help(*model) string {
	return helpFlowgrantSetsUpVpcFlow
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
