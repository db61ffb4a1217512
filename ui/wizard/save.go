package wizard

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/ui/clipboard"
	"github.com/flowgrant/flowgrant/ui/plain"
)

// noticeMsg is one line for the person, until the next key.
type noticeMsg string

// savedMsg says which files were written.
type savedMsg struct {
	files []string
	text  string
}

// copy puts a text into the clipboard, outside of the update since a system clipboard may be slow.
// Where there is no clipboard at all, instead says how else to get at it.
func (m *model) copy(what, text, instead string) tea.Cmd {
	clip := m.clip
	return func() tea.Msg {
		switch done := clip.Copy(text); done {
		case clipboard.Copied{System: true, Terminal: true}, clipboard.Copied{System: true}:
			return noticeMsg(labelCopied + what + ".")
		case clipboard.Copied{Terminal: true}:
			return noticeMsg(sayHandedToYourTerminal + what + sayIfItDoesNotPaste)
		default:
			return noticeMsg(sayNoClipboardCouldBeReached + instead)
		}
	}
}

// orSavedAs names the file that saving makes; empty without one.
func orSavedAs(file string) string {
	if file == "" {
		return ""
	}
	return fmt.Sprintf(sayOrSavedAs, file)
}

// save writes a text to a new file; a file that is there already is never overwritten.
func (m *model) save(name, text string) tea.Cmd {
	return m.saveAll(map[string]string{name: text}, []string{name})
}

func (m *model) saveAll(texts map[string]string, names []string) tea.Cmd {
	dir := orElse(m.o.Dir, ".")
	return func() tea.Msg {
		var files []string
		for _, name := range names {
			file, err := plain.SaveNew(dir, name, texts[name])
			if err != nil {
				return savedMsg{files: files, text: labelCouldNotSave + err.Error()}
			}
			files = append(files, file)
		}
		return savedMsg{files: files, text: labelSaved + strings.Join(files, ", ") + "."}
	}
}
