package steps

import (
	"context"
	"time"
)

// Plan is every change of a set-up against what is there now. What a review shows and what Run applies is this value.
type Plan struct {
	Setup    Setup
	Steps    []PlannedStep
	Warnings []string  // what a careful colleague would say before it is applied
	ReadAt   time.Time // when the live state was read

	live     *live
	revokes  bool // the plan takes back what a set-up granted
	repairs  bool // the plan changes what stands in a set-up's way
	restores bool // a repair that puts back one document
	again    func(context.Context) (*Plan, error)
	options  *RevokeOptions
	takes    []*revocation // of a revocation: what is taken, by account
	noLogs   bool          // of a revocation that keeps the flow logs: there are none
}

// verb names what the plan does, for the journal.
func (p *Plan) verb() string {
	switch {
	case p.revokes:
		return VerbRevoke
	case p.restores:
		return verbRestore
	case p.repairs:
		return verbRepair
	}
	return VerbApply
}

// PlannedStep is one step of a plan.
type PlannedStep struct {
	Step    StepName
	Account string // 12-digit account ID
	Region  string // empty where the step has none
	Target  string // bucket name, role name, key ARN, VPC ids …
	Change  Change
	Summary string  // one line: what will be done, or what is there
	Before  *string // JSON or text of what is there; nil: nothing
	After   *string // JSON or text of what will be there; nil: nothing
	Reason  string  // why it is changed, blocked or handed off
	HandOff string  // for hand-off and blocked: the exact text for the person who can do it
	Notes   []string

	Commands string // for hand-off and blocked: AWS CLI commands for a POSIX shell that do it, at the end of HandOff; empty where none do

	unread error // what had to be read for it and was denied, an *awsops.Error; nil: nothing. A proof cannot tell then

	exec *execution
}

// Idle says that the step is about a region in which the account has no VPC to log: there is nothing to do, and nothing to wait for.
func (p PlannedStep) Idle() bool {
	return (p.Step == StepFlowLogs || p.Step == StepDelivery) && p.Change == ChangeNone && p.Region != "" && p.Target == "" && len(p.Notes) == 0
}

// IdleRegions lists the regions in which an account (12 digits) has no VPC to log, where they are more than one; further: it has some in others.
func (p *Plan) IdleRegions(account string) (regions []string, further bool) {
	for _, s := range p.Steps {
		switch {
		case s.Account != account || s.Step != StepFlowLogs:
		case s.Idle():
			regions = append(regions, s.Region)
		default:
			further = true
		}
	}
	if p.revokes || p.repairs || len(regions) < 2 {
		return nil, false
	}
	return regions, further
}

// Changes counts the steps that would write to AWS.
func (p *Plan) Changes() int {
	n := 0
	for _, s := range p.Steps {
		if s.Change.writes() {
			n++
		}
	}
	return n
}

// Blocked lists the steps that stand in the way of applying the plan.
func (p *Plan) Blocked() []PlannedStep { return p.with(ChangeBlocked) }

// HandedOff lists the steps that somebody else must do.
func (p *Plan) HandedOff() []PlannedStep { return p.with(ChangeHandOff) }

func (p *Plan) with(c Change) []PlannedStep {
	var found []PlannedStep
	for _, s := range p.Steps {
		if s.Change == c {
			found = append(found, s)
		}
	}
	return found
}

func (c Change) writes() bool {
	return c == ChangeCreate || c == ChangeUpdate || c == ChangeReplace || c == ChangeDelete
}
