package wizard

import (
	"regexp"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
)

// What does not fit is told by the names of the questions, never by keys of the set-up file.
func TestFaultsAreToldByTheirQuestions(t *testing.T) {
	for _, mode := range []steps.Mode{steps.Centralized, steps.PerAccount} {
		s := steps.NewSetup(mode)
		s.Name, s.Bucket.ARN, s.Bucket.KMSKeyARN, s.FlowLogs.Regions, s.FlowLogs.Traffic = "a b", "x y", "nokey", []string{"nowhere"}, "SOME"
		s.Account.Credentials.AssumeRole, s.ResourceAccounts = "no role", []steps.ResourceAccount{{ID: "12", Name: "twelve"}}
		faults := s.Check()
		if len(faults) < 8 {
			t.Fatalf("%d faults: %v", len(faults), faults)
		}
		for _, f := range faults {
			said := answerFault(f, mode)
			if f.Field != "" && strings.HasPrefix(said, f.Field) || regexp.MustCompile(`[a-z]_[a-z]`).MatchString(said) {
				t.Errorf("%s is told as %q", f.Field, said)
			}
		}
	}
}
