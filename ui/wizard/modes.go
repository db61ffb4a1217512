package wizard

import (
	"context"
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/flowgrant/flowgrant/steps"
)

// modes asks how the logs are kept: in each account, or in one.
type modes struct{ menu }

func newModes(m *model) *modes {
	s := &modes{}
	choose := func(mode steps.Mode) func(m *model) tea.Cmd {
		return func(m *model) tea.Cmd {
			m.answers.mode, m.answers.loaded, m.answers.touched = mode, nil, true
			return m.nextQuestion(nil)
		}
	}
	s.items = []menuItem{
		{"Per account", "Logs stay in the account of the workloads. The cross-account role that Xshield already has there gets access to their bucket.", choose(steps.PerAccount)},
		{"Centralized", "Many accounts deliver to one bucket in a flow log account. A role made only for that lets Xshield read it.", choose(steps.Centralized)},
	}
	if m.answers.mode == steps.Centralized {
		s.cursor = 1
	}
	return s
}

// enter looks for set-ups that were begun here before.
func (s *modes) enter(m *model) tea.Cmd {
	store := m.o.Store
	if store == nil {
		return nil
	}
	return m.read(s, "names", func(context.Context) (any, error) { return store.Names() })
}

func (s *modes) known(name string) func(m *model) tea.Cmd {
	return func(m *model) tea.Cmd {
		store := m.o.Store
		return m.read(s, name, func(context.Context) (any, error) { return store.Load(name) })
	}
}

func (s *modes) arrived(m *model, msg loadedMsg) tea.Cmd {
	switch value := msg.value.(type) {
	case []string:
		s.items = s.items[:2]
		for _, name := range value {
			s.items = append(s.items, menuItem{"Go on with " + name, "A set-up known here: read its state again and review what is left.", s.known(name)})
		}
	case steps.Setup:
		if msg.err == nil {
			m.answers.mode, m.answers.loaded = value.Mode, &value
			return m.toReview()
		}
	}
	if msg.err != nil {
		m.notice = msg.err.Error()
	}
	return nil
}

func (s *modes) stage() stage              { return stageMode }
func (s *modes) title(*model) string       { return "How are the logs kept?" }
func (s *modes) typing() bool              { return false }
func (s *modes) keys(*model) []key.Binding { return s.menu.keys() }
func (s *modes) update(m *model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case loadedMsg:
		return s.arrived(m, msg)
	case tea.KeyMsg:
		return s.menu.update(m, msg)
	}
	return nil
}

func (s *modes) view(m *model, width, _ int) page {
	p := page{focus: -1}
	s.menu.view(m, &p, width)
	if s.cursor < 2 {
		p.add("")
		p.add(s.drawing(m)...)
	}
	return p
}

// drawing shows who owns what, which way the logs flow and who reads them, with the accounts known so far.
func (s *modes) drawing(m *model) []string {
	reader := orElse(m.answers.reader, "Xshield")
	account := orElse(m.answers.account, "your account")
	lines := []string{
		boxTop(account, 39) + "     " + boxTop(reader, 12),
		"│ " + pad("VPC ── flow logs ──→ bucket", 38) + "│     │ " + pad("Xshield", 11) + "│",
		"│ " + pad("                       ↑", 38) + "│     │            │",
		"│ " + pad("    existing cross-account role", 37) + " ←─────── reads    │",
		"└" + strings.Repeat("─", 39) + "┘     └────────────┘",
	}
	if s.cursor == 1 {
		account = orElse(m.answers.account, "flow log account")
		lines = []string{
			boxTop("workloads", 12) + "    " + boxTop(account, 22) + "    " + boxTop(reader, 12),
			"│ VPC  flow  │    │                      │    │ " + pad("Xshield", 11) + "│",
			"│ VPC  logs ─────→ bucket ← its own role ←────── reads    │",
			"│ VPC        │    │                      │    │            │",
			"└────────────┘    └──────────────────────┘    └────────────┘",
		}
	}
	return each(m.theme.accent.Render, lines)
}

// boxTop is the upper edge of a box that is inner columns wide inside, with a name in it.
func boxTop(name string, inner int) string {
	name = cut(name, inner-3)
	return "┌ " + name + " " + strings.Repeat("─", inner-2-ansi.StringWidth(name)) + "┐"
}

func (s *modes) help(*model) string {
	return fmt.Sprintf(`Per account: use this where each account keeps its own flow logs. The account must already be onboarded in Xshield as a Resource account, so that its cross-account role (%s) exists.

Centralized: use this where your organization forwards flow logs to one logging account. That account is onboarded in Xshield as a Flow Logs account; the workload accounts must already be onboarded as Resource accounts.

Not sure? Look where flow logs go today: VPC console → Your VPCs → a VPC → Flow logs → Destination. A bucket of another account means centralized.`, steps.NewSetup(steps.PerAccount).Account.Role)
}
