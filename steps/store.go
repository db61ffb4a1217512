package steps

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/renameio/v2/maybe"
)

// Store keeps the set-ups known here in the state directory: setups/NAME/setup.yaml, and backups beside it.
// Everything in it is readable by its owner only, and written whole or not at all.
type Store struct {
	dir string
	now func() time.Time
}

// OpenStore makes a store under a state directory. It writes nothing yet.
func OpenStore(dir string) *Store { return &Store{dir: filepath.Join(dir, "setups"), now: time.Now} }

// Save keeps a set-up under its name.
func (s *Store) Save(setup Setup) error {
	return s.write(filepath.Join(setup.Name, "setup.yaml"), setup.YAML())
}

// Load reads a set-up by its name. The error is fs.ErrNotExist where there is none.
func (s *Store) Load(name string) (Setup, error) {
	if _, err := CheckSetupName(name); err != nil {
		return Setup{}, fmt.Errorf("no set-up can be named %q: %w", name, err)
	}
	file := filepath.Join(s.dir, name, "setup.yaml")
	data, err := os.ReadFile(file) //nolint:gosec // the name was checked
	if err != nil {
		return Setup{}, fmt.Errorf("read the set-up %s: %w", name, err)
	}
	return ParseSetup(file, data)
}

// Names lists the set-ups known here, in alphabetical order.
func (s *Store) Names() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the set-ups: %w", err)
	}
	var names []string
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(s.dir, e.Name(), "setup.yaml")); err == nil {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

var unsafeInNames = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// Backup keeps a document of a set-up before it is changed.
func (s *Store) Backup(setup, kind, target, document string) error {
	return s.write(filepath.Join(setup, "backups", backupTime(s.now())+"-"+backupName(kind, target)), []byte(document))
}

func (s *Store) write(name string, data []byte) error {
	file := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("make the state directory: %w", err)
	}
	if err := maybe.WriteFile(file, data, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

// Before gives a document as it was before the set-up first changed it after the last revocation; empty where nobody knows.
func (s *Store) Before(setup string) func(kind, target string) string {
	since := ""
	if h, err := s.readJournal(setup); err == nil {
		for _, l := range h {
			if l.Kind == lineEnd && l.Status == string(ResultRevoked) {
				since = backupTime(l.Time)
			}
		}
	}
	return func(kind, target string) string {
		files, err := filepath.Glob(filepath.Join(s.dir, setup, "backups", "*-"+backupName(kind, target)))
		if err != nil {
			return ""
		}
		slices.Sort(files)
		for _, f := range files {
			if base := filepath.Base(f); since != "" && len(base) > len(since) && base[:len(since)] <= since {
				continue
			}
			if text, err := os.ReadFile(f); err == nil { //nolint:gosec // a file of ours
				return string(text)
			}
		}
		return ""
	}
}

func backupTime(t time.Time) string { return t.UTC().Format("20060102T150405.000000000Z") }

func backupName(kind, target string) string {
	return fmt.Sprintf("%s-%s.json", kind, strings.Trim(unsafeInNames.ReplaceAllString(target, "-"), "-"))
}
