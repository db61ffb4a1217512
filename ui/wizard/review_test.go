package wizard

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowgrant/flowgrant/steps"
)

// Where a plan is confirmed it is said that warnings were not read, until they are; one that a later reading brings is a new one.
func TestConfirmingAsksToReadOnlyUnreadWarnings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &script{plan: warned}
		d := drive(t, e)
		defer d.end()
		d.centralized(13)
		d.keys("a")
		d.see("Read the 4 warnings first")
		d.keys("esc", "w", "esc", "a")
		d.see("Apply this plan?")
		d.notSee("first (esc, then w)")
		e.plan = func(s steps.Setup) (*steps.Plan, error) {
			p, err := warned(s)
			p.Warnings = append(p.Warnings, "Something else.")
			return p, err
		}
		d.keys("esc", "r", "a")
		d.see("Read the 1 warning first")
	})
}

// A plan that was read some time ago says how long where it is confirmed, until it is read again.
func TestConfirmingSaysHowOldThePlanIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := drive(t, &script{})
		defer d.end()
		d.centralized(13)
		time.Sleep(2*time.Minute - time.Second)
		d.keys("a")
		d.notSee("AWS was read")
		d.keys("esc")
		time.Sleep(time.Minute + time.Second)
		d.keys("a")
		d.see("AWS was read 3 minutes ago: go back (esc) to read it again (r).")
		d.keys("esc", "r", "a")
		d.see("Apply this plan?")
		d.notSee("AWS was read")
	})
}
