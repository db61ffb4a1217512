package sandbox

// View shows the world as it is now to f, which must not keep or change it.
func (s *Sandbox) View(f func(*World)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.current(false); err != nil {
		return err
	}
	f(s.w)
	return nil
}
