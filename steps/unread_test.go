package steps_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// What goes wrong on the way to an object says nothing of the object: the reader's own attempt proves it, or nothing does.
func TestObjectThatCannotBeReadThisTimeIsNoFault(t *testing.T) {
	for _, kind := range []string{"drop", "500", "throttle"} {
		inBubble(t, kind, func(t *testing.T) {
			fault, err := sandbox.ParseFault("s3:GetObject=" + kind)
			if err != nil {
				t.Fatal(err)
			}
			l := newLab(t, sandbox.Options{Faults: []sandbox.Fault{fault}})
			s := setup(t, perAccountFile)
			l.expect(l.apply(s), steps.ResultVerified) // the vendor read them
			r := l.verify(s)
			for _, c := range r.Checks {
				if c.ID == "delivery" && c.Status == steps.Fail {
					t.Errorf("delivery fails: %s, %s", c.Summary, c.Evidence)
				}
			}
			if !slices.ContainsFunc(r.Checks, func(c steps.Check) bool {
				return c.ID == "delivery" && c.Status != steps.Fail && strings.Contains(c.Summary, "could not be read this time")
			}) {
				t.Error("it is not told")
				l.tell(r)
			}
		})
	}
}

// A bucket that names its key by ID or alias is told with the key's full ARN.
func TestKeyByAliasIsToldByItsARN(t *testing.T) {
	inBubble(t, "alias", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		l.encrypt("archive-existing", "alias/flow-logs")
		blocked := l.plan(setup(t, central("central-flow-logs", "archive-existing"))).Blocked()
		if len(blocked) == 0 || !strings.Contains(blocked[0].HandOff, l.flowLogsKey()) || strings.Contains(blocked[0].HandOff, "KEY_ARN") {
			t.Errorf("blocked are %+v", blocked)
		}
	})
}
