package steps

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"
)

// holding is what a journal tells of what a set-up has in AWS.
type holding struct {
	answers         []string // set-up files: of the last application that came through and of all that began after it, the newest first; "" where a line lacks it
	reads, delivers bool
	leaving         *RevokeOptions // a revocation that began and has no end yet
	since           time.Time      // when it did
}

// holding follows the runs of a set-up. A revocation counts once it has ended well.
func (h history) holding() holding {
	var st holding
	var run line
	for _, l := range h {
		switch l.Kind {
		case lineRun:
			run, st.leaving = l, nil
			switch l.Verb {
			case VerbApply:
				if !st.reads && !st.delivers {
					st.answers = nil // everything of them was taken back
				}
				st.answers = append([]string{l.Answers}, st.answers...)
				st.reads, st.delivers = true, true
			case VerbRevoke:
				st.leaving, st.since = l.Revoke, l.Time
			}
		case lineEnd:
			came := l.Status == string(ResultVerified) || l.Status == string(ResultUnchanged)
			switch {
			case run.Verb == VerbApply && came:
				st.answers = st.answers[:1]
			case st.leaving != nil && l.Status == string(ResultRevoked):
				st.take(*st.leaving)
			}
			run, st.leaving = line{}, nil // an end without a run is of one that was refused before it began
		}
	}
	return st
}

func (st *holding) take(o RevokeOptions) {
	st.reads, st.delivers = false, st.delivers && !o.FlowLogs
}

// neighbours lists the other set-ups that were ever applied, as their journals tell it: by the answers that were applied, not by those that are
// only remembered. One whose journal cannot be read counts as applied.
func (s *Store) neighbours(name string) []Neighbour {
	names, _ := s.Names()
	var all []Neighbour
	for _, other := range names {
		if other == name {
			continue
		}
		st := s.holdingNow(other)
		for _, setup := range s.applied(other, st) {
			all = append(all, Neighbour{Setup: setup, Reads: st.reads && !setup.GrantsNobody(), Delivers: st.delivers})
		}
	}
	return all
}

// holdingNow is what a set-up has. Where it is being taken back at this moment that has gone, so that the last of several takes what they share.
func (s *Store) holdingNow(name string) holding {
	st := s.holding(name)
	if st.leaving == nil {
		return st
	}
	held := s.heldSince(name, st.since)
	if st = s.holding(name); held && st.leaving != nil { // it may have come to its end between the two looks
		st.take(*st.leaving)
	}
	return st
}

// left says whether a set-up is known here and delivers no more.
func (s *Store) left(name string) bool {
	if _, err := CheckSetupName(name); err != nil {
		return false
	}
	if _, err := os.Stat(s.journalPath(name)); err != nil {
		return false
	}
	return !s.holdingNow(name).delivers
}

// heldSince says whether the process that holds a set-up now did so at a time.
func (s *Store) heldSince(name string, at time.Time) bool {
	var held *HeldError
	return errors.As(s.Held(name), &held) && !held.Holder.Since.After(at)
}

// applied gives the answers of what stands, the remembered ones where the journal does not hold them.
func (s *Store) applied(name string, st holding) []Setup {
	var list []Setup
	for _, text := range st.answers {
		setup, err := ParseSetup("journal", []byte(text))
		if err != nil || setup.Name != name {
			if setup, err = s.Load(name); err != nil {
				continue
			}
		}
		if !slices.ContainsFunc(list, func(have Setup) bool { return string(have.YAML()) == string(setup.YAML()) }) {
			list = append(list, setup)
		}
	}
	return list
}

// past is what was read of a journal, which only grows.
type past struct {
	size     int64
	modified time.Time
	holding  holding
}

// holding reads what a set-up has in AWS out of its journal, once for each state of the file.
func (s *Store) holding(name string) holding {
	info, err := os.Stat(s.journalPath(name))
	if errors.Is(err, fs.ErrNotExist) {
		return holding{}
	}
	if known, ok := s.pasts.Load(name); ok && err == nil {
		if p, ok := known.(past); ok && p.size == info.Size() && p.modified.Equal(info.ModTime()) {
			return p.holding
		}
	}
	h, readErr := s.readJournal(name)
	var st holding
	if err == nil && readErr == nil && (h.begun() || info.Size() == 0 || len(h) > 0 && h.onlyEnds()) {
		st = h.holding()
	} else { // what it did cannot be known
		st = holding{answers: []string{""}, reads: true, delivers: true}
	}
	if err == nil {
		s.pasts.Store(name, past{info.Size(), info.ModTime(), st})
	}
	return st
}

// begun says whether a journal tells of a run that began.
func (h history) begun() bool {
	return slices.ContainsFunc(h, func(l line) bool { return l.Kind == lineRun })
}

// onlyEnds says whether it tells only of runs that were refused before they began.
func (h history) onlyEnds() bool {
	return !slices.ContainsFunc(h, func(l line) bool { return l.Kind != lineEnd })
}
