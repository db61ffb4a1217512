package wizard

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// answerList shows every answer and leads to the question of one of them; from there it goes straight to the review.
type answerList struct{ menu }

func newAnswerList(m *model) *answerList {
	s := &answerList{}
	s.fill(m)
	return s
}

func (s *answerList) fill(m *model) {
	s.items = []menuItem{{label: words.SayToReview, detail: words.SayToReviewMeans, do: func(m *model) tea.Cmd { return m.openOrReview() }}}
	for _, q := range m.asked() {
		if q.(asked).skipped(m) {
			continue
		}
		s.items = append(s.items, menuItem{label: q.(asked).called(), told: func(m *model) string { return m.said(q) }, beside: true, do: func(m *model) tea.Cmd { return m.show(q) }})
	}
}

func (s *answerList) enter(m *model) tea.Cmd    { s.fill(m); return nil }
func (s *answerList) stage() stage              { return stageAnswers }
func (s *answerList) title(*model) string       { return words.TitleAnswers }
func (s *answerList) typing() bool              { return false }
func (s *answerList) keys(*model) []key.Binding { return s.menu.keys() }
func (s *answerList) help(*model) string        { return words.HelpAnswers }
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
	case words.NameReader:
		return a.reader
	case words.NameExternalID, words.NameExternalIDOptional:
		return orElse(a.externalID, "–")
	case words.NameFlowLogAccount, words.NameWorkloadAccount:
		return strings.TrimSpace(a.account + " " + a.accountName(a.account))
	case words.NameWay:
		return a.way.words()
	case words.NameLabel:
		return a.label
	case words.NameRole, words.NameCrossRole:
		return a.role[a.mode]
	case words.NameBucket:
		return a.bucket
	case words.NameBucketDetails:
		return orElse(a.bucketRegion, "–")
	case words.NameKey:
		return orElse(a.key, "–")
	case words.NameResources:
		return count(len(a.resources), "account")
	case words.NameResourceWay:
		return a.resourceWay.words()
	case words.NameRegions:
		return strings.Join(a.regions, ", ")
	case words.NameVPCs:
		if n := len(a.leftOut); n > 0 {
			return a.vpcsInShort() + "; " + fmt.Sprintf(words.SayStayLeftOut, count(n, "VPC"))
		}
		return a.vpcsInShort()
	case words.NameRest:
		return fmt.Sprintf("%s, %s, %d s", a.name, a.traffic, a.aggregation)
	}
	return ""
}

func (w wayIn) words() string {
	if w.by == byProfile {
		return strings.TrimSpace(labelProfileOf + w.profile)
	}
	return "role " + w.role
}

// changeAnswers leads from a plan, a run or its end back to the answers.
func (m *model) changeAnswers(s steps.Setup) tea.Cmd {
	if s.GrantsNobody() {
		m.notice = words.SayChangeInFile
		return nil
	}
	if m.answers.mode == "" {
		m.load(s)
	}
	return m.show(newAnswerList(m))
}

// vpcsInShort tells which VPCs are chosen.
func (a answers) vpcsInShort() string {
	if a.vpcs == nil {
		return "all"
	}
	n, whole := 0, 0
	for _, ids := range a.vpcs {
		n += len(ids)
		if ids == nil {
			whole++
		}
	}
	switch {
	case whole == 0:
		return count(n, "VPC")
	case n == 0:
		return labelAllOf + count(whole, "account")
	default:
		return labelAllOf + count(whole, "account") + ", " + count(n, "VPC") + labelOfOthers
	}
}
