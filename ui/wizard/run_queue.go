package wizard

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
)

// runMsg brings what a run has told since the last one, and its result when it is over.
type runMsg struct {
	to     *running
	events []steps.Event
	result *steps.Result
}

// queue takes events of a run from many goroutines without ever blocking them, and gives them to the screen in batches.
// Progress of a step that nobody has seen yet is replaced by its newer progress; outcomes are all kept.
type queue struct {
	mu     sync.Mutex
	events []steps.Event
	result *steps.Result
	ready  chan struct{} // holds at most one token
}

func newQueue() *queue { return &queue{ready: make(chan struct{}, 1)} }

func (q *queue) emit(e steps.Event) {
	q.mu.Lock()
	if n := len(q.events); n > 0 && progress(e) && sameProgress(q.events[n-1], e) {
		q.events[n-1] = e
	} else {
		q.events = append(q.events, e)
	}
	q.mu.Unlock()
	q.wake()
}

func (q *queue) end(r steps.Result) {
	q.mu.Lock()
	q.result = &r
	q.mu.Unlock()
	q.wake()
}

func (q *queue) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

func progress(e steps.Event) bool {
	s, ok := e.(steps.StepEvent)
	return ok && (s.Status == steps.Running || s.Status == steps.Waiting)
}

func sameProgress(old, e steps.Event) bool {
	return progress(old) && old.(steps.StepEvent).Key == e.(steps.StepEvent).Key
}

// next waits for something to tell. After the result it is not called again.
func (q *queue) next(to *running) tea.Cmd {
	return func() tea.Msg {
		<-q.ready
		q.mu.Lock()
		defer q.mu.Unlock()
		msg := runMsg{to: to, events: q.events, result: q.result}
		q.events = nil
		return msg
	}
}

// launch remembers a set-up and runs its plan outside of the program, with contexts of its own; store may be nil. A panic in it becomes a failed result.
func launch(ctx context.Context, engine Engine, plan *steps.Plan, store *steps.Store, o steps.RunOptions) (q *queue, stop, kill context.CancelFunc) {
	soft, stop := context.WithCancel(ctx)
	hard, kill := context.WithCancel(ctx)
	q = newQueue()
	o.Emit, o.Interactive, o.Kill = q.emit, true, hard
	go func() { q.end(carryOut(soft, engine, plan, store, o)) }()
	return q, stop, kill
}

// carryOut runs a plan under its journal. A panic becomes a failed result.
func carryOut(ctx context.Context, engine Engine, plan *steps.Plan, store *steps.Store, o steps.RunOptions) (result steps.Result) {
	failed := func(cause, fix, message string) steps.Result {
		e := steps.StepEvent{Key: -1, Status: steps.Failed, Cause: cause, Fix: fix, Message: message}
		return steps.Result{Setup: plan.Setup.Name, Status: steps.ResultFailed, Failure: &e}
	}
	defer func() {
		if r := recover(); r != nil {
			result = failed(fmt.Sprintf(labelInternalFault, r), sayRunItAgainWhatIs, string(debug.Stack()))
		}
	}()
	if store != nil { // remembered before the first change: what is begun can be gone on with
		journal, err := store.Begin(plan.Setup)
		if err != nil {
			return failed(err.Error(), sayNothingHasBeenChangedMend, "")
		}
		defer func() { _ = journal.Close() }() // every line that matters was synced
		o.Journal = journal
	}
	return engine.Run(ctx, plan, o)
}
