package steps

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// What needs only the changes of a step must not take a step that failed before it made them for one that goes on.
func TestAStepThatFailedHasEndedBeforeOthersHearOfIt(t *testing.T) {
	r := &run{proofOnly: true, plan: &Plan{Steps: []PlannedStep{{Step: StepBucket, Change: ChangeCreate}}}}
	for range 300_000 {
		failing := r.newTask(0)
		go r.carry(t.Context(), failing)
		<-failing.made
		if !failing.over() {
			t.Fatal("the step says that its changes are made before it says that it failed")
		}
	}
}

// A retry drops what the portal's step told of the attempt before, also where that step was still at it when the retry was asked for.
func TestARetryTellsOfThePortalOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		again, tries := make(chan int, 1), 0
		access := func(context.Context, *task) (string, error) {
			if tries++; tries == 1 {
				return "", place{step: StepAccess}.say("try", "it fails", "try again")
			}
			return "it can read", nil
		}
		portal := func(ctx context.Context, t *task) (string, error) {
			t.run.await(ctx, t, []need{{step: StepAccess}})
			time.Sleep(time.Minute) // the retry is asked for meanwhile
			t.run.prove(t, Check{ID: "portal"})
			return "", nil
		}
		plan := &Plan{revokes: true, Steps: []PlannedStep{{Step: StepAccess, exec: &execution{run: access}}, {Step: StepPortal, exec: &execution{run: portal}}}}
		r := (&Engine{now: time.Now}).newRun(t.Context(), plan, RunOptions{Again: again, Emit: func(e Event) {
			if e, ok := e.(StepEvent); ok && e.Status == Failed {
				time.AfterFunc(time.Second, func() { again <- e.Key })
			}
		}})
		r.carryOut()
		if tries != 2 || len(r.checks[1]) != 1 {
			t.Errorf("after %d tries the portal is told of %d times: %+v", tries, len(r.checks[1]), r.checks[1])
		}
	})
}

// Logs are proved to arrive once every account's are: one whose flow logs could not be made has no check at all.
func TestDeliveryIsProvedOfEveryAccount(t *testing.T) {
	plan := &Plan{Steps: []PlannedStep{{Step: StepDelivery, Account: "111122223333"}, {Step: StepDelivery, Account: "222233334444"}}}
	r := (&Engine{now: time.Now}).newRun(t.Context(), plan, RunOptions{})
	for i, task := range slices.Backward(r.tasks) {
		if r.deliveryProved() {
			t.Errorf("proved without account %d", i)
		}
		r.prove(task, Check{Status: Pass})
	}
	if !r.deliveryProved() {
		t.Error("not proved though all logs have arrived")
	}
}
