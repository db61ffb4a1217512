package wizard

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
)

// answerList shows every answer and leads to the question of one of them; from there it goes straight to the review.
type answerList struct{ menu }

func newAnswerList(m *model) *answerList {
	s := &answerList{}
	s.fill(m)
	return s
}

func (s *answerList) fill(m *model) {
	s.items = []menuItem{{label: sayToReview, detail: sayToReviewMeans, do: func(m *model) tea.Cmd { return m.toReview() }}}
	for _, q := range m.asked() {
		if q.(asked).skipped(m) {
			continue
		}
		s.items = append(s.items, menuItem{label: q.(asked).called(), told: func(m *model) string { return m.said(q) }, beside: true, do: func(m *model) tea.Cmd {
			m.answers.loaded, m.jump = nil, true
			return m.show(q)
		}})
	}
}

func (s *answerList) enter(m *model) tea.Cmd    { s.fill(m); return nil }
func (s *answerList) stage() stage              { return stageAnswers }
func (s *answerList) title(*model) string       { return titleAnswers }
func (s *answerList) typing() bool              { return false }
func (s *answerList) keys(*model) []key.Binding { return s.menu.keys() }
func (s *answerList) help(*model) string        { return helpAnswers }
func (s *answerList) update(m *model, msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyMsg); ok {
		return s.menu.update(m, k)
	}
	return nil
}

func (s *answerList) view(m *model, width, _ int) page {
	p := page{focus: -1}
	s.menu.view(m, &p, width)
	return p
}

// said gives the present answer of a question in a few words.
func (m *model) said(q screen) string {
	a := m.answers
	switch q.(asked).called() {
	case nameReader:
		return a.reader
	case nameExternalID, nameExternalIDOptional:
		return orElse(a.externalID, "–")
	case nameFlowLogAccount, nameWorkloadAccount:
		return strings.TrimSpace(a.account + " " + a.accountName(a.account))
	case nameWay:
		return a.way.words()
	case nameLabel:
		return a.label
	case nameRole, nameCrossRole:
		return a.role[a.mode]
	case nameBucket:
		return a.bucket
	case nameBucketDetails:
		return orElse(a.bucketRegion, "–")
	case nameResources:
		return count(len(a.resources), "account")
	case nameResourceWay:
		return a.resourceWay.words()
	case nameRegions:
		return strings.Join(a.regions, ", ")
	case nameVPCs:
		if a.vpcs == nil {
			return "all"
		}
		n := 0
		for _, ids := range a.vpcs {
			n += len(ids)
		}
		return count(n, "VPC")
	case nameRest:
		return fmt.Sprintf("%s, %s, %d s", a.name, a.traffic, a.aggregation)
	}
	return ""
}

func (w wayIn) words() string {
	if w.by == byProfile {
		return strings.TrimSpace("profile " + w.profile)
	}
	return "role " + w.role
}

// changeAnswers leads from a plan, a run or its end back to the answers.
func (m *model) changeAnswers(s steps.Setup) tea.Cmd {
	if s.GrantsNobody() {
		m.notice = sayChangeInFile
		return nil
	}
	if m.answers.mode == "" {
		m.load(s)
	}
	return m.show(newAnswerList(m))
}
