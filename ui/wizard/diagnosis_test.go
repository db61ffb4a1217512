package wizard

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
)

// ailing is an engine whose plan is blocked, and whose proof fails, until what stands in the way has been mended.
func ailing() *script {
	e := &script{mends: true, ill: denied}
	mended := func() bool { return len(e.ran) > 0 && len(e.ran[0].Steps) == 1 }
	e.plan = func(s steps.Setup) (*steps.Plan, error) {
		if mended() {
			return examplePlan(s), nil
		}
		return blocked(s)
	}
	return e
}

// From a plan that is blocked to "verified" without leaving: the cause, what mends it, and what is left to apply. Each change is confirmed.
func TestFromABlockedPlanToVerified(t *testing.T) {
	e := ailing()
	play(t, e, func(d *driver) {
		d.centralized(13)
		d.see("d find the cause", "d finds the cause, and what mends it")
		d.keys("d")
		d.see("What is wrong", "a statement denies the reader", "flowgrant, once you confirm it")
		d.keys("m")
		d.see("Review: what will be mended", "take DenyReader out", "a mend")
		d.keys("enter")
		d.see("bucket-policy in 444455556666", "Difference:")
		d.keys("q", "a", "enter", "enter")
		if len(e.ran) > 0 {
			t.Fatal("a stray Enter mended")
		}
		d.see("of what this set-up did not make", "backed up first")
		d.keys("yes", "enter")
		d.see("Review: what will be done", "What stood in the way is mended")
		if len(e.ran) != 1 || len(e.ran[0].Steps) != 1 {
			t.Fatalf("%d runs", len(e.ran))
		}
		if d.m.outcome.exitCode() != 0 || d.m.outcome.result != nil {
			t.Errorf("that the way is free was taken for the set-up's result: %+v", d.m.outcome.result)
		}
		d.confirm()
		d.see("central-flow-logs: verified")
		if len(e.ran) != 2 || d.m.outcome.result.Status != steps.ResultVerified {
			t.Errorf("%d runs, result %+v", len(e.ran), d.m.outcome.result)
		}
	})
}

// Where the repair leaves nothing to apply the proof follows by itself.
func TestAfterARepairThatLeavesNothingToApplyItIsProved(t *testing.T) {
	e := &script{mends: true, ill: denied, plan: nothing, report: exampleWrong()}
	play(t, e, func(d *driver) {
		d.remember()
		d.keys("r", "enter", "enter", "down", "down", "enter")
		d.see("d finds the cause")
		d.keys("d", "m")
		d.confirm()
		d.see("central-logs: verified")
		if len(e.ran) != 2 || e.ran[1].Changes() != 0 {
			t.Fatalf("%d runs", len(e.ran))
		}
	})
}

// A repair that fails is tried again with what is found by then; where somebody has mended it meanwhile the set-up goes on.
func TestARepairIsTriedAgain(t *testing.T) {
	e := &script{mends: true, ill: denied, run: unmended}
	play(t, e, func(d *driver) {
		d.diagnosis()
		d.keys("m")
		d.confirm()
		d.see("not authorized to perform s3:PutBucketPolicy", "r try again", "d find the cause")
		d.keys("r")
		d.see("not authorized to perform s3:PutBucketPolicy")
		if len(e.ran) != 2 || len(e.ran[1].Steps) != 1 {
			t.Fatalf("%d runs", len(e.ran))
		}
		e.run, e.ill = nil, verifiedReport
		d.keys("r")
		d.see("Review: what will be done", "is not there any more")
	})
	e = &script{mends: true, ill: denied}
	play(t, e, func(d *driver) {
		d.diagnosis()
		d.keys("m")
		d.see("Review: what will be mended")
		e.ill = verifiedReport
		d.keys("r")
		d.see("Review: what will be done", "is not there any more")
	})
}

// A run in which something failed while logs are waited for ends its wait before the cause is looked for.
func TestTheCauseIsLookedForAfterTheWait(t *testing.T) {
	e := &script{run: failsAndWaits(), ill: denied, mends: true}
	play(t, e, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.see("d find the cause")
		d.keys("d")
		d.see("What is wrong", "a statement denies the reader")
		if d.m.run.active() {
			t.Error("the run goes on")
		}
		d.keys("esc")
		d.see("Run of central-flow-logs: failed")
	})
}

// What only a person can mend leads nowhere by "m"; what applying mends leads to its review.
func TestWhatADiagnosisOffersHangsOnWhoMends(t *testing.T) {
	play(t, &script{ill: byHand}, func(d *driver) {
		d.diagnosis()
		d.notSee("m mend it")
		d.keys("m")
		d.see("What is wrong", "This is mended elsewhere")
	})
	play(t, &script{ill: applied}, func(d *driver) {
		d.diagnosis()
		d.keys("m")
		d.see("Review: what will be done")
	})
	// A plan that a person has to free is not freed by reviewing it again.
	e := &script{plan: blocked, ill: func() steps.Report {
		r := byHand()
		r.Causes = append(applied().Causes, r.Causes...)
		return r
	}}
	play(t, e, func(d *driver) {
		d.perAccount(10)
		d.keys("d")
		d.see("▸ ✗ the trust policy asks for another external ID")
		d.notSee("m mend it")
	})
}

// A diagnosis is saved whole, in the terms of the command line, and looked at again by "r".
func TestADiagnosisIsSavedAndMadeAgain(t *testing.T) {
	e := &script{ill: denied, mends: true}
	play(t, e, func(d *driver) {
		d.diagnosis()
		d.keys("s")
		d.see("Saved")
		text, err := os.ReadFile(filepath.Join(d.m.o.Dir, "central-logs-diagnosis.txt"))
		if err != nil || !strings.Contains(string(text), "(reader-explicit-deny)") || !strings.Contains(string(text), "flowgrant apply -f FILE adds the statement") {
			t.Errorf("saved (%v):\n%s", err, text)
		}
		e.ill = verifiedReport
		d.keys("r")
		d.see("Nothing is wrong.")
		d.keys("esc")
		d.see("▸ Find what is wrong")
	})
}

// A repair is written down like any other run: the journal of the set-up is open while it runs, and what it confirmed is what was shown.
func TestARepairKeepsAJournal(t *testing.T) {
	var o steps.RunOptions
	e := &script{ill: denied, mends: true, run: func(_ context.Context, p *steps.Plan, given steps.RunOptions) steps.Result {
		o = given
		return exampleResult(p)
	}}
	play(t, e, func(d *driver) {
		d.diagnosis()
		d.keys("m")
		d.confirm()
		if o.Journal == nil || o.ReviewedAt.IsZero() || !o.Interactive {
			t.Errorf("the repair ran with %+v", o)
		}
	})
}
