package plain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/feed"
	"github.com/flowgrant/flowgrant/ui/words"
)

// silence is how long nothing is shown before a line says that the run goes on.
const silence = 10 * time.Second

// live shows a run while it happens, a line per step and status.
type live struct {
	p     *Printer
	ask   func(steps.Question)
	start time.Time
	open  map[int]openStep // by the step's key
	told  map[int]string   // the line last shown for a step
}

type openStep struct {
	since time.Time
	event steps.StepEvent
}

// Watch starts to show a run: emit never blocks and may be called from many goroutines, end returns when all that was emitted is shown.
// ask answers the run's questions, and may wait for a person.
func (p *Printer) Watch(ask func(steps.Question)) (emit func(steps.Event), end func()) {
	l := &live{p: p, ask: ask, start: time.Now(), open: map[int]openStep{}, told: map[int]string{}}
	p.line("")
	f := feed.Start(l.show)
	return f.Emit, func() { f.End(); p.line("") }
}

func (l *live) show(f *feed.Feed) {
	quiet := time.NewTimer(silence)
	defer quiet.Stop()
	for {
		select {
		case <-f.Wake():
			if l.tell(f.Take()) {
				quiet.Reset(silence)
			}
		case <-quiet.C:
			l.heartbeat()
			quiet.Reset(silence)
		case <-f.Quit():
			l.tell(f.Take())
			return
		}
	}
}

// tell shows events, and says whether that was anything new.
func (l *live) tell(events []steps.Event) bool {
	shown := false
	for _, e := range events {
		switch e := e.(type) {
		case steps.StepEvent:
			shown = l.step(e) || shown
		case steps.Question:
			l.ask(e)
			shown = true
		}
	}
	return shown
}

func (l *live) step(e steps.StepEvent) bool {
	switch e.Status {
	case steps.Running, steps.Waiting:
		since := time.Now()
		if known, ok := l.open[e.Key]; ok {
			since = known.since
		}
		l.open[e.Key] = openStep{since, e}
	default:
		delete(l.open, e.Key)
	}
	line := string(e.Status) + e.Message
	if l.told[e.Key] == line {
		return false
	}
	l.told[e.Key] = line
	body := where(e)
	if e.Message != "" {
		body += ": " + e.Message
	}
	if e.Status == steps.Waiting && e.Usually > 0 {
		body += " (" + fmt.Sprintf(words.SayUsually, span(e.Usually)) + ")"
	}
	l.p.para(0, l.clock()+l.word(e.Status), body)
	if e.Status == steps.Failed {
		under := len(l.clock()) + 9
		l.p.para(under, words.LabelCause, e.Cause)
		if e.Fix != "" {
			l.p.para(under, words.LabelWhatToDo, e.Fix)
		}
	}
	return true
}

// heartbeat says what the run is at, after some silence.
func (l *live) heartbeat() {
	if len(l.open) == 0 {
		l.p.para(0, l.clock()+status(words.SayWorking, words.SayWorking), words.SayWaitingForAWS)
		return
	}
	keys := make([]int, 0, len(l.open))
	for k := range l.open {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var parts []string
	for _, k := range keys {
		o := l.open[k]
		part := fmt.Sprintf(words.SayFor, where(o.event), span(time.Since(o.since)))
		if o.event.Usually > 0 {
			part += ", " + fmt.Sprintf(words.SayUsually, span(o.event.Usually))
		}
		parts = append(parts, part)
		if len(parts) == 3 && len(keys) > 4 {
			parts = append(parts, fmt.Sprintf(words.SayMore, len(keys)-3))
			break
		}
	}
	l.p.para(0, l.clock()+status(words.SayWorking, words.SayWorking), strings.Join(parts, "; "))
}

func (l *live) clock() string {
	d := time.Since(l.start).Round(time.Second)
	return fmt.Sprintf("%3d:%02d  ", int(d.Minutes()), int(d.Seconds())%60)
}

func (l *live) word(s steps.Status) string {
	switch s {
	case steps.Running:
		return status(words.SayStarts, words.SayStarts)
	case steps.Waiting:
		return status(words.SayWaits, l.p.look.yellow(words.SayWaits))
	case steps.Done:
		return status(words.SayEnded, l.p.look.green(words.SayEnded))
	case steps.Skipped:
		return status(words.SayLeftOut, words.SayLeftOut)
	default:
		return status(words.SayFailed, l.p.look.red(words.SayFailed))
	}
}

// status gives the word of a status in its column, painted or not.
func status(word, painted string) string {
	return painted + strings.Repeat(" ", 9-len(word))
}

// span gives a duration for people: 40 s, 5 min, 1 h 20 min.
func span(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf(words.SayMinutes, int(d.Round(time.Minute).Minutes()))
	default:
		d = d.Round(time.Minute)
		return fmt.Sprintf(words.SayHours, int(d.Hours()), int(d.Minutes())%60)
	}
}

// Decline answers a question that nobody can be asked: it names what would have answered it.
func (p *Printer) Decline(q steps.Question) {
	p.para(0, words.LabelProgram, fmt.Sprintf(words.SayNobodyAsked, words.Asked(q.Text, q.Items), q.Flag))
	q.Answer("", false)
}
