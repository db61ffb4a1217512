package plain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

// HandOver is what of a plan is left for somebody who may do it.
type HandOver struct {
	Plan   *steps.Plan
	Undone []int                              // indexes of steps in the plan
	Told   func(step int) (cause, fix string) // why a step was not done, and what would help; empty where nobody knows
}

type task struct {
	Step     steps.StepName  `json:"step"`
	Account  string          `json:"account"`
	Region   string          `json:"region,omitempty"`
	Target   string          `json:"target,omitempty"`
	Summary  string          `json:"summary"`
	Cause    string          `json:"cause,omitempty"`
	Fix      string          `json:"fix,omitempty"`
	HandOff  string          `json:"hand_off,omitempty"`
	Commands string          `json:"commands,omitempty"` // of what somebody else does
	Requests []steps.Request `json:"requests,omitempty"`
}

func (h HandOver) tasks() []task {
	var tasks []task
	for _, i := range h.Undone {
		p := h.Plan.Steps[i]
		cause, fix := h.Told(i)
		tasks = append(tasks, task{p.Step, p.Account, p.Region, p.Target, p.Summary, cause, fix, p.HandOff, p.Commands, h.Plan.Requests(i)})
	}
	return tasks
}

// Text tells the steps in words, with the API requests that each makes.
func (h HandOver) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, words.SayHandOverHead+"\n", h.Plan.Setup.Name)
	for _, t := range h.tasks() {
		where := slices.DeleteFunc([]string{t.Account, t.Region, t.Target}, func(w string) bool { return w == "" })
		fmt.Fprintf(&b, "\n%s · %s\n%s\n", t.Step, strings.Join(where, " · "), t.Summary)
		if t.Cause != "" {
			b.WriteString(words.SayWhyNotDone + t.Cause + "\n")
		}
		if t.Fix != "" {
			b.WriteString(words.LabelToDo + t.Fix + "\n")
		}
		if t.HandOff != "" {
			b.WriteString(t.HandOff + "\n")
		}
		if len(t.Requests) > 0 {
			b.WriteString("\n" + RequestText(t.Requests))
		}
	}
	return text.Clean(b.String())
}

// JSON gives the steps as a list.
func (h HandOver) JSON() string { return Pretty(h.tasks()) + "\n" }

// CLI gives AWS CLI commands for the steps, what no command does as comments; empty where nothing is left that a command does.
func (h HandOver) CLI() string {
	var b strings.Builder
	some := false
	for n, i := range h.Undone {
		if n > 0 {
			b.WriteString("\n")
		}
		p := h.Plan.Steps[i]
		comment(&b, strings.Split(strings.TrimSpace(strings.Join([]string{string(p.Step) + " " + p.Account + " " + p.Region, p.Summary, p.HandedOver()}, "\n")), "\n")...)
		script := StepScript(h.Plan, i)
		b.WriteString(script)
		some = some || script != ""
	}
	if !some {
		return ""
	}
	return b.String()
}
