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

// What was filled in or picked for one account is not what another one gets.
func TestAnotherAccountGetsWhatIsItsOwn(t *testing.T) {
	e := &script{}
	play(t, e, func(d *driver) {
		d.keys("enter", "enter", "999988887777", "enter", "ctrl+u", "111122223333", "enter", "enter", "enter", "enter", "enter", "enter", "enter", "n", "space", "enter", "enter")
		d.see("Review")
		if s := e.planned[0]; s.Name != "flow-logs-111122223333" || s.Bucket.ARN != "arn:aws:s3:::flow-logs-111122223333" {
			t.Fatalf("planned:\n%s", s.YAML())
		}
		for range 9 {
			d.keys("esc")
		}
		d.see("Question 2:", "Workload account")
		d.keys("ctrl+u", "222233334444", "enter", "enter", "enter", "enter")
		d.see("S3 bucket", "flow-logs-222233334444")
		d.keys("enter", "enter", "enter")
		d.see("3 of 3 VPCs chosen")
		d.keys("enter")
		d.see("Name of this set-up", "flow-logs-222233334444")
		d.keys("enter")
		if s := e.planned[1]; s.Name != "flow-logs-222233334444" || s.Bucket.ARN != "arn:aws:s3:::flow-logs-222233334444" || !s.FlowLogs.VPCs.All {
			t.Errorf("planned:\n%s", s.YAML())
		}
	})
}

// What the person typed stays, whatever account it is for.
func TestAnotherAccountKeepsWhatWasTyped(t *testing.T) {
	e := &script{}
	play(t, e, func(d *driver) {
		d.keys("enter", "enter", "999988887777", "enter", "ctrl+u", "111122223333", "enter", "enter", "enter", "enter", "my-own-bucket", "enter", "enter", "enter", "enter", "mine", "enter")
		d.see("Review")
		for range 9 {
			d.keys("esc")
		}
		d.keys("ctrl+u", "222233334444", "enter", "enter", "enter", "enter", "enter", "enter", "enter", "enter", "enter")
		if s := e.planned[1]; s.Name != "mine" || s.Bucket.ARN != "arn:aws:s3:::my-own-bucket" || s.Account.ID != "222233334444" {
			t.Errorf("planned:\n%s", s.YAML())
		}
	})
}

// The account that was filled in is that of who acts: another profile, another account.
func TestAnotherProfileIsAnotherAccount(t *testing.T) {
	e := &script{}
	play(t, e, func(d *driver) {
		d.keys("enter", "enter", "999988887777", "enter")
		d.see("Workload account")
		d.keys("esc", "esc", "esc")
		e.account = "222233334444"
		d.keys("down", "enter", "pay", "enter")
		d.see("222233334444")
		d.keys("up", "up", "enter", "enter", "enter")
		d.see("Workload account", "222233334444")
		d.keys("enter", "enter", "enter")
		d.see("S3 bucket", "flow-logs-222233334444")
	})
}

// Another flow log account asks for its label, the way into it and its bucket, and for nothing else.
func TestAnotherFlowLogAccountAsksForWhatHangsOnIt(t *testing.T) {
	e := &script{}
	play(t, e, func(d *driver) {
		d.remember()
		d.keys("r", "enter", "enter", "down", "enter", "down", "down", "down", "enter")
		d.see("Flow log account")
		d.keys("ctrl+u", "222233334444", "enter")
		d.see("The way into that account")
		d.keys("enter")
		d.see("Account name for the portal", "Storefront")
		d.keys("enter")
		d.see("About the bucket")
		d.keys("enter")
		d.see("Review: what will be done")
		d.notSee("is missing")
		if s := e.planned[0]; s.Account.Name != "Storefront" || s.Account.ID != "222233334444" {
			t.Errorf("planned:\n%s", s.YAML())
		}
		d.keys("esc") // still one answer that is changed
		d.see("About the bucket", "to the review")
	})
}

// Going back from a changed answer to the review shows the plan of what is answered now.
func TestTheReviewIsOfTheAnswers(t *testing.T) {
	e := &script{}
	play(t, e, func(d *driver) {
		d.centralized(13)
		d.keys("e", "down", "down", "down", "enter", "ctrl+u", "222233334444", "enter", "enter", "esc", "esc", "esc", "esc")
		d.see("Review: what will be done")
		d.see("Some answers do not fit together", "Account name for the portal: is missing")
		d.notSee("account.name")
		d.keys("e", "enter")
		d.see("Account name for the portal", "Storefront")
	})
}

// A new bucket's own key is picked from the account's; one that cannot serve is refused with why, and keys of S3 forget it.
func TestTheKeyOfANewBucket(t *testing.T) {
	e := &script{}
	play(t, e, func(d *driver) {
		d.centralized(7)
		d.keys("down", "right", "enter")
		d.see("KMS key", "alias/flow-logs")
		d.keys("down", "down", "down", "enter")
		d.see("this key cannot be used here", "PendingDeletion")
		d.keys("ctrl+u", "arn:aws:kms:eu-west-1:444455556666:key/11111111-2222-3333-4444-555555555551", "enter")
		d.see("in another region than the bucket (us-east-1)")
		d.keys("ctrl+u", "alias/flow")
		d.see("Enter takes arn:aws:kms:us-east-1")
		d.keys("enter", "space", "enter", "enter", "enter", "enter")
		d.see("Review:")
		if s := e.planned[0]; s.Bucket.KMSKeyARN != "arn:aws:kms:us-east-1:444455556666:key/11111111-2222-3333-4444-555555555551" {
			t.Errorf("planned:\n%s", s.YAML())
		}
		d.keys("e", "end", "up", "up", "up", "up")
		d.see("▸ KMS key")
		d.keys("up", "enter", "left", "enter")
		d.see("Review:")
		if s := e.planned[1]; s.Bucket.KMSKeyARN != "" {
			t.Errorf("planned:\n%s", s.YAML())
		}
	})
}
