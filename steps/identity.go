package steps

import "fmt"

// planIdentity says who acts in each account.
func planIdentity(s Setup, l *live) []PlannedStep {
	var steps []PlannedStep
	seen := map[string]bool{}
	add := func(account, arn string) {
		if seen[account] {
			return
		}
		seen[account] = true
		steps = append(steps, PlannedStep{Step: StepIdentity, Account: account, Target: arn, Change: ChangeNone,
			Summary: fmt.Sprintf("acts as %s", arn)})
	}
	add(s.Account.ID, l.home.ARN)
	for _, at := range l.sites {
		if at.acting != nil {
			add(at.account.ID, at.acting.ARN)
		}
	}
	return steps
}

// onboardingWarnings names resource accounts in which no role trusts the reader yet.
func onboardingWarnings(s Setup, l *live) []string {
	if s.Mode != Centralized {
		return nil
	}
	var warnings []string
	for _, r := range s.ResourceAccounts {
		trusting, known := l.onboarded[r.ID]
		switch {
		case !known:
			warnings = append(warnings, fmt.Sprintf("account %s (%s): its roles could not be listed, so it is not known whether it is onboarded in %s as a resource account", r.ID, r.Name, s.reader().Name))
		case len(trusting) == 0:
			warnings = append(warnings, fmt.Sprintf("account %s (%s): no role there trusts account %s. Onboard it in %s as a resource account, or its traffic is read but not shown with its workloads", r.ID, r.Name, s.Reader.Account, s.reader().Name))
		}
	}
	return warnings
}
