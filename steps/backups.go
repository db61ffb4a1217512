package steps

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// backupVersion is the version of a kept document's file.
const backupVersion = 1

// Backup is a document of a set-up as it was before it was changed.
type Backup struct {
	ID       string // names it among the backups of its set-up
	Time     time.Time
	Kind     string // bucket-policy, key-policy, trust, inline-policy, managed-policy …
	Target   string // bucket name, key ARN, role name, role name/policy name, policy ARN …
	Account  string // 12-digit account ID; empty: an older flowgrant kept it, and several are possible
	Assumed  bool   // the account was not kept with it: it is the only one possible
	Region   string // empty where it has none, or an older flowgrant kept it
	Document string
	File     string // where it is kept
}

// keptDocument is the file of a backup. The file's name cannot tell its target exactly.
type keptDocument struct {
	Version  int             `json:"version"`
	Time     time.Time       `json:"time"`
	Kind     string          `json:"kind"`
	Target   string          `json:"target"`
	Account  string          `json:"account,omitempty"`
	Region   string          `json:"region,omitempty"`
	Document json.RawMessage `json:"document"` // as it was; a string where it was no JSON
}

// Backup keeps a document of an account (12 digits) and region before a set-up changes it.
func (s *Store) Backup(setup, account, region, kind, target, document string) error {
	now := s.now().UTC()
	kept := keptDocument{Version: backupVersion, Time: now, Kind: kind, Target: target, Account: account, Region: region, Document: json.RawMessage(document)}
	if !json.Valid(kept.Document) {
		quoted, err := json.Marshal(document)
		if err != nil {
			return fmt.Errorf("keep the %s of %s: %w", kind, target, err)
		}
		kept.Document = quoted
	}
	text, err := json.MarshalIndent(kept, "", "  ")
	if err != nil {
		return fmt.Errorf("keep the %s of %s: %w", kind, target, err)
	}
	return s.write(filepath.Join(setup, "backups", backupTime(now)+"-"+backupName(kind, target)), append(text, '\n'))
}

// Backups lists what was kept of a set-up, oldest first. A file that cannot be read is left out, and err says so besides the others.
func (s *Store) Backups(setup string) ([]Backup, error) {
	if _, err := CheckSetupName(setup); err != nil {
		return nil, fmt.Errorf("no set-up can be named %q: %w", setup, err)
	}
	dir := filepath.Join(s.dir, setup, "backups")
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the backups of %s: %w", setup, err)
	}
	var all []Backup
	var bad []error
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".json" || strings.HasPrefix(e.Name(), ".") {
			continue // what a killed process left half written
		}
		b, err := readBackup(filepath.Join(dir, e.Name()))
		if err != nil {
			bad = append(bad, err)
			continue
		}
		all = append(all, b)
	}
	slices.SortStableFunc(all, func(a, b Backup) int { return strings.Compare(a.ID, b.ID) })
	if slices.ContainsFunc(all, func(b Backup) bool { return b.Account == "" }) {
		s.assume(setup, all)
	}
	return all, errors.Join(bad...)
}

// assume gives backups that an older flowgrant kept without their account the one that they must be of: that of the ARN, the only one that answers
// of the set-up ever named, or the one of the application that kept it.
func (s *Store) assume(setup string, all []Backup) {
	h, _ := s.readJournal(setup) // without it only the remembered answers tell
	var named []string
	add := func(a Setup, err error) {
		if err == nil && !slices.Contains(named, a.Account.ID) {
			named = append(named, a.Account.ID)
		}
	}
	add(s.Load(setup))
	for _, l := range h {
		if l.Answers != "" {
			add(ParseSetup("journal", []byte(l.Answers)))
		}
	}
	for i, b := range all {
		if b.Account != "" {
			continue
		}
		switch run := h.runAt(b.Time); {
		case len(arnPart(b.Target, 4)) == 12:
			all[i].Account = arnPart(b.Target, 4)
		case len(named) == 1:
			all[i].Account, all[i].Assumed = named[0], true
		case run.Verb == VerbApply && run.Answers != "": // it changes documents of one account
			if a, err := ParseSetup("journal", []byte(run.Answers)); err == nil {
				all[i].Account, all[i].Assumed = a.Account.ID, true
			}
		}
	}
}

func readBackup(file string) (Backup, error) {
	text, err := os.ReadFile(file) //nolint:gosec // a file of ours
	if err != nil {
		return Backup{}, fmt.Errorf("read a kept document: %w", err)
	}
	b, err := parseBackup(text)
	if err != nil {
		return Backup{}, fmt.Errorf("read the kept document %s: %w", file, err)
	}
	b.ID, b.File = strings.TrimSuffix(filepath.Base(file), ".json"), file
	return b, nil
}

func parseBackup(text []byte) (Backup, error) {
	var kept keptDocument
	if err := json.Unmarshal(text, &kept); err != nil {
		return Backup{}, fmt.Errorf("it is damaged: %w", err)
	}
	switch {
	case kept.Version > backupVersion:
		return Backup{}, fmt.Errorf("it was written by a newer flowgrant (version %d, this one knows %d)", kept.Version, backupVersion)
	case kept.Version < 1 || kept.Kind == "" || kept.Target == "":
		return Backup{}, errors.New("it does not say which document it is")
	}
	b := Backup{Time: kept.Time, Kind: kept.Kind, Target: kept.Target, Account: kept.Account, Region: kept.Region, Document: string(kept.Document)}
	var quoted string
	if json.Unmarshal(kept.Document, &quoted) == nil {
		b.Document = quoted
	}
	return b, nil
}

// FindBackup finds a kept document by its ID or the beginning of it.
func (s *Store) FindBackup(setup, id string) (Backup, error) {
	all, err := s.Backups(setup)
	var found []Backup
	for _, b := range all {
		if b.ID == id {
			return b, nil
		}
		if id != "" && strings.HasPrefix(b.ID, id) {
			found = append(found, b)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		ids := make([]string, 0, len(found))
		for _, b := range found {
			ids = append(ids, b.ID)
		}
		return Backup{}, fmt.Errorf("%q begins the id of several backups: %s", id, strings.Join(ids, ", "))
	case err != nil:
		return Backup{}, fmt.Errorf("no backup of %s that can be read has the id %q: %w", setup, id, err)
	}
	return Backup{}, fmt.Errorf("no backup of %s has the id %q", setup, id)
}

// Before gives a document of an account as it was before the set-up first changed it after the last revocation; empty where nobody knows. What a
// revocation, a repair or a restored document kept tells nothing of that time.
func (s *Store) Before(setup string) func(account, kind, target string) string {
	h, _ := s.readJournal(setup) // without it every backup may be the one
	var revoked time.Time
	for _, l := range h {
		if l.Kind == lineEnd && l.Status == string(ResultRevoked) {
			revoked = l.Time
		}
	}
	return func(account, kind, target string) string {
		all, _ := s.Backups(setup) // one that cannot be read keeps nothing back
		for _, b := range all {
			if run := h.runAt(b.Time); b.of(account, kind, target) && b.Time.After(revoked) && (run.Verb == VerbApply || run.Kind == "") {
				return b.Document
			}
		}
		return ""
	}
}

// of says whether it is a backup of a document of an account.
func (b Backup) of(account, kind, target string) bool {
	return b.Account == account && b.Kind == kind && b.Target == target
}

// kept lists what was kept of a document of a set-up, the newest first.
func (s *Store) kept(setup, account, kind, target string) []string {
	all, _ := s.Backups(setup) // one that cannot be read keeps nothing back
	var texts []string
	for _, b := range slices.Backward(all) {
		if b.of(account, kind, target) {
			texts = append(texts, b.Document)
		}
	}
	return texts
}

// runAt is how the run began that was on at a time; without a kind where none is known.
func (h history) runAt(at time.Time) line {
	var run line
	for _, l := range h {
		if l.Kind == lineRun && !l.Time.After(at) {
			run = l
		}
	}
	return run
}

func backupTime(t time.Time) string { return t.UTC().Format("20060102T150405.000000000Z") }

// longestName keeps the name of a file, with what is put before and behind it while it is written, within what file systems allow: 255 bytes.
const longestName = 160

// backupName names a backup after its document; one that is too long is cut, and told apart by a hash.
func backupName(kind, target string) string {
	name := kind + "-" + strings.Trim(unsafeInNames.ReplaceAllString(target, "-"), "-")
	if len(name) > longestName {
		sum := sha256.Sum256([]byte(kind + " " + target))
		name = name[:longestName] + "-" + hex.EncodeToString(sum[:6])
	}
	return name + ".json"
}
