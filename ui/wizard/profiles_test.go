package wizard

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
)

// A profile that does not exist is told as that, beside the profiles that do, and the way back to none is there.
func TestAWrongProfileIsMended(t *testing.T) {
	e := &script{}
	var opened []Connect
	names := []string{"log-archive", "payments"}
	wrong := func(o *Options) {
		o.Connect = Connect{}
		o.Profiles = func(bool) steps.Profiles {
			return steps.Profiles{Names: names, Files: []string{"~/.aws/config"}, Named: "payents"}
		}
		o.Open = func(_ context.Context, c Connect) (Engine, error) {
			opened = append(opened, Connect{Profile: c.Profile, Unnamed: c.Unnamed})
			if !c.Unnamed && !slices.Contains(names, c.Profile) {
				return nil, errors.New("failed to get shared config profile, payents")
			}
			return e, nil
		}
	}
	play(t, e, func(d *driver) {
		d.see("failed to get shared config profile", "2 profiles in your AWS configuration, or none")
		d.keys("enter")
		d.see("> payents_", "There is no profile payents", "log-archive", "No profile")
		d.keys("enter") // takes nothing that was not chosen
		d.see("Which profile", "There is no profile payents")
		d.keys("ctrl+u", "archives", "enter")
		d.see("There is no profile archives")
		names = append(names, "archives") // made in another window
		d.keys("enter")
		d.see("Who is acting", "123456789012")
		d.keys("down", "enter", "end", "enter")
		d.see("Who is acting", "none (environment or default)")
		if want := []Connect{{}, {Profile: "archives"}, {Unnamed: true}}; !slices.EqualFunc(opened, want, func(a, b Connect) bool { return a.Profile == b.Profile && a.Unnamed == b.Unnamed }) {
			t.Errorf("opened %+v", opened)
		}
	}, wrong)
	play(t, &script{noProfiles: true}, func(d *driver) {
		d.keys("down", "enter", "enter")
		d.see("There is no profile in your AWS configuration. Looked in ~/.aws/config, ~/.aws/credentials", "The name of a profile is needed")
	})
}
