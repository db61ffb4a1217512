package plain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/flowgrant/flowgrant/steps"
)

func ptr(s string) *string { return &s }

var central = steps.Setup{
	Name: "central-logs", Mode: steps.Centralized,
	Reader:  steps.ReaderAnswers{Kind: "xshield", Account: "999988887777", ExternalID: "xs-7f3a91"},
	Account: steps.AccountAnswers{ID: "444455556666", Name: "Log archive", Role: "ColortokensHubFlowLogsRole"},
	Bucket:  steps.BucketAnswers{ARN: "arn:aws:s3:::central-flow-logs"},
	ResourceAccounts: []steps.ResourceAccount{
		{ID: "111122223333", Name: "Payments\x1b]0;owned\x07"},
	},
}

var plan = &steps.Plan{
	Setup:    central,
	Warnings: []string{"The granted ARNs cover more than flow logs: everything else under AWSLogs/111122223333/ can be read as well."},
	Steps: []steps.PlannedStep{
		{Step: steps.StepIdentity, Account: "444455556666", Target: "OrganizationAccountAccessRole", Change: steps.ChangeNone, Summary: "acting as OrganizationAccountAccessRole"},
		{Step: steps.StepBucket, Account: "444455556666", Region: "us-east-1", Target: "central-flow-logs", Change: steps.ChangeCreate,
			Summary: "create the bucket with public access blocked, owner enforced and SSE-S3 encryption, and a TLS-only policy", Reason: "there is no bucket of that name"},
		{Step: steps.StepKeyPolicy, Account: "555566667777", Region: "us-east-1", Target: "arn:aws:kms:us-east-1:555566667777:key/0a1b", Change: steps.ChangeHandOff,
			Summary: "let the delivery service use the key", Reason: "the key belongs to account 555566667777", HandOff: "{\n  \"Sid\": \"Allow\"\n}"},
		{Step: steps.StepTrust, Account: "444455556666", Target: "ColortokensHubFlowLogsRole", Change: steps.ChangeUpdate, Summary: "change the trust policy",
			Before: ptr(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"sts:AssumeRole"}]}`),
			After:  ptr(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:role/R"},"Action":"sts:AssumeRole"}]}`),
			Reason: "it does not ask for the external ID", Notes: []string{"other principals stay"}},
		{Step: steps.StepFlowLogs, Account: "111122223333", Region: "us-east-1", Target: "vpc-1, vpc-2\x1b[2J", Change: steps.ChangeReplace, Summary: "create 2 flow logs", Reason: "tcp-flags is missing"},
		{Step: steps.StepPermissions, Account: "444455556666", Change: steps.ChangeBlocked, Summary: "the policy is past its limit", Reason: "by 12 characters"},
	},
}

var report = steps.Report{
	Setup: "central-logs", Status: steps.ReportFailed,
	Checks: []steps.Check{
		{ID: "bucket", Account: "444455556666", Region: "us-east-1", Target: "central-flow-logs", Status: steps.Pass, Summary: "public access is blocked", Evidence: "all four settings are on"},
		{ID: "trust", Account: "444455556666", Target: "R", Status: steps.Pass, Summary: "it lets the reader in", Evidence: "{\n  \"Sid\": \"Reader\"\n}"},
		{ID: "access.beyond", Account: "444455556666", Status: steps.Fail, Summary: "the reader can write", Evidence: "s3:PutObject is allowed by the statement Everything of policy Admin", Fix: "take the statement out"},
		{ID: "portal", Status: steps.Unknown, Summary: "only the portal shows this", Fix: "press Verify there"},
	},
	Limits: []string{"service control policies cannot be read from a member account"},
}

var result = steps.Result{
	Setup: "central-logs", Status: steps.ResultWaiting, Changed: 3, Made: []string{"bucket central-flow-logs", "role ColortokensHubFlowLogsRole"},
	NotMade: []string{"key-policy: let the delivery service use the key (the key belongs to account 555566667777)"},
	Portal:  &steps.Portal{AccountName: "Log archive", AccountID: "444455556666", RoleName: "ColortokensHubFlowLogsRole", ExternalID: "xs-7f3a91", BucketARN: "arn:aws:s3:::central-flow-logs"},
	Report:  report,
}

func TestViews(t *testing.T) {
	views := map[string]func(*Printer){
		"plan":   func(p *Printer) { p.Plan(plan) },
		"report": func(p *Printer) { p.Report(report) },
		"result": func(p *Printer) { p.Result(result) },
	}
	for name, show := range views {
		for _, width := range []int{0, 60, 80, 120} {
			t.Run(fmt.Sprintf("%s/%d", name, width), func(t *testing.T) {
				var out bytes.Buffer
				show(New(&out, Look{Width: width}, central))
				for line := range strings.Lines(out.String()) {
					if w := ansi.StringWidth(line); width > 0 && w > width && strings.Contains(strings.TrimSpace(line), " ") && !strings.Contains(line, "{") {
						t.Errorf("%d columns: %q", w, line)
					}
				}
				golden.RequireEqual(t, out.Bytes())
			})
		}
	}
}

// TestColour wants colours only where they are asked for, and the same text either way.
func TestColour(t *testing.T) {
	var with, without bytes.Buffer
	New(&with, Look{Width: 80, Color: true}, central).Plan(plan)
	New(&without, Look{Width: 80}, central).Plan(plan)
	if strings.Contains(without.String(), "\x1b") {
		t.Error("escape codes without colour: text from AWS was not cleaned, or colour is on")
	}
	if !strings.Contains(with.String(), "\x1b[32m+") {
		t.Error("no green plus sign with colour")
	}
	if got := ansi.Strip(with.String()); got != without.String() {
		t.Errorf("the coloured text differs:\n%s\nwant\n%s", got, without.String())
	}
}

func TestASCII(t *testing.T) {
	var out bytes.Buffer
	New(&out, Look{Width: 80, ASCII: true}, central).Plan(plan)
	for _, symbol := range []string{"→", "±"} {
		if strings.Contains(out.String(), symbol) {
			t.Errorf("%s in an ASCII plan", symbol)
		}
	}
}

func TestLookFor(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("LC_ALL", "")
	t.Setenv("LC_CTYPE", "")
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	for locale, ascii := range map[string]bool{"C": true, "de_DE.ISO-8859-1": true, "en_US.UTF-8": false, "C.utf8": false, "": false} {
		t.Setenv("LANG", locale)
		if got, want := LookFor(file), (Look{ASCII: ascii}); got != want {
			t.Errorf("LANG=%s: %+v, want %+v", locale, got, want)
		}
	}
}

// TestWatch shows a run: each new status once, a word after ten seconds of silence, and the cause and the fix of a failure.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		emit, end := New(&out, Look{Width: 80}, central).Watch(func(steps.Question) { t.Error("asked") })
		bucket := steps.StepEvent{Key: 0, Step: steps.StepBucket, Account: "444455556666", Region: "us-east-1", Target: "b", Status: steps.Running, Message: "create the bucket"}
		emit(bucket)
		time.Sleep(2 * time.Second)
		bucket.Status, bucket.Message = steps.Done, "created"
		emit(bucket)
		wait := steps.StepEvent{Key: 1, Step: steps.StepDelivery, Account: "111122223333", Status: steps.Waiting, Message: "0 of 2 VPCs have delivered", Usually: 10 * time.Minute}
		emit(wait)
		for range 4 { // the same news again is no news
			time.Sleep(3 * time.Second)
			emit(wait)
		}
		time.Sleep(5 * time.Minute)
		emit(steps.StepEvent{Key: 1, Step: steps.StepDelivery, Account: "111122223333", Status: steps.Failed, Message: "read the first object", Cause: "denied", Fix: "allow it"})
		end()
		got := out.String()
		for _, want := range []string{
			"  0:00  start    bucket b (444455556666, us-east-1): create the bucket\n",
			"  0:02  done     bucket b (444455556666, us-east-1): created\n",
			"  0:02  wait     delivery (111122223333): 0 of 2 VPCs have delivered (usually 10\n                 min)\n",
			"  0:12  working  delivery (111122223333) for 10 s, usually 10 min\n",
			"  5:14  FAILED   delivery (111122223333): read the first object\n",
			"Cause: denied\n", "What to do: allow it\n",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("missing %q in\n%s", want, got)
			}
		}
		if n := strings.Count(got, "0 of 2 VPCs"); n != 1 {
			t.Errorf("the same news %d times", n)
		}
		if n := strings.Count(got, "working"); n < 29 || n > 32 {
			t.Errorf("%d heartbeats in 312 seconds of silence", n)
		}
	})
}

// TestQuestions answers in a run by a person, while the run's other events wait in order behind the question.
func TestQuestions(t *testing.T) {
	in, person := io.Pipe()
	var asked, out bytes.Buffer
	asker := NewAsker(in, &asked)
	emit, end := New(&out, Look{Width: 80}, central).Watch(func(q steps.Question) { asker.Ask(t.Context(), q) })
	answers := make(chan string, 1)
	emit(steps.Question{Kind: steps.AskConfirm, Text: "Delete fl-1?", Answer: func(a string, ok bool) { answers <- fmt.Sprint(a, ok) }})
	emit(steps.StepEvent{Step: steps.StepPortal, Status: steps.Done, Message: "after"})
	if _, err := person.Write([]byte("yes\n")); err != nil {
		t.Fatal(err)
	}
	end()
	if got := <-answers; got != "yestrue" && got != "yes true" {
		t.Errorf("answered %q", got)
	}
	if !strings.Contains(asked.String(), "Delete fl-1?") || !strings.Contains(out.String(), "after") {
		t.Errorf("asked %q, shown %q", asked.String(), out.String())
	}
}

func TestConfirm(t *testing.T) {
	for typed, want := range map[string]bool{"yes\n": true, "YES \n": true, "y\n": false, "no\n": false, "\n": false, "": false, "yes": true} {
		got, err := NewAsker(strings.NewReader(typed), io.Discard).Confirm(t.Context(), "Apply?")
		if err != nil || got != want {
			t.Errorf("%q: %v, %v; want %v", typed, got, err, want)
		}
	}
}

// TestConfirmInterrupted ends a question when the program is asked to end, though nobody types.
func TestConfirmInterrupted(t *testing.T) {
	in, _ := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewAsker(in, io.Discard).Confirm(ctx, "Apply?"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestDecline(t *testing.T) {
	var out bytes.Buffer
	answered := "none"
	New(&out, Look{Width: 80}, steps.Setup{}).Decline(steps.Question{Text: "Delete the old flow log?", Flag: "flow_logs.delete_replaced", Answer: func(a string, ok bool) { answered = fmt.Sprint(a, ok) }})
	if answered != "false" && answered != " false" || !strings.Contains(out.String(), "flow_logs.delete_replaced") {
		t.Errorf("answered %q, said %q", answered, out.String())
	}
}

// TestFailure wants what was tried, the cause and what to do, whatever failed.
func TestFailure(t *testing.T) {
	step := &steps.StepError{Step: steps.StepRole, Account: "444455556666", Target: "R", Tried: "create the role", Cause: "denied\x1b[2J", Fix: "allow iam:CreateRole", RequestID: "req-1"}
	tests := map[string]struct {
		err  error
		want []string
	}{
		"a step":       {fmt.Errorf("plan: %w", step), []string{"step role R (444455556666) failed\n", "Cause: could not create the role: denied\n", "What to do: allow iam:CreateRole\n", "Request id: req-1\n"}},
		"many steps":   {steps.StepErrors{step, {Step: steps.StepBucket, Cause: "gone"}}, []string{"step role R", "step bucket failed\n", "Cause: gone\n"}},
		"a bad file":   {steps.Faults{{File: "f.yaml", Line: 3, Field: "name", Problem: "is empty", Accepted: "letters"}, {File: "f.yaml", Field: "mode", Problem: "is not known"}}, []string{"f.yaml:3: name: is empty; accepted: letters\n", "mode: is not known\n", "nothing was read from or written to AWS"}},
		"another kind": {errors.New("it broke"), []string{"flowgrant: it broke\n"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			New(&out, Look{Width: 80}, steps.Setup{}).Failure(tt.err)
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("missing %q in\n%s", want, out.String())
				}
			}
			if strings.Contains(out.String(), "\x1b") {
				t.Error("an escape sequence came through")
			}
		})
	}
}
