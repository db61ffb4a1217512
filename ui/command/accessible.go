package command

import (
	"context"
	"errors"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/words"
)

// journey is the wizard in plain lines, for a screen reader: each question once, nothing drawn over.
type journey struct {
	*app
	ctx    context.Context
	engine *steps.Engine
	p      *plain.Printer
}

// plainly leads through the wizard in plain lines.
func (a *app) plainly(ctx context.Context) error {
	j := &journey{app: a, ctx: ctx, p: plain.New(a.err, a.look(a.err), steps.Setup{})}
	if err := j.who(); err != nil {
		return err
	}
	for {
		again, err := j.begin()
		if !again {
			return err
		}
	}
}

var errLeft = exit{code: exitDone}

// choose asks for one of a few ways; what each does stands beside it.
func (j *journey) choose(title, ask, more string, ways []way) error {
	choices := make([]plain.Choice, len(ways))
	for n, w := range ways {
		choices[n] = w.Choice
	}
	at, err := j.p.Choose(j.ctx, j.asker, title, ask, more, choices)
	if err != nil {
		return err
	}
	if at < 0 {
		return errBack
	}
	return ways[at].do()
}

type way struct {
	plain.Choice
	do func() error
}

var errBack = errors.New(words.WordBack)
