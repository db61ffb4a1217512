package steps

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
)

// RunOptions say how a plan is carried out.
type RunOptions struct {
	Wait         time.Duration   // how long to wait for the first logs; negative: twice the aggregation interval and 20 minutes; 0: look once
	Emit         func(Event)     // receives the events, from many goroutines; must not block; nil: nobody listens
	Interactive  bool            // somebody answers a Question
	ReviewedAt   time.Time       // when a person confirmed the plan; zero: nobody did, the plan's own reading counts
	Journal      *Journal        // records what is about to be done and keeps documents before they are changed; nil: nothing is kept
	Kill         context.Context // ends calls in flight; nil: they always finish
	ProveAll     bool            // a document that was put back: prove the whole set-up with it
	Taken        *RevokeOptions  // with ProveAll: the set-up was taken back, and it is proved that it is; nil: it is in use
	KeepReplaced bool            // flow logs that were replaced stay, and nobody is asked
	Again        <-chan int      // keys of failed steps to try again while the rest of the run goes on, with what was not started because of them; nil: never
}

// reviewHolds is how long a confirmation speaks for the live state that was reviewed.
const reviewHolds = time.Minute

// run is one plan being carried out.
type run struct {
	engine    *Engine
	plan      *Plan
	opts      RunOptions
	soft      context.Context // cancelled: start nothing new
	proofOnly bool            // change nothing, only prove
	diagnoses bool            // the proof is part of a diagnosis
	maxAge    time.Duration   // how old the newest logs may be; 0: any age

	mu         sync.Mutex
	tasks      []*task // by the key of their step
	made       []string
	checks     map[int][]Check
	failed     []StepEvent
	arrivals   arrivals
	deliveries []*delivery // what arrived, one for each account and region
	replacing  replacing
	reader     *awsops.ReaderReport // what the reader itself found; nil: it could not try
	cut        bool                 // a call that puts back what AWS dropped was ended: no step of the plan tells that
	gone       []string             // what a revocation deleted, by kind and name
	others     bool                 // another set-up still lets the reader of a revocation read
}

// Run carries out a plan and proves it. Cancelling ctx starts nothing new and lets calls in flight finish.
// It never returns early with work undone in silence: the result lists what was made and what was not, and why.
func (e *Engine) Run(ctx context.Context, p *Plan, o RunOptions) Result {
	r := e.newRun(ctx, p, o)
	event := r.refuse(ctx)
	if event == nil {
		event = r.begin()
	}
	if event != nil {
		r.emit(*event)
		r.failed = append(r.failed, *event)
		if p.verb() != VerbApply || o.Journal != nil && !o.Journal.keeps(p.Setup) { // nothing was begun: how far the set-up is stays as it was
			return r.result()
		}
		return r.ended(r.result())
	}
	r.carryOut()
	result := r.result()
	if o.ProveAll && result.Failure == nil && result.Status != ResultInterrupted {
		result = e.provenWith(ctx, p.Setup, o.Taken, result)
	}
	return r.ended(result)
}

// provenWith gives a result the verdict of the whole set-up.
func (e *Engine) provenWith(ctx context.Context, s Setup, taken *RevokeOptions, result Result) Result {
	prove := func() (Report, error) { return e.Verify(ctx, s) }
	if taken != nil {
		prove = func() (Report, error) { return e.ProveRevoked(ctx, s, *taken) }
	}
	report, err := prove()
	if err != nil {
		result.Status = ResultWaiting
		result.NotMade = append(result.NotMade, "the proof of the set-up: "+err.Error())
		return result
	}
	result.Report = report
	switch {
	case report.Status == ReportFailed:
		result.Status = ResultFailed
	case report.Status == ReportUnproven:
		result.Status = ResultWaiting
	case result.Changed == 0:
		result.Status = ResultUnchanged
	default:
		result.Status = ResultVerified
	}
	return result
}

func (e *Engine) newRun(ctx context.Context, p *Plan, o RunOptions) *run {
	own := *p // whoever shows the plan meanwhile reads his own
	r := &run{engine: e, plan: &own, opts: o, soft: ctx, checks: map[int][]Check{}}
	for i := range p.Steps {
		r.tasks = append(r.tasks, r.newTask(i))
	}
	return r
}

func (r *run) newTask(key int) *task {
	return &task{run: r, key: key, made: make(chan struct{}), ended: make(chan struct{})}
}

// refuse tells why a plan cannot be carried out: what can be known before the first write stops before the first write.
func (r *run) refuse(ctx context.Context) *StepEvent {
	for i, s := range r.plan.Steps {
		if s.Change == ChangeBlocked {
			e := r.event(i, Failed)
			e.Message, e.Cause, e.Fix = s.Summary, s.Reason, s.HandOff
			return &e
		}
	}
	if r.opts.ReviewedAt.IsZero() || r.engine.now().Sub(r.plan.ReadAt) <= reviewHolds {
		return nil
	}
	fresh, err := r.plan.again(ctx)
	e := r.event(0, Failed)
	if ctx.Err() != nil {
		return nil // asked to stop: every step says so itself, and nothing is written
	}
	if err != nil {
		e.Message, e.Cause, e.Fix = "read the live state again", err.Error(), "try again"
		return &e
	}
	if fresh.fingerprint() != r.plan.fingerprint() {
		e.Message = "compare the live state with the one that was reviewed"
		e.Cause, e.Fix = "something has changed in AWS since the plan was shown", "look at the plan again and confirm that one"
		return &e
	}
	r.plan.live, r.plan.Steps, r.plan.takes, r.plan.noLogs = fresh.live, fresh.Steps, fresh.takes, fresh.noLogs
	return nil
}

// fingerprint is everything of a plan that a person reviews.
func (p *Plan) fingerprint() string {
	var b strings.Builder
	for _, s := range p.Steps {
		fmt.Fprintln(&b, s.Step, s.Account, s.Region, s.Target, s.Change, s.Summary, s.Reason, deref(s.Before), deref(s.After))
	}
	return b.String()
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (r *run) carry(ctx context.Context, t *task) {
	defer t.changed() // after it has ended: who waits for its changes sees that there are none where it failed before them
	defer close(t.ended)
	s := t.step()
	if s.Change == ChangeHandOff {
		t.status = Skipped
		t.say(Skipped, s.Summary+": this is for somebody else to do")
		return
	}
	changes := s.Change.writes()
	if r.proofOnly && (changes || s.Change == ChangeBlocked) && (s.exec == nil || !s.exec.proves) {
		t.status = Failed
		return
	}
	if s.exec == nil {
		t.status, t.message = Done, s.Summary
		t.say(Done, s.Summary)
		return
	}
	if missing := r.await(ctx, t, s.exec.needs); missing != "" {
		t.status = Skipped
		t.say(Skipped, missing)
		return
	}
	if changes && r.stopping() {
		t.status = Skipped
		t.say(Skipped, ErrInterrupted.Error())
		return
	}
	t.say(Running, s.Summary)
	message, err := t.safely(ctx, func(ctx context.Context, t *task) (string, error) {
		if err := t.renewed(ctx); err != nil {
			return "", err
		}
		return s.exec.run(ctx, t)
	})
	t.end(message, err)
}

// safely runs a step and turns a panic into its failure.
func (t *task) safely(ctx context.Context, step func(context.Context, *task) (string, error)) (message string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = t.place().say("finish the step", fmt.Sprintf("a fault of flowgrant: %v at %s", p, faultLine(debug.Stack())), "please report it with this text")
		}
	}()
	return step(t.watch(ctx), t)
}

// faultLine finds the first line of our own code in a stack.
func faultLine(stack []byte) string {
	for line := range strings.Lines(string(stack)) {
		if strings.Contains(line, "/steps/") && !strings.Contains(line, "run.go") {
			return strings.TrimSpace(line[strings.LastIndex(line, "/steps/")+1:])
		}
	}
	return "an unknown place"
}

func (t *task) say(status Status, message string) {
	if status != Running && status != Waiting {
		t.run.stepEnded(t, status, message)
	}
	e := t.run.event(t.key, status)
	e.Message = message
	t.run.emit(e)
}

func (t *task) end(message string, err error) {
	switch {
	case err == nil:
		t.status, t.message = Done, message
		t.say(Done, message)
	case errors.Is(err, ErrInterrupted), errors.Is(err, awsops.ErrStopped):
		t.status = Skipped
		t.say(Skipped, ErrInterrupted.Error())
	case t.run.killed(err):
		t.status, t.message = Skipped, errEnded.Error()
		t.say(Skipped, t.message)
	case errors.Is(err, errWaiting):
		t.status, t.message = Waiting, message
		t.run.stepEnded(t, Waiting, message)
		t.say(Waiting, message)
	default:
		t.status = Failed
		e := t.run.event(t.key, Failed)
		f := t.place().fault("", err)
		e.Message, e.Cause, e.Fix, e.RequestID, e.Refused = f.Tried, f.Cause, f.Fix, f.RequestID, refusedVPCs(err)
		t.run.mu.Lock()
		t.run.failed = append(t.run.failed, e)
		t.run.mu.Unlock()
		t.run.stepEnded(t, Failed, f.Cause)
		t.run.emit(e)
	}
}

// errWaiting ends a step that is not finished and has not failed.
var errWaiting = errors.New("not finished yet")

// await waits for the steps that a task needs and names the first that did not come out well.
func (r *run) await(ctx context.Context, t *task, needs []need) string {
	for _, n := range needs {
		for key := range r.plan.Steps {
			if n.met(&r.plan.Steps[key]) && !r.came(ctx, t, n, key) {
				if ctx.Err() != nil {
					return ErrInterrupted.Error()
				}
				return fmt.Sprintf("not started: it needs %s, which is not done", n.step)
			}
		}
	}
	return ""
}

// came waits for one step that a task needs and says whether it came out well.
func (r *run) came(ctx context.Context, t *task, n need, key int) bool {
	for {
		needed := r.all()[key]
		wait := needed.ended
		if n.changed {
			wait = needed.made
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return false
		}
		if n.changed && !needed.over() || r.proofOnly {
			return true // its changes are made, its proof goes on; a proof alone looks at what is there
		}
		failed := needed.status == Failed || needed.status == Waiting || needed.status == Skipped && needed.step().Change != ChangeHandOff
		if failed && r.giveUp(t, needed) {
			return false
		}
		if !failed && r.all()[key] == needed { // else it is tried again meanwhile
			return true
		}
	}
}

func (t *task) over() bool {
	select {
	case <-t.ended:
		return true
	default:
		return false
	}
}

// guard reads the bucket policy again once the flow logs are made, and puts back what AWS dropped from it.
func (r *run) guard(ctx context.Context, tasks []*task, guarded chan<- struct{}) {
	defer close(guarded)
	var policy *task
	created := false
	for _, t := range tasks {
		switch t.step().Step {
		case StepBucketPolicy:
			<-t.ended
			policy = t
		case StepFlowLogs:
			<-t.made
			created = created || t.step().Change.writes() && (!t.over() || t.status != Skipped)
		}
	}
	if !created || r.proofOnly || r.plan.revokes || r.plan.repairs || policy == nil || policy.status != Done {
		return
	}
	again := r.newTask(policy.key)
	message, err := again.safely(ctx, restoreBucketPolicy)
	if err == nil && message == "" {
		return
	}
	r.mu.Lock()
	r.cut = r.cut || err != nil && r.killed(err)
	r.mu.Unlock()
	again.end(message, err)
}

func (r *run) stopping() bool { return r.soft.Err() != nil }

// errEnded is told of a step that had a call in flight when the run was asked to end those too.
var errEnded = errors.New("interrupted in the middle of a call: whether it took effect shows when the live state is read again")

// killed says whether a step failed only because its calls in flight were ended.
func (r *run) killed(err error) bool {
	return r.opts.Kill != nil && r.opts.Kill.Err() != nil && errors.Is(err, context.Canceled)
}

func (r *run) event(key int, status Status) StepEvent {
	s := r.plan.Steps[key]
	return StepEvent{Time: r.engine.now(), Key: key, Step: s.Step, Account: s.Account, Region: s.Region, Target: s.Target, Status: status, Change: s.Change}
}

func (r *run) emit(e Event) {
	if r.opts.Emit != nil {
		r.opts.Emit(e)
	}
}

func (r *run) noteMade(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.made = append(r.made, what)
}

// ask puts a question to whoever watches; without anybody the answer is no.
func (r *run) ask(ctx context.Context, q Question) (string, bool) {
	if !r.opts.Interactive || r.opts.Emit == nil {
		return "", false
	}
	type answer struct {
		text string
		ok   bool
	}
	answers := make(chan answer, 1)
	q.Answer = func(text string, ok bool) {
		select {
		case answers <- answer{text, ok}:
		default: // only the first answer counts
		}
	}
	r.emit(q)
	select {
	case a := <-answers:
		return a.text, a.ok
	case <-r.soft.Done():
		return "", false
	case <-ctx.Done():
		return "", false
	}
}

func (r *run) result() Result {
	res := Result{Setup: r.plan.Setup.Name, Made: slices.Clone(r.made), Portal: portalValues(r.plan.Setup)}
	pending := false
	for _, t := range r.all() {
		s := t.step()
		if t.written > 0 || s.Change.writes() && t.status == Done {
			res.Changed++
		}
		if s.Change == ChangeHandOff {
			pending = true
		}
		if !s.Change.writes() && s.Change != ChangeHandOff && s.Change != ChangeBlocked || t.status == Done {
			continue
		}
		reason := s.Reason
		if t.status == Waiting || t.status == Skipped && t.message != "" {
			reason = t.message
		}
		if at := slices.IndexFunc(r.failed, func(e StepEvent) bool { return e.Key == t.key }); at >= 0 {
			reason = r.failed[at].Cause
		}
		res.Undone = append(res.Undone, t.key)
		res.NotMade = append(res.NotMade, fmt.Sprintf("%s: %s (%s)", s.Step, s.Summary, reason))
	}
	if len(r.failed) > 0 {
		res.Failure, res.Failed = &r.failed[0], slices.Clone(r.failed)
	}
	res.Report = r.report()
	switch {
	case len(r.failed) > 0:
		res.Status = ResultFailed
	case r.stopping() && (len(res.NotMade) > 0 || r.cut): // leaving while only logs are waited for is no interruption
		res.Status = ResultInterrupted
	case res.Report.Status == ReportFailed:
		res.Status = ResultFailed
	case r.plan.revokes && !pending:
		res.Status = ResultRevoked
	case res.Report.Status == ReportUnproven, pending && res.Report.Status != ReportVerified:
		res.Status = ResultWaiting
	case res.Changed == 0:
		res.Status = ResultUnchanged
	default:
		res.Status = ResultVerified
	}
	return res
}
