package wizard

import (
	"context"
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
)

// tab is a part of the end screen.
type tab int

const (
	tabResult tab = iota
	tabPortal
	tabPolicies
	tabChecks
)

var tabNames = []string{"Result", "Portal", "Policies", "Checks"}

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
}

func newEnd(run *running) *end {
	s := &end{setup: run.setup, result: *run.result, report: run.result.Report}
	s.docs, s.err = steps.Documents(run.setup)
	return s
}

func (s *end) stage() stage { return stageEnd }
func (s *end) title(*model) string {
	return s.setup.Name + ": " + resultWord(s.result.Status)
}
func (s *end) typing() bool         { return false }
func (s *end) enter(*model) tea.Cmd { return nil }

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
	s.report = report
	if report.Status == steps.ReportVerified && (s.result.Status == steps.ResultWaiting || s.result.Status == steps.ResultFailed) {
		s.result.Status = steps.ResultVerified
		s.result.Failure = nil
		s.result.Report = report
		m.outcome.result = &s.result
	}
}

func (s *end) press(m *model, msg tea.KeyMsg) tea.Cmd {
	turn := func(by int) {
		s.tab = (s.tab + tab(by+len(tabNames))) % tab(len(tabNames))
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
			engine, setup := m.engine, s.setup
			return m.read(s, "verify", func(ctx context.Context) (any, error) { return engine.Verify(ctx, setup) })
		}
	case "c", "y":
		return s.copyHere(m)
	case "s":
		return s.saveHere(m)
	case "enter":
		if s.tab == tabPolicies && s.cursor < len(s.docs) {
			d := s.docs[s.cursor]
			return m.show(&viewer{name: d.Title, text: d.Text, file: d.FileName, at: stageEnd})
		}
		if s.tab == tabChecks && s.cursor < len(s.report.Checks) {
			c := s.report.Checks[s.cursor]
			return m.show(&viewer{name: "Check " + c.ID, text: checkText(c), at: stageEnd})
		}
	case "1", "2", "3", "4", "5":
		if values := portalValues(s.result.Portal); s.tab == tabPortal && values != nil {
			v := values[k[0]-'1']
			return m.copy(v[0]+" "+v[1], v[1])
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
	switch values := portalValues(s.result.Portal); {
	case s.tab == tabPolicies && s.cursor < len(s.docs):
		return m.copy(s.docs[s.cursor].Title, s.docs[s.cursor].Text)
	case s.tab == tabPortal && values != nil:
		return m.copy(values[s.cursor][0]+" "+values[s.cursor][1], values[s.cursor][1])
	default:
		return m.copy("the result", strings.Join(outcomeLines(s.result, s.setup, false), "\n")+"\n")
	}
}

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

// portalValues are the five values of the portal in their order there; nil without any.
func portalValues(p *steps.Portal) [][2]string {
	if p == nil {
		return nil
	}
	return [][2]string{{"Account Name", p.AccountName}, {"Account ID", p.AccountID}, {"IAM Role Name", p.RoleName}, {"External ID", p.ExternalID}, {"S3 Bucket ARN", p.BucketARN}}
}

func (s *end) keys(m *model) []key.Binding {
	policies, values := s.tab == tabPolicies && len(s.docs) > 0, s.tab == tabPortal && s.result.Portal != nil
	return []key.Binding{
		bind("tab", "next page", "tab", "right"),
		when(values, bind("1-5", "copy a value", "1", "2", "3", "4", "5")),
		when(policies || s.tab == tabChecks && len(s.report.Checks) > 0, bind("enter", "view", "enter")), when(policies, bind("s", "save all", "s")),
		bind("c", "copy", "c"),
		bind("f", "save set-up file", "f"),
		when(!m.loading(s), bind("v", "prove again", "v")),
		bind("q", "quit", "q"),
	}
}

func (s *end) view(m *model, width, height int) page {
	p := page{focus: -1}
	p.add(s.tabs(m, width), "")
	if m.loading(s) {
		p.add(cut(m.waitingLine(s, "Proving it again"), width), "")
	}
	if s.err2 != nil {
		p.add(m.faultLines(s.err2, width)...)
		p.add("")
	}
	switch s.tab {
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

func (s *end) tabs(m *model, width int) string {
	var parts []string
	for i, name := range tabNames {
		if tab(i) == s.tab {
			parts = append(parts, m.theme.chosen.Render("["+name+"]"))
		} else {
			parts = append(parts, m.theme.faint.Render(" "+name+" "))
		}
	}
	return strings.Join(parts, " ")
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
	switch s.result.Status {
	case steps.ResultVerified, steps.ResultUnchanged:
		p.add(each(m.theme.good.Render, hang("✓ ", "It works: logs of the right format arrive, and the reader can read them and nothing beyond.", text))...)
	case steps.ResultWaiting:
		p.add(each(m.theme.warn.Render, hang("○ ", "Set up, and nothing is wrong. Not all could be proved yet: see Checks. v proves it again; later: flowgrant verify "+s.setup.Name, text))...)
	case steps.ResultInterrupted:
		p.add(each(m.theme.warn.Render, hang("○ ", "Interrupted. What was made stays. To go on, start flowgrant again and choose \"Go on with "+s.setup.Name+"\".", text))...)
	default:
		p.add(each(m.theme.bad.Render, hang("✗ ", "Not finished: see Checks for what is wrong and what to do.", text))...)
	}
	p.add("", fmt.Sprintf("Proved: %d   wrong: %d   not provable yet: %d", pass, fail, unknown), "")
	if s.result.Portal != nil {
		p.add(each(m.theme.bold.Render, wrap("Next: enter five values in the Xshield portal (tab).", text))...)
		p.add("")
	}
	s.made(m, p, text)
}

func (s *end) made(m *model, p *page, width int) {
	if len(s.result.Made) > 0 {
		p.add(m.theme.bold.Render("Made or changed"))
		for _, l := range s.result.Made {
			p.add(each(m.theme.good.Render, hang("  ✓ ", l, width))...)
		}
	}
	if len(s.result.NotMade) > 0 {
		p.add(m.theme.bold.Render("Planned and not made"))
		for _, l := range s.result.NotMade {
			p.add(each(m.theme.warn.Render, hang("  ✗ ", l, width))...)
		}
	}
	if len(s.result.Made)+len(s.result.NotMade) == 0 {
		p.add(m.theme.faint.Render("Nothing was changed: everything was right already."))
	}
}

func (s *end) portal(m *model, p *page, width int) {
	text := min(width, maxText)
	guide := steps.GuidePortal(s.setup)
	if values := portalValues(s.result.Portal); values != nil {
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
			p.add(hang("• ", l, text)...)
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
	p.add(each(m.theme.faint.Render, wrap("Every policy of this set-up, as it was made. Enter shows one; s saves all.", width))...)
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

func (s *end) checks(m *model, p *page, width int) {
	for i, c := range s.report.Checks {
		mark, style := "○ ", m.theme.warn
		switch c.Status {
		case steps.Pass:
			mark, style = "✓ ", m.theme.good
		case steps.Fail:
			mark, style = "✗ ", m.theme.bad
		}
		cursor := "  "
		if i == s.cursor {
			cursor, style, p.focus = "▸ ", m.theme.chosen, len(p.lines)
		}
		p.add(style.Render(cut(cursor+mark+checkPlace(c), width)))
		p.add(hang("    ", c.Summary, width)...)
		if c.Evidence != "" {
			p.add(m.theme.faint.Render(cut("    "+c.Evidence, width)))
		}
		if c.Fix != "" && c.Status != steps.Pass {
			p.add(hang("    ", "To do: "+c.Fix, width)...)
		}
	}
	if len(s.report.Checks) == 0 {
		p.add(m.theme.faint.Render("Nothing was checked: the run ended before."))
	}
	if len(s.report.Limits) > 0 {
		p.add("", m.theme.bold.Render("What could not be seen"))
		for _, l := range s.report.Limits {
			p.add(hang("• ", l, width)...)
		}
	}
}

// checkPlace names a check and what it is about.
func checkPlace(c steps.Check) string {
	s := c.ID
	for _, w := range []string{c.Account, c.Region, c.Target} {
		if w != "" {
			s += " · " + w
		}
	}
	return s
}

// checkText is all that is known of a check.
func checkText(c steps.Check) string {
	s := checkPlace(c) + "\n" + string(c.Status) + ": " + c.Summary + "\n"
	if c.Evidence != "" {
		s += "\nEvidence:\n" + c.Evidence + "\n"
	}
	if c.Fix != "" {
		s += "\nTo do: " + c.Fix + "\n"
	}
	return s
}

func (s *end) help(*model) string {
	return `Result: what was made and how it came out.
Portal: what to enter in the Xshield portal, each value to copy with one key.
Policies: every policy document of the set-up, to read, copy and save.
Checks: each proof with its evidence; what is wrong comes with what to do.

f saves the answers as a set-up file: "flowgrant apply -f FILE" brings everything to this state again, "flowgrant verify -f FILE" proves it.
v looks again and proves everything anew. It changes nothing.`
}
