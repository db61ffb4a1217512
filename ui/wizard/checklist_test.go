package wizard

import (
	"slices"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
)

func vpcsOf(s steps.Setup, id string) string {
	for _, l := range s.Logged() {
		if l.ID == id && l.VPCs.All {
			return "all"
		} else if l.ID == id {
			return count(len(l.VPCs.IDs), "VPC")
		}
	}
	return "none"
}

// All of an account stays all of it when the list is read again and has more; a choice among them stays the choice.
func TestAllStaysAllWhenNewVPCsCome(t *testing.T) {
	e := &script{}
	play(t, e, func(d *driver) {
		d.centralized(11)
		d.keys("down", "down", "down", "space") // one of the second account is left out
		d.see("5 of 6 VPCs chosen")
		e.vpcs = 2
		d.keys("esc", "home", "space", "enter") // a region more: the list is another one
		d.see("7 of 10 VPCs chosen")
		d.keys("enter", "enter")
		s := e.planned[0]
		if a, b := vpcsOf(s, "111122223333"), vpcsOf(s, "222233334444"); a != "all" || b != "2 VPCs" {
			t.Errorf("of the first account %s, of the second %s", a, b)
		}
	})
	e = &script{}
	play(t, e, func(d *driver) {
		d.centralized(11)
		d.keys("n", "a")
		e.vpcs = 2
		d.keys("esc", "home", "space", "enter")
		d.see("10 of 10 VPCs chosen")
	})
}

// What is in sight is what the answers lead to: rows of other regions do not stay while the list is read, and a choice is not taken for all.
func TestRowsOfOtherAnswersDoNotStay(t *testing.T) {
	e := &script{}
	play(t, e, func(d *driver) {
		d.centralized(11)
		d.keys("space")
		d.see("5 of 6 VPCs chosen")
		e.slow = true
		d.keys("esc", "home", "space", "enter")
		d.see("Looking")
		d.notSee("vpc-111122223333")
		d.keys("enter")
		d.see("Still looking: wait a moment.")
	})
}

// An account that is no longer in the organization does not stay chosen; one that was typed does.
func TestAccountsThatAreGoneAreLeftOut(t *testing.T) {
	e := &script{}
	play(t, e, func(d *driver) {
		d.centralized(8)
		d.paste("777777777777")
		d.keys("home", "down", "down", "space", "down", "space")
		d.see("3 of 5 accounts chosen")
		e.gone = "222233334444"
		d.keys("r")
		d.see("No longer there, and left out: 222233334444", "2 of 4 accounts chosen")
		d.keys("enter")
		if ids := d.m.answers.resources; slices.ContainsFunc(ids, func(r steps.ResourceAccount) bool { return r.ID == "222233334444" }) {
			t.Errorf("chosen: %v", ids)
		}
	})
}

// A set-up's own choice of VPCs is not given up because its list is slow.
func TestAChoiceFromBeforeOutlivesASlowList(t *testing.T) {
	e := &script{}
	play(t, e, func(d *driver) {
		d.remember()
		d.keys("r", "enter", "enter", "down", "enter")
		d.m.answers.vpcs = map[string][]string{"111122223333": {"vpc-0a1b2c3d4e5f60001"}, "222233334444": nil}
		d.m.answers.loaded = nil
		e.slow = true
		d.keys("up", "up", "end", "up", "enter")
		d.see("Enter keeps what was chosen before.")
		d.keys("enter")
		d.see("Review:")
		if got := vpcsOf(e.planned[0], "111122223333"); got != "1 VPC" {
			t.Errorf("%s", got)
		}
	})
}
