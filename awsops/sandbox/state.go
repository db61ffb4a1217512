package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"
)

// stateVersion is the version of the state file that this program writes; older ones it reads, newer ones it refuses.
const stateVersion = 1

// store keeps the world in a file that several processes may share.
//
// Reading takes no lock: the file is only ever replaced as a whole. A process that writes holds the file lock from reading
// the newest state until its own stands in the file; calls that come meanwhile share the next write.
type store struct {
	path    string
	lock    *flock.Flock
	held    bool              // this process has the file lock
	seen    os.FileInfo       // the file as it was last read or written; nil: never
	pieces  map[string][]byte // JSON of each account and bucket as last written
	waiting *batch            // calls whose changes are not in the file yet
	writing bool
}

// batch is the calls that share one write of the file.
type batch struct {
	done chan struct{}
	err  error
}

func newStore(path string) *store { return &store{path: path, lock: flock.New(path + ".lock")} }

// current brings the world up to the file. With forWrite the file lock is held when it returns. The lock of s is held.
func (s *Sandbox) current(forWrite bool) error {
	st := s.store
	if st == nil || st.held {
		return nil
	}
	if forWrite {
		if err := st.acquire(); err != nil {
			return err
		}
	}
	err := s.reload()
	if err != nil && forWrite {
		st.release()
	}
	return err
}

func (st *store) acquire() error {
	if err := os.MkdirAll(filepath.Dir(st.path), 0o700); err != nil {
		return fmt.Errorf("the sandbox's state directory could not be made: %w", err)
	}
	if err := st.lock.Lock(); err != nil {
		return fmt.Errorf("the sandbox's state file %s could not be locked: %w", st.path, err)
	}
	st.held = true
	return nil
}

func (st *store) release() {
	st.held = false
	_ = st.lock.Unlock()
}

// reload reads the file if it is not the one that was seen last, and makes it where there is none.
func (s *Sandbox) reload() error {
	st := s.store
	info, err := os.Stat(st.path)
	switch {
	case err == nil && st.seen != nil && os.SameFile(info, st.seen) && info.ModTime().Equal(st.seen.ModTime()) && info.Size() == st.seen.Size():
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return s.create()
	case err != nil:
		return fmt.Errorf("the sandbox's state could not be read: %w", err)
	}
	text, err := os.ReadFile(st.path)
	if err != nil {
		return fmt.Errorf("the sandbox's state could not be read: %w", err)
	}
	w, err := loadWorld(text)
	if err != nil {
		return fmt.Errorf("the sandbox's state in %s %w", st.path, err)
	}
	s.w, st.seen, st.pieces = w, info, nil
	return nil
}

func loadWorld(text []byte) (*World, error) {
	var head struct {
		Version int `json:"version"`
	}
	err := json.Unmarshal(text, &head)
	if err == nil && head.Version > stateVersion {
		return nil, fmt.Errorf("is of version %d, written by a newer flowgrant; this one knows up to %d: use the newer one, or forget the state with `flowgrant sandbox reset`", head.Version, stateVersion)
	}
	w := &World{}
	if err == nil {
		err = json.Unmarshal(text, w)
	}
	if err == nil && (head.Version < 1 || w.Organization.ID == "" || len(w.Accounts) == 0) {
		err = errors.New("it is not a state of the sandbox")
	}
	if err != nil {
		return nil, fmt.Errorf("is damaged (%w): forget it with `flowgrant sandbox reset`", err)
	}
	w.complete()
	return w, nil
}

// create writes a new world, unless another process was faster.
func (s *Sandbox) create() error {
	st := s.store
	if !st.held {
		if err := st.acquire(); err != nil {
			return err
		}
		defer st.release()
		if _, err := os.Stat(st.path); err == nil {
			return s.reload()
		}
	}
	w := s.newWorld()
	st.pieces, st.seen = nil, nil
	pieces, err := st.render(w)
	if err != nil {
		return err
	}
	if st.seen, err = writeState(st.path, pieces, nil); err != nil {
		return err
	}
	s.w = w
	return nil
}

// change runs f on the newest state and saves what it did.
func (s *Sandbox) change(f func(*World)) error {
	s.mu.Lock()
	if err := s.current(true); err != nil {
		s.mu.Unlock()
		return err
	}
	f(s.w)
	if s.store == nil {
		s.mu.Unlock()
		return nil
	}
	b := s.join()
	s.mu.Unlock()
	<-b.done
	return b.err
}

// join adds a call to the batch that is written next. The lock of s is held.
func (s *Sandbox) join() *batch {
	st := s.store
	if st.waiting == nil {
		st.waiting = &batch{done: make(chan struct{})}
	}
	if !st.writing {
		st.writing = true
		go s.write()
	}
	return st.waiting
}

// write writes batches until none waits, then gives the file lock up.
func (s *Sandbox) write() {
	st := s.store
	for {
		s.mu.Lock()
		b := st.waiting
		st.waiting = nil
		if b == nil {
			st.writing = false
			st.release()
			s.mu.Unlock()
			return
		}
		pieces, err := st.render(s.w)
		before := st.seen
		s.mu.Unlock()

		var info os.FileInfo
		if err == nil {
			info, err = writeState(st.path, pieces, before)
		}
		s.mu.Lock()
		st.seen = info
		failed := []*batch{b}
		if err != nil && st.waiting != nil { // they built on what is not in the file
			failed, st.waiting = append(failed, st.waiting), nil
		}
		if err != nil {
			_ = s.reload() // where this fails too, the next call tries again
		}
		s.mu.Unlock()
		for _, b := range failed {
			b.err = err
			close(b.done)
		}
	}
}

// render gives the state file in pieces, of which only what changed since the last time is made anew.
func (st *store) render(w *World) ([][]byte, error) {
	if st.pieces == nil {
		st.pieces = map[string][]byte{}
		w.changedAll()
	}
	for id := range w.dirtyAccounts {
		if err := st.piece("account "+id, w.Accounts[id], w.Accounts[id] == nil); err != nil {
			return nil, err
		}
	}
	for name := range w.dirtyBuckets {
		if err := st.piece("bucket "+name, w.Buckets[name], w.Buckets[name] == nil); err != nil {
			return nil, err
		}
	}
	w.dirtyAccounts, w.dirtyBuckets = nil, nil
	head := *w
	head.Accounts, head.Buckets = nil, nil
	text, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, 0, 2*(len(w.Accounts)+len(w.Buckets))+4)
	out = append(out, text[:len(text)-1])
	group := func(name, kind string, keys []string) {
		out = append(out, []byte(",\n\""+name+"\":{"))
		for i, k := range keys {
			comma := ",\n"
			if i == 0 {
				comma = "\n"
			}
			out = append(out, []byte(comma+`"`+k+`":`), st.pieces[kind+k])
		}
		out = append(out, []byte("}"))
	}
	group("accounts", "account ", sortedKeys(w.Accounts))
	group("buckets", "bucket ", sortedKeys(w.Buckets))
	return append(out, []byte("}\n")), nil
}

func (st *store) piece(key string, v any, gone bool) error {
	if gone {
		delete(st.pieces, key)
		return nil
	}
	text, err := json.Marshal(v)
	st.pieces[key] = text
	return err
}

// writeState replaces the file as a whole. Its time is later than that of the file before it, so that another process sees
// the difference however coarse the clock is. The file is not forced to the disk: what must survive is this process, not the machine.
func writeState(path string, pieces [][]byte, before os.FileInfo) (os.FileInfo, error) {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) // what a killed process left is written over
	if err != nil {
		return nil, fmt.Errorf("%s could not be written: %w", path, err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // fails once it is renamed
	buffer := bufio.NewWriterSize(f, 1<<16)
	for _, p := range pieces {
		_, _ = buffer.Write(p) // the first error is kept for Flush
	}
	err = buffer.Flush()
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	now := time.Now()
	if before != nil && !now.After(before.ModTime()) {
		now = before.ModTime().Add(time.Millisecond)
	}
	if err == nil {
		err = os.Chtimes(f.Name(), now, now)
	}
	if err == nil {
		err = replaceFile(f.Name(), path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s could not be written: %w", path, err)
	}
	return os.Stat(path)
}

// replaceFile renames; on Windows a reader may hold the file for a moment, so it tries again.
func replaceFile(from, to string) error {
	err := os.Rename(from, to)
	for range 50 {
		if err == nil || runtime.GOOS != "windows" {
			return err
		}
		time.Sleep(10 * time.Millisecond)
		err = os.Rename(from, to)
	}
	return err
}

// Reset forgets the state in the file at path. A process that uses it starts over with a new world.
func Reset(path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	st := newStore(path)
	if err := st.acquire(); err != nil {
		return err
	}
	defer st.release()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the sandbox's state could not be removed: %w", err)
	}
	return nil
}

// changedAccount tells that something in an account is to be saved.
func (w *World) changedAccount(id string) {
	if w.dirtyAccounts == nil {
		w.dirtyAccounts = map[string]bool{}
	}
	w.dirtyAccounts[id] = true
}

// changedBucket tells that a bucket is to be saved.
func (w *World) changedBucket(name string) {
	if w.dirtyBuckets == nil {
		w.dirtyBuckets = map[string]bool{}
	}
	w.dirtyBuckets[name] = true
}

// changedAll tells that everything is to be saved.
func (w *World) changedAll() {
	for id := range w.Accounts {
		w.changedAccount(id)
	}
	for name := range w.Buckets {
		w.changedBucket(name)
	}
}
