package steps

import (
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"
	"time"
)

// TestDraft keeps answers and gives them back as they were; what cannot be read, a newer program wrote or has become a set-up is none.
func TestDraft(t *testing.T) {
	dir := t.TempDir()
	s := OpenStore(filepath.Join(dir, "state"))
	draft := func() (Draft, bool) {
		if all := s.Drafts(); len(all) == 1 {
			return all[0], true
		}
		return Draft{}, false
	}
	if len(s.Drafts()) > 0 {
		t.Error("a draft where nothing was kept")
	}
	if err := s.DropDraft("one"); err != nil {
		t.Errorf("nothing to forget: %v", err)
	}
	half := NewSetup(Centralized)
	half.Reader.Account, half.Account.Credentials.Profile = "999988887777", "log-archive"
	half.ResourceAccounts = []ResourceAccount{{ID: "111122223333", Regions: []string{"eu-west-1"}, VPCs: &VPCChoice{IDs: []string{"vpc-0a1b2c3d4e5f60001"}}}}
	if err := s.SaveDraft("one", half, "S3 bucket"); err != nil {
		t.Fatal(err)
	}
	if d, there := draft(); !there || d.Next != "S3 bucket" || d.SavedAt.IsZero() || !reflect.DeepEqual(d.Setup, half) {
		t.Errorf("kept %+v, got %v %+v", half, there, d)
	}
	if names, err := s.Names(); err != nil || len(names) > 0 {
		t.Errorf("a draft is no set-up: %v, %v", names, err)
	}

	whole, err := ParseSetup("setup.yaml", []byte(centralizedFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SaveDraft("one", whole, ""); err != nil {
		t.Fatal(err)
	}
	if _, there := draft(); !there {
		t.Error("all answers are a draft until a set-up has them")
	}
	if err := s.Save(whole); err != nil {
		t.Fatal(err)
	}
	if _, there := draft(); there {
		t.Error("the set-up has these answers")
	}
	whole.FlowLogs.Traffic = "REJECT"
	if err := s.SaveDraft("one", whole, ""); err != nil {
		t.Fatal(err)
	}
	if _, there := draft(); !there {
		t.Error("the set-up has other answers")
	}

	for _, text := range []string{"", "{", `{"version":2,"setup":{"Mode":"centralized"}}`, `{"version":1,"setup":{"Mode":"other"}}`, "\xff\x00"} {
		if err := os.WriteFile(filepath.Join(dir, "state", "answers", "one.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if d, there := draft(); there {
			t.Errorf("%q gives %+v", text, d)
		}
	}
	if err := s.DropDraft("one"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "state", "answers", "one.json")); !os.IsNotExist(err) {
		t.Error(err)
	}
}

// TestDraftsAreKeptApart keeps the answers of each start, the newest first, and of more than five the newest.
func TestDraftsAreKeptApart(t *testing.T) {
	s := OpenStore(t.TempDir())
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s.now = func() time.Time { clock = clock.Add(time.Minute); return clock }
	var ids []string
	for n := range 7 {
		setup := NewSetup(PerAccount)
		setup.Account.ID = strconv.Itoa(n)
		ids = append(ids, s.NewDraft())
		if err := s.SaveDraft(ids[n], setup, "S3 bucket"); err != nil {
			t.Fatal(err)
		}
	}
	setup := NewSetup(PerAccount)
	setup.Account.ID = "3 again"
	if err := s.SaveDraft(ids[3], setup, "VPCs"); err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, d := range s.Drafts() {
		got += d.Setup.Account.ID + ", "
	}
	if want := "3 again, 6, 5, 4, 2, "; got != want {
		t.Errorf("kept %q, want %q", got, want)
	}
	if err := s.DropDraft(ids[6]); err != nil || len(s.Drafts()) != 4 {
		t.Errorf("%v, %d are left", err, len(s.Drafts()))
	}
}
