package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// stdout is standard output. When its reader has gone, as in `flowgrant plan | head`, the rest is dropped and the run asked to stop.
type stdout struct {
	file *os.File
	gone func()

	mu  sync.Mutex
	err error
}

func (s *stdout) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return len(b), nil
	}
	if _, err := s.file.Write(b); err != nil {
		s.err = err
		s.gone()
	}
	return len(b), nil
}

// failure gives what kept standard output from being written, unless nobody wanted to read it any more.
func (s *stdout) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(s.err, syscall.EPIPE) {
		return nil
	}
	return s.err
}

// signals are the stages of an interrupt: the first ends ctx, so that nothing new is started and calls in flight finish, the second
// ends kill, and with it the calls in flight, the third ends the program.
type signals struct {
	ctx, kill context.Context
	stop      func()

	mu     sync.Mutex
	last   func() // done before the third ends the program
	writes bool   // something is being changed, so that the first needs a word
}

func watchSignals(say io.Writer) *signals {
	s := &signals{last: func() {}}
	var kill func()
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.kill, kill = context.WithCancel(context.Background())
	// Once SIGPIPE is asked for, a write to a closed pipe is an error instead of the end of the program.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	caught := make(chan os.Signal, 3)
	signal.Notify(caught, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-caught
		s.stop()
		s.mu.Lock()
		if s.writes {
			_, _ = fmt.Fprintln(say, "\nflowgrant: interrupted: nothing new is started, and calls in flight finish. Interrupt again to end those too.")
		}
		s.mu.Unlock()
		<-caught
		kill()
		<-caught
		s.mu.Lock()
		s.last()
		os.Exit(exitInterrupted)
	}()
	return s
}

// running says that something is being changed, and what is done last when a third interrupt ends the program.
func (s *signals) running(last func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes, s.last = true, last
}

// onLast says what is done last when a third interrupt ends the program.
func (s *signals) onLast(last func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = last
}
