package steps_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// Right after apply nothing is wrong, only nothing can be said yet.
func TestTooEarlyToSay(t *testing.T) {
	inBubble(t, "early", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile)
		l.run(t.Context(), l.plan(s), 0)
		r := l.diagnose(s)
		if r.Status != steps.ReportUnproven || len(r.Causes) != 2 || r.Causes[0].ID != "too-early" || r.Causes[0].Mend != steps.MendWait {
			t.Errorf("found are %s, %s", r.Status, causeIDs(r))
			l.blame(r)
		}
		time.Sleep(time.Minute)
		if r := l.diagnose(s); r.Status != steps.ReportVerified || len(r.Causes) > 0 {
			t.Errorf("a minute later it is %s, %s", r.Status, causeIDs(r))
		}
	})
}

func TestSetupThatWasNeverApplied(t *testing.T) {
	for name, file := range map[string]string{"centralized": centralFile, "per account": perAccountFile} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, file)
			if r := l.diagnose(s); len(r.Causes) == 0 || r.Causes[0].ID != "not-set-up" {
				t.Errorf("found are %s, %s", r.Status, causeIDs(r))
			}
		})
	}
}

// What AWS lets nobody ask is told, and nothing fails for it.
func TestDiagnosisTellsWhatItCannotSee(t *testing.T) {
	inBubble(t, "denied", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile)
		l.expect(l.apply(s), steps.ResultVerified)
		faults := []sandbox.Fault{}
		for _, text := range []string{"iam:SimulatePrincipalPolicy=deny", "organizations:ListParents=deny", "cloudtrail:LookupEvents=deny"} {
			f, err := sandbox.ParseFault(text)
			l.must(err)
			faults = append(faults, f)
		}
		blind := newLab(t, sandbox.Options{Faults: faults})
		blind.expect(blind.apply(s), steps.ResultVerified)
		time.Sleep(time.Minute)
		r := blind.diagnose(s)
		if r.Status != steps.ReportVerified || len(r.Causes) > 0 {
			t.Errorf("it is %s, %s", r.Status, causeIDs(r))
		}
		for _, part := range []string{"service control policies", "simulator could not be asked"} {
			if !slices.ContainsFunc(r.Limits, func(l string) bool { return strings.Contains(l, part) }) {
				t.Errorf("the limits do not tell of %s: %q", part, r.Limits)
			}
		}
		l.must(blind.admin(archive).DeleteBucketPolicy(t.Context(), "us-east-1", hubBucket))
		r = blind.diagnose(s)
		if len(r.Causes) == 0 || r.Causes[0].ID != "bucket-policy-missing" || !slices.ContainsFunc(r.Limits, func(l string) bool { return strings.Contains(l, "CloudTrail") }) {
			t.Errorf("found are %s, limits %q", causeIDs(r), r.Limits)
		}
		// Where it may, it sees: the simulator agrees, and CloudTrail says who did it.
		l.must(l.admin(archive).DeleteBucketPolicy(t.Context(), "us-east-1", hubBucket))
		r = l.diagnose(s)
		if len(r.Causes) == 0 || !strings.Contains(r.Causes[0].Evidence, "CloudTrail: DeleteBucketPolicy by arn:aws:sts::444455556666:assumed-role/OrganizationAccountAccessRole/") {
			t.Errorf("CloudTrail says nothing: %s", causeIDs(r))
		}
		if !slices.ContainsFunc(r.Checks, func(c steps.Check) bool { return c.ID == "access.simulation" && c.Status == steps.Pass }) {
			t.Error("the simulator was not asked")
			l.tell(r)
		}
		if slices.ContainsFunc(r.Limits, func(l string) bool { return strings.Contains(l, "service control policies and") }) {
			t.Errorf("service control policies were read, and the limits say otherwise: %q", r.Limits)
		}
	})
}

// How old the logs are counts only where it is asked for.
func TestNewestLogsMayBeOnlySoOld(t *testing.T) {
	inBubble(t, "age", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile)
		l.expect(l.apply(s), steps.ResultVerified)
		for limit, want := range map[time.Duration]steps.ReportStatus{0: steps.ReportVerified, time.Hour: steps.ReportVerified, time.Second: steps.ReportFailed} {
			time.Sleep(2 * time.Second)
			r, err := l.engine.Prove(t.Context(), s, steps.ProofOptions{MaxAge: limit})
			l.must(err)
			if r.Status != want {
				t.Errorf("with at most %s it is %s", limit, r.Status)
				l.blame(r)
			}
		}
	})
}

// What bucket and bucket policy let in besides is found.
func TestVerifyFindsWhatIsOpenToOthers(t *testing.T) {
	for check, statement := range map[string]string{
		"bucket-policy.scoped": `{"Sid":"Anyone","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::archive-existing/*"}`,
		"bucket.public":        `{"Sid":"Open","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::archive-existing/audit/*"}`,
	} {
		inBubble(t, check, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, centralFile, "central-flow-logs", existing)
			l.expect(l.apply(s), steps.ResultVerified)
			if check == "bucket.public" {
				l.openToPublic(existing)
			}
			l.addToBucketPolicy(existing, statement)
			r := l.verify(s)
			if got := failing(r); !slices.Contains(got, check) {
				t.Errorf("verify fails %v", got)
				l.tell(r)
			}
		})
	}
}

// A service control policy that cannot be read is known by what IAM's simulator says of it.
func TestSCPThatOnlyTheSimulatorSees(t *testing.T) {
	inBubble(t, "simulated", func(t *testing.T) {
		unread, err := sandbox.ParseFault("organizations:ListParents=deny")
		if err != nil {
			t.Fatal(err)
		}
		l := newLab(t, sandbox.Options{Faults: []sandbox.Fault{unread}})
		s := setup(t, centralFile)
		l.expect(l.apply(s), steps.ResultVerified)
		l.must(l.world.Break("scp-deny"))
		time.Sleep(time.Minute)
		r := l.diagnose(s)
		if len(r.Causes) == 0 || r.Causes[0].ID != "scp-deny" || !strings.Contains(r.Causes[0].Evidence, "by the simulator") {
			t.Errorf("found are %s", causeIDs(r))
			l.blame(r)
		}
	})
}
