package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// hubDocuments are the permissions of the dedicated role, in as many managed policies as they need.
func (s Setup) hubDocuments(keyARN string) ([]policy.Document, error) {
	return policy.HubPermissions(s.reader().HubSids, s.bareBucketARN(), s.prefix(), s.loggedIDs(), keyARN)
}

func (s Setup) managedPolicyARN(n int) string {
	return fmt.Sprintf("arn:%s:iam::%s:policy/%s", s.partition(), s.Account.ID, s.reader().managedPolicyName(n))
}

// managedChange is what one managed policy becomes.
type managedChange struct {
	arn      string
	before   string          // JSON; empty: it does not exist
	current  policy.Document // as read
	wanted   policy.Document
	attached bool
	mend     func(current policy.Document) (policy.Document, error) // makes wanted of what is there when it is written
}

// holds says whether a document has everything that was to be in it; another set-up may have added to it meanwhile.
func (c managedChange) holds(text string) bool {
	now, err := policy.Parse(text)
	if err != nil || c.mend == nil {
		return err == nil && now.Equal(c.wanted)
	}
	mended, err := c.mend(now)
	return err == nil && mended.Equal(now)
}

func (c managedChange) rewrites() bool { return c.before != "" && !c.wanted.Equal(c.current) }

// hubChanges fits the permissions into the managed policies that are there: entries of others stay, what is missing is added.
func (s Setup) hubChanges(l *live) ([]managedChange, error) {
	documents, err := s.hubDocuments(l.keyARN)
	if err != nil {
		return nil, err
	}
	changes := make([]managedChange, max(len(documents), len(l.managed)))
	held := map[string]bool{}
	for i := range changes {
		changes[i].arn = s.managedPolicyARN(i)
		if i >= len(l.managed) || l.managed[i] == nil {
			continue
		}
		changes[i].before = l.managed[i].Document
		changes[i].attached = l.role != nil && slices.ContainsFunc(l.role.Attached, func(p awsops.ManagedPolicy) bool { return p.ARN == changes[i].arn })
		if changes[i].current, err = policy.Parse(changes[i].before); err != nil {
			return nil, fmt.Errorf("the policy %s cannot be understood: %w", changes[i].arn, err)
		}
		changes[i].wanted = changes[i].current
		if st, at := changes[i].current.Statement(s.reader().HubSids.Objects); at >= 0 {
			for _, r := range st.Resource.Values() {
				held[r] = true
			}
		}
	}
	sids := s.reader().HubSids
	for i, d := range documents {
		var adds []policy.Statement
		for _, st := range d.Statements {
			if st.Sid != sids.Objects {
				adds = append(adds, st)
				continue
			}
			there, _ := changes[i].current.Statement(st.Sid)
			var mine []string // those that stand here already count too: the actions beside them may be wrong
			for _, r := range st.Resource.Values() {
				if !held[r] || there.Resource.Has(r) {
					mine = append(mine, r)
				}
			}
			if len(mine) > 0 {
				st.Resource = policy.List(mine...)
				adds = append(adds, st)
			}
		}
		changes[i].mend = func(current policy.Document) (policy.Document, error) {
			for _, st := range adds {
				current = current.AddResources(st)
			}
			return current, policy.CheckSize(policy.ManagedPolicy, current.String())
		}
		if changes[i].wanted, err = changes[i].mend(changes[i].current); err != nil {
			return nil, fmt.Errorf("policy %s: %w", changes[i].arn, err)
		}
	}
	needed := func(c managedChange) bool {
		st, _ := c.wanted.Statement(sids.Objects)
		return slices.ContainsFunc(s.loggedIDs(), func(id string) bool { return st.Resource.Has(s.objectsARN(id)) })
	}
	return slices.DeleteFunc(changes, func(c managedChange) bool { return c.mend == nil && !needed(c) }), nil
}

func planPermissions(s Setup, l *live) PlannedStep {
	if s.Mode == PerAccount {
		return planGrant(s, l)
	}
	p := PlannedStep{Step: StepPermissions, Account: s.Account.ID, Target: s.reader().ManagedPolicy, Change: ChangeNone}
	blocked := func(reason, fix string) PlannedStep {
		p.Change, p.Summary, p.Reason, p.HandOff = ChangeBlocked, "the role cannot be granted its access", reason, fix
		return p
	}
	if l.role != nil {
		p.unread = unreadPolicies(l.role)
	}
	changes, err := s.hubChanges(l)
	if err != nil {
		return blocked(err.Error(), "give the reader fewer resource accounts in this set-up, and the others in another one")
	}
	var before, after []string
	var creates, updates, attaches int
	for _, c := range changes {
		after = append(after, c.wanted.Pretty())
		switch {
		case c.before == "":
			creates++
		case c.rewrites():
			updates++
		}
		if c.before != "" {
			before = append(before, c.current.Pretty())
		}
		if !c.attached {
			attaches++
		}
	}
	p.Before, p.After = known(strings.Join(before, "\n")), text(strings.Join(after, "\n"))
	if creates+updates+attaches == 0 {
		p.Summary = "the role may list, locate and read what it is granted"
		return p
	}
	for i, c := range changes {
		if reason, fix := s.cannotRewrite(l, c); reason != "" {
			return blocked(reason, fix)
		}
		if i < len(l.namesakes) && c.before == "" && l.namesakes[i] != "" {
			return blocked(namesake(l.namesakes[i]))
		}
	}
	if l.role != nil && l.role.Stack != "" {
		p.Reason = "the role lacks its managed policy"
		return ownedByStack(p, l.role.Stack, *p.After)
	}
	switch {
	case creates == len(changes):
		p.Change, p.Summary = ChangeCreate, fmt.Sprintf("create and attach %s", names(changes))
		p.Reason = "the role may not read anything yet"
	case creates+updates == 0:
		p.Change, p.Summary = ChangeUpdate, fmt.Sprintf("attach %s to the role", names(changes))
		p.Reason = "the policy is there, but not attached"
	default:
		p.Change, p.Summary = ChangeUpdate, fmt.Sprintf("add what is missing to %s", names(changes))
		p.Reason = "the permissions do not cover everything that the reader needs"
	}
	p.exec = &execution{needs: []need{{step: StepRole}}, run: func(ctx context.Context, t *task) (string, error) { return writeManaged(ctx, t, changes) }}
	return p
}

func names(changes []managedChange) string {
	list := make([]string, len(changes))
	for i, c := range changes {
		list[i] = c.arn[strings.LastIndex(c.arn, "/")+1:]
	}
	return "the managed policy " + strings.Join(list, ", ")
}

// cannotRewrite tells why a managed policy that is there must not be changed.
func (s Setup) cannotRewrite(l *live, c managedChange) (reason, fix string) {
	if !c.rewrites() {
		return "", ""
	}
	i := slices.IndexFunc(l.managed, func(p *awsops.ManagedPolicy) bool { return p != nil && p.ARN == c.arn })
	mine := 0
	if c.attached {
		mine = 1
	}
	if l.managed[i].Attachments > mine {
		return fmt.Sprintf("the policy %s is attached to others too, which would get the same access", c.arn),
			"give those their own policy and detach this one from them, then apply again"
	}
	return "", ""
}

// namesake tells of a policy that takes the name of one that is to be made: the path of a policy does not count for its name.
// Source: IAM user guide, reference_identifiers.
func namesake(arn string) (reason, fix string) {
	return "there is a policy of the same name under another path, " + arn + ", so that none can be made as " + arn[:strings.Index(arn, ":policy/")] + ":policy/" + arn[strings.LastIndex(arn, "/")+1:],
		"delete that policy where nobody needs it (aws iam delete-policy --policy-arn " + arn + "), or make it again under another name, then apply again"
}

func writeManaged(ctx context.Context, t *task, changes []managedChange) (string, error) {
	s, l := t.setup(), t.live()
	for i := range changes {
		if err := t.writeOneManaged(ctx, &changes[i]); err != nil {
			return "", err
		}
		if arn := changes[i].arn; !changes[i].attached {
			err := t.write("attach "+arn, func() error {
				return awsops.Settle(ctx, func(ctx context.Context) error { return l.home.AttachPolicy(ctx, s.Account.Role, arn) })
			})
			if err != nil {
				return "", err
			}
		}
	}
	t.changed()
	return t.proveManaged(ctx, changes)
}

// writeOneManaged creates a managed policy, or merges what is missing into it as it is by now.
func (t *task) writeOneManaged(ctx context.Context, c *managedChange) error {
	if c.before != "" && !c.rewrites() {
		return nil
	}
	release, err := t.run.lockDocument(ctx, c.arn)
	if err != nil {
		return t.lockFault("policy", err)
	}
	defer release()
	return t.mergeManaged(ctx, c)
}

// mergeManaged is writeOneManaged under the policy's lock.
func (t *task) mergeManaged(ctx context.Context, c *managedChange) error {
	if c.before == "" {
		if there, err := t.createManaged(ctx, c); err != nil || !there {
			return err
		}
	}
	fresh, err := t.live().home.Policy(ctx, c.arn)
	if err != nil {
		if c.before == "" && awsops.MeaningOf(err) == awsops.NotFound {
			return t.place().say("make the policy "+c.arn, "AWS says that a policy of its name exists, and none has this ARN: it is under another path",
				"find it with aws iam list-policies --scope Local, delete it where nobody needs it, then apply again")
		}
		return t.place().fault("read the policy again before changing it", err)
	}
	c.before = fresh.Document
	if c.current, err = policy.Parse(fresh.Document); err != nil {
		return t.place().say("understand the policy "+c.arn, err.Error(), "mend it, then try again")
	}
	if c.wanted, err = c.mend(c.current); err != nil {
		return t.place().fault("fit the grant into the policy "+c.arn, err)
	}
	if !c.rewrites() {
		return nil
	}
	return t.newPolicyVersion(ctx, c.arn, c.before, c.wanted)
}

// createManaged makes a managed policy, unless one of that name appeared meanwhile.
func (t *task) createManaged(ctx context.Context, c *managedChange) (there bool, err error) {
	s := t.setup()
	name := c.arn[strings.LastIndex(c.arn, "/")+1:]
	err = t.write("create policy "+name, func() error {
		_, err := t.live().home.CreatePolicy(ctx, awsops.NewPolicy{Name: name, Document: c.wanted.String(),
			Description: "Lets " + s.reader().Name + " read flow logs", Tags: s.tags()})
		if there = awsops.MeaningOf(err) == awsops.AlreadyExists; there {
			return nil // another set-up made it, or an earlier attempt whose answer was lost
		}
		return err
	})
	return there, err
}

// versionsKept is how many versions IAM keeps of a managed policy. Source: IAM quotas.
const versionsKept = 5

// newPolicyVersion makes a new default version; where there is no room, the oldest other one is backed up and then deleted.
func (t *task) newPolicyVersion(ctx context.Context, arn, before string, wanted policy.Document) error {
	home := t.live().home
	if err := t.backup("managed-policy", arn, before); err != nil {
		return t.place().say("back up the policy", err.Error(), "make the state directory writable, then try again: nothing is changed without a backup")
	}
	versions, err := home.PolicyVersions(ctx, arn)
	if err != nil {
		return t.place().fault("list the versions of "+arn, err)
	}
	if len(versions) >= versionsKept {
		oldest := slices.IndexFunc(versions, func(v awsops.PolicyVersion) bool { return !v.Default })
		document, err := home.PolicyVersionDocument(ctx, arn, versions[oldest].ID)
		if err != nil {
			return t.place().fault("read version "+versions[oldest].ID+" of "+arn+" to back it up", err)
		}
		if err := t.backup("managed-policy-"+versions[oldest].ID, arn, document); err != nil {
			return t.place().say("back up the oldest version of the policy", err.Error(), "make the state directory writable, then try again")
		}
		if err := t.write("delete version "+versions[oldest].ID+" of "+arn, func() error { return home.DeletePolicyVersion(ctx, arn, versions[oldest].ID) }); err != nil {
			return err
		}
	}
	return t.write("write a new version of "+arn, func() error {
		_, err := home.CreatePolicyVersion(ctx, arn, wanted.String())
		return err
	})
}

// proveManaged reads the role's policies back until they are as written: IAM is eventually consistent.
func (t *task) proveManaged(ctx context.Context, changes []managedChange) (string, error) {
	l, name := t.live(), t.setup().Account.Role
	pause := settlePause
	for try := 1; ; try++ {
		attached, err := l.home.AttachedPolicies(ctx, name)
		if err != nil {
			return "", t.place().fault("read the role's policies back", err)
		}
		missing := ""
		for _, c := range changes {
			i := slices.IndexFunc(attached, func(p awsops.ManagedPolicy) bool { return p.ARN == c.arn })
			if i < 0 {
				missing = c.arn + " is not attached"
				break
			}
			if !c.holds(attached[i].Document) {
				missing = c.arn + " reads back without what was written"
				break
			}
		}
		if missing == "" {
			l.updateRole(func(r *awsops.Role) { r.Attached = attached })
			return "the role may list, locate and read what it is granted", nil
		}
		if try == settleTries {
			return "", t.place().say("prove the permissions", missing, "look at flowgrant plan, then apply again")
		}
		if err := sleep(ctx, pause); err != nil {
			return "", err
		}
		pause *= 2
	}
}

// permissionWarnings names what the role may read besides, and what is close to a limit.
func permissionWarnings(s Setup, l *live) []string {
	var warnings []string
	if s.Mode == PerAccount {
		if l.bucket.State == awsops.BucketOurs && !l.ownBucket(s) {
			warnings = append(warnings, fmt.Sprintf("the role may read every object of bucket %s, not only flow logs, whatever else lies there", s.bucketName()))
		}
		return warnings
	}
	if l.bucket.State == awsops.BucketOurs {
		warnings = append(warnings, fmt.Sprintf("the role may list every key name in bucket %s; it may read only objects under %s of the resource accounts, whatever else logs there", s.bucketName(), s.logsPrefix()))
	}
	return warnings
}
