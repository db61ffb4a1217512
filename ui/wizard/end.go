package wizard

import (
	"context"
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

var tabNames = []string{"Result", "Portal", "Logs", "Policies", "Checks"}

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
	err2   error // of a verification asked for here
	proof  bool  // nothing was run: it was only looked
	broken bool  // what the run had set up was found to be wrong later
	plan   *steps.Plan
}

func newEnd(run *running) *end {
	s := &end{setup: run.setup, result: *run.result, report: wrongFirst(run.result.Report), plan: run.plan}
	s.docs, s.err = steps.Documents(run.setup)
	return s
}

// newProof proves a set-up without a run.
func newProof(setup steps.Setup) *end {
	s := &end{setup: setup, proof: true, result: steps.Result{Setup: setup.Name, Portal: steps.GuidePortal(setup).Portal}}
	s.docs, s.err = steps.Documents(setup)
	return s
}

func (s *end) stage() stage { return stageEnd }
func (s *end) title(*model) string {
	switch {
	case s.proof && s.report.Status == "":
		return s.setup.Name
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

// verify proves everything anew; it changes nothing.
func (s *end) verify(m *model) tea.Cmd {
	engine, setup := m.engine, s.setup
	return m.read(s, "verify", func(ctx context.Context) (any, error) { return engine.Verify(ctx, setup) })
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

// verified takes in a proof made again.
func (s *end) verified(m *model, msg loadedMsg) {
	s.err2 = msg.err
	report, ok := msg.value.(steps.Report)
	if !ok {
		return
	}
	first := s.report.Status == ""
	s.report, s.cursor = wrongFirst(report), 0
	if !first {
		m.notice = fmt.Sprintf(sayProvedAnew, report.Status)
	}
	if s.proof {
		return
	}
	// What was proved by the run holds no longer where the newer proof says otherwise.
	was := s.result.Status
	switch settled := was == steps.ResultVerified || was == steps.ResultUnchanged; {
	case report.Status == steps.ReportVerified && (was == steps.ResultWaiting || was == steps.ResultFailed):
		s.result.Status, s.result.Failure, s.broken = steps.ResultVerified, nil, false
	case report.Status == steps.ReportUnproven && settled:
		s.result.Status = steps.ResultWaiting
	case report.Status == steps.ReportFailed && (settled || was == steps.ResultWaiting):
		s.result.Status, s.broken = steps.ResultFailed, true
	}
	if s.result.Status != was {
		s.result.Report = report
		m.outcome.result = &s.result
	}
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
	case "e":
		return m.changeAnswers(s.setup)
	case "r":
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
	case "c", "y":
		return s.copyHere(m)
	case "s":
		return s.saveHere(m)
	case "enter":
		if s.tab == tabPolicies && s.cursor < len(s.docs) {
			d := s.docs[s.cursor]
			return m.show(&viewer{name: d.Title, at: stageEnd, leaves: []leaf{{text: d.Text, file: d.FileName}}})
		}
		if s.tab == tabChecks && s.cursor < len(s.report.Checks) {
			c := s.report.Checks[s.cursor]
			return m.show(&viewer{name: "Check " + c.ID, at: stageEnd, leaves: []leaf{{text: checkText(c)}}})
		}
	case "1", "2", "3", "4", "5":
		if values := words.PortalValues(s.result.Portal); s.tab == tabPortal && values != nil {
			v := values[k[0]-'1']
			return m.copy(v[0]+" "+v[1], v[1], s.orInReport())
		}
	default:
		switch {
		case s.tab == tabPolicies && s.move(msg, len(s.docs), 5, true):
		case s.tab == tabChecks && s.move(msg, len(s.report.Checks), 5, true):
		case s.tab == tabPortal && s.result.Portal != nil && s.move(msg, 5, 5, true):
		default:
			m.scrollKey(msg)
		}
	}
	return nil
}

func (s *end) copyHere(m *model) tea.Cmd {
	switch values := words.PortalValues(s.result.Portal); {
	case s.tab == tabPolicies && s.cursor < len(s.docs):
		return m.copy(s.docs[s.cursor].Title, s.docs[s.cursor].Text, orSavedAs(s.docs[s.cursor].FileName))
	case s.tab == tabPortal && values != nil:
		return m.copy(values[s.cursor][0]+" "+values[s.cursor][1], values[s.cursor][1], s.orInReport())
	default:
		return m.copy("the result", strings.Join(outcomeLines(s.result, s.setup, m.o.Store, false), "\n")+"\n", s.orInReport())
	}
}

func (s *end) reportFile() string { return s.setup.Name + "-report.md" }

// orInReport says where else what the page shows can be had.
func (s *end) orInReport() string { return fmt.Sprintf(sayOrInReport, s.reportFile()) }

func (s *end) saveHere(m *model) tea.Cmd {
	if s.tab != tabPolicies || len(s.docs) == 0 {
		return nil
	}
	texts, names := map[string]string{}, []string{}
	for _, d := range s.docs {
		texts[d.FileName] = d.Text
		names = append(names, d.FileName)
	}
	return m.saveAll(texts, names)
}

// saveSetup writes the answers as a set-up file.
func (m *model) saveSetup(s steps.Setup) tea.Cmd {
	return m.save(orElse(s.Name, "flowgrant")+".yaml", string(s.YAML()))
}

func (s *end) keys(m *model) []key.Binding {
	policies, values := s.tab == tabPolicies && len(s.docs) > 0, s.tab == tabPortal && s.result.Portal != nil
	return []key.Binding{
		bind("tab", "next page", "tab", "right"),
		when(values, bind("1-5", "copy a value", "1", "2", "3", "4", "5")),
		when(policies || s.tab == tabChecks && len(s.report.Checks) > 0, bind("enter", "view", "enter")), when(policies, bind("s", "save all", "s")),
		bind("c", "copy", "c"),
		when(s.canRepair(), bind("r", "review again", "r")),
		when(!m.loading(s), bind("v", "prove again", "v")),
		bind("n", "new set-up", "n"),
		bind("q", "quit", "q"),
		// Where the screen is narrow the later ones give way first.
		bind("m", "report", "m"),
		bind("f", "set-up file", "f"),
		when(!s.setup.GrantsNobody(), bind("e", "change an answer", "e")),
	}
}

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

// summary is the result, what is proved in numbers, and what to do next.
func (s *end) summary(m *model, p *page, width int) {
	text := min(width, maxText)
	pass, fail, unknown := 0, 0, 0
	for _, c := range s.report.Checks {
		switch c.Status {
		case steps.Pass:
			pass++
		case steps.Fail:
			fail++
		default:
			unknown++
		}
	}
	mark, style, said := "○ ", m.theme.warn, ""
	status := s.result.Status
	if s.proof {
		status = steps.ResultStatus(s.report.Status)
	}
	switch status {
	case "":
		return // still being read, or it could not be
	case steps.ResultVerified, steps.ResultUnchanged:
		mark, style, said = "✓ ", m.theme.good, sayWorks
		if s.setup.GrantsNobody() {
			said = sayDelivers
		}
	case steps.ResultRevoked:
		mark, style, said = "✓ ", m.theme.good, sayTakenBack
		if s.setup.GrantsNobody() {
			said = sayNobodyReads
		}
	case steps.ResultWaiting:
		said = fmt.Sprintf(sayWaiting, m.command("verify", s.setup.Name))
	case steps.ResultInterrupted:
		said = fmt.Sprintf(sayStopped, m.command("resume", s.setup.Name))
	case steps.ResultStatus(steps.ReportUnproven):
		said = sayNotProved
	default:
		mark, style, said = "✗ ", m.theme.bad, sayNotFinished
		if s.proof || s.broken {
			said = sayWrong
		}
		if s.canRepair() {
			said += saySeeWhatMends
		}
	}
	p.add(each(style.Render, hang(mark, said, text))...)
	p.add("", fmt.Sprintf("Proved: %d   wrong: %d   not provable yet: %d", pass, fail, unknown), "")
	s.wrong(m, p, text)
	if s.result.Portal != nil && status != steps.ResultRevoked && status != steps.ResultFailed && !s.proof {
		p.add(each(m.theme.bold.Render, wrap(sayNextPortal, text))...)
		p.add("")
	}
	s.made(m, p, text)
	if status == steps.ResultRevoked && s.plan != nil {
		p.add("", m.theme.bold.Render(sayStays))
		for _, l := range stays(s.plan) {
			p.add(hang("  · ", l, text)...)
		}
	}
}

// stays are what a revocation leaves, and what remains to be done in the portal.
func stays(plan *steps.Plan) []string {
	lines := toldAll(plan.Warnings)
	for _, p := range plan.Steps {
		if p.Change == steps.ChangeNone && p.Step != steps.StepIdentity && p.Step != steps.StepAccess && p.Summary != "" {
			lines = append(lines, p.Summary)
		}
	}
	return lines
}

func (s *end) made(m *model, p *page, width int) {
	if len(s.result.Made) > 0 {
		p.add(m.theme.bold.Render("Made or changed"))
		for _, l := range s.result.Made {
			p.add(each(m.theme.good.Render, hang("  ✓ ", l, width))...)
		}
	}
	if len(s.result.NotMade) > 0 {
		p.add(m.theme.bold.Render(words.SayNotMade))
		for _, l := range s.result.NotMade {
			p.add(each(m.theme.warn.Render, hang("  ✗ ", told(l), width))...)
		}
	}
	if len(s.result.Made)+len(s.result.NotMade) == 0 {
		said := sayNothingMade
		if s.proof {
			said = sayOnlyLooked
		}
		p.add(each(m.theme.faint.Render, wrap(said, width))...)
	}
}

func (s *end) portal(m *model, p *page, width int) {
	text := min(width, maxText)
	if s.result.Status == steps.ResultRevoked {
		p.add(wrap(sayPortalRevoked, text)...)
		p.add("")
		if s.plan != nil {
			for _, step := range s.plan.Steps {
				if step.Step == steps.StepPortal {
					p.add(hang("• ", step.Summary, text)...)
				}
			}
		}
		return
	}
	guide := steps.GuidePortal(s.setup)
	if values := words.PortalValues(s.result.Portal); values != nil {
		for i, v := range values {
			mark, style := "  ", m.theme.bold
			if i == s.cursor {
				mark, style = "▸ ", m.theme.chosen
				p.focus = len(p.lines)
			}
			lines := hang(fmt.Sprintf("%s%d %-14s ", mark, i+1, v[0]), v[1], width)
			p.add(each(style.Render, lines)...)
		}
		p.add("")
	}
	for i, l := range guide.Steps {
		p.add(hang(fmt.Sprintf("%d. ", i+1), l, text)...)
	}
	if len(guide.IfVerifyFails) > 0 {
		p.add("", m.theme.bold.Render("If Verify fails"))
		for _, l := range guide.IfVerifyFails {
			p.add(hang("• ", told(l), text)...)
		}
	}
	if s.cursor == 0 { // only a moved cursor has to be kept in sight
		p.focus = -1
	}
}

func (s *end) policies(m *model, p *page, width int) {
	if s.err != nil {
		p.add(m.faultLines(s.err, width)...)
	}
	p.add(each(m.theme.faint.Render, wrap(sayPolicies, width))...)
	p.add("")
	for i, d := range s.docs {
		mark, style := "  ", m.theme.bold
		if i == s.cursor {
			mark, style = "▸ ", m.theme.chosen
			p.focus = len(p.lines)
		}
		p.add(style.Render(cut(mark+d.Title, width)), m.theme.faint.Render(cut("    "+d.FileName, width)))
	}
}

func (s *end) help(*model) string {
	if s.setup.GrantsNobody() {
		return strings.Replace(helpEnd, helpEndPortal, "", 1)
	}
	return helpEnd
}
