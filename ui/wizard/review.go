package wizard

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// review shows the plan: every change by account, with what is there and what will be. Nothing is changed before it is confirmed.
type review struct {
	list
	setup   steps.Setup
	revoke  *steps.RevokeOptions // what is taken back; nil: the set-up is applied
	repair  bool                 // what stands in the set-up's way is changed
	restore *steps.Backup        // the document that is put back; nil: none
	plan    *steps.Plan
	err     error
	of      *steps.Plan // that the tree is of
	tree    []treeLine
	choices []treeLine // of them, those that can be chosen
	remark  string     // why this is shown again
	detail  pane       // of the chosen step

	entered      bool // it was in sight before
	keepReplaced bool // replaced flow logs stay, as the person said

	settles bool // where nothing is left to change it goes on to the proof by itself
}

// toReview reads the live state of the answers' set-up and shows the plan. Faults of the answers are shown instead.
func (m *model) toReview() tea.Cmd {
	return m.showReview(&review{setup: m.answers.setup(m.identity)})
}

// showReview puts a review in sight, in the place of one that is on the way here already.
func (m *model) showReview(s *review) tea.Cmd {
	if i := slices.IndexFunc(m.stack, func(o screen) bool { return o.stage() == stageReview }); i > 0 {
		m.stack = m.stack[:i]
	}
	return m.show(s)
}

func (s *review) stage() stage { return stageReview }
func (s *review) title(*model) string {
	switch {
	case s.revoke != nil:
		return titleReviewRevoke
	case s.repair:
		return words.TitleMend
	case s.restore != nil:
		return words.TitlePutBack
	}
	return titleReview
}
func (s *review) typing() bool { return false }

func (s *review) enter(m *model) tea.Cmd {
	if again := s.entered; !again {
		s.entered = true
	} else if now := m.answers.setup(m.identity); s.applies() && m.answers.mode == s.setup.Mode && !reflect.DeepEqual(now, s.setup) {
		s.setup = now // answers were changed since, and left by going back
		return s.read(m)
	}
	if s.plan != nil && s.err == nil {
		return nil
	}
	return s.read(m)
}

func (s *review) read(m *model) tea.Cmd {
	s.plan, s.err, s.detail = nil, nil, pane{}
	if faults := s.setup.Check(); len(faults) > 0 {
		s.err = faults
		return nil
	}
	return m.read(s, "plan", s.planner(m.engine))
}

func (s *review) update(m *model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case loadedMsg:
		s.err = msg.err
		s.plan, _ = msg.value.(*steps.Plan)
		if s.plan != nil {
			s.cursor = s.first()
			return s.settle(m)
		}
	case tea.KeyMsg:
		return s.press(m, msg)
	}
	return nil
}

// first is the step to look at first: one that blocks, else one that changes something.
func (s *review) first() int {
	for _, want := range [][]steps.Change{{steps.ChangeBlocked}, {steps.ChangeHandOff}, {steps.ChangeCreate, steps.ChangeUpdate, steps.ChangeReplace, steps.ChangeDelete}} {
		if i := slices.IndexFunc(s.plan.Steps, func(p steps.PlannedStep) bool { return slices.Contains(want, p.Change) }); i >= 0 {
			return i
		}
	}
	return 0
}

func (s *review) press(m *model, msg tea.KeyMsg) tea.Cmd {
	switch msg.String() {
	case "r":
		if !m.loading(s) {
			s.remark = ""
			return s.read(m)
		}
		return nil
	case "s":
		return m.saveSetup(s.setup)
	case "e":
		switch {
		case s.applies():
			return m.changeAnswers(s.setup)
		case s.revoke != nil:
			return m.askRevokeAgain(s)
		}
		return nil
	case "x":
		if s.keeps() {
			s.revoke.DeleteBucket, s.remark = false, sayKeptNow
			return s.read(m)
		}
		return nil
	}
	if msg.String() == "d" && s.canDiagnose(m) {
		return m.diagnose(s.setup, stageReview)
	}
	if s.plan == nil {
		return nil
	}
	switch msg.String() {
	case "up", "k":
		s.turn(-1)
	case "down", "j":
		s.turn(1)
	case "home", "g":
		if rows := s.rows(); len(rows) > 0 {
			s.choose(rows[0].step)
			s.detail = pane{}
		}
	case "end", "G":
		s.turn(len(s.plan.Steps))
	case "pgdown", " ":
		s.detail.turn(1)
	case "pgup":
		s.detail.turn(-1)
	case "enter":
		if len(s.plan.Steps) > 0 {
			if line := s.chosen(); line.fold != nil {
				return m.show(regionsViewer(m, s.plan, line))
			}
			return m.show(stepViewer(s.plan, s.cursor))
		}
	case "a":
		return s.apply(m)
	case "w":
		if len(s.plan.Warnings) > 0 {
			return m.showWarnings(s.plan, stageReview)
		}
	}
	s.clamp(len(s.plan.Steps))
	return nil
}

// apply asks for a deliberate yes. What blocks is said instead.
func (s *review) apply(m *model) tea.Cmd {
	if blocked := s.plan.Blocked(); len(blocked) > 0 {
		s.cursor = s.first()
		m.refuse(s.refusal(blocked))
		return nil
	}
	changes, where := count(s.plan.Changes(), "change"), count(len(accountsOf(s.plan.Steps, true)), "account")
	heading, text, word := sayApply, fmt.Sprintf(sayApplyMeans, changes, where), "yes"
	switch {
	case s.restore != nil:
		if heading, text = words.SayPutBackAsk, words.SayPutBackMeans; s.plan.Changes() == 0 {
			m.refuse(words.SayPutBackSame)
			return nil
		}
	case s.repair:
		heading, text = words.SayMend, fmt.Sprintf(words.SayMendMeans, changes, where)
	case s.revoke != nil:
		means := sayTakeBackMeans
		if s.setup.GrantsNobody() {
			means = sayTakeGroupMeans
		}
		heading, text, word = sayTakeBack, fmt.Sprintf(means, changes, where), s.setup.Name
		switch {
		case s.plan.Changes() > 0:
		case s.setup.GrantsNobody():
			text = sayNothingToTake
		default:
			text = sayTakeNothing
		}
	case s.plan.Changes() == 0:
		text = sayApplyNothing
	}
	if n := len(s.plan.HandedOff()); n > 0 {
		text += fmt.Sprintf(" "+sayHandedOff, count(n, "step"))
	}
	if n := s.unread(m); n > 0 {
		text += fmt.Sprintf(" "+sayReadWarnings, count(n, "warning"))
	}
	if age := m.now().Sub(s.plan.ReadAt); age >= oldPlan {
		text += fmt.Sprintf(" "+sayOldPlan, count(int(age.Minutes()), "minute"))
	}
	m.dialogs = append(m.dialogs, &dialog{
		heading: heading,
		text:    text + "\n" + fmt.Sprintf(sayTypeWord, word),
		field:   newEntry(""),
		submit: func(m *model, typed string) (tea.Cmd, string) {
			if !strings.EqualFold(typed, word) {
				return nil, fmt.Sprintf(sayTypeWordAgain, word)
			}
			if lines := s.plan.Replaces(); s.applies() && len(lines) > 0 && !s.keepReplaced {
				s.askReplaced(m, lines)
				return nil, ""
			}
			return m.start(s, m.now()), ""
		},
	})
	return nil
}

// askReplaced asks before the run what becomes of flow logs that it replaces, so that the run need not wait for the answer.
func (s *review) askReplaced(m *model, lines []string) {
	m.dialogs = append(m.dialogs, &dialog{heading: words.TitleReplaced, text: words.Asked(words.AskReplaced, lines), choices: []choiceKey{
		{bind("y", doesYes, "y", "Y"), func(m *model) tea.Cmd {
			s.plan.DeleteReplaced()
			s.setup.FlowLogs.DeleteReplaced = true
			return m.start(s, m.now())
		}},
		{bind("n", doesNo, "n", "N"), func(m *model) tea.Cmd { s.keepReplaced = true; return m.start(s, m.now()) }},
		{bind("a", doesAskLater, "a", "A"), func(m *model) tea.Cmd { return m.start(s, m.now()) }},
	}})
}

// oldPlan is how old a plan is before its age is said where it is confirmed: what was read is no longer what the person has in mind.
const oldPlan = 2 * time.Minute

// unread counts the warnings that were not opened to be read.
func (s *review) unread(m *model) int {
	n := 0
	for _, w := range s.plan.Warnings {
		if !m.warned[w] {
			n++
		}
	}
	return n
}

// accountsOf lists the accounts of steps in their order; changing: only where something is changed.
func accountsOf(planned []steps.PlannedStep, changing bool) []string {
	var ids []string
	known := map[string]bool{}
	for _, p := range planned {
		if (!changing || isChange(p.Change)) && !known[p.Account] {
			ids, known[p.Account] = append(ids, p.Account), true
		}
	}
	return ids
}

func isChange(c steps.Change) bool {
	return c == steps.ChangeCreate || c == steps.ChangeUpdate || c == steps.ChangeReplace || c == steps.ChangeDelete
}

// applies: the set-up is applied; else it is taken back, or what stands in its way is changed.
func (s *review) applies() bool { return s.revoke == nil && !s.repair && s.restore == nil }

// canChange: the answers can be changed here. Those of what is taken back stay, and those of a set-up to a log group stand in its file.
func (s *review) canChange() bool { return s.applies() && !s.setup.GrantsNobody() }

// does names what confirming does.
func (s *review) does() string {
	switch {
	case s.revoke != nil:
		return doesTakeBack
	case s.repair:
		return doesMend
	case s.restore != nil:
		return doesPutBack
	}
	return doesApply
}

func (s *review) keys(m *model) []key.Binding {
	ready := s.plan != nil
	again := when(!m.loading(s) && len(steps.FaultsIn(s.err)) == 0, bind("r", doesReadAgain, "r"))
	bindings := []key.Binding{when(ready && len(s.plan.Blocked()) == 0 && (s.restore == nil || s.plan.Changes() > 0), bind("a", s.does(), "a")), keyDiagnose(s.canDiagnose(m)), when(ready && len(s.plan.Steps) > 1, bind("↑↓", doesStep, "up", "down")), when(ready, bind("enter", map[bool]string{true: doesRegions, false: doesWholeStep}[ready && len(s.plan.Steps) > 0 && s.chosen().fold != nil], "enter")),
		when(ready, bind("pgup/pgdn", doesDetail, "pgup", "pgdown")), when(ready && len(s.plan.Warnings) > 0, bind("w", doesWarnings, "w")),
		when(s.canChange(), bind("e", doesChangeAnAnswer, "e")), when(ready && s.revoke != nil, bind("e", doesChangeWhatGoes, "e")), bind("s", doesSaveSetUpFile, "s"), again}
	if ready && len(s.plan.Blocked()) > 0 { // that is what comes next: a narrow foot leaves out the last
		bindings = slices.Insert(bindings[:len(bindings)-1], 2, again)
		bindings = slices.Insert(bindings, 0, when(s.keeps(), bind("x", doesKeepIt, "x")))
	}
	return bindings
}

func (s *review) view(m *model, width, height int) page {
	p := page{focus: -1}
	switch {
	case m.loading(s):
		p.add(cut(m.waitingLine(s, sayReadingWhatIsThereIn), width))
		return p
	case s.err != nil:
		return s.faults(m, width)
	case s.plan == nil:
		return p
	}
	if s.remark != "" {
		style, mark := m.theme.warn, "⚠ "
		if s.settles && s.remark == words.SayMended {
			style, mark = m.theme.good, "✓ "
		}
		p.add(each(style.Render, hang(mark, s.remark, width))...)
	}
	p.add(s.sum(m, width)...)
	p.add("")
	at := s.treeAt()
	room := max(6, height-len(p.lines)-1)
	top := min(len(s.tree), max(3, room/2))
	l := list{at}
	from, to := l.window(len(s.tree), top)
	for _, line := range headed(s.tree[from:to]) {
		if line.step >= 0 && line.has(s.cursor) && len(m.dialogs) == 0 {
			p.focus = len(p.lines) // on a screen too low for all of it, the chosen step stays in sight
		}
		p.add(s.treeRow(m, line, width))
	}
	rule := "── " + fmt.Sprintf(sayStepOf, s.row()+1, len(s.rows())) + " "
	if len(s.plan.Steps) == 0 {
		rule = ""
	}
	p.add(m.theme.faint.Render(rule + strings.Repeat("─", max(0, width-ansi.StringWidthWc(rule)))))
	return s.pane(m, p, width, max(2, room-(to-from)))
}

// pane adds the detail of the chosen step in the lines that are left.
func (s *review) pane(m *model, p page, width, room int) page {
	if len(s.plan.Steps) == 0 {
		return p
	}
	lines := stepLines(m, s.plan.Steps[s.cursor], width)
	if line := s.chosen(); line.fold != nil {
		lines = wrap(words.NoVPCs(s.plan.IdleRegions(line.account)), width)
	}
	p.add(m.detail(lines, &s.detail, room, width)...)
	p.until = len(p.lines) - 1 // what it is about belongs to the chosen step
	return p
}

// detail gives room lines of a text that is scrolled by so many, and says where there is more.
func (m *model) detail(lines []string, at *pane, room, width int) []string {
	at.most, at.room = max(0, len(lines)-room), room
	at.turn(0)
	end := min(len(lines), at.by+room)
	shown := append([]string(nil), lines[at.by:end]...)
	if end < len(lines) && len(shown) > 1 && len(m.dialogs) == 0 {
		shown[len(shown)-1] = m.theme.faint.Render(cut(fmt.Sprintf(sayBelowPgdnOrEnterFor, count(len(lines)-end+1, "line")), width))
	}
	return shown
}

// sum is the plan in one or two lines.
func (s *review) sum(m *model, width int) []string {
	blocked, handed := len(s.plan.Blocked()), len(s.plan.HandedOff())
	var lines []string
	switch n := s.plan.Changes(); {
	case blocked > 0:
		lines = each(m.theme.bad.Render, hang("✗ ", s.blockedSum(n, blocked), width))
		if s.canDiagnose(m) {
			lines = append(lines, wrap(sayFindCause, width)...)
		}
	case n == 0 && s.revoke != nil:
		said := sayNothingToTake
		if !s.setup.GrantsNobody() {
			said += sayProveNoRead
		}
		lines = each(m.theme.good.Render, hang("✓ ", said, width))
	case n == 0 && s.restore != nil:
		lines = each(m.theme.good.Render, hang("✓ ", words.SayPutBackSame, width))
	case n == 0:
		lines = each(m.theme.good.Render, hang("✓ ", sayNothingHasToBeChanged, width))
	default:
		lines = wrap(fmt.Sprintf(sayInReadNothingHasBeen, count(n, "change"), count(len(accountsOf(s.plan.Steps, true)), "account"),
			ago(m.now().Sub(s.plan.ReadAt))), width)
	}
	if handed > 0 {
		lines = append(lines, each(m.theme.warn.Render, hang("⇄ ", count(handed, "step")+sayForSomebodyElseToDo, width))...)
	}
	for i, w := range s.plan.Warnings {
		if i == 2 {
			lines = append(lines, m.theme.warn.Render(cut(fmt.Sprintf(labelMoreWarnings, count(len(s.plan.Warnings)-2, "warning")), width)))
			break
		}
		lines = append(lines, m.theme.warn.Render(cut("⚠ "+told(w), width)))
	}
	return lines
}

func ago(d time.Duration) string {
	switch { // as fine as it is told anew
	case d < time.Minute:
		return labelJustNow
	case d < time.Hour:
		return count(int(d.Minutes()), "minute") + labelAgo
	}
	return clock(d) + labelAgo
}

func (s *review) faults(m *model, width int) page {
	p := page{focus: -1}
	if faults := steps.FaultsIn(s.err); len(faults) > 0 {
		said := sayFaults
		if !s.canChange() {
			said = sayFaultsInFile
		}
		p.add(wrap(said, width)...)
		p.add("")
		for _, f := range faults {
			p.add(each(m.theme.bad.Render, hang("✗ ", answerFault(f, s.setup.Mode), width))...)
		}
		return p
	}
	p.add(wrap(sayNoPlan, width)...)
	p.add("")
	p.add(m.faultLines(s.err, width)...)
	said := sayMendPlan
	if !s.canChange() {
		said = sayMendPlanOnly
	}
	if s.canDiagnose(m) {
		said += " " + sayFindCause
	}
	p.add("")
	p.add(wrap(said, width)...)
	return p
}

func (s *review) help(*model) string { return helpReview }
