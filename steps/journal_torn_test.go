package steps

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A line that comes after one which the disk cut off is not taken for written: it would stand in the same line.
func TestNothingIsWrittenBehindATornLine(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "journal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	full, done := errors.New("no space left"), make(chan error, 1)
	j := &Journal{file: file, failed: full, queue: [][]byte{[]byte("{}\n")}, waiters: []chan error{done}, writing: true} // it came while the first was written
	j.flush()
	if err := <-done; !errors.Is(err, full) {
		t.Errorf("the line counts as written: %v", err)
	}
	if info, err := file.Stat(); err != nil || info.Size() > 0 {
		t.Errorf("%d bytes were written (%v)", info.Size(), err)
	}
}
