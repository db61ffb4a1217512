package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func iamOf(s *Sandbox) *iam.Client { return iam.NewFromConfig(s.config(homeRegion)) }

func makeRole(s *Sandbox, name string) error {
	_, err := iamOf(s).CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(trustOf(rootARN(vendorAccount), ""))})
	return err
}

func hasRole(t *testing.T, s *Sandbox, name string) bool {
	t.Helper()
	_, err := iamOf(s).GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if err != nil && code(err) != "NoSuchEntity" {
		t.Fatal(err)
	}
	return err == nil
}

func TestStateIsSharedBetweenProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "sandbox.json")
	one, two := openTest(t, Options{State: path}), openTest(t, Options{State: path})
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("state file: %v %v, want mode 0600", info, err)
	}
	for i := range 20 { // each sees at once what the other did
		writer, reader := one, two
		if i%2 == 1 {
			writer, reader = two, one
		}
		name := fmt.Sprintf("R%d", i)
		if err := makeRole(writer, name); err != nil {
			t.Fatal(err)
		}
		if !hasRole(t, reader, name) {
			t.Fatalf("role %s is not seen by the other", name)
		}
	}
	// A session that one made is good for the other.
	cfg := two.config(homeRegion)
	cfg.Credentials = assumed(t, one.config(homeRegion), archiveAccount).Credentials
	if _, err := s3Client(cfg).ListBuckets(ctx, nil); err != nil {
		t.Error(err)
	}
	if err := Reset(path); err != nil {
		t.Fatal(err)
	}
	if hasRole(t, one, "R0") || hasRole(t, two, "R0") {
		t.Error("the role is still there after a reset")
	}
	if err := Reset(path); err != nil {
		t.Errorf("resetting twice: %v", err)
	}
}

// Nothing is lost when several processes and many callers write at the same time.
func TestConcurrentWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sandbox.json")
	boxes := []*Sandbox{openTest(t, Options{State: path}), openTest(t, Options{State: path})}
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			if err := makeRole(boxes[i%2], fmt.Sprintf("R%d", i)); err != nil {
				t.Error(err)
			}
			if _, err := sts.NewFromConfig(boxes[(i+1)%2].config(homeRegion)).GetCallerIdentity(ctx, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	fresh := openTest(t, Options{State: path})
	ids := map[string]bool{}
	for i := range 60 {
		out, err := iamOf(fresh).GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(fmt.Sprintf("R%d", i))})
		if err != nil {
			t.Fatal(err)
		}
		ids[*out.Role.RoleId] = true
	}
	if len(ids) != 60 {
		t.Errorf("%d different ids for 60 roles", len(ids))
	}
}

// What is in memory after every kind of write is what is in the file.
func TestFileHoldsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sandbox.json")
	l := newLab(t)
	l.s = openTest(t, Options{State: path, Now: l.s.opts.Now})
	same := func(after string) {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		onFile, err := loadWorld(text)
		if err != nil {
			t.Fatal(err)
		}
		l.s.mu.Lock()
		defer l.s.mu.Unlock()
		want, _ := json.Marshal(l.s.w)
		got, _ := json.Marshal(onFile)
		if !bytes.Equal(want, got) {
			t.Errorf("after %s the file is not what is in memory", after)
		}
	}
	l.bucket("logs", paymentsAccount)
	same("making a bucket")
	_, err := l.ec2(paymentsAccount, homeRegion).CreateFlowLogs(ctx, flowLogInput("logs", l.vpcs(paymentsAccount, homeRegion)...))
	l.must(err)
	same("making flow logs")
	l.pass(1 << 36) // a minute: objects have been delivered into an account and a bucket that the next call is not about
	l.must(makeRole(l.s, "R"))
	same("a delivery")
	_, err = l.s3(archiveAccount, homeRegion).PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("logs"), Key: aws.String("k"), Body: strings.NewReader("x")})
	l.must(err)
	same("an object")
	// AWS adds the delivery statements to a bucket of the same account.
	_, err = l.s3(paymentsAccount, homeRegion).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("own")})
	l.must(err)
	_, err = l.ec2(paymentsAccount, homeRegion).CreateFlowLogs(ctx, flowLogInput("own", l.vpcs(paymentsAccount, homeRegion)[0]))
	l.must(err)
	same("the automatic bucket policy")
	_, err = l.s3(paymentsAccount, homeRegion).DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: aws.String("own")})
	l.must(err)
	_, err = l.s3(paymentsAccount, homeRegion).DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String("own")})
	l.must(err)
	same("deleting a bucket")
	vpcs, err := ec2.NewFromConfig(l.as(storefrontAccount, secondRegion)).DescribeVpcs(ctx, nil)
	l.must(err)
	if len(vpcs.Vpcs) != 1 {
		t.Errorf("%d VPCs", len(vpcs.Vpcs))
	}
}

func TestStateThatCannotBeRead(t *testing.T) {
	for _, test := range []struct{ name, text, says string }{
		{"newer", `{"version":99,"accounts":{}}`, "newer flowgrant"},
		{"torn", `{"version":1,"accounts":{"1234`, "damaged"},
		{"empty", ``, "damaged"},
		{"something else", `{"version":1}`, "damaged"},
		{"wrong type", `{"version":1,"organization":{"id":"o-x"},"accounts":[]}`, "damaged"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sandbox.json")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(Options{State: path})
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "sandbox reset") || !strings.Contains(err.Error(), path) {
				t.Errorf("error is %v, want one that names the file, says %q and how to reset", err, test.says)
			}
			if text, _ := os.ReadFile(path); string(text) != test.text {
				t.Error("the file was changed")
			}
		})
	}
}

// A process that is killed while it writes leaves a whole file with everything that was answered.
func TestKilledProcess(t *testing.T) {
	if path := os.Getenv("SANDBOX_TEST_WRITER"); path != "" {
		s := openTest(t, Options{State: path})
		for i := 0; ; i++ {
			if err := makeRole(s, fmt.Sprintf("R%d", i)); err != nil {
				t.Fatal(err)
			}
			fmt.Printf("made %d\n", i)
		}
	}
	path := filepath.Join(t.TempDir(), "sandbox.json")
	for range 3 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledProcess$")
		cmd.Env = append(os.Environ(), "SANDBOX_TEST_WRITER="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		last := -1
		for last < 40 {
			var n int
			if _, err := fmt.Fscanf(out, "made %d\n", &n); err != nil {
				t.Fatal(err)
			}
			last = n
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		s := openTest(t, Options{State: path})
		if !hasRole(t, s, fmt.Sprintf("R%d", last)) {
			t.Fatalf("role R%d was answered and is not in the file", last)
		}
		if err := Reset(path); err != nil {
			t.Fatal(err)
		}
	}
}

// A state that cannot be written is an error of the call, and nothing stays in memory that is not in the file.
func TestStateThatCannotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sandbox.json")
	s := openTest(t, Options{State: path})
	if err := os.Mkdir(path+".new", 0o700); err != nil {
		t.Fatal(err)
	}
	cfg := s.config(homeRegion)
	cfg.RetryMaxAttempts = 1
	_, err := iam.NewFromConfig(cfg).CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("R"), AssumeRolePolicyDocument: aws.String(trustOf(rootARN(vendorAccount), ""))})
	if code(err) != "InternalFailure" {
		t.Errorf("error is %v, want InternalFailure", err)
	}
	if err := os.Remove(path + ".new"); err != nil {
		t.Fatal(err)
	}
	if hasRole(t, s, "R") {
		t.Error("the role that could not be saved is there")
	}
	if err := makeRole(s, "R"); err != nil {
		t.Error(err)
	}
}

func TestContextEndsACall(t *testing.T) {
	s := openTest(t, Options{RTT: 1 << 40})
	ended, cancel := context.WithCancel(ctx)
	cancel()
	r, _ := http.NewRequestWithContext(ended, http.MethodGet, "http://s3.us-east-1.amazonaws.com/", nil)
	if _, err := s.RoundTrip(r); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

// Another process sees a change by the file's time, so two writes never share one.
func TestEveryWriteHasItsTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sandbox.json")
	first, err := writeState(path, [][]byte{[]byte("a")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ahead := first.ModTime().Add(time.Hour)
	if err := os.Chtimes(path, ahead, ahead); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	after, err := writeState(path, [][]byte{[]byte("b")}, before)
	if err != nil || !after.ModTime().After(before.ModTime()) {
		t.Errorf("written at %v after %v: %v", after.ModTime(), before.ModTime(), err)
	}
}
