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
			m.questions[mode] = []screen{askReader(), askAccount(mode), askWay(), askRole(mode), askExternalID(mode), askBucket(), askBucketDetails(), askKey(),
				askRegions(), askVPCs(), askOptions(mode)}
		} else {
			m.questions[mode] = []screen{askReader(), askExternalID(mode), askAccount(mode), askWay(), askLabel(), askRole(mode), askBucket(), askBucketDetails(), askKey(),
				askResources(), askResourceWay(), askRegions(), askVPCs(), askOptions(mode)}
		}
	}
	return m.questions[mode]
}

// asked is a question: it has a name, and is not always asked.
type asked interface {
	called() string
	skipped(m *model) bool
	unread() // reads what is offered again when it comes into sight next
	forget() // is as if it had never been asked
}

func (q *question) called() string        { return q.name }
func (q *question) skipped(m *model) bool { return q.skip != nil && q.skip(m) }

// nextQuestion goes to the question after one (nil: the first), and after the last to the review. Where one answer is changed only the
// questions that are open because of it are asked on the way.
func (m *model) nextQuestion(after screen) tea.Cmd {
	if m.jumping() {
		return tea.Batch(m.keep(nil), m.openOrReview())
	}
	past := after == nil
	for _, s := range m.asked() {
		if past && !s.(asked).skipped(m) {
			if after == nil { // the mode alone is nothing to keep
				return m.show(s)
			}
			return tea.Batch(m.keep(s), m.show(s))
		}
		if s == after {
			past = true
		}
	}
	return tea.Batch(m.keep(nil), m.toReview())
}

// openOrReview asks the first question that is open because another answer has changed; the review comes after the last.
func (m *model) openOrReview() tea.Cmd {
	for _, s := range m.asked() {
		if m.open[s] && !s.(asked).skipped(m) {
			return m.show(s)
		}
	}
	return m.toReview()
}

// jumping tells whether one answer is changed: the question was chosen from the list of answers, which leads straight to the review.
func (m *model) jumping() bool {
	for i := len(m.stack) - 1; i >= 0; i-- {
		switch m.stack[i].(type) {
		case *answerList:
			return true
		case asked:
		default:
			return false
		}
	}
	return false
}

// questionTitle says which question this is. How many there are hangs on answers that are still to come, so no total is promised.
func (m *model) questionTitle(s screen, name string) string {
	if m.jumping() {
		return name
	}
	n := 0
	for _, q := range m.asked() {
		if !q.(asked).skipped(m) {
			n++
		}
		if q == s {
			break
		}
	}
	return fmt.Sprintf(labelQuestion, n, name)
}
