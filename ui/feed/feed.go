// Package feed brings the events of a run to whoever shows them, without ever holding up the run.
package feed

import (
	"sync"

	"github.com/flowgrant/flowgrant/steps"
)

// Feed is a queue of events that one goroutine shows.
type Feed struct {
	mu    sync.Mutex
	queue []steps.Event

	wake  chan struct{}
	quit  chan struct{}
	ended chan struct{}
	fault any // what the goroutine panicked with
}

// Start starts a goroutine that shows events: show waits on Wake, shows what Take gives, and returns once Quit is closed.
func Start(show func(*Feed)) *Feed {
	f := &Feed{wake: make(chan struct{}, 1), quit: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(f.ended)
		defer func() { f.fault = recover() }()
		show(f)
	}()
	return f
}

// Emit queues an event. It never blocks and may be called from many goroutines.
func (f *Feed) Emit(e steps.Event) {
	f.mu.Lock()
	f.queue = append(f.queue, e)
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default: // it is awake
	}
}

// Take gives what was queued since it was called last, oldest first.
func (f *Feed) Take() []steps.Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	events := f.queue
	f.queue = nil
	return events
}

// Wake has a value when something was queued.
func (f *Feed) Wake() <-chan struct{} { return f.wake }

// Quit is closed when nothing more will be queued.
func (f *Feed) Quit() <-chan struct{} { return f.quit }

// End returns when all that was queued is shown. A panic of the showing goroutine goes on here.
func (f *Feed) End() {
	close(f.quit)
	<-f.ended
	if f.fault != nil {
		panic(f.fault)
	}
}
