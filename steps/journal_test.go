package steps

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzJournal wants no panic, and that what is understood is what a line said: read, written and read again it is the same.
func FuzzJournal(f *testing.F) {
	for _, seed := range []string{
		"", "\n", "{", "null\n", "[]\n{}\n", `{"version":1}` + "\n",
		`{"version":1,"time":"2026-01-02T03:04:05Z","kind":"run","verb":"apply","total":12}` + "\n" +
			`{"version":1,"time":"2026-01-02T03:04:06Z","kind":"intent","id":1,"step":"flow-logs","request":"ab","token":"cd"}` + "\n" +
			`{"version":1,"time":"2026-01-02T03:04:07Z","kind":"outcome","id":1,"status":"done"}` + "\n" +
			`{"version":1,"time":"2026-01-02T03:04:08Z","kind":"step","step":"bucket","status":"done"}` + "\n" +
			`{"version":1,"time":"2026-01-02T03:04:09Z","kind":"end","status":"waiting"}` + "\n",
		`{"version":1,"kind":"run","verb":"revoke","revoke":{"flow_logs":true}}` + "\n" + `{"version":1,"kind":"en`,
		`{"version":1,"kind":"intent","id":9223372036854775807,"request":"a","token":"b"}` + "\n",
		`{"version":1,"kind":"intent","id":-1,"token":"b"}` + "\n",
		`{"version":2,"kind":"run"}` + "\n",
		`{"version":1,"time":"yesterday","kind":"run"}` + "\n",
		strings.Repeat(" ", 70000) + `{"version":1,"kind":"run"}` + "\n",
		strings.Repeat("\x00", 4096) + "\n" + `{"version":1,"kind":"end","status":"revoked"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := parseJournal(bytes.NewReader(text), "fuzzed")
		if err != nil {
			if !strings.Contains(err.Error(), "newer") || len(h) > 0 {
				t.Fatalf("%d lines and %v", len(h), err)
			}
			return
		}
		var again bytes.Buffer
		for _, l := range h {
			if !l.known() || l.Version != journalVersion {
				t.Fatalf("accepted %+v", l)
			}
			if err := json.NewEncoder(&again).Encode(l); err != nil {
				t.Fatal(err)
			}
		}
		if id := h.lastID(); id < 0 || id+1 < 1 {
			t.Fatalf("last id %d", id)
		}
		for request, token := range h.tokens(time.Now()) {
			if token == "" {
				t.Fatalf("an empty token for %q", request)
			}
		}
		var st SetupState
		st.follow(h)
		if st.Done < 0 || st.Verb == "" && st.Status == SetupInterrupted {
			t.Logf("%+v", st)
		}
		same, err := parseJournal(&again, "written again")
		if err != nil || len(same) != len(h) {
			t.Fatalf("%d lines, written again %d: %v", len(h), len(same), err)
		}
	})
}

// FuzzBackup wants no panic, and no kept document that does not say what it is.
func FuzzBackup(f *testing.F) {
	for _, seed := range []string{
		`{"version":1,"time":"2026-01-02T03:04:05Z","kind":"trust","target":"R","document":{"Version":"2012-10-17"}}`,
		`{"version":1,"kind":"trust","target":"R","document":"{"}`, `{"version":2}`, `{}`, `null`, `{"version":1,"kind":"k","target":"t"}`, `{"version":1`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if b, err := parseBackup(text); err == nil && (b.Kind == "" || b.Target == "") {
			t.Fatalf("accepted %+v", b)
		}
	})
}

// a store whose journal of set-up "one" holds these lines.
func storeWith(t *testing.T, lines string) *Store {
	t.Helper()
	s := OpenStore(t.TempDir())
	setup := NewSetup(PerAccount)
	setup.Name, setup.Reader.Account, setup.Account.ID = "one", "999988887777", "111122223333"
	setup.Bucket.ARN, setup.Bucket.Region, setup.FlowLogs.Regions = "arn:aws:s3:::payments-flow-logs", "us-east-1", []string{"us-east-1"}
	if err := s.Save(setup); err != nil {
		t.Fatal(err)
	}
	if lines != "" {
		if err := os.WriteFile(s.journalPath("one"), []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

const (
	ran    = `{"version":1,"time":"2026-01-02T03:04:05Z","kind":"run","verb":"apply","total":9}` + "\n"
	bucket = `{"version":1,"time":"2026-01-02T03:04:06Z","kind":"step","step":"bucket","account":"111122223333","status":"done","why":"made"}` + "\n"
	waits  = `{"version":1,"time":"2026-01-02T03:04:07Z","kind":"step","step":"delivery","status":"waiting","why":"logs of 0 of 2 VPCs have arrived"}` + "\n"
)

func ended(status, rest string) string {
	return `{"version":1,"time":"2026-01-02T03:04:08Z","kind":"end","status":"` + status + `"` + rest + "}\n"
}

// TestSetups tells from the journal how far a set-up is, whatever is left of its files.
func TestSetups(t *testing.T) {
	for _, c := range []struct {
		name, journal string
		status        SetupStatus
		why           string
		done, total   int
		verb          string
	}{
		{"never applied", "", SetupNotStarted, "", 0, 0, ""},
		{"killed", ran + bucket, SetupInterrupted, "the program ended before it finished", 1, 9, VerbApply},
		{"killed in the middle of a line", ran + bucket + `{"version":1,"kind":"st`, SetupInterrupted, "killed", 1, 9, VerbApply},
		{"a step told twice counts once", ran + bucket + bucket, SetupInterrupted, "killed", 1, 9, VerbApply},
		{"waiting", ran + bucket + waits + ended("waiting", ""), SetupWaiting, "delivery: logs of 0 of 2", 1, 9, VerbApply},
		{"failed", ran + ended("failed", `,"step":"bucket-policy","why":"denied"`), SetupFailed, "bucket-policy: denied", 0, 9, VerbApply},
		{"stopped", ran + bucket + ended("interrupted", ""), SetupInterrupted, "it was interrupted", 1, 9, VerbApply},
		{"unchanged", ran + bucket + ended("unchanged", ""), SetupVerified, "", 1, 9, VerbApply},
		{"verified, then a killed second run", ran + bucket + ended("verified", "") + ran, SetupInterrupted, "killed", 0, 9, VerbApply},
		{"revoked", ran + ended("verified", "") + strings.Replace(ran, "apply", "revoke", 1) + ended("revoked", ""), SetupRevoked, "", 0, 9, VerbRevoke},
		{"a killed repair changes nothing", ran + bucket + ended("verified", "") + strings.Replace(ran, "apply", "repair", 1), SetupVerified, "", 1, 9, VerbApply},
		{"damaged", "\x00\x01garbage\n", SetupUnknown, "no line of its journal", 0, 0, ""},
		{"newer", `{"version":7,"kind":"run"}` + "\n", SetupUnknown, "newer flowgrant", 0, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, err := storeWith(t, c.journal).Setups()
			if err != nil || len(all) != 1 {
				t.Fatalf("%+v, %v", all, err)
			}
			st := all[0]
			if st.Status != c.status || !strings.Contains(st.Why, c.why) || (c.why == "") != (st.Why == "") || st.Done != c.done || st.Total != c.total || st.Verb != c.verb || st.Mode != PerAccount {
				t.Errorf("%+v", st)
			}
			if st.StoppedAt.IsZero() != (c.verb == "") {
				t.Errorf("stopped at %v", st.StoppedAt)
			}
		})
	}
	t.Run("what a revocation took is known", func(t *testing.T) {
		s := storeWith(t, `{"version":1,"time":"2026-01-02T03:04:05Z","kind":"run","verb":"revoke","total":9,"revoke":{"flow_logs":true,"restore_scope":true}}`+"\n")
		if st := s.State("one"); st.Revoke == nil || !st.Revoke.FlowLogs || !st.Revoke.RestoreScope || st.Revoke.EndSessions || !st.Unfinished() {
			t.Errorf("%+v", st)
		}
	})
	t.Run("damaged answers cost only their own set-up", func(t *testing.T) {
		s := storeWith(t, ran)
		if err := os.MkdirAll(filepath.Join(s.dir, "bad"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.dir, "bad", "setup.yaml"), []byte("version: [\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		all, err := s.Setups()
		if err != nil || len(all) != 2 || all[0].Status != SetupUnknown || !strings.Contains(all[0].Why, "setup.yaml") || all[1].Status != SetupInterrupted {
			t.Errorf("%+v, %v", all, err)
		}
	})
	t.Run("held by a process", func(t *testing.T) {
		s := storeWith(t, ran+bucket)
		setup, err := s.Load("one")
		if err != nil {
			t.Fatal(err)
		}
		j, err := s.Begin(setup)
		if err != nil {
			t.Fatal(err)
		}
		if st := s.State("one"); st.Status != SetupRunning {
			t.Errorf("while it runs: %+v", st)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if st := s.State("one"); st.Status != SetupInterrupted {
			t.Errorf("after it: %+v", st)
		}
	})
}

// TestBackups keeps kind and target exactly, and finds the document from before the first change after the last revocation.
func TestBackups(t *testing.T) {
	s := storeWith(t, "")
	now := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	s.now = func() time.Time { now = now.Add(time.Minute); return now }
	for _, b := range [][3]string{
		{"inline-policy", "Role/a_b", `{"n":1}`}, {"inline-policy", "Role/a b", `{"n":2}`}, {"inline-policy", "Role/a_b", `{"n":3}`}, {"trust", "Role", "no JSON"},
	} {
		if err := s.Backup("one", "111122223333", "", b[0], b[1], b[2]); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Backups("one")
	if err != nil || len(all) != 4 || all[1].Target != "Role/a b" || all[3].Document != "no JSON" {
		t.Fatalf("%+v, %v", all, err)
	}
	before := func(kind, target, want string) {
		t.Helper()
		got := s.Before("one")("111122223333", kind, target)
		var compact bytes.Buffer
		if json.Compact(&compact, []byte(got)) == nil {
			got = compact.String()
		}
		if got != want {
			t.Errorf("%s of %s before: %q, want %q", kind, target, got, want)
		}
	}
	before("inline-policy", "Role/a_b", `{"n":1}`)
	before("inline-policy", "Role/a b", `{"n":2}`)
	before("trust", "Role", "no JSON")
	before("trust", "Other", "")
	if got := s.Before("one")("222233334444", "trust", "Role"); got != "" {
		t.Errorf("the role of another account was: %q", got)
	}
	revoked := `{"version":1,"time":"2026-01-02T03:01:30Z","kind":"end","status":"revoked"}` + "\n"
	if err := os.WriteFile(s.journalPath("one"), []byte(revoked), 0o600); err != nil {
		t.Fatal(err)
	}
	before("inline-policy", "Role/a_b", `{"n":3}`)
	again := revoked + `{"version":1,"time":"2026-01-02T03:02:30Z","kind":"run","verb":"revoke"}` + "\n"
	if err := os.WriteFile(s.journalPath("one"), []byte(again), 0o600); err != nil {
		t.Fatal(err)
	}
	before("inline-policy", "Role/a_b", "") // what a revocation keeps is not what was there before the set-up
	before("trust", "Role", "")

	arn := "arn:aws:iam::111122223333:policy/" + strings.Repeat("path/", 100)
	for _, name := range []string{"one", "other"} {
		if err := s.Backup("long", "111122223333", "", "managed-policy", arn+name, "{}"); err != nil {
			t.Fatal(err)
		}
	}
	if long, err := s.Backups("long"); err != nil || len(long) != 2 || long[0].Target != arn+"one" || long[0].ID[30:] == long[1].ID[30:] {
		t.Errorf("with long ARNs: %+v, %v", long, err)
	}
	if b, err := s.FindBackup("one", all[0].ID[:18]); err != nil || b.ID != all[0].ID {
		t.Errorf("%+v, %v", b, err)
	}
	if _, err := s.FindBackup("one", "2026"); err == nil || !strings.Contains(err.Error(), "several") {
		t.Errorf("the beginning of several: %v", err)
	}
	if err := os.WriteFile(all[0].File, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if left, err := s.Backups("one"); len(left) != 3 || err == nil {
		t.Errorf("with a damaged one: %d, %v", len(left), err)
	}
}
