package steps

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// journalVersion is the version of the lines; a journal of a newer one is refused.
const journalVersion = 1

// The kinds of journal line.
const (
	lineRun     = "run"     // a run begins
	lineIntent  = "intent"  // a write call is about to leave; on disk before it does
	lineOutcome = "outcome" // what came of it
	lineStep    = "step"    // a step ended
	lineEnd     = "end"     // the run ended
)

// line is one line of a journal. It never holds a credential.
type line struct {
	Version int       `json:"version"`
	Time    time.Time `json:"time"`
	Kind    string    `json:"kind"`
	ID      int       `json:"id,omitempty"` // of an intent and its outcome
	Verb    string    `json:"verb,omitempty"`
	Total   int       `json:"total,omitempty"` // run: steps planned

	Revoke  *RevokeOptions `json:"revoke,omitempty"`  // run: what a revocation was asked to take
	Answers string         `json:"answers,omitempty"` // run: the set-up file that it applies

	Step    StepName `json:"step,omitempty"`
	Account string   `json:"account,omitempty"`
	Region  string   `json:"region,omitempty"`
	Target  string   `json:"target,omitempty"`
	What    string   `json:"what,omitempty"`
	Request string   `json:"request,omitempty"` // hash of the exact request a token belongs to
	Token   string   `json:"token,omitempty"`   // client token of the request

	Status string `json:"status,omitempty"` // outcome: done, failed or unknown; step and end: how it ended
	Why    string `json:"why,omitempty"`
	Code   string `json:"request_id,omitempty"`
}

// Journal is the record of one run of a set-up: what it meant to do, and what came of it. While it is open the set-up is locked.
// What it says helps a person; a resumed run reads the live state and relies on that.
type Journal struct {
	store *Store
	setup string
	lock  *Lock
	file  *os.File
	open  map[string]string // client tokens of requests whose outcome is not known, by the request's hash

	mu      sync.Mutex
	nextID  int
	queue   [][]byte
	waiters []chan error
	writing bool
	failed  error
}

// Begin locks a set-up and opens its journal. The answers are kept where none of its name are, else when a run of them begins: until it is confirmed
// the set-up is what it was. Nothing may be written to AWS before it has succeeded: an error says that the state directory cannot be written, or who
// holds the set-up.
func (s *Store) Begin(setup Setup) (*Journal, error) {
	dir := filepath.Join(s.dir, setup.Name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the state directory of the set-up: %w", err)
	}
	lock, err := s.lockSetup(setup.Name)
	if err != nil {
		return nil, err
	}
	j, err := s.openJournal(setup, lock)
	if err != nil {
		lock.Release()
		return nil, err
	}
	return j, nil
}

func (s *Store) openJournal(setup Setup, lock *Lock) (*Journal, error) {
	path := s.journalPath(setup.Name)
	history, err := s.readJournal(setup.Name)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(s.dir, setup.Name, "setup.yaml")); errors.Is(err, os.ErrNotExist) {
		if err := s.Save(setup); err != nil {
			return nil, err
		}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600) //nolint:gosec // the name was checked when the set-up was
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	if err := endTornLine(file); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("mend the journal: %w", err)
	}
	return &Journal{store: s, setup: setup.Name, lock: lock, file: file, open: history.tokens(s.now()), nextID: history.lastID() + 1}, nil
}

func (s *Store) journalPath(name string) string { return filepath.Join(s.dir, name, "journal.jsonl") }

// endTornLine ends a line that a killed process left half written, so that the next one starts on its own.
func endTornLine(file *os.File) error {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := file.ReadAt(last, info.Size()-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = file.Write([]byte{'\n'})
	return err
}

// command gives the command line that does something with a set-up known where this journal is kept.
func (j *Journal) command(verb, name string) string {
	if j == nil {
		return (*Store)(nil).Command(verb, name)
	}
	return j.store.Command(verb, name)
}

// keep remembers the answers of a run that begins.
func (j *Journal) keep(setup Setup) error { return j.store.Save(setup) }

// keeps says whether the answers are the ones that are remembered.
func (j *Journal) keeps(setup Setup) bool {
	text, err := os.ReadFile(filepath.Join(j.store.dir, j.setup, "setup.yaml"))
	return err == nil && bytes.Equal(text, setup.YAML())
}

// Close ends the journal and lets go of the set-up.
func (j *Journal) Close() error {
	defer j.lock.Release()
	return j.file.Close()
}

// room tells whether so many bytes more fit into the state directory, so that a full disk is known before the first write to AWS.
func (j *Journal) room(bytes int) error {
	if bytes == 0 {
		return nil
	}
	file, err := os.CreateTemp(filepath.Dir(j.file.Name()), "room-*")
	if err != nil {
		return err
	}
	defer func() {
		_ = file.Close()
		_ = os.Remove(file.Name())
	}()
	if _, err := file.Write(make([]byte, bytes)); err != nil {
		return fmt.Errorf("%d KiB more, for the journal and the documents as they were, do not fit: %w", bytes>>10, err)
	}
	return file.Sync()
}

// synced writes a line and returns when it is on disk. Lines that wait at the same moment share one sync.
func (j *Journal) synced(l line) error {
	done := make(chan error, 1)
	j.add(l, done)
	return <-done
}

// note writes a line without waiting for the disk: the next sync takes it along.
func (j *Journal) note(l line) { j.add(l, nil) }

func (j *Journal) add(l line, done chan error) {
	l.Version, l.Time = journalVersion, j.store.now().UTC()
	text, err := json.Marshal(l)
	j.mu.Lock()
	defer j.mu.Unlock()
	if err == nil {
		err = j.failed
	}
	if err != nil {
		if done != nil {
			done <- err
		}
		return
	}
	j.queue = append(j.queue, append(text, '\n'))
	if done != nil {
		j.waiters = append(j.waiters, done)
	}
	if !j.writing {
		j.writing = true
		go j.flush()
	}
}

// flush writes what is queued until nothing is, one write and, where somebody waits, one sync for all that came meanwhile.
func (j *Journal) flush() {
	for {
		j.mu.Lock()
		text, waiters, err := bytes.Join(j.queue, nil), j.waiters, j.failed
		j.queue, j.waiters = nil, nil
		if len(text) == 0 {
			j.writing = false
			j.mu.Unlock()
			return
		}
		j.mu.Unlock()
		if err == nil { // after a line that was cut off the next one would be lost, too
			_, err = j.file.Write(text)
		}
		if err == nil && len(waiters) > 0 {
			err = j.file.Sync()
		}
		if err != nil {
			j.mu.Lock()
			j.failed = err
			j.mu.Unlock()
		}
		for _, w := range waiters {
			w <- err
		}
	}
}

func (j *Journal) id() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.nextID++
	return j.nextID - 1
}

// history is what a journal tells.
type history []line

// readJournal reads a journal as far as it can be understood. A line that is torn or damaged costs only itself; a line of a newer
// version is refused, since a run could mean something that this program does not know.
func (s *Store) readJournal(name string) (history, error) {
	file, err := os.Open(s.journalPath(name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the journal of %s: %w", name, err)
	}
	defer file.Close()
	h, err := parseJournal(file, name)
	if newer := (*newerError)(nil); errors.As(err, &newer) {
		return nil, fmt.Errorf("%w, or move %s away; the live state in AWS is read in any case", err, s.journalPath(name))
	}
	return h, err
}

// newerError is a journal that a newer flowgrant wrote.
type newerError struct {
	setup   string
	version int
}

func (e *newerError) Error() string {
	return fmt.Sprintf("the journal of %s was written by a newer flowgrant (version %d, this one knows %d): use that one", e.setup, e.version, journalVersion)
}

// maxLine bounds a line of the journal; what is longer is no line of ours.
const maxLine = 1 << 20

func parseJournal(r io.Reader, name string) (history, error) {
	var h history
	lines := bufio.NewReaderSize(r, 64<<10)
	for {
		text, err := nextLine(lines)
		var l line
		if len(text) > 0 && len(text) <= maxLine && json.Unmarshal(text, &l) == nil && l.Version > 0 {
			if l.Version > journalVersion {
				return nil, &newerError{setup: name, version: l.Version}
			}
			if l.known() {
				h = append(h, l)
			}
		}
		if errors.Is(err, io.EOF) {
			return h, nil
		}
		if err != nil {
			return h, fmt.Errorf("read the journal of %s: %w", name, err)
		}
	}
}

// nextLine reads a line; of one that is longer than any of ours it keeps only enough to see that.
func nextLine(r *bufio.Reader) (text []byte, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if len(text) <= maxLine {
			text = append(text, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, err
		}
	}
}

// known says whether a line is one that this program could have written.
func (l line) known() bool {
	switch l.Kind {
	case lineRun, lineStep, lineEnd:
		return true
	case lineIntent, lineOutcome:
		return l.ID > 0 && l.ID < math.MaxInt32
	}
	return false
}

// tokenHolds is for how long a client token speaks for a request whose outcome is not known: after that what took effect shows when it is read, and
// with the token EC2 would answer of things that may have been deleted since.
const tokenHolds = 24 * time.Hour

// tokens lists the client tokens of requests whose outcome is not known. A run that came through, or took everything back, has seen what came of them.
func (h history) tokens(now time.Time) map[string]string {
	open := map[string]string{}
	requests := map[int]string{}
	for _, l := range h {
		switch l.Kind {
		case lineIntent:
			if l.Token != "" && now.Sub(l.Time) < tokenHolds {
				open[l.Request], requests[l.ID] = l.Token, l.Request
			}
		case lineOutcome:
			if l.Status != "unknown" {
				delete(open, requests[l.ID])
			}
		case lineEnd:
			if l.Status == string(ResultRevoked) || l.Status == string(ResultVerified) || l.Status == string(ResultUnchanged) {
				clear(open)
			}
		}
	}
	return open
}

func (h history) lastID() int {
	last := 0
	for _, l := range h {
		last = max(last, l.ID)
	}
	return last
}
