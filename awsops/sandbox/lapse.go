package sandbox

import (
	"strings"
	"sync"
	"time"
)

// lapses are the access keys that an "expired" fault has put out of use.
type lapses struct {
	mu   sync.Mutex
	keys map[string]time.Time // until when; zero: for good
}

func (l *lapses) add(accessKey string, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.keys == nil {
		l.keys = map[string]time.Time{}
	}
	l.keys[accessKey] = until
}

func (l *lapses) has(accessKey string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	until, ok := l.keys[accessKey]
	return ok && (until.IsZero() || time.Now().Before(until))
}

// expire lets the credentials of a call expire, with those they were got with: sessions for good, a user's keys, which nobody could
// renew here, for Options.Lapse.
func (s *Sandbox) expire(p *proof) {
	keys := []string{p.accessKey}
	if session := s.session(p.token); session != nil {
		keys = append(keys, session.By...)
	}
	for _, key := range keys {
		var until time.Time
		if !strings.HasPrefix(key, "ASIA") {
			until = time.Now().Add(s.opts.Lapse)
		}
		s.lapses.add(key, until)
	}
}

func (s *Sandbox) session(token string) *Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.openSession(token)
}
