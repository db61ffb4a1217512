package plain

import (
	"errors"
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

// Failed shows nothing: Failure says it on standard error.
func (p *Printer) Failed(error) {}

// Failure says on standard error what failed, why and what to do.
func (p *Printer) Failure(err error) {
	var faults steps.Faults
	var several steps.StepErrors
	var step *steps.StepError
	switch {
	case errors.As(err, &faults):
		p.line("%s", words.SayInvalidSetup)
		for _, f := range faults {
			p.para(2, "", f.Error())
		}
	case errors.As(err, &several):
		for _, step := range several {
			p.stepFailure(step)
		}
	case errors.As(err, &step):
		p.stepFailure(step)
	default:
		p.para(0, words.LabelProgram, err.Error())
	}
}

func tried(e *steps.StepError) string {
	if e.Tried == "" {
		return e.Cause
	}
	return fmt.Sprintf(words.SayCouldNotDo, e.Tried, e.Cause)
}

func (p *Printer) stepFailure(e *steps.StepError) {
	p.para(0, words.LabelProgram, fmt.Sprintf(words.SayStepFailed, where(steps.StepEvent{Step: e.Step, Account: e.Account, Region: e.Region, Target: e.Target})))
	p.para(2, words.LabelCause, tried(e))
	if e.Fix != "" {
		p.para(2, words.LabelWhatToDo, e.Fix)
	}
	if e.RequestID != "" && !strings.Contains(e.Cause, e.RequestID) {
		p.para(2, words.LabelRequestID, e.RequestID)
	}
}

// where names a step with its place.
func where(e steps.StepEvent) string {
	s := string(e.Step)
	if e.Target != "" {
		s += " " + text.Line(e.Target)
	}
	var place []string
	if e.Account != "" {
		place = append(place, e.Account)
	}
	if e.Region != "" {
		place = append(place, e.Region)
	}
	if len(place) > 0 {
		s += " (" + strings.Join(place, ", ") + ")"
	}
	return s
}
