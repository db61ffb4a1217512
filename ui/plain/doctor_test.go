package plain

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
)

// ill is a diagnosis whose texts came from AWS, and are not to be trusted.
var ill = steps.Report{
	Setup: "central-logs", Status: steps.ReportFailed,
	Checks: []steps.Check{
		{ID: "bucket", Account: "444455556666", Status: steps.Pass, Summary: "it is there"},
		{ID: "trust", Account: "444455556666", Target: "R", Status: steps.Fail, Summary: "it asks for another external ID", Evidence: "<b>|*xs-1*|</b>\x1b[2J", Fix: "apply"},
	},
	Causes: []steps.Cause{
		{ID: "external-id-case", Title: "the external IDs differ in upper and lower case", Account: "444455556666", Target: "R\x1b]0;owned\x07", Evidence: "XS-1 and xs-1", Mend: steps.MendHand,
			Fix: "its owner puts in:\n{\n  \"Sid\": \"Reader\"\n}"},
		{ID: "too-early", Title: "it is too early to say", Account: "111122223333", Region: "us-east-1", Target: "vpc-1", Evidence: "made 1m ago", Mend: steps.MendWait, Fix: "wait 19m"},
	},
	Limits: []string{"resource control policies"},
}

func TestDiagnosis(t *testing.T) {
	var out bytes.Buffer
	New(&out, Look{}, central).Diagnosis(ill)
	for _, want := range []string{
		"Diagnosis of central-logs: 2 causes, likeliest first\n",
		"\n1. the external IDs differ in upper and lower case (external-id-case)\n   Where: Account 444455556666 (Log archive), R\n   Evidence: XS-1 and xs-1\n",
		"   Fix, by hand: its owner puts in:\n     {\n       \"Sid\": \"Reader\"\n     }\n",
		"\n2. it is too early to say (too-early)\n", "   To do: wait 19m\n",
		"\nChecks that do not pass\n", "Account 444455556666 (Log archive): trust R: it asks for another external ID\n", "  - resource control policies\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	if strings.ContainsAny(out.String(), "\x1b\x07") || strings.Contains(out.String(), "bucket") {
		t.Errorf("it shows\n%q", out.String())
	}
	out.Reset()
	New(&out, Look{}, central).Diagnosis(steps.Report{Setup: "central-logs", Status: steps.ReportVerified, Checks: ill.Checks[:1]})
	if got := out.String(); got != "Diagnosis of central-logs: healthy (1 of 1 check passed)\n" {
		t.Errorf("it shows %q", got)
	}
	out.Reset() // the same is said once
	twice := ill
	twice.Checks = append(slices.Clone(ill.Checks), ill.Checks...)
	New(&out, Look{}, central).Diagnosis(twice)
	if n := strings.Count(out.String(), "it asks for another external ID"); n != 1 {
		t.Errorf("it says so %d times:\n%s", n, out.String())
	}
	out.Reset() // without a set-up nothing else says what was looked at
	New(&out, Look{}, steps.Setup{}).Diagnosis(steps.Report{Status: steps.ReportVerified, Checks: ill.Checks[:1]})
	if got := out.String(); !strings.Contains(got, "\nLooked at, and well\n") || !strings.Contains(got, ill.Checks[0].Summary) {
		t.Errorf("it shows %q", got)
	}
}

func TestMarkdown(t *testing.T) {
	var out bytes.Buffer
	Markdown(&out, ill)
	want := `| fail | trust | 444455556666 |  | R | it asks for another external ID | &lt;b&gt;\|\*xs-1\*\|&lt;/b&gt; | apply |`
	if !strings.Contains(out.String(), want) || strings.Contains(out.String(), "\x1b") || !strings.HasPrefix(out.String(), "# Proof for central-logs: something is wrong") {
		t.Errorf("it is\n%s", out.String())
	}
}

// Where no cause is named, what could not be proved tells what to do.
func TestDiagnosisWithoutCauses(t *testing.T) {
	var out bytes.Buffer
	open := steps.Report{Setup: "central-logs", Status: steps.ReportUnproven, Checks: []steps.Check{
		{ID: "access.decrypt", Account: "444455556666", Target: "R", Status: steps.Unknown, Summary: "not known", Fix: "let it read the key:\nkms:GetKeyPolicy"}}}
	New(&out, Look{}, central).Diagnosis(open)
	for _, want := range []string{"nothing is wrong, but not all could be proved", "What to do: let it read the key:", "        kms:GetKeyPolicy"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out.String())
		}
	}
}
