package command

import (
	"context"
	"time"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/jsonl"
	"github.com/flowgrant/flowgrant/ui/plain"
)

// loginWait is how long a fresh login is waited for where nobody is at a terminal.
const loginWait = 15 * time.Minute

// lapsed says that credentials have expired in the middle of the work, and looks for fresh ones whenever a person at the terminal presses Enter.
func (a *app) lapsed(ctx context.Context, l steps.Lapse) {
	q := steps.LoginQuestion(l)
	if a.json() {
		jsonl.New(a.out).Question(q)
	}
	if !a.person("") {
		a.tell(q.Text)
		return
	}
	a.tell(q.Text)
	a.tell("Enter looks at once.")
	for a.asker.Enter(ctx) == nil {
		l.Look()
	}
}

// held says that a reading waits for the network.
func (a *app) held(why string) {
	if why != "" {
		a.tell(why)
	}
}

func (a *app) tell(text string) {
	plain.New(a.err, a.look(a.err), steps.Setup{}).Say("flowgrant: " + text)
}
