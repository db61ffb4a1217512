package wizard

import "testing"

// The account whose VPCs are logged is not filled in with the one that manages the organization: its members come first. Where no organization
// can be listed, the acting account is filled in.
func TestManagementAccountIsNotProposedForWorkloads(t *testing.T) {
	play(t, &script{}, func(d *driver) {
		d.perAccount(1)
		d.see("Workload account")
		f := d.m.top().(*field)
		if f.text.value() != "" || f.found[0].value == "123456789012" || f.found[len(f.found)-1].value != "123456789012" {
			t.Errorf("filled in is %q, offered %+v", f.text.value(), f.found)
		}
		d.keys("down", "enter")
		if d.m.answers.account != f.found[0].value {
			t.Errorf("taken is %q", d.m.answers.account)
		}
	})
	play(t, &script{account: "111122223333", discover: expired}, func(d *driver) {
		d.perAccount(1)
		if f := d.m.top().(*field); f.text.value() != "111122223333" {
			t.Errorf("filled in is %q", f.text.value())
		}
		d.keys("enter", "esc")
		if f := d.m.top().(*field); f.text.value() != "111122223333" {
			t.Errorf("come back to, filled in is %q", f.text.value())
		}
	})
	play(t, &script{}, func(d *driver) {
		d.centralized(2)
		if f := d.m.top().(*field); f.text.value() != "123456789012" {
			t.Errorf("for the flow logs, filled in is %q", f.text.value())
		}
	})
}
