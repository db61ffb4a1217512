package steps

// Known is what the state directory tells of a set-up's past and of the set-ups beside it.
type Known struct {
	Earlier []Setup            // the answers that runs of it began with since everything was last taken back, the newest first, each once
	Others  func() []Neighbour // the other set-ups, as they are when it is called; nil: nothing is known

	told map[place]bool                              // what the last revocation left to somebody else, and ended well but for that
	Left func(name string) bool                      // whether another set-up is known and delivers no more; nil: nobody knows
	Kept func(account, kind, target string) []string // what was kept of a document of an account, at any time, the newest first; nil: nothing
}

// Neighbour is another set-up that is known here.
type Neighbour struct {
	Setup    Setup
	Reads    bool // its reader was granted access, which was not taken back
	Delivers bool // its flow logs were made, and not deleted
}

// Knowing lets the engine learn from the state directory what earlier runs made, and what other set-ups use. It gives the engine.
func (e *Engine) Knowing(store *Store) *Engine {
	e.store = store
	return e
}

func (e *Engine) known(name string) Known {
	if e.store == nil {
		return Known{}
	}
	return e.store.Known(name)
}

// Known tells what is known of a set-up's past and of the others. What cannot be read costs nothing: the live state counts.
func (s *Store) Known(name string) Known {
	h, _ := s.readJournal(name) // without it tags, Sids and entries are left
	return Known{Earlier: h.answers(name), told: h.handedOff(), Others: func() []Neighbour { return s.neighbours(name) },
		Left: s.left, Kept: func(account, kind, target string) []string { return s.kept(name, account, kind, target) }}
}

// answers lists what runs of a set-up began with since everything was last taken back, the newest first, each once.
func (h history) answers(name string) []Setup {
	var texts []string
	var taken *RevokeOptions
	for _, l := range h {
		switch {
		case l.Kind == lineRun:
			taken = l.Revoke
			if l.Verb == VerbApply && l.Answers != "" {
				texts = append(texts, l.Answers)
			}
		case l.Kind == lineEnd && l.Status == string(ResultRevoked) && taken != nil && taken.FlowLogs:
			texts = nil
		}
	}
	var earlier []Setup
	seen := map[string]bool{}
	for i := len(texts) - 1; i >= 0; i-- {
		s, err := ParseSetup("journal", []byte(texts[i]))
		if err != nil || s.Name != name || seen[texts[i]] {
			continue
		}
		seen[texts[i]] = true
		earlier = append(earlier, s)
	}
	return earlier
}

// handedOff lists what the last revocation with the flow logs left to somebody else, where nothing but that was left to do and nothing was applied
// since.
func (h history) handedOff() map[place]bool {
	var run line
	var told, now map[place]bool
	for _, l := range h {
		switch {
		case l.Kind == lineRun:
			run, now = l, map[place]bool{}
			if l.Verb == VerbApply {
				told = nil
			}
		case l.Kind == lineStep && l.Status == string(Skipped) && now != nil:
			now[place{l.Step, l.Account, l.Region, l.Target}] = true
		case l.Kind == lineEnd && run.Verb == VerbRevoke && run.Revoke != nil && run.Revoke.FlowLogs:
			if told = nil; l.Status == string(ResultWaiting) {
				told = now
			}
		}
	}
	return told
}
