package steps

import "testing"

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
