package steps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	draftVersion = 1 // of the file of a draft; one of a newer version is left as it is
	keptDrafts   = 5 // the oldest goes when another is begun
)

// Draft holds the answers given so far to the questions of a set-up that was not begun.
type Draft struct {
	ID      string    `json:"-"` // which of the drafts it is
	Version int       `json:"version"`
	SavedAt time.Time `json:"saved_at"`
	Next    string    `json:"next"`  // the question that comes next, by its title; empty: all are answered
	Setup   Setup     `json:"setup"` // what was not asked yet has its default or none
}

// draftPath is the file of a draft, from the directory of the set-ups.
func draftPath(id string) string { return filepath.Join("..", "answers", id+".json") }

// NewDraft names a draft that is begun now. Nothing is kept yet.
func (s *Store) NewDraft() string {
	id := s.now().UTC().Format("20060102T150405.000000000")
	for {
		if _, err := os.Lstat(filepath.Join(s.dir, draftPath(id))); err != nil {
			return id
		}
		id += "x" // a clock that was set back, or is coarse
	}
}

// SaveDraft keeps answers beside the set-ups, in place of those kept before under the same ID. Of other drafts the newest stay, five in all.
func (s *Store) SaveDraft(id string, setup Setup, next string) error {
	text, err := json.MarshalIndent(Draft{Version: draftVersion, SavedAt: s.now().UTC(), Next: next, Setup: setup}, "", "  ")
	if err != nil {
		return fmt.Errorf("keep the answers: %w", err)
	}
	if err := s.write(draftPath(id), append(text, '\n')); err != nil {
		return err
	}
	for n, d := range s.drafts() {
		if n >= keptDrafts {
			_ = s.DropDraft(d.ID) // one too many costs nothing
		}
	}
	return nil
}

// Drafts gives the answers that were kept, the newest first. There are none where nothing was kept; one that cannot be read is left out (it costs
// nothing but the answers), and so is one whose set-up of that name has come to the same answers since.
func (s *Store) Drafts() []Draft {
	return slices.DeleteFunc(s.drafts(), func(d Draft) bool {
		if d.Next != "" {
			return false
		}
		known, err := s.Load(d.Setup.Name)
		return err == nil && bytes.Equal(known.YAML(), d.Setup.YAML())
	})
}

func (s *Store) drafts() []Draft {
	files, _ := os.ReadDir(filepath.Dir(filepath.Join(s.dir, draftPath("")))) // what cannot be read is none
	var all []Draft
	for _, file := range files {
		d := Draft{ID: strings.TrimSuffix(file.Name(), ".json")}
		text, err := os.ReadFile(filepath.Join(s.dir, draftPath(d.ID)))
		if err != nil || json.Unmarshal(text, &d) != nil || d.Version != draftVersion || d.Setup.Mode != Centralized && d.Setup.Mode != PerAccount {
			continue
		}
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b Draft) int {
		if c := b.SavedAt.Compare(a.SavedAt); c != 0 {
			return c
		}
		return strings.Compare(b.ID, a.ID)
	})
	return all
}

// DropDraft forgets answers that were kept.
func (s *Store) DropDraft(id string) error {
	if err := os.Remove(filepath.Join(s.dir, draftPath(id))); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget the answers: %w", err)
	}
	return nil
}
