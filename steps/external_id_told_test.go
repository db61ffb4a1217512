package steps_test

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// Without an external ID in the set-up nothing tells that the role asks for another one than the portal shows: the reader's refusal names it.
func TestARefusalNamesThePortalsExternalID(t *testing.T) {
	inBubble(t, "per-account", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, strings.Replace(perAccountFile, ", external_id: xs-7f3a91", "", 1))
		l.expect(l.apply(s), steps.ResultVerified)
		l.must(l.world.Break("external-id-mismatch"))
		for _, c := range l.verify(s).Checks {
			if c.ID == "access.real" && c.Status == steps.Fail && strings.Contains(c.Fix, "give xs-7f3a91 as the external ID") {
				return
			}
		}
		t.Error("no check says which external ID to give")
	})
}
