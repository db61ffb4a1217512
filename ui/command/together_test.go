//go:build unix

package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
)

// archiveAdmin acts as the administrator of the log archive account of a world, past every door.
func archiveAdmin(t *testing.T, s *served) *awsops.Account {
	t.Helper()
	key, secret := s.world.Credentials()
	cloud, err := awsops.Open(t.Context(), awsops.Config{Embedded: s.world, EmbeddedKey: key, EmbeddedSecret: secret, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	a, err := cloud.Account(t.Context(), "444455556666", "aws", awsops.Credentials{AssumeRole: "OrganizationAccountAccessRole"})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// shared is a bucket policy that several processes and somebody else write.
type shared struct {
	mu      sync.Mutex
	foreign int                 // statements of somebody else so far
	read    map[string][]string // foreign statements that each process saw last, by its door
	lost    []string
}

func statementIDs(text string) (ids []string, document map[string]any) {
	if json.Unmarshal([]byte(text), &document) != nil {
		return nil, map[string]any{"Version": "2012-10-17"}
	}
	statements, _ := document["Statement"].([]any)
	for _, st := range statements {
		if sid, _ := object(st)["Sid"].(string); sid != "" {
			ids = append(ids, sid)
		}
	}
	return ids, document
}

// add lets somebody else add a statement to the bucket policy.
func (p *shared) add(t *testing.T, a *awsops.Account) {
	text, err := a.BucketPolicy(t.Context(), "us-east-1", "archive-existing")
	if err != nil {
		t.Error(err)
		return
	}
	_, document := statementIDs(text)
	statements, _ := document["Statement"].([]any)
	p.foreign++
	document["Statement"] = append(statements, map[string]any{"Sid": fmt.Sprintf("Foreign%d", p.foreign), "Effect": "Allow", "Action": "s3:GetObject",
		"Principal": map[string]string{"AWS": "arn:aws:iam::123456789012:root"}, "Resource": fmt.Sprintf("arn:aws:s3:::archive-existing/foreign/%d/*", p.foreign)})
	text2, err := json.Marshal(document)
	if err == nil {
		err = a.PutBucketPolicy(t.Context(), "us-east-1", "archive-existing", string(text2))
	}
	if err != nil {
		t.Error(err)
	}
}

func foreignOf(ids []string) (foreign []string) {
	for _, id := range ids {
		if strings.HasPrefix(id, "Foreign") {
			foreign = append(foreign, id)
		}
	}
	return foreign
}

// twoSetups writes the files of two set-ups that share a bucket, its key and the role, each for one account.
func twoSetups(t *testing.T) (files, names []string) {
	t.Helper()
	dir := t.TempDir()
	text, err := os.ReadFile("testdata/setups/central.yaml")
	if err != nil {
		t.Fatal(err)
	}
	whole := strings.Replace(strings.Replace(string(text), "central-flow-logs", "archive-existing", 1), "  create: true", "  create: false", 1)
	for _, drop := range []string{"222233334444", "111122223333"} {
		var kept []string
		for line := range strings.Lines(whole) {
			if !strings.Contains(line, `id: "`+drop) {
				kept = append(kept, line)
			}
		}
		name := "without-" + drop
		file := filepath.Join(dir, name+".yaml")
		if err := os.WriteFile(file, []byte(strings.Replace(strings.Join(kept, ""), "central-logs", name, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		files, names = append(files, file), append(names, name)
	}
	return files, names
}

// TestTwoAtOnce applies two set-ups to one bucket, one key, one role and one managed policy at the same moment, while somebody else
// writes the bucket policy too. Both set-ups' statements must be there each time, and no foreign statement that a process saw last may
// be missing from what it writes.
func TestTwoAtOnce(t *testing.T) {
	times := 5
	if slow {
		times = 50
	}
	files, names := twoSetups(t)
	key := keyOf(t)
	runs := make([]int, times)
	for i := range runs {
		runs[i] = i + 1
	}
	each(t, runs, func(t *testing.T, run int) {
		p := &shared{read: map[string][]string{}}
		var s *served
		var a *awsops.Account
		gets := 0
		s = newServed(t, nil, func(w http.ResponseWriter, r *http.Request, c seen) {
			if !strings.HasPrefix(r.URL.Path, "/archive-existing") || c.operation != "GET policy" && c.operation != "PUT policy" {
				s.handle(w, r)
				return
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			door := r.Host
			if c.write {
				written, _ := statementIDs(string(c.body))
				for _, id := range p.read[door] {
					if !strings.Contains(" "+strings.Join(written, " ")+" ", " "+id+" ") {
						p.lost = append(p.lost, id)
					}
				}
			} else {
				if gets++; gets%2 == run%2 {
					p.add(t, a)
				}
				now, err := a.BucketPolicy(t.Context(), "us-east-1", "archive-existing")
				if err != nil {
					t.Error(err)
				}
				ids, _ := statementIDs(now)
				p.read[door] = foreignOf(ids)
			}
			s.handle(w, r)
		})
		a = archiveAdmin(t, s)
		if err := a.Encrypt(t.Context(), "us-east-1", "archive-existing", key); err != nil {
			t.Fatal(err)
		}
		before, err := a.BucketPolicy(t.Context(), "us-east-1", "archive-existing")
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for i := range files {
			env := s.serve(t.TempDir())
			wg.Go(func() {
				cmd := s.command(env, "apply", "--yes", "-f", files[i], "--wait", "0")
				out, err := cmd.CombinedOutput()
				if code := exitCode(t, err); code != exitWaiting && code != 0 {
					t.Errorf("%s: exit code %d\n%s", names[i], code, out)
				}
			})
		}
		wg.Wait()
		if len(p.lost) > 0 || p.foreign == 0 {
			t.Errorf("of %d foreign statements lost: %v", p.foreign, p.lost)
		}
		for i, file := range files {
			code, out, _ := s.run("plan", "-f", file)
			if code != 0 {
				t.Errorf("%s is not whole: exit code %d\n%s", names[i], code, out)
			}
		}
		after, err := a.BucketPolicy(t.Context(), "us-east-1", "archive-existing")
		if err != nil {
			t.Fatal(err)
		}
		ids, _ := statementIDs(before)
		for _, id := range ids {
			if !strings.Contains(after, `"`+id+`"`) {
				t.Errorf("the statement %s that was there is lost", id)
			}
		}
	})
	t.Logf("%d times two set-ups at once", times)
}

// TestNoSecrets looks for every key and token of a full run in all that the program left: state, call log, output.
func TestNoSecrets(t *testing.T) {
	s := newServed(t, nil, nil)
	log := filepath.Join(t.TempDir(), "calls")
	var all bytes.Buffer
	for _, args := range [][]string{
		{"apply", "--yes", "-f", "testdata/setups/central.yaml", "--output", "json", "--debug", log},
		{"apply", "--yes", "-f", "testdata/setups/per-account.yaml", "--debug", log + "2"},
		{"verify", "central-logs", "--output", "json", "--debug", log + "3"},
		{"revoke", "--yes", "central-logs", "--flow-logs", "--output", "json", "--debug", log + "4"},
		{"setups", "--output", "json"},
	} {
		code, stdout, said := s.run(args...)
		if code != 0 {
			t.Fatalf("%v: exit code %d\n%s", args, code, said)
		}
		all.WriteString(stdout + said)
	}
	files := 0
	for _, dir := range []string{s.state, filepath.Dir(log)} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			all.Write(text)
			info, statErr := d.Info()
			if statErr == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s can be read by others: %v", path, info.Mode())
			}
			files++
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	_, secret := s.world.Credentials()
	s.keep(secret)
	if len(s.secrets) < 10 || files < 8 {
		t.Fatalf("only %d secrets were seen, in %d files", len(s.secrets), files)
	}
	for found := range s.secrets {
		if strings.Contains(all.String(), found) {
			t.Errorf("%.12s… is in what the program left", found)
		}
	}
	t.Logf("%d secrets looked for in %d files and %d bytes: none found", len(s.secrets), files, all.Len())
}

// TestAnotherComesWhileTheReaderTries applies a second set-up in the moment between the first one's look at the role and the reader's attempt.
func TestAnotherComesWhileTheReaderTries(t *testing.T) {
	t.Parallel()
	files, _ := twoSetups(t)
	var came atomic.Bool
	s := newServed(t, nil, nil)
	s.tries = func() {
		if came.CompareAndSwap(false, true) { // its own reader tries, too
			if out, err := s.command(s.env, "apply", "--yes", "-f", files[1]).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		}
	}
	s.must("apply", "--yes", "-f", files[0])
}
