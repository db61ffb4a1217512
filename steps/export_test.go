package steps

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/gofrs/flock"
)

// FillDisk lets every further write of the journal fail, as on a full disk where the system has one to offer.
func (j *Journal) FillDisk() error {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		full, err = os.Open(j.file.Name()) // it cannot be written to
	}
	if err != nil {
		return err
	}
	for {
		j.mu.Lock()
		if !j.writing { // nobody else looks at the file
			break
		}
		j.mu.Unlock()
		runtime.Gosched()
	}
	defer j.mu.Unlock()
	err = j.file.Close()
	j.file = full
	return err
}

// Intents counts the write calls that a journal announces.
func (s *Store) Intents(t *testing.T, name string) int {
	t.Helper()
	h, err := s.readJournal(name)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, l := range h {
		if l.Kind == lineIntent {
			n++
		}
	}
	return n
}

// LockElsewhere takes the lock of a document as another process would.
func (s *Store) LockElsewhere(t *testing.T, arn string) (release func()) {
	t.Helper()
	dir := filepath.Join(filepath.Dir(s.dir), "locks")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l := flock.New(filepath.Join(dir, lockName(arn)))
	if err := l.Lock(); err != nil {
		t.Fatal(err)
	}
	return func() { _ = l.Unlock() }
}

// Locked says whether somebody holds the lock of a document.
func (s *Store) Locked(t *testing.T, arn string) bool {
	t.Helper()
	l := flock.New(filepath.Join(filepath.Dir(s.dir), "locks", lockName(arn)))
	if _, err := os.Stat(l.Path()); err != nil {
		return false
	}
	ok, err := l.TryLock()
	if err != nil {
		t.Fatal(err)
	}
	if ok {
		_ = l.Unlock()
	}
	return !ok
}

// OpenTokens counts the client tokens of requests whose outcome a journal does not know.
func (s *Store) OpenTokens(t *testing.T, name string) int {
	t.Helper()
	h, err := s.readJournal(name)
	if err != nil {
		t.Fatal(err)
	}
	return len(h.tokens(s.now()))
}

// CauseIDs are the ids of all causes in the order in which they are ranked.
func CauseIDs() []string {
	var ids []string
	for _, k := range causeKinds {
		ids = append(ids, k.id)
	}
	return ids
}

// CauseTitle is what a cause means, in one line.
func CauseTitle(id string) string { return kindOf(id).title }

// TakenFromBucketPolicy are the commands that take the statements of a set-up out of a bucket's policy.
func (s Setup) TakenFromBucketPolicy() string {
	p := PlannedStep{Account: s.Account.ID}
	p.handOver("", takeFromBucketPolicy(s.bucketName(), s.Account.ID, s.sid(""))...)
	return p.Commands
}
