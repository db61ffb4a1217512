package wizard

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// viewer shows a text to read, copy and save.
type viewer struct {
	name string
	text string
	file string // name to save it under; empty: not to be saved
	at   stage
	mark func(m *model, line string) string // how a line looks; nil: as it is

	width int
	lines []string
}

func newViewer(name, text, file string) *viewer { return &viewer{name: name, text: text, file: file} }

func (s *viewer) stage() stage         { return s.at }
func (s *viewer) title(*model) string  { return s.name }
func (s *viewer) typing() bool         { return false }
func (s *viewer) enter(*model) tea.Cmd { return nil }
func (s *viewer) help(*model) string {
	return "A text to read, copy and save. Copying uses the system clipboard where there is one, and the terminal's own (OSC 52), which also works over ssh if your terminal allows it."
}

func (s *viewer) update(m *model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyMsg)
	if !ok || m.scrollKey(k) {
		return nil
	}
	switch k.String() {
	case "c", "y":
		return m.copy(s.name, s.text)
	case "s":
		if s.file != "" {
			return m.save(s.file, s.text)
		}
	case "q", "enter":
		return m.back()
	}
	return nil
}

func (s *viewer) keys(*model) []key.Binding {
	return []key.Binding{bind("↑↓ pgup/pgdn", "scroll", "up", "down", "pgup", "pgdown"), bind("c", "copy", "c"), when(s.file != "", bind("s", "save", "s")), bind("q", "close", "q")}
}

func (s *viewer) view(m *model, width, _ int) page {
	if s.width != width {
		s.width, s.lines = width, nil
		for _, l := range strings.Split(strings.TrimRight(s.text, "\n"), "\n") {
			if s.mark == nil {
				s.lines = append(s.lines, wrap(l, width)...)
				continue
			}
			for _, part := range wrapMarked(l, width) {
				s.lines = append(s.lines, s.mark(m, part))
			}
		}
	}
	return page{lines: s.lines, focus: -1}
}
