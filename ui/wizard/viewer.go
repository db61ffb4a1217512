package wizard

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// leaf is one text of a viewer.
type leaf struct {
	name string // of its tab
	text string
	file string                             // name to save it under; empty: not to be saved
	mark func(m *model, line string) string // how a line looks; nil: as it is
}

// viewer shows texts to read, copy and save, one at a time.
type viewer struct {
	name   string
	at     stage
	leaves []leaf
	shown  int

	width int
	lines []string
}

func newViewer(name, text, file string) *viewer {
	return &viewer{name: name, leaves: []leaf{{text: text, file: file}}}
}

func (s *viewer) stage() stage         { return s.at }
func (s *viewer) title(*model) string  { return s.name }
func (s *viewer) typing() bool         { return false }
func (s *viewer) enter(*model) tea.Cmd { return nil }
func (s *viewer) help(*model) string   { return helpViewer }

func (s *viewer) turn(m *model, by int) {
	s.shown = (s.shown + by + len(s.leaves)) % len(s.leaves)
	s.width, m.scroll = 0, 0
}

func (s *viewer) update(m *model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyMsg)
	if !ok || m.scrollKey(k) {
		return nil
	}
	here := s.leaves[s.shown]
	switch k.String() {
	case "tab", "right":
		s.turn(m, 1)
	case "shift+tab", "left":
		s.turn(m, -1)
	case "c", "y":
		return m.copy(strings.TrimSpace(s.name+" "+here.name), here.text, orSavedAs(here.file))
	case "s":
		if here.file != "" {
			return m.save(here.file, here.text)
		}
	case "q", "enter":
		return m.back()
	}
	return nil
}

func (s *viewer) keys(*model) []key.Binding {
	return []key.Binding{when(len(s.leaves) > 1, bind("tab", doesNextPage, "tab", "right")), bind("c", doesCopy, "c"), when(s.leaves[s.shown].file != "", bind("s", doesSave, "s")), bind("q", doesClose, "q")}
}

func (s *viewer) view(m *model, width, _ int) page {
	here := s.leaves[s.shown]
	if s.width != width {
		s.width, s.lines = width, nil
		if len(s.leaves) > 1 {
			names := make([]string, len(s.leaves))
			for i, l := range s.leaves {
				names[i] = l.name
			}
			s.lines = append(s.lines, m.tabs(names, s.shown), "")
		}
		for _, l := range strings.Split(strings.TrimRight(here.text, "\n"), "\n") {
			if here.mark == nil {
				s.lines = append(s.lines, wrap(l, width)...)
				continue
			}
			for _, part := range wrapMarked(l, width) {
				s.lines = append(s.lines, here.mark(m, part))
			}
		}
	}
	return page{lines: s.lines, focus: -1}
}

// tabs is a line of names, the shown one in brackets.
func (m *model) tabs(names []string, shown int) string {
	var parts []string
	for i, name := range names {
		if i == shown {
			parts = append(parts, m.theme.chosen.Render("["+name+"]"))
		} else {
			parts = append(parts, m.theme.faint.Render(" "+name+" "))
		}
	}
	return strings.Join(parts, " ")
}
