package wizard

import "testing"

// A failed step is told, also where the person left while the rest waited for logs.
func TestLeavingWhileLogsAreWaitedForTellsWhatFailed(t *testing.T) {
	play(t, &script{run: failsAndWaits()}, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.keys("q")
		if d.m.outcome.left || d.m.outcome.exitCode() == 4 {
			t.Errorf("left %v, exit %d, %+v", d.m.outcome.left, d.m.outcome.exitCode(), d.m.outcome.result.Status)
		}
	})
}

func TestARefusedValueIsNotSaidToBeTaken(t *testing.T) {
	play(t, &script{}, func(d *driver) {
		d.centralized(2)
		d.keys("ctrl+u", "77")
		d.see("Nothing found contains what you typed.")
		d.notSee("Enter takes it as it is")
		d.keys("ctrl+u", "777766665555")
		d.see("Nothing found contains what you typed. Enter takes it as it is.")
	})
}

func TestBackFromTheReviewAfterARunLeadsToItsAnswers(t *testing.T) {
	e := &script{run: failsAndWaits()}
	play(t, e, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.keys("x", "y")
		d.see("Review")
		d.keys("esc")
		d.see("Change an answer")
	})
}
