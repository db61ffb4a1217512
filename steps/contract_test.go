package steps_test

import (
	"os"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

func TestAResourceAccountMayOverrideWhatIsLogged(t *testing.T) {
	for _, form := range []string{`regions: [eu-west-1], vpcs: [vpc-0123abcd]`, `flow_logs: {regions: [eu-west-1], vpcs: [vpc-0123abcd]}`} {
		s := setup(t, centralFile, `name: Payments, `, `name: Payments, `+form+`, `)
		got := s.Logged()[0]
		if len(got.Regions) != 1 || got.Regions[0] != "eu-west-1" || got.VPCs.All || !got.VPCs.Has("vpc-0123abcd") {
			t.Errorf("%s gives %+v", form, got)
		}
	}
}

// The file in testdata has every key that a set-up file can have, those with their defaults too.
func TestTheFullSetupFile(t *testing.T) {
	inBubble(t, "full", func(t *testing.T) {
		text, err := os.ReadFile("testdata/full.yaml")
		if err != nil {
			t.Fatal(err)
		}
		s, err := steps.ParseSetup("full.yaml", text)
		if err != nil {
			t.Fatal(err)
		}
		l := newLab(t, sandbox.Options{})
		l.expect(l.apply(s), steps.ResultVerified)
		l.expect(l.apply(s), steps.ResultUnchanged)
	})
}
