package wizard

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/flowgrant/flowgrant/ui/clipboard"
	"github.com/flowgrant/flowgrant/ui/plain"
)

// noticeMsg is one line for the person, until the next key.
type noticeMsg string

// savedMsg says which files were written, and where.
type savedMsg struct {
	files []string
	dir   string // that they are in, as it is told
	wrong error  // why no more of them were
}

// said tells it in about a line of so many columns.
func (s savedMsg) said(width int) string {
	var names []string
	for _, f := range s.files {
		names = append(names, filepath.Base(f))
	}
	saved := ""
	switch len(names) {
	case 0:
	case 1:
		saved = fmt.Sprintf(saySavedIn, names[0], cutInside(s.dir, max(leastFolder, width-len(names[0])-len(saySavedIn)+4)))
	default:
		saved = fmt.Sprintf(saySavedAllIn, count(len(names), "file"), cutInside(s.dir, max(leastFolder, width/2)), strings.Join(names, ", "))
	}
	if s.wrong != nil {
		return strings.TrimSpace(labelCouldNotSave + s.wrong.Error() + ". " + saved)
	}
	return saved
}

// leastFolder is how many columns the name of a folder has where there is little room.
const leastFolder = 24

// folder is a directory as people write it: whole, with ~ for their own.
func folder(dir string) string {
	whole, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	home, err := os.UserHomeDir()
	if rest, under := strings.CutPrefix(whole, home); err == nil && home != "" && under && (rest == "" || os.IsPathSeparator(rest[0])) {
		return "~" + rest
	}
	return whole
}

// cutInside leaves out the middle of a text that is wider than so many columns: the end tells most, then the beginning.
func cutInside(s string, width int) string {
	wide := ansi.StringWidthWc(s)
	if wide <= width {
		return s
	}
	left := (width - 1) / 3
	return ansi.TruncateWc(s, left, "") + "…" + ansi.TruncateLeftWc(s, wide-(width-1-left), "")
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
				return savedMsg{files: files, dir: folder(dir), wrong: err}
			}
			files = append(files, file)
		}
		return savedMsg{files: files, dir: folder(dir)}
	}
}
