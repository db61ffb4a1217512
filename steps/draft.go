package steps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// draftVersion is the version of the file of a draft; one of a newer version is left as it is.
const draftVersion = 1

// Draft holds the answers given so far to the questions of a set-up that was not begun.
type Draft struct {
	Version int       `json:"version"`
	SavedAt time.Time `json:"saved_at"`
	Next    string    `json:"next"`  // the question that comes next, by its title; empty: all are answered
	Setup   Setup     `json:"setup"` // what was not asked yet has its default or none
}

func (s *Store) draftPath() string { return filepath.Join(filepath.Dir(s.dir), "answers.json") }

// SaveDraft keeps answers beside the set-ups, in place of those kept before.
func (s *Store) SaveDraft(setup Setup, next string) error {
	text, err := json.MarshalIndent(Draft{draftVersion, s.now().UTC(), next, setup}, "", "  ")
	if err != nil {
		return fmt.Errorf("keep the answers: %w", err)
	}
	return s.write(filepath.Join("..", filepath.Base(s.draftPath())), append(text, '\n'))
}

// Draft gives the answers that were kept. There are none where nothing was kept, where it cannot be read (it costs nothing but the answers),
// and where the set-up of that name has come to the same ones since.
func (s *Store) Draft() (Draft, bool) {
	text, err := os.ReadFile(s.draftPath())
	var d Draft
	if err != nil || json.Unmarshal(text, &d) != nil || d.Version != draftVersion || d.Setup.Mode != Centralized && d.Setup.Mode != PerAccount {
		return Draft{}, false
	}
	if d.Next == "" {
		if known, err := s.Load(d.Setup.Name); err == nil && bytes.Equal(known.YAML(), d.Setup.YAML()) {
			return Draft{}, false
		}
	}
	return d, true
}

// DropDraft forgets the answers that were kept.
func (s *Store) DropDraft() error {
	if err := os.Remove(s.draftPath()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget the answers: %w", err)
	}
	return nil
}
