package wizard

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// What Enter takes stands in the field: the marked row's value, and what was typed once the mark is left. Typing goes on from what is seen.
func TestTheFieldShowsWhatEnterTakes(t *testing.T) {
	play(t, &script{}, func(d *driver) {
		d.centralized(2)
		d.see("> 123456789012_")
		d.keys("down", "down", "down")
		d.see("> 111122223333_", "▸ 111122223333")
		d.keys("up", "up", "up")
		d.see("> 123456789012_")
		d.keys("ctrl+u", "stor", "down")
		d.see("> 222233334444_")
		d.keys("up")
		d.see("> stor_")
		d.keys("ctrl+u", "down", "down", "enter")
		if got := d.m.answers.account; got != "444455556666" {
			t.Errorf("taken is %q", got)
		}
	})
	play(t, &script{}, func(d *driver) {
		d.centralized(6)
		d.keys("down", "/team", "enter") // a prefix behind the marked bucket
		if got := d.m.answers.bucket; got != "arn:aws:s3:::archive-existing/team" {
			t.Errorf("taken is %q", got)
		}
	})
}

// Where the accounts cannot be listed the way on is on the screen, and what stands in the message stands there once.
func TestAccountsThatCannotBeListedAreTyped(t *testing.T) {
	denied := &steps.StepError{Step: steps.StepIdentity, Tried: "list the accounts", Cause: "access denied (AccessDeniedException, request id 9a22edba)", RequestID: "9a22edba"}
	play(t, &script{discover: denied}, func(d *driver) {
		d.centralized(8)
		d.see("Workload accounts", "access denied", sayTypeThemInstead)
		if n := strings.Count(d.m.View(), "9a22edba"); n != 1 {
			t.Errorf("the request is named %d times:\n%s", n, d.m.View())
		}
		d.keys("enter", "esc", "111122223333", "enter") // typed at once
		d.see("[x] (added)")
		d.keys("n", "+", "111122223333", "enter")
		d.see("[x] (added)", "111122223333", "1 of 1 account chosen")
		d.keys("enter")
		d.see(words.NameResourceWay)
	})
}

// The account ID is doubted as the external ID is, where the portal can be asked. It is taken all the same.
func TestAnAccountThatThePortalDoesNotShowIsDoubted(t *testing.T) {
	play(t, &script{}, func(d *driver) {
		d.centralized(0)
		d.keys("123412341234")
		d.see("The practice portal shows 999988887777. With another one Xshield cannot read.")
		d.keys("enter")
		d.see(words.NameExternalID)
		d.keys("esc", "ctrl+u", "999988887777")
		d.notSee("With another one")
	})
}
