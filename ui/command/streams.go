package command

import (
	"errors"
	"os"
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
