package steps_test

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// Where the sandbox plays the reader, it is the practice portal's Verify that is proved, and nothing is said of the real one.
func TestThePracticePortalIsNamedAsOne(t *testing.T) {
	inBubble(t, "practice", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		r := l.apply(setup(t, centralFile))
		l.expect(r, steps.ResultVerified)
		for _, c := range r.Report.Checks {
			if c.ID == "portal" && (c.Status != steps.Pass || !strings.Contains(c.Summary, "practice portal")) {
				t.Errorf("%s: %s", c.Status, c.Summary)
			}
		}
	})
}
