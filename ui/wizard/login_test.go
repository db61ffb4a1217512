package wizard

import (
	"context"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
)

// A reading that waits for a fresh login can be given up; the question goes, and so does that for a code once nobody waits for it.
func TestAReadingThatWaitsForALoginIsGivenUp(t *testing.T) {
	e := &script{}
	play(t, e, func(d *driver) {
		d.centralized(7)
		e.slow = true
		d.keys("enter")
		d.see("Workload accounts", "Looking")
		wait, over := context.WithCancel(d.t.Context())
		go d.m.tellLapse(wait, steps.Lapse{Profile: "log-archive", Command: "aws sso login --profile log-archive", Look: func() {}})
		d.settle()
		asked, done := context.WithCancel(d.t.Context())
		go func() { _, _ = d.m.askMFA(asked, "arn:aws:iam::444455556666:mfa/me") }()
		d.settle()
		d.see("MFA code")
		done()
		d.settle()
		d.notSee("MFA code")
		d.see("Log in again", "stop waiting")
		d.keys("esc")
		d.notSee("Log in again")
		d.see("the login was not waited for", "look again")
		over()
		d.settle()
		e.slow = false
		d.keys("r")
		d.see("Payments")
	})
}
