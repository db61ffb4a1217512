package wizard

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/flowgrant/flowgrant/ui/words"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
)

// progressOf is where a step of the run stands.
type progressOf struct {
	event steps.StepEvent
	since time.Time // of the first event
	until time.Time // of the outcome; zero: not over
}

// running shows a run as it happens: a tree of accounts and steps, what is waited for, and what was said.
type running struct {
	setup   steps.Setup
	revoke  *steps.RevokeOptions // what is taken back; nil: the set-up is applied
	repair  bool                 // what stands in its way is changed
	restore *steps.Backup        // the document that is put back; nil: none
	plan    *steps.Plan
	queue   *queue
	cancel  context.CancelFunc // starts nothing new
	kill    context.CancelFunc // ends calls in flight
	began   time.Time
	ended   time.Time
	steps   map[int]*progressOf
	tree    []treeLine
	log     []string
	result  *steps.Result
	showLog bool
	held    bool // the person scrolled: it follows the run no longer
	from    int  // first line of the tree in sight while it follows the run
	stops   int  // how often it was asked to stop

	again    chan int     // asks the run to try failed steps again while it goes on
	pick     int          // which of the failures is shown
	narrower *steps.Setup // when the run is over: review the set-up without what was left out

	findCause     bool // when the run is over: look for the cause of what failed
	leaveWhenDone bool // the person or a signal asked to leave
	keepReplaced  bool // the person said that replaced flow logs stay
	leftWaiting   bool // only logs were waited for then
	replan        error
}

// start carries out a reviewed plan and shows it.
func (m *model) start(r *review, confirmed time.Time) tea.Cmd {
	s := &running{setup: r.setup, revoke: r.revoke, repair: r.repair, restore: r.restore, keepReplaced: r.keepReplaced, plan: r.plan, began: m.now(), steps: map[int]*progressOf{}, again: make(chan int, len(r.plan.Steps))}
	m.run, m.outcome.setup, m.outcome.store, m.outcome.result = s, r.setup, m.o.Store, nil
	m.dropLooks() // the run may change what was seen
	m.answers.touched = false
	s.queue, s.cancel, s.kill = launch(m.ctx, m.engine, r.plan, m.o.Store, steps.RunOptions{Wait: m.o.Wait, ReviewedAt: confirmed, Again: s.again, KeepReplaced: r.keepReplaced})
	show := m.show
	if _, again := m.top().(*running); again {
		show = m.become
	}
	var begun tea.Cmd
	if r.revoke == nil && !r.repair && r.restore == nil {
		begun = m.begun()
	}
	return tea.Batch(show(s), s.queue.next(s), begun)
}

func (s *running) active() bool { return s.result == nil }

func (s *running) stage() stage         { return stageRun }
func (s *running) typing() bool         { return false }
func (s *running) enter(*model) tea.Cmd { return nil }

func (s *running) title(m *model) string {
	took := clock(s.elapsed(m))
	switch {
	case s.active() && s.stops > 0:
		return sayStoppingNothingNewStartsCalls + took + ")"
	case s.active():
		doing := labelRunning
		if s.revoke != nil {
			doing = labelTakingBack
		} else if s.repair {
			doing = labelMending
		} else if s.restore != nil {
			doing = words.SayPuttingBack
		}
		return doing + s.setup.Name + " (" + took + ")"
	default:
		return labelRunOf + s.setup.Name + ": " + words.Result(s.result.Status) + " (" + took + ")"
	}
}

func (s *running) elapsed(m *model) time.Duration {
	if s.active() {
		return m.now().Sub(s.began)
	}
	return s.ended.Sub(s.began)
}

// follows: what is under way is kept in sight until the person scrolls.
func (s *running) follows() bool { return s.active() && !s.held }

// escape follows the run again. There is no way back into the questions while AWS is being changed, and none after it.
func (s *running) escape(m *model) bool {
	s.held, m.scroll = false, 0
	return true
}

// receive takes what the run has told.
func (s *running) receive(m *model, msg runMsg) tea.Cmd {
	for _, e := range msg.events {
		switch e := e.(type) {
		case steps.StepEvent:
			s.note(m, e)
		case steps.Question:
			s.ask(m, e)
		}
	}
	if msg.result == nil {
		return s.queue.next(s)
	}
	s.cancel()
	s.kill()
	s.result, s.ended = msg.result, m.now()
	m.outcome.result = msg.result
	m.outcome.left = s.leftWaiting && msg.result.Status != steps.ResultFailed && len(s.failures()) == 0 // what failed is told as it is
	m.dialogs = nil
	m.notice = "" // of the run
	if s.leaveWhenDone {
		return m.quit(0)
	}
	if s.narrower != nil {
		return s.reviewWithout(m)
	}
	if s.findCause {
		return s.diagnose(m)
	}
	if m.top() != s {
		return nil
	}
	if st := msg.result.Status; st == steps.ResultInterrupted || st == steps.ResultFailed && (s.restore == nil || msg.result.Failure != nil) {
		return nil // the failure is read here first
	}
	return s.onwards(m)
}

func (s *running) note(m *model, e steps.StepEvent) {
	p := s.steps[e.Key]
	if p == nil {
		p = &progressOf{since: m.now()}
		s.steps[e.Key] = p
	}
	if over(p.event.Status) && !over(e.Status) { // tried again
		p.since = m.now()
	}
	e.Message, e.Cause, e.Fix = told(e.Message), told(e.Cause), told(e.Fix)
	if e.Status == steps.Waiting {
		e.Message = waitedFor.ReplaceAllString(e.Message, "")
	}
	changed := p.event.Message != e.Message || p.event.Status != e.Status
	p.event = e
	if over(e.Status) {
		p.until = m.now()
	} else {
		p.until = time.Time{}
	}
	if changed && (e.Message != "" || e.Cause != "") {
		line := fmt.Sprintf("%s %s", m.now().Format("15:04:05"), e.Step)
		if e.Region != "" {
			line += " " + e.Region
		}
		line += " " + e.Account + ": " + orElse(e.Message, e.Cause)
		s.log = append(s.log, line)
		if len(s.log) > 2000 {
			s.log = slices.Clone(s.log[1000:])
		}
	}
}

// waitedFor is how long the engine says that it waits: the screen counts that itself.
var waitedFor = regexp.MustCompile(`, after [0-9hms]+$`)

func over(s steps.Status) bool { return s == steps.Done || s == steps.Skipped || s == steps.Failed }

// ask puts a question of the run before the person.
func (s *running) ask(m *model, q steps.Question) {
	d := &dialog{heading: labelTheRunAsks, text: words.Asked(q.Text, q.Items)}
	if q.Kind == steps.AskSecret {
		d.field, d.secret = newEntry(""), true
		d.submit = func(_ *model, typed string) (tea.Cmd, string) {
			if typed == "" {
				return nil, sayTypeTheCodeOrEsc
			}
			q.Answer(typed, true)
			return nil, ""
		}
	} else {
		d.choices = []choiceKey{
			{bind("y", doesYes, "y", "Y"), func(*model) tea.Cmd { q.Answer("yes", true); return nil }},
			{bind("n", doesNo, "n", "N"), func(*model) tea.Cmd { q.Answer("no", true); return nil }},
		}
		if q.All {
			d.choices = append(d.choices, choiceKey{bind("a", doesAllOfRun, "a", "A"), func(*model) tea.Cmd { q.Answer(words.WordAll, true); return nil }})
		}
	}
	d.cancel = func(*model) tea.Cmd { q.Answer("", false); return nil }
	m.dialogs = append(m.dialogs, d)
}

// stop ends the run: the first time nothing new starts, the second time calls in flight end too, the third time the program leaves.
func (s *running) stop(m *model) tea.Cmd {
	s.stops++
	s.cancel()
	switch s.stops {
	case 1:
		m.notice = sayStoppingCallsInFlightFinish
	case 2:
		s.kill()
		m.notice = sayEndingTheCallsInFlight
	default:
		m.outcome.cancelled, m.outcome.result = true, nil
		return m.quit(130)
	}
	return nil
}

// onlyWaiting tells whether all that is left is to wait for logs, and what hangs on them.
func (s *running) onlyWaiting() bool {
	waits := false
	for i, p := range s.plan.Steps {
		at := s.steps[i]
		switch p.Step {
		case steps.StepDelivery:
			waits = waits || at != nil && at.event.Status == steps.Waiting
		case steps.StepAccess, steps.StepPortal:
		default:
			if p.Change != steps.ChangeHandOff && at != nil && !over(at.event.Status) || isChange(p.Change) && at == nil {
				return false
			}
		}
	}
	return waits
}

func (s *running) update(m *model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case loadedMsg:
		return s.planned(m, msg)
	case tea.KeyMsg:
		if s.follows() && movesPage(msg, false) { // from what is in sight
			s.held, m.scroll = true, s.from
			if s.showLog {
				m.scroll = m.sight.from
			}
		}
		if m.scrollKey(msg) {
			return nil
		}
		switch msg.String() {
		case "l":
			s.showLog, s.held, m.scroll = !s.showLog, false, 0
		case "q":
			return s.leave(m)
		case "r":
			if s.active() {
				s.tryAgain(m)
			} else if s.canRetry(m) {
				s.replan = nil
				return m.read(s, "plan", (&review{setup: s.setup, revoke: s.revoke, repair: s.repair, restore: s.restore}).planner(m.engine))
			}
		case "d":
			if s.canDiagnose(m) {
				return s.diagnose(m)
			}
		case "e":
			if s.canChange(m) {
				return m.changeAnswers(s.setup)
			}
		case "tab":
			s.pick++
			s.held, m.scroll = false, 0
		case "x":
			s.leaveOut(m)
		case "h":
			if v := s.handOver(); v != nil {
				return m.show(v)
			}
		case "enter":
			if !s.active() {
				return s.onwards(m)
			}
		}
	}
	return nil
}

// canRetry: there is something left to do.
func (s *running) canRetry(m *model) bool {
	return !s.active() && !m.loading(s) && !slices.Contains(good, s.result.Status)
}

// good are the ways a run ends in which nothing is left to do.
var good = []steps.ResultStatus{steps.ResultVerified, steps.ResultUnchanged, steps.ResultRevoked}

// canChange: a run that has not come to its end may be mended by another answer.
func (s *running) canChange(m *model) bool {
	return s.canRetry(m) && s.revoke == nil && !s.repair && s.restore == nil && !s.setup.GrantsNobody()
}

// leave goes while only logs are waited for, or when the run is over.
func (s *running) leave(m *model) tea.Cmd {
	switch {
	case !s.active():
		return m.quit(0)
	case s.onlyWaiting():
		s.leaveWhenDone, s.leftWaiting, s.stops = true, true, 1
		s.cancel()
		return nil
	default:
		m.notice = sayAwsIsBeingChangedCtrl
		return nil
	}
}

// planned goes on after a failure: when what is left to do was in the reviewed plan, at once; otherwise through the review.
func (s *running) planned(m *model, msg loadedMsg) tea.Cmd {
	plan, _ := msg.value.(*steps.Plan)
	if msg.err != nil || plan == nil {
		s.replan = msg.err
		return nil
	}
	if len(plan.Blocked()) == 0 && within(plan, s.plan) {
		if s.repair && len(plan.Steps) == 0 {
			return m.mended(s.setup, words.SayNoLongerInWay)
		}
		return m.start(&review{setup: s.setup, revoke: s.revoke, repair: s.repair, restore: s.restore, plan: plan, keepReplaced: s.keepReplaced}, m.now())
	}
	r := &review{setup: s.setup, revoke: s.revoke, repair: s.repair, restore: s.restore, plan: plan, remark: sayReviewAnew}
	r.cursor = r.first()
	return m.showReview(r)
}

// within tells whether every change of a plan was in another one.
func within(plan, reviewed *steps.Plan) bool {
	for _, p := range plan.Steps {
		if isChange(p.Change) && !slices.ContainsFunc(reviewed.Steps, func(o steps.PlannedStep) bool {
			return o.Step == p.Step && o.Account == p.Account && o.Region == p.Region && o.Target == p.Target && o.Change == p.Change && same(o.After, p.After)
		}) {
			return false
		}
	}
	return true
}

func same(a, b *string) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

func (s *running) keys(m *model) []key.Binding {
	return []key.Binding{
		when(s.canRetry(m), bind("r", map[bool]string{true: doesGoOn, false: doesTryAgain}[!s.active() && s.result.Status == steps.ResultInterrupted], "r")),
		when(s.active() && len(s.failures()) > 0 && s.stops == 0, bind("r", doesThisStepAgain, "r")),
		keyDiagnose(s.canDiagnose(m)),
		when(len(s.failures()) > 1, bind("tab", doesNextFailure, "tab")),
		when(s.canLeaveOut(), bind("x", doesLeaveItOut, "x")),
		when(s.canChange(m), bind("e", doesChangeAnAnswer, "e")),
		when(len(s.undone()) > 0, bind("h", doesHandOver, "h")),
		when(!s.active(), bind("enter", doesResult, "enter")),
		bind("l", map[bool]string{true: doesSteps, false: doesLog}[s.showLog], "l"),
		when(s.active() && s.held, bind("esc", doesFollow, "esc")),
		when(!s.active() || s.onlyWaiting(), bind("q", doesLeave, "q")),
	}
}

func (s *running) help(*model) string { return helpRun }
