package steps

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2/maybe"
)

// Lock is held by one process at a time. The operating system lets go of it when the process ends, however it ends.
type Lock struct {
	flock  *flock.Flock
	holder string // file that says who holds it; empty: nobody asks
}

// Holder says who holds a set-up.
type Holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// HeldError says that another process is changing the same set-up.
type HeldError struct {
	Setup  string
	Holder Holder
}

func (e *HeldError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("the set-up %s is being changed by another process: wait for it to end, or stop it", e.Setup)
	}
	return fmt.Sprintf("the set-up %s is being changed by process %d on %s since %s: wait for it to end, or stop it",
		e.Setup, e.Holder.PID, e.Holder.Host, e.Holder.Since.Local().Format(time.DateTime))
}

// lockSetup takes the lock of a set-up, or says who has it. A file left by a process that is gone is no lock.
func (s *Store) lockSetup(name string) (*Lock, error) {
	l := &Lock{flock: flock.New(filepath.Join(s.dir, name, "lock"), flock.SetPermissions(0o600)), holder: s.holderPath(name)}
	var ok bool
	var err error
	for try := 0; try < 5 && !ok && err == nil; try++ { // whoever only looks whether it is held has it for an instant
		if try > 0 {
			time.Sleep(lockPoll)
		}
		ok, err = l.flock.TryLock()
	}
	if err != nil {
		return nil, fmt.Errorf("lock the set-up %s: %w", name, err)
	}
	if !ok {
		return nil, s.held(name)
	}
	host, _ := os.Hostname()
	text, err := json.Marshal(Holder{PID: os.Getpid(), Host: host, Since: s.now().UTC()})
	if err == nil {
		err = maybe.WriteFile(l.holder, text, 0o600)
	}
	if err != nil {
		l.Release()
		return nil, fmt.Errorf("write who holds the set-up %s: %w", name, err)
	}
	return l, nil
}

func (s *Store) holderPath(name string) string { return filepath.Join(s.dir, name, "holder.json") }

// held says who holds a set-up, as far as that is known.
func (s *Store) held(name string) *HeldError {
	e := &HeldError{Setup: name}
	if text, err := os.ReadFile(s.holderPath(name)); err == nil {
		_ = json.Unmarshal(text, &e.Holder) // without it the message only says less
	}
	return e
}

// Held is a HeldError where a process holds the set-up now, nil where none does.
func (s *Store) Held(name string) error {
	l := flock.New(filepath.Join(s.dir, name, "lock"), flock.SetPermissions(0o600))
	if _, err := os.Stat(l.Path()); err != nil {
		return nil //nolint:nilerr // without a lock nobody ever held it
	}
	ok, err := l.TryRLock() // shared, so that two who look do not take each other for the holder
	if ok {
		_ = l.Unlock()
	}
	if err != nil || ok {
		return nil //nolint:nilerr // a lock that cannot be tried says nothing; taking it does
	}
	return s.held(name)
}

// Release lets go of the lock.
func (l *Lock) Release() {
	if l.holder != "" {
		_ = os.Remove(l.holder)
	}
	_ = l.flock.Unlock()
}

// documentLocks keep two goroutines of one process apart, which file locks of one process do not do everywhere.
var documentLocks sync.Map // path to *sync.Mutex

// lockPoll is how often a document's lock is tried again.
const lockPoll = 50 * time.Millisecond

// lockDocument waits for the lock of a document that several set-ups may change: a bucket, a key, a role or a policy, named by its ARN.
// It is held from reading the document to reading it back.
func (j *Journal) lockDocument(ctx context.Context, arn string) (release func(), err error) {
	dir := filepath.Join(filepath.Dir(j.store.dir), "locks")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of locks: %w", err)
	}
	path := filepath.Join(dir, lockName(arn))
	one, _ := documentLocks.LoadOrStore(path, &sync.Mutex{})
	mutex, ok := one.(*sync.Mutex)
	if !ok {
		return nil, errors.New("the table of locks holds something else")
	}
	mutex.Lock()
	l := flock.New(path, flock.SetPermissions(0o600))
	ok, err = l.TryLock() // a free one is taken by a run that is to stop, too: what it has begun it ends
	if !ok && err == nil {
		ok, err = l.TryLockContext(ctx, lockPoll)
	}
	if !ok {
		mutex.Unlock()
		return nil, fmt.Errorf("wait for another flowgrant that changes %s: %w", arn, err)
	}
	return func() {
		_ = l.Unlock()
		mutex.Unlock()
	}, nil
}

func lockName(arn string) string {
	sum := sha256.Sum256([]byte(arn))
	return hex.EncodeToString(sum[:8]) + ".lock"
}
