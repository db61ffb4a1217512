package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// managedTake is what is taken from one managed policy. Whether it is rewritten or deleted is decided once more from what is there then.
type managedTake struct {
	managedChange
	change    Change   // none, update, or delete
	holders   []string // roles of the set-up that have it
	roles     []string // those of them from which it is detached
	deletable bool     // a set-up made it
}

// planPermissions takes the set-up's entries out of the roles' policies. left says whether entries of others remain.
func (v *revocation) planPermissions() (p PlannedStep, left bool) {
	s := v.setup
	p = PlannedStep{Step: StepPermissions, Account: s.Account.ID, Target: s.reader().ManagedPolicy, Change: ChangeNone, Summary: "there is nothing of this set-up in the role's policies"}
	var takes, watched []managedTake
	var before, after []string
	for _, m := range v.policies {
		take, err := v.takeFrom(m)
		if err != nil {
			p.Change, p.Reason, p.HandOff = ChangeBlocked, err.Error(), "mend that policy, then revoke again"
			return p, true
		}
		left = left || len(take.wanted.Statements) > 0
		kept := v.entriesKept(take.wanted)
		p.Notes = append(p.Notes, kept...)
		if take.change == ChangeNone {
			if len(kept) > 0 {
				watched = append(watched, take)
			}
			continue
		}
		takes = append(takes, take)
		before = append(before, take.current.Pretty())
		if take.change != ChangeDelete {
			after = append(after, take.wanted.Pretty())
		}
	}
	if len(takes) == 0 {
		if len(watched) > 0 { // whoever they stay for may be taking its own back at this moment
			p.Summary = "the reader's entries stay: other set-ups grant them too"
			p.exec = &execution{run: func(ctx context.Context, t *task) (string, error) { return v.takeManaged(ctx, t, watched) }}
		}
		return p, left
	}
	takes = append(takes, watched...)
	p.Change, p.Summary = ChangeUpdate, "take the reader's entries out of the role's policies"
	if len(after) == 0 {
		p.Change, p.Summary = ChangeDelete, "detach and delete the managed policy that lets the reader read"
	}
	p.Reason = "it is what this set-up granted"
	p.Before, p.After = known(strings.Join(before, "\n")), known(strings.Join(after, "\n"))
	for _, role := range v.roles {
		if r := role.live.role; r != nil && r.Stack != "" {
			return ownedByStack(p, r.Stack, strings.Join(after, "\n")), left
		}
	}
	p.exec = &execution{managed: takes, run: func(ctx context.Context, t *task) (string, error) { return v.takeManaged(ctx, t, takes) }}
	return p, left
}

// takeFrom takes the set-up's entries out of a managed policy; what was there before the set-up stays.
func (v *revocation) takeFrom(m *awsops.ManagedPolicy) (managedTake, error) {
	current, err := policy.Parse(m.Document)
	if err != nil {
		return managedTake{}, fmt.Errorf("the policy %s cannot be understood: %w", m.ARN, err)
	}
	take := managedTake{managedChange: managedChange{arn: m.ARN, before: m.Document, current: current}, change: ChangeUpdate, deletable: m.Tags[TagSetup] != ""}
	var earlier policy.Document // of a policy that a set-up made there is none: what others have in it, they are known by
	if !take.deletable {
		earlier, _ = parseOrEmpty(v.before("managed-policy", m.ARN)) // what cannot be read keeps nothing back
	}
	take.mend = func(d policy.Document) (policy.Document, error) {
		return v.withoutEntries(d, earlier, m.Tags[TagSetup] == v.setup.Name), nil
	}
	take.wanted, _ = take.mend(current)
	for _, role := range v.roles {
		r := role.live.role
		if r == nil || !slices.ContainsFunc(r.Attached, func(p awsops.ManagedPolicy) bool { return p.ARN == m.ARN }) {
			continue
		}
		take.holders = append(take.holders, r.Name)
		if v.detaches(r, take.wanted) {
			take.roles = append(take.roles, r.Name)
		}
	}
	take.attached = len(take.roles) > 0
	switch {
	case len(take.wanted.Statements) == 0 && take.deletable && m.Attachments <= len(take.roles), len(take.wanted.Statements) == 0 && take.attached:
		take.change = ChangeDelete // of one that no set-up made only the role's hold on it: see takeOne
	case len(take.wanted.Statements) == 0, take.wanted.Equal(current) && !take.attached:
		take.change = ChangeNone
	}
	return take, nil
}

// detaches says whether a role loses a policy that becomes the document: nothing is left in it, or only entries of others who are all known to
// let their readers in by other roles.
func (v *revocation) detaches(role *awsops.Role, wanted policy.Document) bool {
	if len(wanted.Statements) == 0 {
		return true
	}
	if role.Tags[TagSetup] != v.setup.Name {
		return false
	}
	c := v.claims()
	if c.entersBy(role.Name) != "" {
		return false
	}
	entries, _ := wanted.Statement(v.setup.reader().HubSids.Objects)
	return entries.Resource.Len() > 0 && len(wanted.Statements) <= 3 && !slices.ContainsFunc(entries.Resource.Values(), func(r string) bool {
		return !slices.ContainsFunc(c.neighbours, func(n Neighbour) bool {
			return n.Reads && claims{self: c.self, neighbours: []Neighbour{n}}.reads(r) != ""
		})
	})
}

// withoutEntries takes the entries of the set-up out of a policy under the reader's Sids, but those that were there earlier or that another set-up
// uses. The bucket's and the key's own entries go with the last object entry that needs them. own says that this set-up made the policy.
func (v *revocation) withoutEntries(d, earlier policy.Document, own bool) policy.Document {
	sids, c := v.setup.reader().HubSids, v.claims()
	kept, _ := earlier.Statement(sids.Objects)
	there, _ := d.Statement(sids.Objects)
	mine := slices.Clone(v.objects())
	if own && !v.journaled() { // nothing else tells of accounts that were dropped
		for _, r := range there.Resource.Values() {
			if logsOfAccount.MatchString(r) && v.bucketOf(r) != nil {
				mine = append(mine, r)
			}
		}
	}
	claimed := map[string]string{}
	mine = slices.DeleteFunc(mine, func(r string) bool {
		claimed[r] = c.reads(r)
		return kept.Resource.Has(r) || claimed[r] != ""
	})
	v.lists.Lock()
	v.kept = claimed
	v.lists.Unlock()
	d = d.RemoveResources(sids.Objects, mine)
	rest, _ := d.Statement(sids.Objects)
	for _, a := range v.namedBuckets() {
		if !slices.ContainsFunc(rest.Resource.Values(), func(r string) bool { return strings.HasPrefix(r, a+"/") }) {
			d = d.RemoveResources(sids.List, []string{a})
		}
	}
	if rest.Resource.Len() == 0 {
		d = d.RemoveResources(sids.Decrypt, v.keys())
	}
	return d
}

// namedBuckets lists the bare ARNs of the set-up's buckets, and of those that its answers named and that are gone.
func (v *revocation) namedBuckets() []string {
	var list []string
	for _, a := range v.answers {
		list = append(list, a.bareBucketARN())
	}
	for _, b := range v.buckets {
		list = append(list, b.setup.bareBucketARN())
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// bucketOf is the bucket of the set-up in which objects lie; nil: they lie in another.
func (v *revocation) bucketOf(objects string) *view {
	for _, b := range v.buckets {
		if strings.HasPrefix(objects, b.setup.bareBucketARN()+"/") {
			return b
		}
	}
	return nil
}

// entriesKept says which entries of the set-up stay in a policy, and why.
func (v *revocation) entriesKept(wanted policy.Document) []string {
	st, _ := wanted.Statement(v.setup.reader().HubSids.Objects)
	var notes []string
	c := v.claims()
	for _, r := range v.objects() {
		if !st.Resource.Has(r) {
			continue
		}
		if who := c.reads(r); who != "" {
			notes = append(notes, r+" stays readable: "+who+" grants it too")
		} else {
			notes = append(notes, r+" stays readable: it was granted before this set-up")
		}
	}
	return notes
}

func (v *revocation) takeManaged(ctx context.Context, t *task, takes []managedTake) (string, error) {
	v.lookAgain(ctx)
	for i := range takes {
		if err := t.takeOne(ctx, &takes[i]); err != nil {
			return "", err
		}
	}
	t.changed()
	for _, role := range v.roles {
		if role.live.getRole() == nil {
			continue
		}
		role.live.updateRole(func(r *awsops.Role) {
			var kept []awsops.ManagedPolicy
			for _, p := range r.Attached {
				i := slices.IndexFunc(takes, func(take managedTake) bool { return take.arn == p.ARN })
				switch {
				case i < 0:
					kept = append(kept, p)
				case !slices.Contains(takes[i].roles, r.Name):
					p.Document = takes[i].wanted.String()
					kept = append(kept, p)
				}
			}
			r.Attached = kept
		})
	}
	if t.written == 0 {
		return t.step().Summary, nil
	}
	return "the reader's entries are gone from the role's policies", nil
}

// takeOne takes the set-up's entries out of a policy as it is by now, under its lock: another set-up may have put some in, or taken the others
// out. One in which nothing is left is detached and, where a set-up made it, deleted.
func (t *task) takeOne(ctx context.Context, take *managedTake) error {
	release, err := t.run.lockDocument(ctx, take.arn)
	if err != nil {
		return t.lockFault("policy", err)
	}
	defer release()
	fresh, err := t.live().home.Policy(ctx, take.arn)
	if awsops.MeaningOf(err) == awsops.NotFound {
		take.change = ChangeDelete
		return nil
	}
	if err != nil {
		return t.place().fault("read the policy again before changing it", err)
	}
	take.before = fresh.Document
	if take.current, err = policy.Parse(fresh.Document); err != nil {
		return t.place().say("understand the policy "+take.arn, err.Error(), "mend it, then revoke again")
	}
	if take.wanted, err = take.mend(take.current); err != nil {
		return t.place().fault("take the entries out of the policy "+take.arn, err)
	}
	empty := len(take.wanted.Statements) == 0
	if !empty && !take.wanted.Equal(take.current) {
		if err := t.newPolicyVersion(ctx, take.arn, take.before, take.wanted); err != nil {
			return err
		}
	}
	if !empty && take.change == ChangeDelete {
		take.change, take.roles = ChangeUpdate, nil // somebody filled it since the plan
	}
	if empty {
		take.change, take.roles = ChangeDelete, take.holders
		if err := t.backup("managed-policy", take.arn, take.before); err != nil {
			return t.place().say("back up the policy", err.Error(), "make the state directory writable, then revoke again")
		}
	}
	for _, role := range take.roles {
		if err := t.write("detach "+take.arn+" from role "+role, func() error { return unlessGone(t.live().home.DetachPolicy(ctx, role, take.arn)) }); err != nil {
			return err
		}
	}
	if !empty || !take.deletable || fresh.Attachments > len(take.holders) {
		return nil // somebody else's, or somebody else's too
	}
	return t.deleteManaged(ctx, take.arn)
}

// deleteManaged deletes a policy that is attached to nothing any more, with its versions, in the order that IAM wants.
func (t *task) deleteManaged(ctx context.Context, arn string) error {
	home := t.live().home
	versions, err := home.PolicyVersions(ctx, arn)
	if awsops.MeaningOf(err) == awsops.NotFound {
		return nil
	}
	if err != nil {
		return t.place().fault("list the versions of "+arn, err)
	}
	for _, v := range versions {
		if v.Default {
			continue
		}
		if err := t.write("delete version "+v.ID+" of "+arn, func() error { return unlessGone(home.DeletePolicyVersion(ctx, arn, v.ID)) }); err != nil {
			return err
		}
	}
	err = t.write("delete policy "+arn, func() error { return unlessGone(home.DeletePolicy(ctx, arn)) })
	if err == nil {
		t.run.noteGone("policy " + arn[strings.LastIndex(arn, "/")+1:])
	}
	return err
}

// unlessGone lets pass that what is to go is gone already.
func unlessGone(err error) error {
	if awsops.MeaningOf(err) == awsops.NotFound {
		return nil
	}
	return err
}
