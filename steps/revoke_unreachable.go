package steps

import (
	"context"
	"fmt"
	"slices"
)

// unreachable leaves an account that earlier answers named to somebody who can act there.
func unreachable(a Setup, err error) PlannedStep {
	return PlannedStep{Step: StepPermissions, Account: a.Account.ID, Target: a.roleName(), Change: ChangeHandOff,
		Summary: "take back what earlier answers granted in account " + a.Account.ID, Reason: "it cannot be looked at: " + err.Error(),
		HandOff: fmt.Sprintf("in account %s: take role %s and the statements whose Sids begin with %s back, or revoke again with credentials that can act there", a.Account.ID, a.roleName(), a.sid(""))}
}

// tellStanding adds to the reasons of steps that could not be looked at how their accounts stand in the organization.
func (e *Engine) tellStanding(ctx context.Context, unseen []PlannedStep) {
	if len(unseen) == 0 {
		return
	}
	accounts, err := e.Accounts(ctx)
	for i, step := range unseen {
		at := slices.IndexFunc(accounts, func(a OrganizationAccount) bool { return a.ID == step.Account })
		switch {
		case err != nil:
			unseen[i].Reason += "; whether the account is closed could not be asked: " + err.Error()
		case at < 0:
			unseen[i].Reason += "; the account is not in the organization"
		default:
			unseen[i].Reason += "; in the organization the account is " + standingOf(accounts[at].State)
		}
	}
}

// standingOf puts an account's state into words. A closed account stays SUSPENDED for 90 days. Source: Organizations user guide, orgs_manage_accounts_close.
func standingOf(state string) string {
	switch state {
	case "ACTIVE":
		return "active: it is the credentials that cannot act there"
	case "SUSPENDED", "PENDING_CLOSURE", "CLOSED":
		return state + ": closed, or suspended by AWS, so that nobody can act there unless it is opened again"
	}
	return state
}
