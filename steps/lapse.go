package steps

import (
	"cmp"
	"fmt"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
)

// Lapse is what a person must know of credentials that have expired in the middle of the work, and can do.
type Lapse = awsops.Lapse

// AskLogin is answered by a fresh login, outside of the program.
const AskLogin QuestionKind = "login"

// LoginWhy says whose credentials have expired, which fresh ones serve and how long they are waited for.
func LoginWhy(l Lapse) string {
	whose := "The starting credentials"
	if l.Profile != "" {
		whose = "The credentials of profile " + l.Profile
	}
	why := whose + " have expired. flowgrant waits for fresh ones, and goes on by itself"
	if l.Account != "" {
		why = fmt.Sprintf("%s (%s) have expired. flowgrant waits for fresh ones of account %s, and goes on by itself", whose, l.ARN, l.Account)
	}
	if !l.Until.IsZero() {
		why += "; it waits until " + l.Until.Local().Format(time.TimeOnly)
	}
	if l.Refused != "" {
		return "Not those: " + l.Refused + ". " + why + "."
	}
	return why + "."
}

// LoginQuestion asks for a fresh login. Its flag is the command, or what to do where no command does it; it is answered outside of the program.
func LoginQuestion(l Lapse) Question {
	q := Question{ID: "login", Kind: AskLogin, Flag: cmp.Or(l.Command, l.Do), Answer: func(string, bool) {}}
	q.Text = LoginWhy(l) + " To do: " + l.Do + "."
	if l.Command != "" {
		q.Text = LoginWhy(l) + " Log in again in another shell: " + l.Command
	}
	return q
}
