package steps

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/renameio/v2/maybe"
)

// Store keeps the set-ups known here in the state directory: setups/NAME/setup.yaml, and backups beside it.
// Everything in it is readable by its owner only, and written whole or not at all.
type Store struct {
	dir   string
	now   func() time.Time
	flags []string
	pasts sync.Map // of other set-ups' journals, by name
}

// Called keeps the flags of the program that lead to this store and its set-ups, for the commands that people are told.
func (s *Store) Called(flags ...string) *Store {
	s.flags = flags
	return s
}

// Command gives the command line that does something, as in "resume" or "setups backups", with a set-up known here or with -f and a file,
// fit to be pasted into a shell. A nil store has no flags.
func (s *Store) Command(verb string, of ...string) string {
	words := slices.Concat([]string{"flowgrant"}, strings.Fields(verb), of)
	if s != nil {
		words = append(words, s.flags...)
	}
	for i, w := range words {
		words[i] = shellWord(w)
	}
	return strings.Join(words, " ")
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// shellWord quotes a word of a command line where its shell would read it otherwise.
func shellWord(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	if runtime.GOOS == "windows" {
		return `"` + word + `"`
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
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
