package steps_test

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// A trust policy that asks for the external ID only of who sends one is no proof of entry.
func TestProofFailsWhereNoExternalIDServes(t *testing.T) {
	for name, change := range map[string]func(trust string) string{
		"no external ID": func(trust string) string {
			return strings.Replace(trust, `"StringEquals"`, `"StringEqualsIfExists"`, 1)
		},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, centralFile)
			l.expect(l.apply(s), steps.ResultVerified)
			a := l.admin(archive)
			trust, err := a.Trust(t.Context(), s.Account.Role)
			l.must(err)
			changed := change(strings.Join(strings.Fields(trust), ""))
			if changed == strings.Join(strings.Fields(trust), "") {
				t.Fatalf("nothing changed in %s", trust)
			}
			l.must(a.PutTrust(t.Context(), s.Account.Role, changed))
			failed := false
			for _, c := range l.verify(s).Checks {
				failed = failed || c.ID == "access.assume" && c.Status == steps.Fail
			}
			if !failed {
				t.Error("the proof of who may enter passed")
			}
		})
	}
}
