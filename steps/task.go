package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// execution is how a planned step is carried out.
type execution struct {
	needs   []need
	proves  bool // it proves too, and then changes nothing
	about   *view
	ids     []string           // of the flow logs that it deletes
	role    string             // the role of which it changes a part; empty: none
	managed []managedTake      // what is taken from managed policies
	grant   *granted           // the policy of an existing role that a revocation changes
	asks    func(r *requester) // lists the requests of a repair; nil: they are not known beforehand
	run     func(ctx context.Context, t *task) (message string, err error)
}

// need names steps that must come first; an empty account or region stands for all.
type need struct {
	step    StepName
	account string
	region  string
	changed bool // enough that its changes are made; its proof may go on
}

// task is one step while it is carried out.
type task struct {
	run     *run
	key     int
	made    chan struct{} // closed when the step's changes are made
	ended   chan struct{} // closed when the step has ended
	status  Status
	message string          // what came out
	written int             // writes that took effect
	guarded <-chan struct{} // closed when the bucket policy was looked at again after the flow logs were made
	gaveUp  bool            // it did without one that it waited for; guarded by the run
	because int             // that one's key
	again   bool            // an earlier attempt failed: some of it may have been done
	fresh   *live           // what was read for this attempt; nil: what the plan read

	mu        sync.Mutex
	held      int           // calls that wait
	heldSince time.Time     // when the first of them began to
	heldFor   time.Duration // how long calls have waited before that
}

func (t *task) setup() Setup {
	if about := t.step().view(); about != nil {
		return about.setup
	}
	return t.run.plan.Setup
}

func (t *task) live() *live {
	if about := t.step().view(); about != nil {
		return about.live
	}
	return cmp.Or(t.fresh, t.run.plan.live)
}

func (t *task) step() *PlannedStep { return &t.run.plan.Steps[t.key] }
func (t *task) place() place       { return t.step().place() }

// view is what a step is about where that is not what the plan is about; nil: it is.
func (p *PlannedStep) view() *view {
	if p.exec == nil {
		return nil
	}
	return p.exec.about
}

func (p PlannedStep) place() place {
	return place{step: p.Step, account: p.Account, region: p.Region, target: p.Target}
}

// changed says that the step's changes are made: what needs only those may start.
func (t *task) changed() {
	select {
	case <-t.made:
	default:
		close(t.made)
	}
}

// write makes one change, unless the run was asked to stop before it. What it is about to do is on disk before the call leaves.
func (t *task) write(what string, change func() error) error {
	return t.writeWithToken(what, "", func(string) error { return change() })
}

// writeWithToken makes one change that carries a client token. A token belongs to one exact request, named by its hash, and is used
// again only where an earlier run ended before it knew what came of that request.
func (t *task) writeWithToken(what, request string, change func(token string) error) error {
	if t.run.stopping() {
		return ErrInterrupted
	}
	token, outcome, err := t.run.intend(t.step(), what, request)
	if err != nil {
		return t.place().say(what, "the journal cannot be written: "+err.Error(), "make the state directory writable and free some space, then try again: nothing is changed without it")
	}
	err = change(token)
	outcome(err)
	var aws *awsops.Error
	if errors.As(err, &aws) && aws.Code == "IdempotentParameterMismatch" { // what the token of an earlier run stood for was another request
		if token, outcome, err = t.run.intend(t.step(), what, request); err != nil {
			return t.place().say(what, "the journal cannot be written: "+err.Error(), "make the state directory writable and free some space, then try again: nothing is changed without it")
		}
		err = change(token)
		outcome(err)
	}
	var partial *awsops.PartialError
	if err != nil && !errors.As(err, &partial) {
		return t.place().fault(what, err)
	}
	if err == nil {
		t.written++
		t.run.noteMade(what)
	}
	return err
}

// watch lets the step's calls wait for the network and for a fresh login, tells that, and ends the wait when the run is asked to stop.
func (t *task) watch(ctx context.Context) context.Context {
	return awsops.WithWatch(ctx, awsops.Watch{Stop: t.run.soft, Held: func(why string) {
		t.mu.Lock()
		defer t.mu.Unlock()
		if why != "" {
			t.held++
		} else if t.held--; t.held == 0 {
			t.heldFor += t.run.engine.now().Sub(t.heldSince)
		}
		switch {
		case why != "" && t.held == 1:
			t.heldSince = t.run.engine.now()
			t.waiting(why, 0)
		case why == "" && t.held == 0 && !t.run.stopping():
			t.say(Running, t.step().Summary)
		}
	}})
}

// paused is how long the step's calls have waited for the network or a fresh login.
func (t *task) paused() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.heldFor
}

// waiting tells what the step waits for, and how long that usually takes.
func (t *task) waiting(message string, usually time.Duration) {
	e := t.run.event(t.key, Waiting)
	e.Message, e.Usually = message, usually
	t.run.emit(e)
}

// document is a policy document that is changed in place.
type document struct {
	kind   string // names the backup
	target string
	read   func() (string, error)
	write  func(policy.Document) error
	mend   func(current policy.Document) (policy.Document, error)
	done   func(text string) // keeps what was read back
}

// settleTries and settlePause bound how long a written document may take to show: IAM and KMS are eventually consistent.
const (
	settleTries = 8
	settlePause = 250 * time.Millisecond

	foreignTries = 4 // readings that must differ before somebody else's write explains it
)

// rewrite reads the document again, so that what somebody else wrote since the plan is merged and not lost, backs it up,
// writes it and proves it by reading it back.
func (t *task) rewrite(ctx context.Context, d document) (wrote bool, err error) {
	release, err := t.run.lockDocument(ctx, d.kind+" "+d.target)
	if err != nil {
		return false, t.lockFault(d.kind, err)
	}
	defer release()
	before, err := d.read()
	if err != nil {
		return false, t.place().fault("read the "+d.kind+" again before changing it", err)
	}
	current, err := parseOrEmpty(before)
	if err != nil {
		return false, t.place().say("understand the present "+d.kind, err.Error(), "mend it, then try again")
	}
	wanted, err := d.mend(current)
	if err != nil {
		return false, t.place().fault("fit the statements into the "+d.kind, err)
	}
	if sameMeaning(wanted, current) {
		d.done(before)
		return false, nil
	}
	if before != "" {
		if err := t.backup(d.kind, d.target, before); err != nil {
			return false, t.place().say("back up the "+d.kind, err.Error(), "make the state directory writable, then try again: nothing is changed without a backup")
		}
	}
	if err := t.write("write the "+d.kind+" of "+d.target, func() error { return d.write(wanted) }); err != nil {
		return false, refusedFor(err, d.kind+" of "+d.target, wanted)
	}
	t.changed()
	return true, t.proveDocument(ctx, d, wanted)
}

// sameMeaning compares documents; without statements the version says nothing. Two set-ups may have statements that mean the same: then it
// counts whose stand there.
func sameMeaning(a, b policy.Document) bool {
	return len(a.Statements) == 0 && len(b.Statements) == 0 || a.Equal(b) && slices.Equal(setupSids(a), setupSids(b))
}

// setupSids lists the Sids that set-ups gave, in order.
func setupSids(d policy.Document) []string {
	var sids []string
	for _, st := range d.Statements {
		if setupSid.MatchString(st.Sid) {
			sids = append(sids, st.Sid)
		}
	}
	slices.Sort(sids)
	return sids
}

func (t *task) proveDocument(ctx context.Context, d document, wanted policy.Document) error {
	pause := settlePause
	for try := 1; ; try++ {
		after, err := d.read()
		if err != nil {
			return t.place().fault("read the "+d.kind+" back", err)
		}
		now, err := parseOrEmpty(after)
		if err == nil && sameMeaning(now, wanted) {
			d.done(after)
			return nil
		}
		if mended, mendErr := d.mend(now); err == nil && mendErr == nil && try >= foreignTries && sameMeaning(mended, now) {
			t.say(Running, "somebody else changed the "+d.kind+" of "+d.target+" at the same moment; what this set-up wrote is in it")
			d.done(after)
			return nil
		}
		if try == settleTries {
			return t.place().say("prove the "+d.kind, "it reads back differently from what was written: somebody else may be changing it at the same moment",
				"look at what is there now, then try again")
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		pause *= 2
	}
}

// sleep waits, or ends with the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return fmt.Errorf("waiting was ended: %w", context.Cause(ctx))
	case <-timer.C:
		return nil
	}
}
