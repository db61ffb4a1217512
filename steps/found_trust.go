package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// foundWanted is the statement that lets the reader's account into a role that was there before.
func (s Setup) foundWanted() policy.Statement {
	root := fmt.Sprintf("arn:%s:iam::%s:root", s.partition(), s.Reader.Account)
	return policy.AssumeRoleTrust(root, s.Reader.ExternalID).Statements[0]
}

// mendedFoundTrust makes the trust policy of a role that was there before let the reader in with exactly its external ID. In the reader's
// statements only what they ask of the external ID changes; where there is none it is added. ok is false where that does not help, or
// would change how others get in.
func (s Setup) mendedFoundTrust(current policy.Document) (mended policy.Document, ok bool) {
	if s.Reader.ExternalID == "" {
		return current, false
	}
	admits := func(d policy.Document) policy.TrustFinding {
		return policy.TrustAdmits(d, s.Reader.Account, "", s.Reader.ExternalID)
	}
	mended = withoutDeleted(current, admits(current).UniqueIDs).Clone()
	named := admits(mended).Statements
	for _, i := range named {
		st := &mended.Statements[i]
		if len(admits(policy.New(*st)).Others) > 0 {
			return current, false
		}
		asks := st.Clone()
		asks.Condition = slices.DeleteFunc(asks.Condition, func(t policy.Test) bool { return !strings.EqualFold(t.Key, externalIDKey) })
		if f := admits(policy.New(asks)); f.Admits && f.RefusesNone && f.RefusesWrong {
			continue
		}
		st.Condition = append(slices.Clone(s.foundWanted().Condition), slices.DeleteFunc(slices.Clone(st.Condition), func(t policy.Test) bool { return strings.EqualFold(t.Key, externalIDKey) })...)
	}
	if len(named) == 0 {
		mended.Statements = append(mended.Statements, s.foundWanted())
	}
	f := admits(mended)
	return mended, f.Admits && f.RefusesNone && f.RefusesWrong && !f.Everyone
}

// mendFoundTrust offers the change of a trust policy that is its owner's.
func (d *diagnosis) mendFoundTrust(current policy.Document) []PlannedStep {
	s, home, role := d.s, d.l.home, d.l.role
	wanted, ok := s.mendedFoundTrust(current)
	if !ok || role.Stack != "" || wanted.Equal(current) {
		return nil
	}
	mend := func(now policy.Document) (policy.Document, error) {
		fresh, ok := s.mendedFoundTrust(now)
		if !ok {
			return now, fmt.Errorf("the trust policy of %s is another one by now: diagnose again", role.Name)
		}
		return fresh, nil
	}
	changes := ofRole(role.Name, changeStep(StepTrust, s.Account.ID, "", role.Name, "let account "+s.Reader.Account+" in with the external ID "+s.Reader.ExternalID, current, wanted,
		func(ctx context.Context, t *task) error {
			return t.rewriteTrust(ctx, home, role.Name, mend)
		}))
	changes[0].Reason = "the role was there before, and its trust policy does not let the reader in as it should"
	note := "the external ID " + s.Reader.ExternalID + " must be the one that the portal shows for this account"
	if others := slices.DeleteFunc(policy.TrustAdmits(current, s.Reader.Account, "", "").ExternalIDs, func(id string) bool { return id == s.Reader.ExternalID }); len(others) > 0 {
		note += ": afterwards " + quotedIDs(others) + " lets nobody in any more"
	}
	changes[0].Notes = append(changes[0].Notes, note)
	return changes
}
