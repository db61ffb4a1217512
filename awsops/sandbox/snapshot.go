package sandbox

import "encoding/json"

// Snapshot gives the whole state as the JSON of its state file: what a test compares, or opens a second world from.
func (s *Sandbox) Snapshot() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.current(false); err != nil {
		return nil, err
	}
	return json.Marshal(s.w)
}
