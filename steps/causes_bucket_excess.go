package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// findBucketExcess tells of statements of the bucket policy that give the reader more than the set-up grants it, where a check fails for that.
func findBucketExcess(d *diagnosis) []Cause {
	current, err := parseOrEmpty(d.l.bucket.Policy)
	if err != nil || d.s.GrantsNobody() || d.s.toGroups() || !d.beyondFails() {
		return nil
	}
	grants := d.s.directGrants(d.l, current)
	if len(grants) == 0 {
		return nil
	}
	c := Cause{Account: d.s.Account.ID, Region: d.l.region, Target: d.s.bucketName(), Mend: MendChange}
	var says, names []string
	for _, g := range grants {
		st, x := current.Statements[g.index], g.excess[0]
		name := "statement " + orIndex(policy.Reason{Sid: st.Sid, Index: g.index})
		says = append(says, fmt.Sprintf("%s lets %s use %s on %s: %s", name, g.who, x.Action, cmp.Or(x.Resource, x.Example), st.String()))
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	c.Evidence = strings.Join(says, "; ")
	mend := func(now policy.Document) (policy.Document, error) { return d.withoutGrants(now), nil }
	wanted := d.withoutGrants(current)
	c.Fix = "take the reader out of " + strings.Join(names, ", ") + " of the bucket policy; what it needs its role grants it"
	if len(wanted.Statements) > 0 {
		c.Fix += ". The policy as it would be:\n" + wanted.Pretty()
	}
	c.repair = d.changeBucketPolicy("take out of the bucket policy what it grants the reader beyond the set-up", current, wanted, mend)
	return []Cause{c}
}

// beyondFails says whether a check fails because the reader can do more than it is granted.
func (d *diagnosis) beyondFails() bool {
	return slices.ContainsFunc(d.report.Checks, func(c Check) bool {
		return c.ID == "access.beyond" && c.Status == Fail || c.letTooMuch()
	})
}

// withoutGrants takes what goes beyond the grant out of a bucket policy: of a statement for the reader alone what is too much, from others the reader;
// one for everybody goes.
func (d *diagnosis) withoutGrants(now policy.Document) policy.Document {
	const most = 200 // statements, actions and resources that are taken out
	for range most {
		grants := d.s.directGrants(d.l, now)
		if len(grants) == 0 {
			break
		}
		g := grants[0]
		now = now.Clone()
		st, left := now.Statements[g.index], false
		switch p := st.Principal; {
		case p == nil || p.Any || p.AWS.Has("*"):
		case p.AWS.Len() == 1 && !p.Service.IsSet() && !p.Federated.IsSet() && !p.CanonicalUser.IsSet():
			st, left = narrowed(st, g.excess[0])
		default:
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

// withoutReader takes a principal, and its account, out of a statement that names others too; left is false where nobody remains.
func (d *diagnosis) withoutReader(st policy.Statement, arn string) (out policy.Statement, left bool) {
	account := arnPart(arn, 4)
	return withoutPrincipals(st, arn, account, fmt.Sprintf("arn:%s:iam::%s:root", d.s.partition(), account))
}
