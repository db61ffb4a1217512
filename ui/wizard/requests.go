package wizard

import (
	"fmt"
	"slices"
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
		name += " in " + p.Account
	}
	v := &viewer{name: name, at: stageReview, leaves: []leaf{{tabChange, stepText(p), file + ".txt", diffMark}}}
	if requests := plan.Requests(i); len(requests) > 0 {
		v.leaves = append(v.leaves, leaf{words.TabRequests, plain.RequestText(requests), file + "-requests.txt", nil},
			leaf{words.TabCLI, plain.CLIText(requests), file + ".sh", nil})
	}
	if p.HandOff != "" {
		v.leaves = append(v.leaves, leaf{tabHandOff, p.HandOff, file + "-hand-off.txt", nil})
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
	type task struct {
		Step     steps.StepName  `json:"step"`
		Account  string          `json:"account"`
		Region   string          `json:"region,omitempty"`
		Target   string          `json:"target,omitempty"`
		Summary  string          `json:"summary"`
		Cause    string          `json:"cause,omitempty"`
		Fix      string          `json:"fix,omitempty"`
		Requests []steps.Request `json:"requests,omitempty"`
	}
	var tasks []task
	var all []steps.Request
	var text strings.Builder
	text.WriteString(fmt.Sprintf(sayHandOver, s.setup.Name) + "\n")
	for _, i := range open {
		p, at := s.plan.Steps[i], s.steps[i]
		requests := s.plan.Requests(i)
		tasks = append(tasks, task{p.Step, p.Account, p.Region, p.Target, p.Summary, at.event.Cause, at.event.Fix, requests})
		all = slices.Concat(all, requests)
		fmt.Fprintf(&text, "\n%s · %s\n%s\n", p.Step, strings.Join(slices.DeleteFunc([]string{p.Account, p.Region, p.Target}, func(w string) bool { return w == "" }), " · "), p.Summary)
		if at.event.Cause != "" {
			text.WriteString(sayWhyItWasNotDone + at.event.Cause + "\n")
		}
		if at.event.Fix != "" {
			text.WriteString("To do: " + at.event.Fix + "\n")
		}
		if p.HandOff != "" {
			text.WriteString(p.HandOff + "\n")
		}
		if len(requests) > 0 {
			text.WriteString("\n" + plain.RequestText(requests))
		}
	}
	file := s.setup.Name + "-hand-over"
	v := &viewer{name: titleHandOver, at: stageRun, leaves: []leaf{{tabText, text.String(), file + ".txt", nil}, {tabJSON, plain.Pretty(tasks) + "\n", file + ".json", nil}}}
	if len(all) > 0 {
		v.leaves = append(v.leaves, leaf{words.TabCLI, plain.CLIText(all), file + ".sh", nil})
	}
	return v
}
