package wizard

import (
	"testing"
	"testing/synctest"
	"time"
)

// How old a review is gets told anew each minute while it is in sight, by one timer, and no longer.
func TestTheAgeOfAReviewIsToldAnew(t *testing.T) {
	play(t, &script{}, func(d *driver) {
		d.centralized(13)
		waiting := func() int {
			synctest.Wait()
			d.mu.Lock()
			defer d.mu.Unlock()
			return len(d.msgs)
		}
		time.Sleep(30 * time.Second)
		d.settle()
		for minute := range 59 {
			time.Sleep(time.Minute)
			if n := waiting(); n != 1 {
				t.Fatalf("%d messages in minute %d", n, minute)
			}
			d.settle()
		}
		d.see("read 59 minutes ago")
		d.keys("esc")
		time.Sleep(2 * time.Minute)
		d.settle()
		time.Sleep(2 * time.Minute)
		if n := waiting(); n != 0 {
			t.Errorf("%d messages after the review was left", n)
		}
	})
}
