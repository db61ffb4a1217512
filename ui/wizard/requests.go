package wizard

import (
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/words"
)

// stepViewer shows a planned step alone: what it changes, the API requests it makes, and the same as AWS CLI commands.
func stepViewer(plan *steps.Plan, i int) *viewer {
	p := plan.Steps[i]
	name, file := string(p.Step), "flowgrant-"+string(p.Step)
	if p.Account != "" {
		name += labelIn + p.Account
	}
	v := &viewer{name: name, at: stageReview, leaves: []leaf{{tabChange, stepText(p), file + ".txt", diffMark}}}
	if requests := plan.Requests(i); len(requests) > 0 {
		v.leaves = append(v.leaves, leaf{words.TabRequests, plain.RequestText(requests), file + "-requests.txt", nil})
	}
	if p.HandOff != "" {
		work := p.HandOff
		if p.Change == steps.ChangeBlocked && p.Commands == "" { // that is for who sits here
			work = told(work)
		}
		v.leaves = append(v.leaves, leaf{tabHandOff, work, file + "-hand-off.txt", nil})
	}
	if script := plain.StepScript(plan, i); script != "" {
		v.leaves = append(v.leaves, leaf{words.TabCLI, script, file + ".sh", nil})
	}
	return v
}

// undone are the changes of a run that failed or did not come about, as far as that is known by now, by their index in the plan.
func (s *running) undone() []int {
	if s.active() && len(s.failures()) == 0 {
		return nil
	}
	var open []int
	for i, p := range s.plan.Steps {
		if at := s.steps[i]; at != nil && (at.event.Status == steps.Failed || at.event.Status == steps.Skipped) && (isChange(p.Change) || p.Change == steps.ChangeHandOff) {
			open = append(open, i)
		}
	}
	return open
}

// handOver shows the steps of a run that failed or did not come about, as text, JSON and commands for a person who may do them; nil: none.
func (s *running) handOver() *viewer {
	open := s.undone()
	if len(open) == 0 {
		return nil
	}
	work := plain.HandOver{Plan: s.plan, Undone: open, Told: func(i int) (cause, fix string) { return s.steps[i].event.Cause, s.steps[i].event.Fix }}
	file := s.setup.Name + "-hand-over"
	v := &viewer{name: titleHandOver, at: stageRun, leaves: []leaf{{tabText, work.Text(), file + ".txt", nil}, {tabJSON, work.JSON(), file + ".json", nil}}}
	if script := work.CLI(); script != "" {
		v.leaves = append(v.leaves, leaf{words.TabCLI, script, file + ".sh", nil})
	}
	return v
}

// regionsViewer lists the regions that a folded line stands for.
func regionsViewer(m *model, plan *steps.Plan, line treeLine) *viewer {
	regions, _ := plan.IdleRegions(line.account)
	return &viewer{name: m.accountNamed(line.account) + ": " + folded(plan, line), at: stageReview, leaves: []leaf{{text: strings.Join(regions, "\n"), file: "flowgrant-regions.txt"}}}
}
