package wizard

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
)

// asked gives the questions of the chosen mode, made once: going back and forth keeps what was typed.
func (m *model) asked() []screen {
	mode := m.answers.mode
	if m.questions[mode] == nil {
		if mode == steps.PerAccount {
			m.questions[mode] = []screen{askReader(), askAccount(mode), askWay(), askRole(mode), askExternalID(mode), askBucket(), askBucketDetails(),
				askRegions(), askVPCs(), askOptions(mode)}
		} else {
			m.questions[mode] = []screen{askReader(), askExternalID(mode), askAccount(mode), askWay(), askLabel(), askRole(mode), askBucket(), askBucketDetails(),
				askResources(), askResourceWay(), askRegions(), askVPCs(), askOptions(mode)}
		}
	}
	return m.questions[mode]
}

// asked is a question: it has a name, is not always asked, and may lead to another one that hangs on its answer.
type asked interface {
	called() string
	skipped(m *model) bool
	leading() bool
}

func (q *question) called() string        { return q.name }
func (q *question) skipped(m *model) bool { return q.skip != nil && q.skip(m) }
func (q *question) leading() bool         { return q.leads }

// nextQuestion goes to the question after one (nil: the first), and after the last to the review.
func (m *model) nextQuestion(after screen) tea.Cmd {
	m.answers.loaded = nil // what was answered counts from now on
	past := after == nil
	for _, s := range m.asked() {
		if m.jump && past && after != nil && (!after.(asked).leading() || s.(asked).skipped(m)) {
			break
		}
		if past && !s.(asked).skipped(m) {
			return m.show(s)
		}
		if s == after {
			past = true
		}
	}
	return m.toReview()
}

// questionTitle says which of how many questions this is.
func (m *model) questionTitle(s screen, name string) string {
	if m.jump {
		return name
	}
	n, of := 0, 0
	for _, q := range m.asked() {
		if q.(asked).skipped(m) {
			continue
		}
		of++
		if q == s {
			n = of
		}
	}
	return fmt.Sprintf("%d/%d  %s", n, of, name)
}
