package steps

import (
	"cmp"
	"slices"
	"strings"
)

// unexplained is the cause of a check that fails and for which no other was found.
const unexplained = "check-failed"

// findUnexplained gives a cause for each check that fails and that no known cause accounts for, so that no proof fails without one.
func (d *diagnosis) findUnexplained(known []Cause) []Cause {
	var causes []Cause
	for _, check := range d.report.Checks {
		if check.Status != Fail || slices.ContainsFunc(known, func(c Cause) bool { return !c.Aside && c.accountsFor(check) }) {
			continue
		}
		c := Cause{ID: unexplained, Title: kindOf(unexplained).title, Account: check.Account, Region: check.Region, Target: cmp.Or(check.Target, check.ID),
			Evidence: strings.TrimSuffix(check.ID+": "+check.Summary+": "+check.Evidence, ": ")}
		c.Mend, c.Fix = d.mendCheck(check)
		causes = append(causes, c)
	}
	return perSite(causes)
}

// accountsFor says whether a cause keeps a check from passing: one about flow logs does so in its own account and region only.
func (c Cause) accountsFor(check Check) bool {
	if check.letTooMuch() && !slices.Contains([]string{"reader-excess", "bucket-policy-excess", "trust-loose", "public-access", "not-set-up"}, c.ID) {
		return false // what is missing does not explain what is too much
	}
	here := c.Account == check.Account && (c.Region == "" || check.Region == "" || c.Region == check.Region)
	return slices.Contains(kindOf(c.ID).explains, check.ID) && (here || !c.local)
}

// mendCheck says who can make a check pass: apply, where its plan changes something in that step, else a person.
func (d *diagnosis) mendCheck(check Check) (Mend, string) {
	step, _, _ := strings.Cut(check.ID, ".")
	if d.run != nil {
		for _, p := range d.run.plan.Steps {
			if string(p.Step) != step || p.Account != check.Account || p.Region != check.Region || check.ID != step {
				continue
			}
			switch {
			case p.Change.writes():
				return MendApply, "flowgrant apply -f FILE would " + p.Summary
			case p.Change == ChangeBlocked || p.Change == ChangeHandOff:
				return MendHand, cmp.Or(p.HandOff, check.Fix, "see the evidence")
			}
		}
	}
	return MendHand, cmp.Or(check.Fix, "the evidence names what is wrong: mend that, then flowgrant verify again")
}
