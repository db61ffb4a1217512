package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// findKeyExcess tells of statements of the key policy that let the role use the key for more than reading, or the reader past the role.
func findKeyExcess(d *diagnosis) []Cause {
	if d.l.key == nil || !fullKeyARN(d.l.keyARN) || d.l.key.Manager == "AWS" || d.s.GrantsNobody() || !d.failed("access.beyond") {
		return nil
	}
	current, err := policy.Parse(d.l.key.Policy)
	if err != nil {
		return nil
	}
	grants := d.s.keyGrants(d.l, current)
	if len(grants) == 0 {
		return nil
	}
	c := Cause{Account: d.l.key.Account, Region: d.l.key.Region, Target: d.l.key.ARN, Mend: MendHand}
	var says, names []string
	everybody := false
	for _, g := range grants {
		st := current.Statements[g.index]
		says = append(says, g.String()+": "+st.String())
		names = append(names, "statement "+orIndex(policy.Reason{Sid: st.Sid, Index: g.index}))
		everybody = everybody || st.Principal == nil || st.Principal.Any || st.Principal.AWS.Has("*")
	}
	c.Evidence = strings.Join(says, "; ")
	wanted := d.withoutKeyGrants(current)
	c.Fix = "take the reader out of " + strings.Join(slices.Compact(names), ", ") + " of the key policy; what it needs its role grants it. The policy as it would be:\n" + wanted.Pretty()
	switch {
	case everybody: // who of everybody needs the key only its owner knows
		c.Fix = "name in " + strings.Join(slices.Compact(names), ", ") + " of the key policy those who need the key, in the place of everybody (*)"
	case c.Account == d.s.Account.ID:
		c.Mend, c.repair = MendChange, d.dropKeyGrants(current, wanted)
	}
	return []Cause{c}
}

// withoutKeyGrants takes what goes beyond the grant out of a key policy: of a statement for the role alone the actions that are too much, from others
// the reader.
func (d *diagnosis) withoutKeyGrants(now policy.Document) policy.Document {
	const most = 200 // statements and actions that are taken out
	for range most {
		grants := d.s.keyGrants(d.l, now)
		if len(grants) == 0 {
			break
		}
		g := grants[0]
		now = now.Clone()
		st := now.Statements[g.index]
		alone := st.Principal != nil && slices.Equal(st.Principal.AWS.Values(), []string{d.l.roleARN}) && !st.Principal.Service.IsSet()
		left := false
		if alone {
			st, left = narrowed(st, policy.Excess{Kind: policy.ExcessRights, Action: g.action})
		} else {
			st, left = d.withoutReader(st, g.who)
		}
		if left {
			now.Statements[g.index] = st
		} else {
			now.Statements = slices.Delete(now.Statements, g.index, g.index+1)
		}
	}
	return now
}

func (d *diagnosis) dropKeyGrants(current, wanted policy.Document) []PlannedStep {
	return changeStep(StepKeyPolicy, d.l.key.Account, d.l.key.Region, d.l.keyARN, "take out of the key policy what it grants the reader beyond the set-up", current, wanted,
		func(ctx context.Context, t *task) error {
			document := t.keyPolicyDocument(ctx)
			document.mend = func(now policy.Document) (policy.Document, error) { return d.withoutKeyGrants(now), nil }
			_, err := t.rewrite(ctx, document)
			return err
		})
}

// keyGrant is what a key policy itself lets the role, or the reader past the role, do.
type keyGrant struct {
	index       int // of the statement
	sid         string
	who, action string // ARN; kms:…
}

func (g keyGrant) String() string {
	return fmt.Sprintf("statement %s of the key policy lets %s use %s", orIndex(policy.Reason{Sid: g.sid, Index: g.index}), g.who, g.action)
}
