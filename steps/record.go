package steps

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/flowgrant/flowgrant/awsops"
)

// begin writes that a run begins. A journal that cannot be written stops the run before its first write to AWS.
func (r *run) begin() *StepEvent {
	if r.opts.Journal == nil {
		return nil
	}
	l := line{Kind: lineRun, Verb: r.plan.verb(), Total: len(r.plan.Steps), Revoke: r.plan.options}
	if l.Verb == VerbApply {
		l.Answers = string(r.plan.Setup.YAML()) // a later run finds by it what these answers made, also where they have changed
	}
	var err error
	if l.Verb == VerbApply || l.Verb == VerbRevoke {
		err = r.opts.Journal.keep(r.plan.Setup)
	}
	if err == nil {
		err = r.opts.Journal.synced(l)
	}
	if err == nil {
		err = r.opts.Journal.room(r.plan.toKeep())
	}
	if err == nil {
		return nil
	}
	e := r.event(0, Failed)
	e.Message, e.Cause = "write the journal", "the state directory cannot be written: "+err.Error()
	e.Fix = "make it writable and free some space, or name another one with --state-dir; nothing was written to AWS"
	return &e
}

// toKeep is about how many bytes a run of the plan puts into the state directory: each document that is changed as it was, and the journal.
func (p *Plan) toKeep() int {
	const file, lines = 8 << 10, 4 << 10 // a file takes whole blocks; a step writes some lines
	if p.Changes() == 0 {
		return 0
	}
	sum := 16 << 10
	for _, s := range p.Steps {
		sum += lines
		if s.Change.writes() && s.Before != nil {
			sum += 2*len(*s.Before) + file // kept with other indentation
		}
	}
	return sum
}

// ended writes how a run came out.
func (r *run) ended(result Result) Result {
	if r.opts.Journal == nil {
		return result
	}
	l := line{Kind: lineEnd, Status: string(result.Status)}
	if result.Failure != nil {
		l.Step, l.Account, l.Region, l.Why = result.Failure.Step, result.Failure.Account, result.Failure.Region, result.Failure.Cause
	}
	if err := r.opts.Journal.synced(l); err != nil { // the live state, which a resumed run reads, says the same
		result.NotMade = append(result.NotMade, fmt.Sprintf("the journal: write down how the run ended (%v). Free some space, then go on with flowgrant resume %s: until then the set-up is listed as one that did not finish, and what is there is not made twice", err, result.Setup))
	}
	return result
}

// intend puts on disk what a write call is about to do, and gives what takes down its outcome. A request that has a token
// gets the one of an earlier run that ended before it knew what came of it, else a new one.
func (r *run) intend(s *PlannedStep, what, request string) (token string, outcome func(error), err error) {
	if request != "" {
		token = rand.Text()
	}
	j := r.opts.Journal
	if j == nil {
		return token, func(error) {}, nil
	}
	if request != "" {
		token = j.token(request, token)
	}
	l := line{Kind: lineIntent, ID: j.id(), Step: s.Step, Account: s.Account, Region: s.Region, Target: s.Target, What: what, Request: request, Token: token}
	if err := j.synced(l); err != nil {
		return "", nil, err
	}
	return token, func(err error) {
		l.Kind, l.Status = lineOutcome, "done"
		var aws *awsops.Error
		if err != nil {
			l.Status, l.Why = "failed", err.Error()
			if awsops.MeaningOf(err) == awsops.Unreachable || errors.Is(err, context.Canceled) {
				l.Status = "unknown" // it may have taken effect
			}
		}
		if errors.As(err, &aws) {
			l.Code = aws.RequestID
		}
		j.note(l)
	}, nil
}

// token gives the client token that an unfinished request had, once.
func (j *Journal) token(request, fresh string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	if known, ok := j.open[request]; ok {
		delete(j.open, request)
		return known
	}
	return fresh
}

func (r *run) stepEnded(t *task, status Status, message string) {
	if r.opts.Journal == nil {
		return
	}
	s := t.step()
	r.opts.Journal.note(line{Kind: lineStep, Step: s.Step, Account: s.Account, Region: s.Region, Target: s.Target, Status: string(status), Why: message})
}

// backup keeps a document of the step's account before it is changed.
func (t *task) backup(kind, target, document string) error {
	j := t.run.opts.Journal
	if j == nil {
		return nil
	}
	return j.store.Backup(j.setup, t.step().Account, t.step().Region, kind, target, document)
}

// lockDocument keeps other set-ups on this machine from changing the same document at the same time. Being asked to stop ends the wait for them:
// they may wait themselves, for the network or a login.
func (r *run) lockDocument(ctx context.Context, document string) (release func(), err error) {
	if r.opts.Journal == nil {
		return func() {}, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(r.soft, cancel)()
	if release, err = r.opts.Journal.lockDocument(ctx, document); err != nil && r.stopping() {
		return nil, ErrInterrupted
	}
	return release, err
}

func (t *task) lockFault(what string, err error) error {
	e := t.place().say("lock the "+what, err.Error(), "wait for the other run to end, then try again")
	e.Err = err
	return e
}
