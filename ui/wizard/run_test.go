package wizard

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/steps"
)

func TestRunFailsThenGoesOn(t *testing.T) {
	e := &script{run: failing}
	play(t, e, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.see("iam:CreateRole", "To do: let OrganizationAccountAccessRole", "r-1")
		if got := d.m.outcome.exitCode(); got != 1 {
			t.Errorf("exit code after a failure: %d", got)
		}
		e.run = nil
		d.keys("r")
		d.see("verified")
		if len(e.ran) != 2 || d.m.outcome.exitCode() != 0 {
			t.Errorf("%d runs, exit %d", len(e.ran), d.m.outcome.exitCode())
		}
	})
}

func TestRetryReviewsWhatIsNew(t *testing.T) {
	e := &script{run: failing}
	play(t, e, func(d *driver) {
		d.centralized(13)
		d.confirm()
		e.plan = func(s steps.Setup) (*steps.Plan, error) {
			p := examplePlan(s)
			p.Steps[1].Change = steps.ChangeReplace
			return p, nil
		}
		d.keys("r")
		d.see("no longer what you reviewed")
		if len(e.ran) != 1 {
			t.Fatal("a plan that nobody has reviewed was applied")
		}
		e.run = nil
		d.confirm()
		d.see("verified")
	})
}

func TestAFailedStepIsTriedAgainWhileTheRunGoesOn(t *testing.T) {
	e := &script{run: failsAndWaits()}
	play(t, e, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.see("Failed: flow-logs · 222233334444 Storefront · us-east-1", "not authorized to perform ec2:CreateFlowLogs", "To do: let OrganizationAccountAccessRole call",
			"Not started because of what failed: delivery", "r does this step again")
		d.keys("r")
		d.see("Trying again: flow-logs")
		time.Sleep(2 * time.Second)
		d.settle()
		d.notSee("Failed:")
		d.see("logs of 0 of 2 VPCs have arrived")
		if len(e.ran) != 1 || len(e.planned) != 1 {
			t.Errorf("%d runs, %d plans: the run was to go on", len(e.ran), len(e.planned))
		}
	})
}

func TestEachFailureIsPickedAndOnlyThatOneTriedAgain(t *testing.T) {
	var asked []int
	both := failsAndWaits(steps.StepRole)
	e := &script{run: func(ctx context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
		from := o.Again
		to := make(chan int)
		o.Again = to
		go func() {
			select {
			case key := <-from:
				asked = append(asked, key)
				to <- key
			case <-ctx.Done():
			}
		}()
		return both(ctx, p, o)
	}}
	play(t, e, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.see("Failed (1 of 2): role · 444455556666 Log archive")
		d.keys("x") // something else needs the role
		if len(d.m.dialogs) != 0 {
			t.Error("a step that others need can be left out")
		}
		d.keys("tab")
		d.see("Failed (2 of 2): flow-logs · 222233334444 Storefront")
		d.keys("r")
		if len(asked) != 1 || d.m.run.plan.Steps[asked[0]].Step != steps.StepFlowLogs {
			t.Errorf("tried again: %v", asked)
		}
	})
}

func TestWhatFailsIsLeftOutAfterAReview(t *testing.T) {
	e := &script{run: failsAndWaits()}
	play(t, e, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.keys("x")
		d.see("Leave 222233334444 Storefront, us-east-1 out?", "then says nothing about its")
		d.keys("n")
		d.notSee("Leave 222233334444")
		if len(e.planned) != 1 {
			t.Fatal("left out without a yes")
		}
		e.run = nil
		d.keys("x", "y")
		d.see("Without what you left out", "Nothing has been changed yet")
		narrower := e.planned[len(e.planned)-1]
		if len(narrower.ResourceAccounts) != 1 || narrower.ResourceAccounts[0].ID != "111122223333" {
			t.Errorf("resource accounts of the narrower set-up: %+v", narrower.ResourceAccounts)
		}
		if len(e.ran) != 1 {
			t.Fatal("the narrower plan was run without a review")
		}
		d.confirm()
		d.see("verified")
	})
}

func TestLeaveWhileLogsAreWaitedFor(t *testing.T) {
	play(t, &script{run: midway}, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.see("flowgrant resume central-flow-logs")
		d.keys("esc", "enter", "q")
		if !d.quit || d.m.outcome.exitCode() != 4 {
			t.Fatalf("quit %v, exit %d", d.quit, d.m.outcome.exitCode())
		}
		var out strings.Builder
		d.m.outcome.print(&out)
		if !strings.Contains(out.String(), "To go on: flowgrant resume central-flow-logs") || !strings.Contains(out.String(), "xs-7f3a91") {
			t.Errorf("outcome:\n%s", out.String())
		}
	})
}

func TestStopping(t *testing.T) {
	play(t, &script{run: stubborn}, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.keys("q")
		d.see("AWS is being changed")
		d.keys("ctrl+z")
		d.see("Suspending is off")
		d.keys("ctrl+c")
		d.see("Stopping")
		if d.quit || !d.m.run.active() {
			t.Fatal("the first ctrl+c must let calls in flight finish")
		}
		d.keys("ctrl+c")
		d.see("Interrupted", "what was made stays")
		d.keys("q")
		if !d.quit || d.m.outcome.exitCode() != 130 {
			t.Fatalf("quit %v, exit %d", d.quit, d.m.outcome.exitCode())
		}
	})
}

func TestSignalInterruptsTheRun(t *testing.T) {
	play(t, &script{run: midway}, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.send(interruptMsg{})
		if !d.quit || d.m.outcome.exitCode() != 130 {
			t.Fatalf("quit %v, exit %d", d.quit, d.m.outcome.exitCode())
		}
	})
	play(t, &script{}, func(d *driver) {
		d.centralized(3)
		d.send(interruptMsg{})
		if !d.quit || d.m.outcome.exitCode() != 130 {
			t.Fatalf("quit %v, exit %d", d.quit, d.m.outcome.exitCode())
		}
	})
}

func TestQuestionsOfTheRun(t *testing.T) {
	for name, c := range map[string]struct {
		kind steps.QuestionKind
		keys []string
		want string
	}{
		"yes":     {steps.AskConfirm, []string{"y"}, "answer yestrue"},
		"no":      {steps.AskConfirm, []string{"n"}, "answer notrue"},
		"none":    {steps.AskConfirm, []string{"enter", "esc"}, "answer false"},
		"code":    {steps.AskSecret, []string{"enter", "907856", "enter"}, "answer 907856true"},
		"no code": {steps.AskSecret, []string{"esc"}, "answer false"},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, &script{run: asking(c.kind)}, func(d *driver) {
				d.centralized(13)
				d.confirm()
				d.see("The run asks")
				for _, k := range c.keys {
					d.keys(k)
					d.notSee("> 907856")
				}
				d.see(c.want)
			})
		})
	}
}

func TestPanicOfTheRunIsToldAsAFailure(t *testing.T) {
	play(t, &script{run: func(context.Context, *steps.Plan, steps.RunOptions) steps.Result { panic("boom") }}, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.see("internal fault: boom", "what is done is not done twice")
		if d.m.outcome.exitCode() != 1 {
			t.Errorf("exit %d", d.m.outcome.exitCode())
		}
	})
}

func TestQueueKeepsOutcomesAndNeverBlocks(t *testing.T) {
	q := newQueue()
	for range 100_000 { // nobody reads
		q.emit(steps.StepEvent{Key: 1, Status: steps.Waiting})
	}
	for i := range 1000 {
		q.emit(steps.StepEvent{Key: i, Status: steps.Running})
		q.emit(steps.StepEvent{Key: i, Status: steps.Done})
	}
	q.end(steps.Result{Status: steps.ResultVerified})
	msg := q.next(nil)().(runMsg)
	done := 0
	for _, e := range msg.events {
		if e.(steps.StepEvent).Status == steps.Done {
			done++
		}
	}
	if done != 1000 || len(msg.events) > 2001 || msg.result == nil {
		t.Errorf("%d outcomes of 1000 in %d events, result %v", done, len(msg.events), msg.result)
	}
}

func TestALaterProofThatFailsIsNotHidden(t *testing.T) {
	e := &script{}
	play(t, e, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.see("It works")
		e.report = exampleWrong()
		d.keys("v")
		d.see("central-flow-logs: failed", "Something is wrong", "✗ key-policy · 444455556666 · us-east-1: the delivery may not use the key", "r reviews the set-up again")
		d.notSee("It works")
		if d.m.outcome.exitCode() != 1 {
			t.Errorf("exit %d after a proof that failed", d.m.outcome.exitCode())
		}
		d.keys("tab", "tab", "tab", "tab")
		d.see("▸ ✗ key-policy")
		planned := len(e.planned)
		d.keys("r")
		d.see("Review: what will be done")
		if len(e.planned) != planned+1 {
			t.Error("nothing was read again")
		}
		e.report = steps.Report{}
	})
}

func TestTheAccountOfTheStepsInSightIsNamed(t *testing.T) {
	play(t, &script{run: midway}, func(d *driver) {
		d.centralized(13)
		d.size(80, 17)
		d.confirm()
		d.see("222233334444 Storefront", "flow-logs us-east-1")
		d.keys("esc")
	})
	lines := []treeLine{{"a", -1, nil}, {"a", 0, nil}, {"a", 1, nil}, {"a", 2, nil}}
	for from, want := range map[int]int{0: -1, 1: -1} {
		if got := headed(lines[from:]); got[0].step != want || got[0].account != "a" || len(got) != len(lines[from:]) {
			t.Errorf("from %d: %v", from, got)
		}
	}
}

// The question for a fresh login stays until it is answered elsewhere: Enter looks at once, no other key takes it away.
func TestFreshLogin(t *testing.T) {
	play(t, &script{run: midway}, func(d *driver) {
		d.centralized(13)
		d.confirm()
		looked := 0
		ask := lapseMsg{dialog: loginDialog(steps.Lapse{Profile: "log-archive", Account: "444455556666", ARN: "arn:aws:sts::444455556666:assumed-role/Admin/me",
			Command: "aws sso login --profile log-archive", Refused: "what is there now is of account 111122223333", Look: func() { looked++ }})}
		d.send(ask)
		d.see("Log in again", "aws sso login --profile log-archive", "Not those: what is there now is of account 111122223333", "look now")
		d.keys("esc", "q", "x", "enter", "enter")
		d.see("aws sso login --profile log-archive")
		if looked != 2 || d.quit {
			t.Errorf("%d looks, quit %v", looked, d.quit)
		}
		d.send(mfaMsg{dialog: mfaDialog("arn:aws:iam::444455556666:mfa/me", make(chan string, 1))})
		d.see("MFA code") // asked for on the way to the fresh login
		d.keys("esc")
		ask.over = true
		d.send(ask)
		d.notSee("Log in again")
	})
}
