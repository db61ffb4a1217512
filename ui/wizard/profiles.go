package wizard

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// profiles picks another profile of the AWS configuration, or none.
type profiles struct {
	list
	who   *who
	name  *entry
	found steps.Profiles
	named bool // one was named, so that going on without is another way
	wrong bool // enter was hit and nothing was there to take
}

func newProfiles(w *who) *profiles { return &profiles{who: w, name: newEntry("")} }

func (s *profiles) stage() stage        { return stageYou }
func (s *profiles) title(*model) string { return labelWhichProfile }
func (s *profiles) typing() bool        { return true }

func (s *profiles) enter(m *model) tea.Cmd {
	s.found, s.named = m.profiles(), m.profileNamed()
	if tried := m.triedProfile(); s.who.err != nil && tried != "" && !slices.Contains(s.found.Names, tried) {
		s.name.suggest(tried)
		s.cursor = -1
	}
	return nil
}

func (s *profiles) keys(m *model) []key.Binding {
	return []key.Binding{when(len(s.rows(m)) > 0, keyMove), bind("enter", doesChoose, "enter")}
}

// profileChoice is a profile to pick, or none.
type profileChoice struct{ name, shown, detail string }

// rows are the profiles whose name contains what is typed, and all of them where none does; then, where one was named, no profile.
func (s *profiles) rows(m *model) []profileChoice {
	typed := strings.TrimSpace(s.name.value())
	var all, some []profileChoice
	for _, p := range s.found.Names {
		row := profileChoice{name: p, shown: p}
		all = append(all, row)
		if strings.Contains(strings.ToLower(p), strings.ToLower(typed)) {
			some = append(some, row)
		}
	}
	if len(some) > 0 && typed != "" {
		return some
	}
	if s.named {
		none := profileChoice{shown: words.SayNoProfile, detail: words.SayNoProfileMeans}
		if m.connect.Sandbox {
			none.detail = words.SayNoProfileSandbox
		}
		all = append(all, none)
	}
	return all
}

// fault says what is wrong with what is typed where it stands for no row, and "" where it does.
func (s *profiles) fault() string {
	typed := strings.TrimSpace(s.name.value())
	if typed == "" || slices.ContainsFunc(s.found.Names, func(p string) bool { return strings.Contains(strings.ToLower(p), strings.ToLower(typed)) }) {
		return ""
	}
	return words.ProfileFault(s.found, typed)
}

func (s *profiles) update(m *model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil
	}
	rows := s.rows(m)
	s.wrong = s.wrong && k.String() == "enter"
	switch {
	case len(rows) > 0 && s.move(k, len(rows), 10, false):
	case k.String() == "enter":
		if s.cursor < 0 || s.cursor >= len(rows) {
			s.found, s.wrong = m.profiles(), true // one may have been made since
			if typed := strings.TrimSpace(s.name.value()); typed != "" && slices.Contains(s.found.Names, typed) {
				return s.pick(m, profileChoice{name: typed})
			}
			return nil
		}
		return s.pick(m, rows[s.cursor])
	default:
		if s.name.update(k) {
			s.cursor = 0
			if s.fault() != "" {
				s.cursor = -1 // nothing is taken that was not chosen
			}
		}
	}
	return nil
}

func (s *profiles) pick(m *model, row profileChoice) tea.Cmd {
	back := m.back()
	return tea.Batch(back, s.who.open(m, Connect{Profile: row.name, Unnamed: row.name == "", Region: m.o.Connect.Region, Sandbox: m.connect.Sandbox})) // the sandbox has profiles of its own
}

func (s *profiles) view(m *model, width, height int) page {
	p := page{focus: -1}
	hint := words.SayPickProfile
	if len(s.found.Names) == 0 {
		hint = words.ProfilesFound(s.found, false) + " " + words.SayMakeProfile
	}
	p.add(each(m.theme.faint.Render, wrap(hint, min(width, maxText)))...)
	p.add(s.name.view(m.theme, width, false))
	fault := s.fault()
	if fault == "" && s.wrong {
		fault = words.ProfileFault(s.found, "")
	}
	if fault != "" {
		p.add(each(m.theme.bad.Render, hang("✗ ", fault, width))...)
	}
	p.add("")
	rows := s.rows(m)
	s.cursor = min(s.cursor, len(rows)-1)
	from, to := list{max(0, s.cursor)}.window(len(rows), max(3, height-len(p.lines)))
	for i := from; i < to; i++ {
		text := rows[i].shown
		if rows[i].detail != "" {
			text += "  " + rows[i].detail
		}
		if i == s.cursor {
			p.focus = len(p.lines)
			p.add(m.theme.chosen.Render(cut("▸ "+text, width)))
		} else {
			p.add("  " + cut(text, width-2))
		}
	}
	return p
}

func (s *profiles) help(*model) string { return words.HelpProfiles }

// profiles are those that can be picked.
func (m *model) profiles() steps.Profiles {
	if m.o.Profiles == nil {
		return steps.Profiles{}
	}
	return m.o.Profiles(m.connect.Sandbox)
}

// triedProfile is the profile that the credentials were looked for in: named by the person, or by the environment.
func (m *model) triedProfile() string {
	if m.connect.Profile == "" && !m.connect.Sandbox && !m.connect.Unnamed {
		return m.profiles().Named
	}
	return m.connect.Profile
}

// profileNamed tells whether a profile was named, so that to go on without one is another way.
func (m *model) profileNamed() bool { return m.triedProfile() != "" }
