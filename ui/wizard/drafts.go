package wizard

import (
	"slices"
	"sync"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// draft keeps the answers given so far: a terminal that closes and a program that is killed cost none.
type draft struct {
	mu   sync.Mutex
	id   string       // empty: nothing was to be kept so far
	save func() error // what is to be kept and is not yet; nil: nothing
	kept bool
}

// flush keeps what is not kept yet. It tells whether the answers are kept.
func (d *draft) flush() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.save != nil {
		d.kept, d.save = d.save() == nil, nil // where nothing can be kept, nothing is promised
	}
	return d.kept
}

// keep keeps the answers, and which question comes next; nil: the review.
func (m *model) keep(next screen) tea.Cmd {
	store, d := m.o.Store, m.draft
	if store == nil {
		return nil
	}
	title := ""
	if next != nil {
		if title = next.(asked).called(); title == words.NameRest {
			title = words.SayNameOfThisSetUp // its first row is a question of its own in plain lines
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.id == "" {
		d.id = store.NewDraft()
	}
	id, setup := d.id, m.answers.setup(m.identity)
	d.save = func() error { return store.SaveDraft(id, setup, title) }
	return func() tea.Msg { d.flush(); return nil }
}

// begun forgets the answers that were kept: a run of them keeps its own.
func (m *model) begun() tea.Cmd {
	store, d := m.o.Store, m.draft
	m.draft = &draft{}
	return func() tea.Msg {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.save = nil; store != nil && d.id != "" {
			_ = store.DropDraft(d.id) // it is offered once more, which costs nothing
		}
		return nil
	}
}

// drafts are the answers that were kept before, without those given now; the newest first.
func (m *model) drafts() []steps.Draft {
	if m.o.Store == nil {
		return nil
	}
	return slices.DeleteFunc(m.o.Store.Drafts(), func(d steps.Draft) bool { return d.ID == m.draft.id })
}

// draftItem offers the n-th of the answers that were kept.
func draftItem(n int, d steps.Draft) menuItem {
	return menuItem{label: words.DraftName(n), told: func(m *model) string { return words.Draft(d, m.now()) }, do: func(m *model) tea.Cmd { return m.goOnWith(d) }}
}

// goOnWith goes on with answers that were kept, at the question that comes next; Esc leads to those before it.
func (m *model) goOnWith(d steps.Draft) tea.Cmd {
	m.load(d.Setup)
	m.draft.id, m.answers.touched = d.ID, true
	if d.Next == "" {
		return m.toReview()
	}
	a := &m.answers
	a.loaded, a.base, a.ways = nil, nil, nil
	a.ownKey = a.ownKey || d.Next == words.NameKey
	title := d.Next
	switch title {
	case words.SayNameOfThisSetUp:
		title = words.NameRest
	case words.NameBucketRegion:
		title = words.NameBucketDetails
	}
	way := []screen{newModes(m)}
	for _, q := range m.asked() {
		if q.(asked).called() == title {
			m.stack = append(m.stack, way...)
			return m.show(q)
		}
		if !q.(asked).skipped(m) {
			way = append(way, q)
		}
	}
	m.stack = append(m.stack, way[0])
	return m.nextQuestion(nil)
}
