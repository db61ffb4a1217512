package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// patience is how long the end of an interrupted run waits for a terminal that takes no output.
const patience = 2 * time.Second

// signals are the stages of an interrupt: the first ends ctx, so that nothing new is started and calls in flight finish, the second
// ends kill, and with it the calls in flight, the third ends the program. A hangup is a first stage, however often it comes: the kernel
// and the shell both send it. Nothing here waits for a terminal, which may be gone or stalled.
type signals struct {
	ctx, kill context.Context
	stop      func()
	say       io.Writer

	mu        sync.Mutex
	last      func() // done before the third ends the program
	began     bool   // something was or is being changed
	writes    bool   // something is being changed, so that the first needs a word
	unsuspend func() // lets Ctrl-Z suspend again
	leave     func() // ends the program once nothing is being changed any more, whoever takes its output; nil: something is, or was not begun
}

func watchSignals(say io.Writer) *signals {
	s := &signals{say: say, last: func() {}, unsuspend: func() {}}
	var kill func()
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.kill, kill = context.WithCancel(context.Background())
	signal.Notify(make(chan os.Signal, 1), writeErrors()...) // a write to a closed pipe or past a limit is an error, not the end of the program
	caught := make(chan os.Signal, 3)
	signal.Notify(caught, interrupts()...)
	if !signal.Ignored(syscall.SIGHUP) { // nohup means it
		signal.Notify(caught, syscall.SIGHUP)
	}
	go func() {
		stage := 0
		for sig := range caught {
			if sig == syscall.SIGHUP && stage > 0 {
				continue
			}
			stage++
			switch stage {
			case 1:
				s.stop()
				s.interrupted()
			case 2:
				kill()
			default:
				s.die()
			}
		}
	}()
	return s
}

// interrupted says what the first stage means, where something is being changed.
func (s *signals) interrupted() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leave != nil {
		s.leave()
	}
	if s.writes {
		s.tell("interrupted: nothing new is started, and calls in flight finish. Interrupt again to end those too.")
	}
}

// tell says something without waiting for the terminal.
func (s *signals) tell(text string) {
	go func() { _, _ = fmt.Fprintln(s.say, "\nflowgrant: "+text) }()
}

// die ends the program at once.
func (s *signals) die() {
	s.mu.Lock()
	last := s.last
	s.mu.Unlock()
	done := make(chan struct{})
	go func() { last(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Second): // nobody takes the output
	}
	os.Exit(exitInterrupted)
}

// running says that something is being changed, and what is done last when a third interrupt ends the program.
func (s *signals) running(last func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.began, s.writes, s.last, s.leave = true, true, last, nil
	s.unsuspend()
	s.unsuspend = refuseSuspend(func() {
		s.tell("not suspended: changes are being made, and AWS does not wait. Ctrl-C stops in good order.")
	})
}

// changed says whether anything was or is being changed.
func (s *signals) changed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.began
}

// finished says that nothing is being changed any more. Where the program was or is asked to stop, it then ends with this code even if
// nobody takes its output.
func (s *signals) finished(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes = false
	s.unsuspend()
	s.unsuspend = func() {}
	s.leave = func() { time.AfterFunc(patience, func() { os.Exit(code) }) }
	if s.ctx.Err() != nil {
		s.leave()
	}
}

// onLast says what is done last when a third interrupt ends the program.
func (s *signals) onLast(last func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = last
}
