package wizard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/ui/words"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
)

// tab is a part of the end screen.
type tab int

const (
	tabResult tab = iota
	tabPortal
	tabLogs
	tabPolicies
	tabChecks
)

var tabNames = []string{pageResult, pagePortal, pageLogs, pagePolicies, pageChecks}

// tabs are the parts that there is something to show in: without a reader nothing is entered in a portal.
func (s *end) tabs() []tab {
	if s.setup.GrantsNobody() {
		return []tab{tabResult, tabLogs, tabPolicies, tabChecks}
	}
	return []tab{tabResult, tabPortal, tabLogs, tabPolicies, tabChecks}
}

// end shows how the run came out: what was made, what is proved, what goes into the portal, and every policy to take along.
type end struct {
	list
	tab    tab
	setup  steps.Setup
	result steps.Result
	report steps.Report
	docs   []steps.Document
	err    error
	err2   error  // of a verification asked for here
	done   string // what came before the proof; empty: nothing
	proof  bool   // nothing was run: it was only looked
	broken bool   // what the run had set up was found to be wrong later
	plan   *steps.Plan

	revoked bool                // the run took back, or it is proved that one did
	taken   steps.RevokeOptions // what it took besides
	run     *running            // nil where nothing was run
}

func newEnd(run *running) *end {
	s := &end{setup: run.setup, result: *run.result, report: wrongFirst(run.result.Report), plan: run.plan, revoked: run.revoke != nil, run: run}
	if s.revoked {
		s.taken = *run.revoke
		s.standing()
		return s
	}
	s.docs, s.err = steps.Documents(run.setup)
	return s
}

func (s *end) stage() stage { return stageEnd }
func (s *end) title(*model) string {
	switch {
	case s.done != "":
		return fmt.Sprintf(words.TitlePutBackNow, s.setup.Name)
	case s.proof && s.report.Status == "":
		return s.setup.Name
	case s.revoked && (s.proof || s.broken):
		return s.setup.Name + ": " + words.Out(s.report)
	case s.proof:
		return s.setup.Name + ": " + string(s.report.Status)
	}
	return s.setup.Name + ": " + words.Result(s.result.Status)
}
func (s *end) typing() bool { return false }
func (s *end) enter(m *model) tea.Cmd {
	if s.proof && s.report.Status == "" && s.err2 == nil {
		return s.verify(m)
	}
	return nil
}

// escape goes to the first page; from there back to the run and its log.
func (s *end) escape(m *model) bool {
	if s.tab == tabResult {
		return false
	}
	s.tab, s.cursor, m.scroll = tabResult, 0, 0
	return true
}

func (s *end) update(m *model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case loadedMsg:
		s.verified(m, msg)
	case tea.KeyMsg:
		return s.press(m, msg)
	}
	return nil
}

func (s *end) press(m *model, msg tea.KeyMsg) tea.Cmd {
	turn := func(by int) {
		all := s.tabs()
		s.tab = all[(slices.Index(all, s.tab)+by+len(all))%len(all)]
		s.cursor, m.scroll = 0, 0
	}
	switch k := msg.String(); k {
	case "tab", "right":
		turn(1)
	case "shift+tab", "left":
		turn(-1)
	case "q":
		return m.quit(0)
	case "f":
		return m.saveSetup(s.setup)
	case "v":
		if !m.loading(s) {
			return s.verify(m)
		}
	case "w":
		if s.warns() {
			return m.showWarnings(s.plan, stageEnd)
		}
	case "e":
		if s.canChange() {
			return m.changeAnswers(s.setup)
		}
	case "d":
		if s.canDiagnose(m) {
			m.load(s.setup)
			return m.diagnose(s.setup, stageEnd)
		}
	case "r":
		if s.canTakeBack() {
			m.load(s.setup)
			return m.toRevokeReview(s.setup, s.taken)
		}
		if s.canRepair() {
			m.load(s.setup)
			return m.toReview()
		}
	case "n":
		if m.o.Store == nil {
			m.fresh()
			return m.restart(newModes(m))
		}
		return m.restart(&known{read: true})
	case "m":
		return m.save(s.reportFile(), s.markdown(m))
	case "h":
		if s.leavesWork() {
			return m.show(s.run.handOver())
		}
	case "c", "y":
		return s.copyHere(m)
	case "s":
		return s.saveHere(m)
	case "enter":
		if s.tab == tabPolicies && s.cursor < len(s.docs) {
			d := s.docs[s.cursor]
			return m.show(&viewer{name: d.Title, at: stageEnd, leaves: []leaf{{text: d.Text, file: d.FileName}}})
		}
		if all := s.listed(); s.tab == tabChecks && s.cursor < len(all) {
			c := all[s.cursor]
			return m.show(&viewer{name: labelCheck + c.ID, at: stageEnd, leaves: []leaf{{text: checkText(c)}}})
		}
	case "1", "2", "3", "4", "5":
		if values := s.values(); s.tab == tabPortal && values != nil {
			v := values[k[0]-'1']
			return m.copy(v[0]+" "+v[1], v[1], s.orInReport())
		}
	default:
		switch {
		case s.tab == tabPolicies:
			s.move(msg, len(s.docs), 5, true)
		case s.tab == tabChecks:
			s.move(msg, len(s.listed()), 5, true)
		case s.tab == tabPortal && s.values() != nil:
			s.move(msg, 5, 5, true)
		}
	}
	return nil
}

func (s *end) copyHere(m *model) tea.Cmd {
	switch values := s.values(); {
	case s.tab == tabPolicies && s.cursor < len(s.docs):
		return m.copy(s.docs[s.cursor].Title, s.docs[s.cursor].Text, orSavedAs(s.docs[s.cursor].FileName))
	case s.tab == tabPortal && values != nil:
		return m.copy(values[s.cursor][0]+" "+values[s.cursor][1], values[s.cursor][1], s.orInReport())
	default:
		return m.copy(labelTheResult, strings.Join(outcomeLines(s.result, s.setup, m.o.Store, false), "\n")+"\n", s.orInReport())
	}
}

// values are what is entered in the portal; none where the access was taken back.
func (s *end) values() [][2]string {
	if s.revoked {
		return nil
	}
	return words.PortalValues(s.result.Portal)
}

func (s *end) reportFile() string { return s.setup.Name + "-report.md" }

// orInReport says where else what the page shows can be had.
func (s *end) orInReport() string { return fmt.Sprintf(sayOrInReport, s.reportFile()) }

// saveSetup writes the answers as a set-up file.
func (m *model) saveSetup(s steps.Setup) tea.Cmd {
	return m.save(orElse(s.Name, "flowgrant")+".yaml", string(s.YAML()))
}

func (s *end) keys(m *model) []key.Binding {
	policies, values := s.tab == tabPolicies && len(s.docs) > 0, s.tab == tabPortal && s.values() != nil
	return []key.Binding{
		bind("tab", doesNextPage, "tab", "right"),
		when(values, bind("1-5", doesCopyAValue, "1", "2", "3", "4", "5")),
		when(policies || s.tab == tabChecks && len(s.report.Checks) > 0, bind("enter", doesView, "enter")), when(policies, bind("s", doesSaveAll, "s")),
		when(s.warns(), bind("w", doesWarnings, "w")),
		bind("c", doesCopy, "c"),
		keyDiagnose(s.canDiagnose(m)),
		when(s.leavesWork(), bind("h", doesHandOver, "h")),
		when(s.canRepair(), bind("r", doesReviewAgain, "r")),
		when(s.canTakeBack(), bind("r", doesTakeBackOnce, "r")),
		when(!m.loading(s), bind("v", doesProveAgain, "v")),
		bind("n", doesNewSetUp, "n"),
		bind("q", doesQuit, "q"),
		// Where the screen is narrow the later ones give way first.
		bind("m", doesReport, "m"),
		bind("f", doesSetUpFile, "f"),
		when(s.canChange(), bind("e", doesChangeAnAnswer, "e")),
	}
}

// canChange: the answers can be changed here. Those of what was taken back stay, and those of a set-up to a log group stand in its file.
func (s *end) canChange() bool { return !s.revoked && !s.setup.GrantsNobody() }

// leavesWork: the run left something for somebody who may do it.
func (s *end) leavesWork() bool { return s.run != nil && len(s.run.undone()) > 0 }

func (s *end) view(m *model, width, height int) page {
	p := page{focus: -1}
	var names []string
	for _, t := range s.tabs() {
		names = append(names, tabNames[t])
	}
	p.add(m.tabs(names, slices.Index(s.tabs(), s.tab)), "")
	if m.loading(s) {
		p.add(cut(m.waitingLine(s, sayProving), width), "")
	}
	if s.err2 != nil {
		p.add(m.faultLines(s.err2, width)...)
		p.add("")
	}
	switch s.tab {
	case tabLogs:
		if s.revoked {
			s.logsAfter(m, &p, width)
		}
		s.logs(m, &p, width)
	case tabPortal:
		s.portal(m, &p, width)
	case tabPolicies:
		s.policies(m, &p, width)
	case tabChecks:
		s.checks(m, &p, width)
	default:
		s.summary(m, &p, width)
	}
	return p
}

func (s *end) help(*model) string {
	whole, portal := helpEnd, helpEndPortal
	if s.revoked {
		whole, portal = helpEndRevoked, helpEndRevokedPortal
	}
	if s.setup.GrantsNobody() {
		return strings.Replace(whole, portal, "", 1)
	}
	return whole
}
