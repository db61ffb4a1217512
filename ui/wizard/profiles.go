package wizard

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// profiles picks another profile of the AWS configuration.
type profiles struct {
	menu
	who  *who
	name *entry
}

func newProfiles(w *who) *profiles { return &profiles{who: w, name: newEntry("")} }

func (s *profiles) stage() stage         { return stageYou }
func (s *profiles) title(*model) string  { return labelWhichProfile }
func (s *profiles) typing() bool         { return true }
func (s *profiles) enter(*model) tea.Cmd { return nil }

func (s *profiles) keys(m *model) []key.Binding {
	if len(s.matching(m)) == 0 {
		return nil
	}
	return s.menu.keys()
}

// matching are the profiles whose name contains what is typed; without one, what is typed.
func (s *profiles) matching(m *model) []string {
	typed := strings.TrimSpace(s.name.value())
	var found []string
	for _, p := range m.profiles() {
		if strings.Contains(strings.ToLower(p), strings.ToLower(typed)) {
			found = append(found, p)
		}
	}
	if len(found) == 0 && typed != "" {
		found = []string{typed}
	}
	return found
}

func (s *profiles) update(m *model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil
	}
	found := s.matching(m)
	switch {
	case s.move(k, len(found), 10, false):
	case k.String() == "enter":
		if s.cursor < len(found) {
			name := found[s.cursor]
			back := m.back()
			return tea.Batch(back, s.who.open(m, Connect{Profile: name, Region: m.o.Connect.Region, Sandbox: m.connect.Sandbox})) // the sandbox has profiles of its own
		}
	default:
		if s.name.update(k) {
			s.cursor = 0
		}
	}
	return nil
}

func (s *profiles) view(m *model, width, height int) page {
	p := page{focus: -1}
	hint := sayPickProfile
	if len(m.profiles()) == 0 {
		hint = sayTypeProfile
	}
	p.add(each(m.theme.faint.Render, wrap(hint, width))...)
	p.add(s.name.view(m.theme, width, false), "")
	found := s.matching(m)
	s.clamp(len(found))
	from, to := s.window(len(found), max(3, height-len(p.lines)))
	for i := from; i < to; i++ {
		if i == s.cursor {
			p.focus = len(p.lines)
			p.add(m.theme.chosen.Render(cut("▸ "+found[i], width)))
		} else {
			p.add("  " + cut(found[i], width-2))
		}
	}
	return p
}

func (s *profiles) help(*model) string {
	return sayProfilesOfYourAws
}
