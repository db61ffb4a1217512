package steps

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// SetupStatus is how far a set-up is, as its journal tells it. The live state in AWS may say more.
type SetupStatus string

// How far a set-up can be.
const (
	SetupNotStarted  SetupStatus = "not started" // its answers are known, nothing was written
	SetupRunning     SetupStatus = "running"     // a process is changing it now
	SetupVerified    SetupStatus = "verified"
	SetupWaiting     SetupStatus = "waiting"
	SetupFailed      SetupStatus = "failed"
	SetupInterrupted SetupStatus = "interrupted"
	SetupRevoked     SetupStatus = "revoked"
	SetupUnknown     SetupStatus = "unknown" // its files cannot be read
)

// The verbs of a run.
const (
	VerbApply   = "apply"
	VerbRevoke  = "revoke"
	verbRepair  = "repair"
	verbRestore = "restore"
)

// SetupState is a known set-up and how far it is.
type SetupState struct {
	Setup     string
	Mode      Mode // empty where the answers cannot be read
	Status    SetupStatus
	Done      int            // steps of the last run that are done
	Total     int            // steps of the last run
	StoppedAt time.Time      // when the last run ended; zero: there was none, or it goes on
	Why       string         // why it is not finished, or cannot be read
	Verb      string         // VerbApply or VerbRevoke: what the last run did; empty: there was none
	Revoke    *RevokeOptions // what the last run took, where it was a revocation
}

// Unfinished says whether there is something to go on with.
func (s SetupState) Unfinished() bool {
	return s.Status == SetupWaiting || s.Status == SetupFailed || s.Status == SetupInterrupted
}

// Setups lists the set-ups known here in alphabetical order, and how far each is. Files of one that cannot be read cost nothing
// else: that one says why.
func (s *Store) Setups() ([]SetupState, error) {
	names, err := s.Names()
	if err != nil {
		return nil, err
	}
	states := make([]SetupState, 0, len(names))
	for _, name := range names {
		states = append(states, s.State(name))
	}
	return states, nil
}

// State tells how far one set-up is.
func (s *Store) State(name string) SetupState {
	st := SetupState{Setup: name, Status: SetupNotStarted}
	h, err := s.readJournal(name)
	if err == nil && len(h) == 0 {
		err = s.damagedJournal(name)
	}
	if err == nil {
		st.follow(h)
	} else {
		st.Status, st.Why = SetupUnknown, err.Error()
	}
	setup, err := s.Load(name)
	st.Mode = setup.Mode
	switch {
	case errors.Is(err, fs.ErrNotExist):
		st.Status, st.Why = SetupUnknown, "its answers are not there: "+err.Error()
	case err != nil:
		st.Mode, st.Status, st.Why = "", SetupUnknown, "its answers cannot be read: "+strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	if s.Held(name) != nil {
		st.Status, st.StoppedAt, st.Why = SetupRunning, time.Time{}, "a process is changing it now"
	}
	return st
}

// tookBack says whether the last run of a set-up took it back, whoever holds it now.
func (s *Store) tookBack(name string) bool {
	h, err := s.readJournal(name)
	var st SetupState
	st.follow(h)
	return err == nil && st.Status == SetupRevoked
}

// damagedJournal is the error of a journal that holds something, but no line of ours.
func (s *Store) damagedJournal(name string) error {
	info, err := os.Stat(s.journalPath(name))
	if err != nil || info.Size() == 0 {
		return nil //nolint:nilerr // without a journal nothing was started
	}
	return fmt.Errorf("no line of its journal %s can be read, so how far it is is not known; flowgrant plan reads that from AWS", s.journalPath(name))
}

// killed is why a run has no end in its journal.
const killed = "the program ended before it finished (killed, closed or crashed)"

// follow reads the last run out of a journal. A repair or a restored document is no run of the set-up: what it said before stands, but for
// a document put back that a set-up in use turned out not to work with.
func (st *SetupState) follow(h history) {
	ours, restores, restored := true, false, ""
	steps := map[place]Status{}
	for _, l := range h {
		switch {
		case l.Kind == lineRun:
			restores, restored = l.Verb == verbRestore, ""
			ours = !restores && l.Verb != verbRepair
		case restores && l.Kind == lineOutcome && l.Status == "done":
			restored = l.What
		case l.Kind == lineEnd && restored != "" && st.Status != SetupRevoked && (l.Status == string(ResultFailed) || l.Status == string(ResultWaiting)):
			st.StoppedAt, st.Status, st.Why = l.Time, SetupStatus(l.Status), "a document was put back as it was ("+restored+"); flowgrant verify shows what that means"
		}
		if !ours {
			continue
		}
		st.StoppedAt = l.Time
		switch l.Kind {
		case lineRun:
			clear(steps)
			st.Verb, st.Revoke, st.Total, st.Done = l.Verb, l.Revoke, l.Total, 0
			st.Status, st.Why = SetupInterrupted, killed
		case lineStep:
			at := place{l.Step, l.Account, l.Region, l.Target}
			if steps[at] != Done && Status(l.Status) == Done {
				st.Done++
			}
			steps[at] = Status(l.Status)
			if Status(l.Status) == Waiting {
				st.Why = fmt.Sprintf("%s: %s", l.Step, l.Why)
			}
		case lineEnd:
			st.end(l)
		}
	}
}

func (st *SetupState) end(l line) {
	why := st.Why
	st.Status, st.Why = SetupStatus(l.Status), ""
	switch st.Status {
	case SetupStatus(ResultUnchanged):
		st.Status = SetupVerified
	case SetupWaiting:
		if st.Why = why; why == killed {
			st.Why = "not everything could be proved yet"
		}
	case SetupFailed:
		st.Why = "what was proved is not as it should be"
		if l.Why != "" {
			st.Why = fmt.Sprintf("%s: %s", l.Step, l.Why)
		}
	case SetupInterrupted:
		st.Why = "it was interrupted"
	}
}
