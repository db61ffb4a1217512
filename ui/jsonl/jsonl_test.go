package jsonl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/steps"
)

func ptr(s string) *string { return &s }

func TestLines(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 80_000_000, time.FixedZone("", 3600))
	tests := map[string]struct {
		write func(*Writer)
		want  string
	}{
		"plan": {func(w *Writer) {
			w.Plan(&steps.Plan{Setup: steps.Setup{Name: "central"}, Warnings: []string{"mind\x1b[31m"}, Steps: []steps.PlannedStep{
				{Step: steps.StepBucket, Account: "444455556666", Region: "us-east-1", Target: "b", Change: steps.ChangeCreate, Summary: "create <b>", After: ptr("{}"), Reason: "missing"},
				{Step: steps.StepIdentity, Account: "444455556666", Change: steps.ChangeNone, Notes: []string{"n"}, HandOff: "h"},
			}})
		}, `{"version":1,"type":"plan","setup":"central","changes":1,"steps":[` +
			`{"step":"bucket","account":"444455556666","region":"us-east-1","target":"b","change":"create","summary":"create <b>","before":null,"after":"{}","reason":"missing","hand_off":"","notes":[]},` +
			`{"step":"identity","account":"444455556666","region":"","target":"","change":"none","summary":"","before":null,"after":null,"reason":"","hand_off":"h","notes":["n"]}],"warnings":["mind"]}`},
		"step": {func(w *Writer) {
			w.Step(steps.StepEvent{Time: at, Step: steps.StepRole, Account: "444455556666", Target: "r", Status: steps.Done, Change: steps.ChangeCreate, Message: "made"})
		}, `{"version":1,"type":"step","time":"2026-03-04T04:06:07.08Z","step":"role","account":"444455556666","region":"","target":"r","status":"done","change":"create","message":"made"}`},
		"failed step": {func(w *Writer) {
			w.Step(steps.StepEvent{Time: at, Step: steps.StepRole, Status: steps.Failed, Cause: "denied", Fix: "allow"})
		}, `{"version":1,"type":"step","time":"2026-03-04T04:06:07.08Z","step":"role","account":"","region":"","target":"","status":"failed","change":"none","message":"","cause":"denied","fix":"allow","request_id":""}`},
		"report": {func(w *Writer) {
			w.Report(steps.Report{Setup: "central", Status: steps.ReportUnproven, Checks: []steps.Check{{ID: "access.list", Status: steps.Unknown, Summary: "s", Evidence: "e", Fix: "f"}}})
		}, `{"version":1,"type":"report","setup":"central","status":"unproven","checks":[{"id":"access.list","account":"","region":"","target":"","status":"unknown","summary":"s","evidence":"e","fix":"f"}],"limits":[]}`},
		"question": {func(w *Writer) {
			w.Question(steps.Question{ID: "apply", Kind: steps.AskConfirm, Text: "Apply?", Flag: "--yes"})
		}, `{"version":1,"type":"question","id":"apply","kind":"confirm","text":"Apply?","flag":"--yes"}`},
		"result, centralized": {func(w *Writer) {
			w.Result(steps.Result{Setup: "central", Status: steps.ResultWaiting, Changed: 2, Made: []string{"a"}, NotMade: []string{"b"},
				Portal: &steps.Portal{AccountName: "Log", AccountID: "444455556666", RoleName: "r", ExternalID: "xs", BucketARN: "arn:aws:s3:::b"}})
		}, `{"version":1,"type":"result","setup":"central","status":"waiting","changed":2,"made":["a"],"not_made":["b"],` +
			`"portal":{"account_name":"Log","account_id":"444455556666","iam_role_name":"r","external_id":"xs","s3_bucket_arn":"arn:aws:s3:::b"}}`},
		"result, per account": {func(w *Writer) { w.Result(steps.Result{Setup: "one", Status: steps.ResultUnchanged}) },
			`{"version":1,"type":"result","setup":"one","status":"unchanged","changed":0,"made":[],"not_made":[],"portal":null}`},
		"no step failed": {func(w *Writer) { w.Failed(errors.New("other")) }, ``},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			tt.write(New(&out))
			if got := strings.TrimSuffix(out.String(), "\n"); got != tt.want {
				t.Errorf("wrote\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// TestFailedSteps wants a line for each step that failed at once, and the error found where it is wrapped.
func TestFailedSteps(t *testing.T) {
	var out bytes.Buffer
	w := New(&out)
	w.Failed(fmt.Errorf("plan: %w", steps.StepErrors{{Step: steps.StepRole, Cause: "one"}, {Step: steps.StepBucket, Cause: "two"}}))
	w.Failed(fmt.Errorf("plan: %w", &steps.StepError{Step: steps.StepTrust, Cause: "three"}))
	var causes []string
	for line := range strings.Lines(out.String()) {
		var got struct{ Type, Status, Cause string }
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		if got.Type != "step" || got.Status != "failed" {
			t.Errorf("type %q, status %q", got.Type, got.Status)
		}
		causes = append(causes, got.Cause)
	}
	if got := strings.Join(causes, " "); got != "one two three" {
		t.Errorf("causes %q", got)
	}
}

// slow is a reader of the output that takes nothing until it is let go.
type slow struct {
	bytes.Buffer
	gate chan struct{}
}

func (s *slow) Write(b []byte) (int, error) {
	<-s.gate
	return s.Buffer.Write(b)
}

// TestWatchNeverBlocks emits from many goroutines while nobody reads: all come back, and all lines are there in the end, whole.
func TestWatchNeverBlocks(t *testing.T) {
	out := &slow{gate: make(chan struct{})}
	answered := make(chan string, 1)
	emit, end := New(out).Watch(func(q steps.Question) { answered <- q.ID })
	var wg sync.WaitGroup
	const many = 50
	for i := range many {
		wg.Go(func() {
			emit(steps.StepEvent{Key: i, Step: steps.StepRole, Status: steps.Running, Message: strings.Repeat("x", 5000)})
		})
	}
	wg.Wait()
	emit(steps.Question{ID: "delete-replaced"})
	close(out.gate)
	end()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != many+1 {
		t.Fatalf("%d lines, want %d", len(lines), many+1)
	}
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %.80s", line)
		}
	}
	if id := <-answered; id != "delete-replaced" {
		t.Errorf("answered %q", id)
	}
}
