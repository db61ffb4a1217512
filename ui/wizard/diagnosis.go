package wizard

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/words"
)

// diagnosis shows why a set-up does not work: the causes, each with its evidence, its fix and who can mend it. Looking changes nothing.
type diagnosis struct {
	list
	at     stage // that it was asked for at
	setup  steps.Setup
	report steps.Report
	repair *steps.Plan // changes of what the set-up did not make; nil: nothing is known yet
	err    error
	detail pane // of the chosen cause
}

func keyDiagnose(ok bool) key.Binding { return when(ok, bind("d", doesFindTheCause, "d")) }

// diagnose looks for what is wrong with a set-up.
func (m *model) diagnose(setup steps.Setup, at stage) tea.Cmd {
	return m.show(&diagnosis{at: at, setup: setup})
}

// canDiagnose: the plan of applying is refused, or cannot be made for another reason than the answers.
func (s *review) canDiagnose(m *model) bool {
	if !s.applies() || m.loading(s) {
		return false
	}
	return s.plan != nil && len(s.plan.Blocked()) > 0 || s.err != nil && len(steps.FaultsIn(s.err)) == 0
}

// canDiagnose: something failed, and nothing but waiting is under way.
func (s *running) canDiagnose(m *model) bool {
	if s.revoke != nil || m.loading(s) {
		return false
	}
	if s.active() {
		return !s.repair && len(s.failures()) > 0 && s.stops == 0 && s.onlyWaiting()
	}
	return s.result.Status == steps.ResultFailed
}

// diagnose looks for the cause; a run that only waits for logs ends first.
func (s *running) diagnose(m *model) tea.Cmd {
	if s.active() {
		s.findCause = true
		s.cancel()
		return nil
	}
	return m.diagnose(s.setup, stageRun)
}

// canDiagnose: the set-up, which is meant to work, is not proved to.
func (s *end) canDiagnose(m *model) bool {
	if s.revoked || s.result.Status == steps.ResultRevoked || m.loading(s) {
		return false
	}
	return s.err2 != nil || s.report.Status == steps.ReportFailed || s.report.Status == steps.ReportUnproven || s.result.Status == steps.ResultFailed
}

func (s *diagnosis) stage() stage        { return s.at }
func (s *diagnosis) title(*model) string { return words.TitleWrong + ": " + s.setup.Name }
func (s *diagnosis) typing() bool        { return false }
func (s *diagnosis) help(*model) string  { return words.HelpDiagnosis }
func (s *diagnosis) enter(m *model) tea.Cmd {
	if s.repair != nil || s.err != nil {
		return nil
	}
	return s.look(m)
}

// diagnosed is what was found.
type diagnosed struct {
	report steps.Report
	repair *steps.Plan
}

// look reads and proves everything anew.
func (s *diagnosis) look(m *model) tea.Cmd {
	s.report, s.repair, s.err, s.cursor, s.detail = steps.Report{}, nil, nil, 0, pane{}
	engine, setup := m.engine, s.setup
	return m.read(s, "diagnosis", func(ctx context.Context) (any, error) {
		report, err := engine.Diagnose(ctx, setup)
		if err != nil {
			return nil, err
		}
		return diagnosed{report, engine.RepairPlan(setup, report)}, nil
	})
}

func (s *diagnosis) update(m *model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case loadedMsg:
		s.err = msg.err
		if found, ok := msg.value.(diagnosed); ok && msg.err == nil {
			s.report, s.repair = found.report, found.repair
			s.order()
		}
	case tea.KeyMsg:
		return s.press(m, msg)
	}
	return nil
}

// order puts what applying would do anyway last, where it was the review that cannot be applied.
func (s *diagnosis) order() {
	if s.at != stageReview {
		return
	}
	slices.SortStableFunc(s.report.Causes, func(a, b steps.Cause) int {
		last := func(c steps.Cause) int {
			if c.Mend == steps.MendApply {
				return 1
			}
			return 0
		}
		return last(a) - last(b)
	})
}

func (s *diagnosis) press(m *model, msg tea.KeyMsg) tea.Cmd {
	if msg.String() == "r" {
		if m.loading(s) {
			return nil
		}
		return s.look(m)
	}
	if s.repair == nil {
		return nil
	}
	switch msg.String() {
	case "m":
		return s.mend(m)
	case "c", "y":
		return m.copy(words.TitleWrong, s.text(), orSavedAs(s.file()))
	case "s":
		return m.save(s.file(), s.text())
	case "enter":
		if len(s.report.Causes) > 0 {
			return m.show(s.cause(m))
		}
	case "pgdown", " ":
		s.detail.turn(1)
	case "pgup":
		s.detail.turn(-1)
	default:
		by := map[string]int{"up": -1, "k": -1, "down": 1, "j": 1, "end": toTheEnd, "G": toTheEnd, "home": -toTheEnd, "g": -toTheEnd}[msg.String()]
		if was, rolled := s.cursor, s.detail.roll(by, s.cursor == len(s.report.Causes)-1); rolled && by != -toTheEnd {
			return nil
		} else if s.move(msg, len(s.report.Causes), 5, true) && s.cursor != was {
			s.detail = pane{}
		}
	}
	return nil
}

func (s *diagnosis) place() any { return [2]int{s.cursor, s.detail.by} }

// repairs: there is something that only a repair changes.
func (s *diagnosis) repairs() bool { return s.repair != nil && len(s.repair.Steps) > 0 }

// applies: applying the set-up would mend something. Where the review cannot be applied it comes after what stands in its way.
func (s *diagnosis) applies() bool {
	return s.repair != nil && s.report.Applies() && (s.at != stageReview || !slices.ContainsFunc(s.report.Causes, func(c steps.Cause) bool { return !c.Aside && c.Mend == steps.MendHand }))
}

// mend goes to the review of what mends it.
func (s *diagnosis) mend(m *model) tea.Cmd {
	switch {
	case s.repairs():
		r := &review{setup: s.setup, repair: true, plan: s.repair}
		r.cursor = r.first()
		return m.show(r)
	case s.applies():
		m.load(s.setup)
		return m.toReview()
	}
	return nil
}

func (s *diagnosis) keys(m *model) []key.Binding {
	ready, causes := s.repair != nil, len(s.report.Causes) > 0
	return []key.Binding{when(s.repairs() || s.applies(), bind("m", doesMendIt, "m")), when(len(s.report.Causes) > 1, bind("↑↓", doesCause, "up", "down")),
		when(causes, bind("enter", doesWholeCause, "enter")), when(causes, bind("pgup/pgdn", doesDetail, "pgup", "pgdown")),
		when(!m.loading(s), bind("r", doesLookAgain, "r")), when(ready, bind("c", doesCopy, "c")), when(ready, bind("s", doesSave, "s"))}
}

func (s *diagnosis) view(m *model, width, height int) page {
	p := page{focus: -1}
	switch {
	case m.loading(s):
		p.add(cut(m.waitingLine(s, words.SayDiagnosing), width))
		return p
	case s.err != nil:
		p.add(wrap(words.SayNoDiagnosis, width)...)
		p.add("")
		p.add(m.faultLines(s.err, width)...)
		p.add("")
		p.add(wrap(words.SayLookAgain, width)...)
		return p
	case s.repair == nil:
		return p
	}
	p.add(s.sum(m, width)...)
	p.add("")
	if len(s.report.Causes) == 0 {
		s.open(m, &p, width)
		return p
	}
	room := max(6, height-len(p.lines)-1)
	top := min(len(s.report.Causes), max(3, room/2))
	from, to := s.window(len(s.report.Causes), top)
	for i := from; i < to; i++ {
		if i == s.cursor {
			p.focus = len(p.lines)
		}
		p.add(s.row(m, i, width))
	}
	rule := fmt.Sprintf(labelRuleOf, s.cursor+1, len(s.report.Causes))
	p.add(m.theme.faint.Render(rule + strings.Repeat("─", max(0, width-ansi.StringWidthWc(rule)))))
	p.add(m.detail(s.causeLines(m, width), &s.detail, max(2, room-(to-from)), width)...)
	p.until = len(p.lines) - 1
	return p
}

// sum is what was found in a line or two, and what the person can do about it.
func (s *diagnosis) sum(m *model, width int) []string {
	var lines []string
	switch n := words.CausesFound(s.report); {
	case n == 1:
		lines = each(m.theme.bad.Render, hang("✗ ", words.SayOneCause, width))
	case n > 0:
		lines = each(m.theme.bad.Render, hang("✗ ", fmt.Sprintf(words.SayCausesFound, n), width))
	case s.report.Status == steps.ReportVerified:
		lines = each(m.theme.good.Render, hang("✓ ", words.SayNothingIsWrong, width))
	case s.report.Status == steps.ReportFailed:
		lines = each(m.theme.bad.Render, hang("✗ ", words.SayUnexplained, width))
	default:
		lines = each(m.theme.warn.Render, hang("○ ", words.SayNotAllKnown, width))
	}
	switch {
	case s.repairs():
		lines = append(lines, wrap(words.SayMendChange, width)...)
	case s.applies():
		lines = append(lines, wrap(words.SayMendApply, width)...)
	case slices.ContainsFunc(s.report.Causes, func(c steps.Cause) bool { return !c.Aside && c.Mend == steps.MendHand }):
		lines = append(lines, wrap(words.SayMendElsewhere, width)...)
	}
	return lines
}

// open lists what does not pass and has no cause, and what could not be seen.
func (s *diagnosis) open(m *model, p *page, width int) {
	for _, c := range s.report.Checks {
		if c.Status == steps.Pass || c.ID == string(steps.StepPortal) && s.report.Status == steps.ReportVerified {
			continue
		}
		mark, style := "○ ", m.theme.warn
		if c.Status == steps.Fail {
			mark, style = "✗ ", m.theme.bad
		}
		p.add(each(style.Render, hang(mark, checkPlace(c)+": "+told(c.Summary), width))...)
		if c.Fix != "" {
			p.add(hang("  ", labelToDo+told(c.Fix), width)...)
		}
	}
	if len(s.report.LeftOut) > 0 {
		p.add("")
		m.leftOut(p, s.report.LeftOut, width)
	}
	m.limits(p, s.report.Limits, width)
}

// row is a cause in one line: what it is, and where.
func (s *diagnosis) row(m *model, i, width int) string {
	c := s.report.Causes[i]
	cursor, mark, style := "  ", "✗ ", m.theme.bad
	switch {
	case c.Aside:
		mark, style = "· ", m.theme.faint
	case c.Mend == steps.MendWait:
		mark, style = "○ ", m.theme.warn
	}
	if i == s.cursor {
		cursor, style = "▸ ", m.theme.chosen
	}
	return style.Render(cut(cursor+mark+told(c.Title)+" · "+strings.Join(causePlace(m, c), " · "), width))
}

func causePlace(m *model, c steps.Cause) []string {
	var where []string
	for _, w := range []string{m.accountNamed(c.Account), c.Region, c.Target} {
		if w != "" {
			where = append(where, w)
		}
	}
	return where
}

// causeText is all that is known of a cause.
func causeText(m *model, c steps.Cause) string {
	var b strings.Builder
	if c.Aside {
		b.WriteString(words.SayBeside + ": ")
	}
	b.WriteString(told(c.Title) + "\n")
	b.WriteString(labelAt + strings.Join(causePlace(m, c), " · ") + "\n")
	b.WriteString(labelMendedBy + words.MendedBy(c.Mend) + "\n")
	b.WriteString(labelEvidence + told(c.Evidence) + "\n")
	b.WriteString(labelFix + told(c.Fix) + "\n")
	return b.String()
}

// causeLines are the text of the chosen cause in lines of at most width columns.
func (s *diagnosis) causeLines(m *model, width int) []string {
	var lines []string
	for i, l := range strings.Split(strings.TrimRight(causeText(m, s.report.Causes[s.cursor]), "\n"), "\n") {
		label, rest, labelled := strings.Cut(l, ": ")
		switch {
		case i == 0:
			lines = append(lines, each(m.theme.bold.Render, wrap(l, width))...)
		case labelled && !strings.HasPrefix(l, " "):
			parts := hang(label+": ", rest, width)
			lines = append(append(lines, m.theme.bold.Render(label+":")+strings.TrimPrefix(parts[0], label+":")), parts[1:]...)
		default:
			lines = append(lines, wrap(l, width)...)
		}
	}
	return lines
}

// cause shows the chosen cause alone, and the whole diagnosis beside it.
func (s *diagnosis) cause(m *model) *viewer {
	c := s.report.Causes[s.cursor]
	return &viewer{name: orElse(c.ID, words.TitleWrong), at: s.at, leaves: []leaf{{pageCause, causeText(m, c), s.setup.Name + "-" + c.ID + ".txt", nil}, {pageAll, s.text(), s.file(), nil}}}
}

func (s *diagnosis) file() string { return s.setup.Name + "-diagnosis.txt" }

// text is the whole diagnosis, in the terms of the command line: it is read elsewhere.
func (s *diagnosis) text() string {
	var b strings.Builder
	plain.New(&b, plain.Look{}, s.setup).Diagnosis(s.report)
	return b.String()
}
