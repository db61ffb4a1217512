package wizard

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// looksOf gives how many buckets were looked at, and fails where one was looked at twice.
func looksOf(t *testing.T, e *script) int {
	t.Helper()
	n := 0
	e.looks.Range(func(name, times any) bool {
		n++
		if times.(*atomic.Int32).Load() > 1 {
			t.Errorf("%s was looked at %d times", name, times.(*atomic.Int32).Load())
		}
		return true
	})
	return n
}

// The buckets near the cursor are looked at beside the list, a few at a time and each once; the others are left alone until one comes there.
func TestBucketsAreLookedAtWhereTheCursorIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &script{buckets: 1000, look: time.Second}
		d := drive(t, e)
		defer d.end()
		d.centralized(6)
		d.see("archive-existing", "bucket-0002", "us-east-1 · …")
		d.keys("down") // looking stops nobody
		time.Sleep(time.Minute)
		for range 20 {
			d.settle()
			time.Sleep(2 * time.Second)
		}
		d.see("bucket-0001 eu-west-1 · SSE-S3 · flow logs allowed", "bucket-0002 eu-west-1 · SSE-S3 · flow logs arrive", "SSE-KMS · no flow logs")
		if n := looksOf(t, e); n < 10 || n > 30 {
			t.Errorf("%d buckets were looked at for the start of the list", n)
		}
		for range 50 {
			d.keys("pgdown")
		}
		for range 40 {
			time.Sleep(time.Second)
			d.settle()
		}
		d.see("bucket-0500 eu-west-1 · SSE-S3")
		if n, most := looksOf(t, e), e.most.Load(); n > 80 || most > looksAtOnce {
			t.Errorf("%d buckets were looked at, %d at a time", n, most)
		}
		before := looksOf(t, e)
		d.keys("enter") // what is known of it is not read again
		d.see("About the bucket", "exists and belongs to the account", "SSE-S3")
		if n := looksOf(t, e); n != before {
			t.Errorf("picking one looked at %d more", n-before)
		}
		d.keys("esc", "esc", "enter")
		time.Sleep(time.Minute)
		d.settle()
		looksOf(t, e)
	})
}

// A bucket that cannot be looked at says so; looking again tries it once more.
func TestABucketThatCannotBeLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &script{unseen: expired}
		d := drive(t, e)
		defer d.end()
		d.centralized(6)
		d.see("us-east-1 · not readable")
		e.unseen = nil
		d.keys("down")
		d.see("us-east-1 · not readable")
		d.keys("ctrl+r")
		d.see("us-east-1 · SSE-KMS · no flow logs")
	})
}

func TestShortRegions(t *testing.T) {
	for region, want := range map[string]string{"us-east-1": "use1", "eu-central-1": "euc1", "ap-southeast-2": "apse2", "ap-northeast-1": "apne1", "us-gov-west-1": "usgw1", "": "", "x": "x", "a--1": "a1"} {
		if got := shortRegion(region); got != want {
			t.Errorf("%s: %s, not %s", region, got, want)
		}
	}
}
