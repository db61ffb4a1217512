package steps_test

import (
	"os"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

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
