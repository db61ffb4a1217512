package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// Break is one way in which a set-up can be broken. Its ID is that of the cause that a diagnosis should find.
type Break struct {
	ID    string `json:"id"`
	Title string `json:"title"` // what it does, in one line
}

// aim is what a break is done to.
type aim int

const (
	aimBucket aim = iota // a set-up that delivers to S3
	aimKey               // the same, its bucket encrypted with a customer key; one that is not gets one that works first
	aimLogs              // flow logs to CloudWatch Logs
	aimWorld             // nothing of a set-up
)

// breaker is a break with what it does.
type breaker struct {
	Break
	aim aim
	do  func(*target)
}

var breakers = slices.Concat(bucketBreakers, keyBreakers, flowLogBreakers, readerBreakers, logsBreakers)

// Breaks lists all breaks in the order in which they are shown.
func Breaks() []Break {
	list := make([]Break, len(breakers))
	for i, b := range breakers {
		list[i] = b.Break
	}
	return list
}

// Break breaks what a set-up made, that is what hangs on the flow logs with the tag flowgrant:setup. Where no set-up delivers yet, the
// break is remembered and done at the first call after one does. An id that is not among Breaks is an error.
func (s *Sandbox) Break(id string) error {
	if !slices.ContainsFunc(breakers, func(b breaker) bool { return b.ID == id }) {
		return fmt.Errorf("there is no break %q", id)
	}
	return s.change(func(w *World) {
		now := s.now()
		w.advance(now)
		w.changedAll()
		if !slices.Contains(w.Pending, id) {
			w.Pending = append(w.Pending, id)
		}
		w.breakPending(now)
	})
}

// breakable tells whether a break that waits can be done.
func (w *World) breakable(now time.Time) bool {
	return slices.ContainsFunc(breakers, func(b breaker) bool { return slices.Contains(w.Pending, b.ID) && w.target(b.aim, now) != nil })
}

// breakPending does the breaks that wait and have something to break.
func (w *World) breakPending(now time.Time) {
	w.Pending = slices.DeleteFunc(slices.Clone(w.Pending), func(id string) bool {
		at := slices.IndexFunc(breakers, func(b breaker) bool { return b.ID == id })
		if at < 0 {
			return true // of another version of the program
		}
		t := w.target(breakers[at].aim, now)
		if t == nil {
			return false
		}
		if breakers[at].aim == aimKey {
			t.encrypt()
		}
		breakers[at].do(t)
		w.changedAll()
		return true
	})
}

// breakWhenReady does the breaks that wait, before a call is answered. The lock of s is held, and is so again when it returns.
func (s *Sandbox) breakWhenReady(forWrite bool) error {
	now := s.now()
	if len(s.w.Pending) == 0 {
		return nil
	}
	if s.w.advance(now); !s.w.breakable(now) {
		return nil
	}
	s.mu.Unlock()
	err := s.change(func(w *World) {
		w.advance(now)
		w.breakPending(now)
	})
	s.mu.Lock()
	if err != nil {
		return err
	}
	return s.current(forWrite)
}
