package steps

import (
	"context"
	"slices"
)

// carryOut starts every step at once; each waits for what it needs. While some are under way, those that failed may be tried again.
func (r *run) carryOut() {
	// Calls in flight finish when the run is asked to stop; only Kill ends them.
	calls, cancel := context.WithCancel(context.WithoutCancel(r.soft))
	defer cancel()
	if r.opts.Kill != nil {
		defer context.AfterFunc(r.opts.Kill, cancel)()
	}
	over := make(chan struct{})
	active := r.start(calls, r.all(), over)
	for {
		select { // what was asked before the last step ended is not lost
		case key := <-r.opts.Again:
			active += r.start(calls, r.renew(key), over)
			continue
		default:
		}
		if active == 0 {
			return
		}
		select {
		case <-over:
			active--
		case key := <-r.opts.Again:
			active += r.start(calls, r.renew(key), over)
		}
	}
}

// start carries out tasks, and guards the bucket policy against what making their flow logs does to it. Each goroutine that ends says so on over.
func (r *run) start(calls context.Context, tasks []*task, over chan<- struct{}) (started int) {
	if len(tasks) == 0 {
		return 0
	}
	guarded, all := make(chan struct{}), r.all()
	for _, t := range tasks {
		t.guarded = guarded
	}
	for _, t := range tasks {
		go func() {
			r.carry(calls, t)
			over <- struct{}{}
		}()
	}
	go func() {
		r.guard(calls, all, guarded)
		over <- struct{}{}
	}()
	return len(tasks) + 1
}

// all lists the tasks, one for each step of the plan. The list itself never changes: a retry makes another one.
func (r *run) all() []*task {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tasks
}

// renew replaces the task of a step that failed, and those of the steps that had to do without it; none where nothing is to be
// tried again. Nothing of them is taken over but what they wrote: every step reads what it is about to change once more before it does.
func (r *run) renew(key int) []*task {
	r.mu.Lock()
	failed := slices.ContainsFunc(r.failed, func(e StepEvent) bool { return e.Key == key })
	r.mu.Unlock()
	if !failed || r.stopping() {
		return nil
	}
	<-r.all()[key].ended // the failure is told a moment before
	anew, old := r.replace(key)
	for _, t := range old {
		<-t.ended // those that gave up because of it say so first
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range old {
		delete(r.checks, t.key) // also what they proved while they ended
	}
	return anew
}

func (r *run) replace(key int) (anew, old []*task) {
	r.mu.Lock()
	defer r.mu.Unlock()
	renewed := map[int]bool{key: true}
	for found := true; found; {
		found = false
		for _, t := range r.tasks {
			// The portal's step tells what came of the proof of access, whatever that was.
			told := t.step().Step == StepPortal && t.over() && slices.ContainsFunc(r.tasks, func(o *task) bool { return renewed[o.key] && o.step().Step == StepAccess })
			if !renewed[t.key] && (t.gaveUp && renewed[t.because] || told) {
				renewed[t.key], found = true, true
			}
		}
	}
	tasks := slices.Clone(r.tasks)
	for key := range tasks {
		if !renewed[key] {
			continue
		}
		t := r.newTask(key)
		t.again = true
		if tasks[key].over() {
			t.written = tasks[key].written
		}
		anew, old = append(anew, t), append(old, tasks[key])
		tasks[key] = t
	}
	r.tasks = tasks
	r.failed = slices.DeleteFunc(r.failed, func(e StepEvent) bool { return renewed[e.Key] })
	r.deliveries = slices.DeleteFunc(r.deliveries, func(d *delivery) bool { return renewed[d.task.key] })
	return anew, old
}

// giveUp notes that a task does without another one that did not come out well. It does not where that is tried again meanwhile.
func (r *run) giveUp(t, because *task) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tasks[because.key] != because {
		return false
	}
	t.gaveUp, t.because = true, because.key
	return true
}

// met says whether a step is one of those that are needed.
func (n need) met(s *PlannedStep) bool {
	return s.Step == n.step && (n.account == "" || s.Account == n.account) && (n.region == "" || s.Region == n.region)
}

// renewed reads the live state once more for a proof that is tried again: it decides from what was read.
func (t *task) renewed(ctx context.Context) error {
	if !t.again || t.step().Step != StepAccess || t.run.plan.revokes {
		return nil
	}
	fresh, err := t.run.engine.read(ctx, t.setup())
	if err != nil {
		return err
	}
	t.fresh = fresh
	return nil
}
