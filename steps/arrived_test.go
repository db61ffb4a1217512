package steps_test

import (
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// What arrived adds up: the picture of a run counts the records that the embedded AWS has delivered.
func TestPictureOfWhatArrived(t *testing.T) {
	inBubble(t, "centralized", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		r := l.apply(setup(t, centralFile))
		l.expect(r, steps.ResultVerified)
		a := r.Report.Arrived
		if a == nil {
			t.Fatal("nothing is told of what arrived")
		}
		if a.Objects == 0 || a.Records == 0 || a.Records != a.Accepted+a.Rejected+a.NoData+a.Skipped || !a.Last.After(a.First) {
			t.Errorf("the records do not add up: %+v", a)
		}
		accepted, rejected := 0, 0
		for _, at := range a.OverTime {
			accepted, rejected = accepted+at.Accepted, rejected+at.Rejected
		}
		if accepted != a.Accepted || rejected != a.Rejected || len(a.OverTime) > 12 {
			t.Errorf("over time %d accepted of %d, %d rejected of %d in %d spans", accepted, a.Accepted, rejected, a.Rejected, len(a.OverTime))
		}
		if len(a.Talkers) == 0 || len(a.Talkers) > 10 || len(a.TCPFlags) == 0 {
			t.Errorf("talkers %v, flags %v", a.Talkers, a.TCPFlags)
		}
		for i := 1; i < len(a.Talkers); i++ {
			if a.Talkers[i].Bytes > a.Talkers[i-1].Bytes {
				t.Errorf("the talkers are not in order: %v", a.Talkers)
			}
		}
	})
}
