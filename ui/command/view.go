package command

import (
	"context"
	"os"

	"golang.org/x/term"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/jsonl"
	"github.com/flowgrant/flowgrant/ui/plain"
)

// view is how a command is seen: as text or as JSON lines, of the same values.
type view interface {
	Plan(*steps.Plan)
	Report(steps.Report)
	// Diagnosis shows a report with its causes.
	Diagnosis(steps.Report)
	Result(steps.Result)
	// Failed shows what kept a command from going on; the message for people goes to standard error besides.
	Failed(error)
	// Watch shows a run: emit never blocks, and end returns when all of it is shown. ask answers its questions.
	Watch(ask func(steps.Question)) (emit func(steps.Event), end func())
}

func (a *app) view(s steps.Setup) view {
	if a.json() {
		return jsonl.New(a.out)
	}
	return plain.New(a.out, a.look(a.out.file), s).Of(a.store()).Given(a.given)
}

// failed shows in a view what kept a command from going on, and passes it on; that it was interrupted is no step's failure.
func failed(ctx context.Context, v view, err error) error {
	if ctx.Err() == nil {
		v.Failed(err)
	}
	return err
}

// person tells whether somebody can be asked: text output, and a terminal for question and answer.
func (a *app) person(file string) bool {
	return !a.json() && file != "-" && terminal(a.in) && terminal(a.err)
}

func terminal(f interface{ Fd() uintptr }) bool { return term.IsTerminal(int(f.Fd())) }

// answer answers the questions of a run: by a person where there is one, else by naming what would have answered them.
func (a *app) answer(ctx context.Context, person bool) func(steps.Question) {
	return func(q steps.Question) {
		if person {
			a.asker.Ask(ctx, q)
			return
		}
		plain.New(a.err, a.look(a.err), steps.Setup{}).Decline(q)
	}
}

// look is how text looks on a stream; for a screen reader nothing but text is written.
func (a *app) look(f *os.File) plain.Look {
	l := plain.LookFor(f)
	if a.accessible {
		return plain.Look{Width: l.Width, ASCII: l.ASCII}
	}
	return l
}
