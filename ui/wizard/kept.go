package wizard

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// kept lists the documents of a set-up as they were before they were changed, the newest first, to put one back.
type kept struct {
	menu
	setup steps.Setup
	state steps.SetupState
	read  bool
	err   error // of those that cannot be read
}

// keptDocuments is what was kept, and what of it cannot be read.
type keptDocuments struct {
	all []steps.Backup
	bad error
}

func (s *kept) stage() stage        { return stageMode }
func (s *kept) title(*model) string { return fmt.Sprintf(words.TitleKept, s.setup.Name) }
func (s *kept) typing() bool        { return false }
func (s *kept) help(*model) string  { return words.HelpKept }

// enter reads the list each time: putting a document back keeps another.
func (s *kept) enter(m *model) tea.Cmd {
	store, name := m.o.Store, s.setup.Name
	return m.read(s, name, func(context.Context) (any, error) {
		all, bad := store.Backups(name)
		return keptDocuments{all, bad}, nil
	})
}

func (s *kept) update(m *model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case loadedMsg:
		s.err = msg.err
		if found, ok := msg.value.(keptDocuments); ok {
			s.read, s.err = true, cmp.Or(found.bad, msg.err)
			s.fill(found.all)
		}
	case tea.KeyMsg:
		return s.menu.update(m, msg)
	}
	return nil
}

func (s *kept) fill(all []steps.Backup) {
	s.items = nil
	for _, b := range slices.Backward(all) {
		of := b.Target
		if b.Account != "" {
			of = fmt.Sprintf(words.SayInAccount, of, b.Account)
		}
		s.items = append(s.items, menuItem{label: told(b.Kind + ": " + of), detail: fmt.Sprintf(words.SayKeptAt, b.Time.UTC().Format("2006-01-02 15:04:05 MST")),
			do: func(m *model) tea.Cmd {
				m.load(s.setup)
				return m.show(&review{setup: s.setup, restore: &b})
			}})
	}
	s.clamp(len(s.items))
}

func (s *kept) keys(*model) []key.Binding {
	if len(s.items) == 0 {
		return nil
	}
	return s.menu.keys()
}

func (s *kept) view(m *model, width, _ int) page {
	p := page{focus: -1}
	switch {
	case m.loading(s):
		p.add(cut(m.waitingLine(s, words.SayReadingKept), width))
		return p
	case s.read && len(s.items) == 0 && s.err == nil:
		p.add(wrap(fmt.Sprintf(words.SayNothingKept, s.setup.Name), width)...)
	}
	if s.err != nil {
		p.add(wrap(words.SayKeptNotRead, width)...)
		p.add(m.faultLines(s.err, width)...)
		p.add("")
	}
	s.menu.view(m, &p, width)
	return p
}

// putBack goes on after a document was put back: to the proof of the set-up, which shows what that means for it.
func (m *model) putBack(setup steps.Setup) tea.Cmd {
	m.outcome.result = nil // that a document is back says nothing of the set-up
	proof := newProof(setup)
	if i := slices.IndexFunc(m.stack, func(o screen) bool { _, is := o.(*kept); return is }); i >= 0 {
		if st := m.stack[i].(*kept).state; st.Status == steps.SetupRevoked {
			proof = newProofOut(setup, st.Revoke)
		}
		m.stack = m.stack[:i+1]
	}
	proof.done = words.SayPutBackDone
	return m.show(proof)
}
