package steps

import (
	"errors"
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
)

// StepError says which step could not be read, changed or proved, why, and what to do.
type StepError struct {
	Step      StepName
	Account   string // 12-digit account ID
	Region    string
	Target    string
	Tried     string // what was tried, as in "create the role"
	Cause     string
	Fix       string
	RequestID string
	Err       error
}

func (e *StepError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", e.Step)
	if e.Account != "" {
		fmt.Fprintf(&b, " in account %s", e.Account)
	}
	if e.Region != "" {
		fmt.Fprintf(&b, ", %s", e.Region)
	}
	if e.Target != "" {
		fmt.Fprintf(&b, " (%s)", e.Target)
	}
	b.WriteString(": ")
	if e.Tried != "" {
		fmt.Fprintf(&b, "could not %s: ", e.Tried)
	}
	b.WriteString(e.Cause)
	if e.Fix != "" {
		fmt.Fprintf(&b, ". To do: %s", e.Fix)
	}
	return b.String()
}

func (e *StepError) Unwrap() error { return e.Err }

// place is where a step happens.
type place struct {
	step    StepName
	account string
	region  string
	target  string
}

// fault makes a StepError of what AWS answered. A cause that is already a StepError is kept.
func (p place) fault(tried string, err error) *StepError {
	var known *StepError
	if errors.As(err, &known) {
		return known
	}
	e := &StepError{Step: p.step, Account: p.account, Region: p.region, Target: p.target, Tried: tried, Cause: err.Error(), Err: err}
	var partial *awsops.PartialError
	var aws *awsops.Error
	switch {
	case errors.As(err, &partial):
		e.Cause = partialCause(partial)
	case errors.As(err, &aws):
		e.RequestID = aws.RequestID
		e.Fix = aws.Fix
	}
	if e.Fix == "" {
		e.Fix = fixFor(awsops.MeaningOf(err))
	}
	return e
}

// say makes a StepError that needs no answer of AWS.
func (p place) say(tried, cause, fix string) *StepError {
	return &StepError{Step: p.step, Account: p.account, Region: p.region, Target: p.target, Tried: tried, Cause: cause, Fix: fix}
}

func partialCause(p *awsops.PartialError) string {
	lines := make([]string, 0, len(p.Failed))
	for _, f := range p.Failed {
		lines = append(lines, fmt.Sprintf("%s: %s (%s)", f.ID, f.Message, f.Code))
	}
	return strings.Join(lines, "; ")
}

func fixFor(m awsops.Meaning) string {
	switch m {
	case awsops.Denied:
		return "let the acting principal make this call, or have somebody run it who may, then try again"
	case awsops.Expired:
		return "log in again, then try again"
	case awsops.Throttled:
		return "AWS is limiting the rate of calls: wait a minute, then try again"
	case awsops.Unreachable:
		return "check the network and the endpoint, then try again"
	case awsops.Conflict:
		return "something else is changing this at the same moment: wait for it, then try again"
	case awsops.Limit:
		return "a quota of the account is reached: raise it or delete what is no longer needed, then try again"
	default:
		return "mend the cause, then try again: what is already done is not done twice"
	}
}

// ErrInterrupted ends a run that was asked to stop: nothing new starts, calls in flight finish.
var ErrInterrupted = errors.New("interrupted before this started")

// StepErrors are all the steps that failed at once, in the order of their steps.
type StepErrors []*StepError

func (e StepErrors) Error() string {
	lines := make([]string, len(e))
	for i, s := range e {
		lines[i] = s.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the errors one by one.
func (e StepErrors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, s := range e {
		errs[i] = s
	}
	return errs
}
