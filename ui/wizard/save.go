package wizard

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/ui/clipboard"
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
			return noticeMsg("Copied: " + what + ".")
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
			file, err := writeNew(dir, name, texts[name])
			if err != nil {
				return savedMsg{files: files, text: "Could not save: " + err.Error()}
			}
			files = append(files, file)
		}
		return savedMsg{files: files, text: "Saved " + strings.Join(files, ", ") + "."}
	}
}

// writeNew writes name in dir, or name-2, name-3 … where that is taken by something else.
func writeNew(dir, name, text string) (string, error) {
	ext := filepath.Ext(name)
	for n := 1; n < 1000; n++ {
		file := filepath.Join(dir, name)
		if n > 1 {
			file = filepath.Join(dir, fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n, ext))
		}
		if there, err := os.ReadFile(file); err == nil && string(there) == text {
			return file, nil
		}
		f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = f.WriteString(text)
		return file, errors.Join(err, f.Close())
	}
	return "", fmt.Errorf(sayAThousandFilesOfThat, filepath.Join(dir, name))
}
