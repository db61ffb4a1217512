package steps

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// TestDraft keeps answers and gives them back as they were; what cannot be read, a newer program wrote or has become a set-up is none.
func TestDraft(t *testing.T) {
	dir := t.TempDir()
	s := OpenStore(filepath.Join(dir, "state"))
	if _, there := s.Draft(); there {
		t.Error("a draft where nothing was kept")
	}
	if err := s.DropDraft(); err != nil {
		t.Errorf("nothing to forget: %v", err)
	}
	half := NewSetup(Centralized)
	half.Reader.Account, half.Account.Credentials.Profile = "999988887777", "log-archive"
	half.ResourceAccounts = []ResourceAccount{{ID: "111122223333", Regions: []string{"eu-west-1"}, VPCs: &VPCChoice{IDs: []string{"vpc-0a1b2c3d4e5f60001"}}}}
	if err := s.SaveDraft(half, "S3 bucket"); err != nil {
		t.Fatal(err)
	}
	if d, there := s.Draft(); !there || d.Next != "S3 bucket" || d.SavedAt.IsZero() || !reflect.DeepEqual(d.Setup, half) {
		t.Errorf("kept %+v, got %v %+v", half, there, d)
	}
	if names, err := s.Names(); err != nil || len(names) > 0 {
		t.Errorf("a draft is no set-up: %v, %v", names, err)
	}

	whole, err := ParseSetup("setup.yaml", []byte(centralizedFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SaveDraft(whole, ""); err != nil {
		t.Fatal(err)
	}
	if _, there := s.Draft(); !there {
		t.Error("all answers are a draft until a set-up has them")
	}
	if err := s.Save(whole); err != nil {
		t.Fatal(err)
	}
	if _, there := s.Draft(); there {
		t.Error("the set-up has these answers")
	}
	whole.FlowLogs.Traffic = "REJECT"
	if err := s.SaveDraft(whole, ""); err != nil {
		t.Fatal(err)
	}
	if _, there := s.Draft(); !there {
		t.Error("the set-up has other answers")
	}

	for _, text := range []string{"", "{", `{"version":2,"setup":{"Mode":"centralized"}}`, `{"version":1,"setup":{"Mode":"other"}}`, "\xff\x00"} {
		if err := os.WriteFile(filepath.Join(dir, "state", "answers.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if d, there := s.Draft(); there {
			t.Errorf("%q gives %+v", text, d)
		}
	}
	if err := s.DropDraft(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "state", "answers.json")); !os.IsNotExist(err) {
		t.Error(err)
	}
}
