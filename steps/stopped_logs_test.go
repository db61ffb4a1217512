package steps_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// Logs that came once and come no more are found, though everything is as it should be.
func TestLogsThatStoppedAreFound(t *testing.T) {
	inBubble(t, "bucket", func(t *testing.T) {
		state := filepath.Join(t.TempDir(), "sandbox.json")
		l := newLab(t, sandbox.Options{State: state})
		l.file = state
		s := setup(t, centralFile)
		l.expect(l.apply(s), steps.ResultVerified)
		l.quiet()
		time.Sleep(3 * time.Hour)
		if r := l.diagnose(s); r.Status != steps.ReportVerified || len(r.Causes) > 0 {
			t.Errorf("after a quiet evening the diagnosis says %s, %s", r.Status, causeIDs(r))
		}
		strict := steps.ProofOptions{MaxAge: 2 * time.Hour}
		if r, err := l.engine.Prove(t.Context(), s, strict); err != nil || r.Status != steps.ReportFailed {
			t.Errorf("verify says %s, %v", r.Status, err)
		}
		if r, err := l.engine.DiagnoseWith(t.Context(), s, strict); err != nil || r.Status != steps.ReportFailed || len(r.Causes) == 0 || r.Causes[0].ID != "no-traffic" {
			t.Errorf("asked for logs of two hours, the diagnosis says %s, %s, %v", r.Status, causeIDs(r), err)
		}
		time.Sleep(24 * time.Hour)
		if r := l.diagnose(s); r.Status != steps.ReportUnproven || len(r.Causes) == 0 || r.Causes[0].ID != "no-traffic" {
			t.Errorf("the diagnosis says %s, %s", r.Status, causeIDs(r))
			l.blame(r)
		}
		l.editWorld("quiet")
		time.Sleep(time.Hour)
		if r := l.diagnose(s); r.Status != steps.ReportVerified || len(r.Causes) > 0 {
			t.Errorf("once there is traffic again it is %s, %s", r.Status, causeIDs(r))
		}
	})
}

// quiet lets nothing in the VPCs talk.
func (l *lab) quiet() {
	l.Helper()
	text, err := os.ReadFile(l.file)
	l.must(err)
	now := bytes.ReplaceAll(text, []byte(`"cidr":`), []byte(`"quiet":true,"cidr":`))
	if bytes.Equal(now, text) {
		l.Fatalf("no VPC in %.2000s", text)
	}
	l.must(os.WriteFile(l.file+".new", now, 0o600))
	l.must(os.Rename(l.file+".new", l.file))
}
