package wizard

import (
	"fmt"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// modes asks how the logs are kept: in each account, or in one.
type modes struct{ menu }

func newModes(m *model) *modes {
	s := &modes{}
	choose := func(mode steps.Mode) func(m *model) tea.Cmd {
		return func(m *model) tea.Cmd {
			before := m.answers
			m.answers.mode, m.answers.loaded, m.answers.touched = mode, nil, true
			m.changed(before)
			return m.nextQuestion(nil)
		}
	}
	s.items = []menuItem{{label: words.SayPerAccount, detail: words.SayPerAccountMeans, do: choose(steps.PerAccount)}, {label: words.SayCentralized, detail: words.SayCentralizedMeans, do: choose(steps.Centralized)}}
	if m.answers.mode == steps.Centralized {
		s.cursor = 1
	}
	return s
}

func (s *modes) enter(*model) tea.Cmd      { return nil }
func (s *modes) stage() stage              { return stageMode }
func (s *modes) title(*model) string       { return words.TitleModes }
func (s *modes) typing() bool              { return false }
func (s *modes) keys(*model) []key.Binding { return s.menu.keys() }
func (s *modes) update(m *model, msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyMsg); ok {
		return s.menu.update(m, k)
	}
	return nil
}

func (s *modes) view(m *model, width, _ int) page {
	p := page{focus: -1}
	s.menu.view(m, &p, width)
	p.add("")
	p.add(m.drawing([]steps.Mode{steps.PerAccount, steps.Centralized}[s.cursor])...)
	return p
}

func (s *modes) help(*model) string {
	return fmt.Sprintf(words.HelpModes, steps.NewSetup(steps.PerAccount).Account.Role)
}
