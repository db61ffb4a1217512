package steps

import (
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
)

// triedTooMuch are the reader's own attempts that must be refused.
var triedTooMuch = []string{"put-object", "get-object-outside", "get-object-of-another-account", "decrypt-with-another-key", "assume-role-without-external-id", "assume-role-with-wrong-external-id"}

// letTooMuch says whether the reader itself did what must be refused.
func (c Check) letTooMuch() bool {
	_, tried, _ := strings.Cut(c.Summary, ": ")
	return c.ID == "access.real" && c.Status == Fail && slices.Contains(triedTooMuch, tried)
}

// report turns how the steps ended into checks. Proof steps bring their own.
func (r *run) report() Report {
	rep := Report{Setup: r.plan.Setup.Name, Limits: r.limits(), LeftOut: r.plan.LeftOut()}
	delivered := r.deliveryProved() && (r.readersReport() != nil || !r.leftToReader())
	for _, t := range r.all() {
		if own, ok := r.checks[t.key]; ok {
			rep.Checks = append(rep.Checks, byDelivery(r.byReader(own), delivered)...)
			continue
		}
		rep.Checks = append(rep.Checks, r.check(t, delivered))
		rep.Checks = append(rep.Checks, r.further(t)...)
	}
	rep.Arrived = r.arrivals.picture()
	if r.plan.revokes {
		rep.Withdrawn = r.withdrawal(rep.Checks)
	}
	rep.sum()
	return rep
}

// check is the proof of a step that changes something: it holds when there is nothing left to change.
func (r *run) check(t *task, delivered bool) Check {
	s := t.step()
	c := Check{ID: string(s.Step), Account: s.Account, Region: s.Region, Target: s.Target, Summary: s.Summary, Evidence: deref(s.After)}
	if at := slices.IndexFunc(r.failed, func(e StepEvent) bool { return e.Key == t.key }); at >= 0 {
		c.Status, c.Summary, c.Evidence, c.Fix = Fail, r.failed[at].Cause, deref(s.Before), r.failed[at].Fix
		return c
	}
	if s.Step == StepFlowLogs && s.Change == ChangeNone {
		c.Evidence = r.flowLogEvidence(s)
	}
	switch {
	case s.unread != nil && r.proofOnly:
		c.Status, c.Summary, c.Evidence, c.Fix = Unknown, "not all that this hangs on could be read", s.unread.Error(), letRead(s.unread)
	case s.Change == ChangeHandOff && delivered:
		c.Status, c.Evidence = Pass, "logs arrive, so it has been done"
	case s.Change == ChangeHandOff:
		c.Status, c.Evidence, c.Fix = Unknown, s.Reason, s.HandOff
	case s.Change == ChangeBlocked:
		c.Status, c.Summary, c.Evidence, c.Fix = Fail, s.Reason, deref(s.Before), s.HandOff
	case t.status == Done:
		c.Status, c.Summary = Pass, t.message
	case s.Change == ChangeNone && s.exec == nil:
		c.Status = Pass // it is as wanted, whether the run came to it or not
	case r.proofOnly && s.Change.writes() && r.plan.revokes:
		return r.leftToTake(c, s)
	case r.proofOnly && s.Change.writes():
		c.Status, c.Summary, c.Evidence = Fail, s.Reason, deref(s.Before)
		c.Fix = "flowgrant apply would " + s.Summary
	default:
		c.Status, c.Evidence = Unknown, "it was not reached"
	}
	return c
}

// letRead says which right was lacking.
func letRead(denied error) string {
	if e, ok := denied.(*awsops.Error); ok { //nolint:errorlint // what is told as unreadable holds exactly these
		return "let the acting principal use " + e.Operation
	}
	return "let the acting principal read it"
}

// byReader settles what only the reader's own attempt could prove.
func (r *run) byReader(checks []Check) []Check {
	if r.readersReport() == nil {
		return checks
	}
	settled := slices.Clone(checks)
	for i, c := range settled {
		if c.readerProves && c.Status == Unknown {
			settled[i].Status, settled[i].Evidence, settled[i].Fix = Pass, c.Evidence+"; the reader itself did it", ""
		}
	}
	return settled
}

// byDelivery settles what only the arrival of logs could prove.
func byDelivery(checks []Check, delivered bool) []Check {
	if !delivered {
		return checks
	}
	settled := slices.Clone(checks)
	for i, c := range settled {
		if c.deliveryProves && c.Status == Unknown {
			settled[i].Status, settled[i].Evidence, settled[i].Fix = Pass, c.Evidence+"; logs arrive, so it may", ""
		}
	}
	return settled
}

// leftToReader says whether a proof of delivery is left to the reader's own attempt.
func (r *run) leftToReader() bool {
	for _, t := range r.all() {
		if t.step().Step == StepDelivery && slices.ContainsFunc(r.checks[t.key], func(c Check) bool { return c.readerProves }) {
			return true
		}
	}
	return false
}

// deliveryProved says whether logs of every account arrived, as far as can be seen from here.
func (r *run) deliveryProved() bool {
	proved := false
	for _, t := range r.all() {
		if t.step().Step != StepDelivery {
			continue
		}
		r.mu.Lock()
		checks := r.checks[t.key]
		r.mu.Unlock()
		if len(checks) == 0 { // it gave up, or goes on
			return false
		}
		for _, c := range checks {
			if c.Status != Pass && !c.readerProves {
				return false
			}
			proved = true
		}
	}
	return proved
}

func (r *run) prove(t *task, checks ...Check) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.checks[t.key] = append(r.checks[t.key], checks...)
}

// limits names what no call of the run could see.
func (r *run) limits() []string {
	limits := r.policyLimits()
	if r.plan.live != nil {
		limits = append(limits, r.plan.live.boundaryLimits()...)
		if r.plan.live.keyARN != "" && !r.plan.Setup.toGroups() {
			limits = append(limits, "grants of the KMS key are not read: whom one lets use the key past its policy is not seen")
		}
	}
	return limits
}

func (r *run) policyLimits() []string {
	l := r.plan.live
	if r.plan.Setup.toGroups() {
		unseen := "service control policies of the organization are not read: only a delivery shows that none of them stands in the way"
		if l != nil && r.proofOnly && l.scpsUnseen == "" {
			return nil
		}
		if l != nil && l.scpsUnseen != "" {
			unseen += " (" + l.scpsUnseen + ")"
		}
		return []string{unseen}
	}
	unseen := "resource control policies of the organization are not read: only a real call by " + r.plan.Setup.reader().Name + " shows that none of them stands in the way"
	switch {
	case l == nil || !r.proofOnly:
		unseen = "service control policies and " + unseen
	case l.scpsUnseen != "":
		unseen = "service control policies and " + unseen + " (" + l.scpsUnseen + ")"
	}
	if r.diagnoses {
		return []string{unseen}
	}
	return []string{unseen, "IAM's policy simulator is not asked, but by flowgrant doctor: access is decided from the documents"}
}
