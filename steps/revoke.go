package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// RevokeOptions say what a revocation takes besides the reader's access.
type RevokeOptions struct {
	FlowLogs     bool `json:"flow_logs,omitempty"`     // the set-up's flow logs, and the statements that let them be delivered
	RestoreScope bool `json:"restore_scope,omitempty"` // the role's S3 statement goes back to every bucket, as it was
	EndSessions  bool `json:"end_sessions,omitempty"`  // the reader's running sessions end at once, where the role stays
	DeleteBucket bool `json:"delete_bucket,omitempty"` // the bucket, where this set-up created it and it is empty

	DeleteLogGroup bool `json:"delete_log_group,omitempty"` // with FlowLogs: the log groups, where this set-up created them and they are empty

	// Before gives a document as it was before the set-up first changed it; empty where nobody knows. It may be nil.
	Before func(kind, target string) string `json:"-"`
}

func (o RevokeOptions) before(kind, target string) string {
	if o.Before == nil {
		return ""
	}
	return o.Before(kind, target)
}

// PlanRevoke reads the live state and plans to take back what the set-up granted, and only that. It finds its own by tags, Sids and
// entries; documents kept from before are used where there are any. It never writes. The error is StepErrors.
func (e *Engine) PlanRevoke(ctx context.Context, s Setup, o RevokeOptions) (*Plan, error) {
	readAt := e.now()
	l, err := e.readAccounts(ctx, s, o.FlowLogs)
	if err != nil {
		return nil, err
	}
	p := &Plan{Setup: s, ReadAt: readAt, live: l, revokes: true, options: &o,
		again: func(ctx context.Context) (*Plan, error) { return e.PlanRevoke(ctx, s, o) }}
	p.add(planIdentity(s, l)...)
	if s.toGroups() {
		p.addGroupRevocation(s, l, o)
		return p, nil
	}
	permissions, left := planRevokePermissions(s, l, o)
	p.add(permissions, planRevokeTrust(s, l, o, left), planRevokeRole(s, l, o, left))
	if o.FlowLogs {
		for _, at := range l.sites {
			p.add(planRevokeFlowLogs(s, at))
		}
	}
	p.add(planRevokeDelivery(s, l, o))
	p.add(planRevokeKey(s, l, o)...)
	if o.DeleteBucket {
		p.add(planRevokeBucket(s, l))
	}
	p.add(PlannedStep{Step: StepAccess, Account: s.Account.ID, Target: s.Account.Role, Change: ChangeNone,
		Summary: "prove that " + s.reader().Name + " can no longer read",
		exec: &execution{needs: []need{{step: StepPermissions}, {step: StepTrust}, {step: StepRole}},
			run: func(ctx context.Context, t *task) (string, error) { return proveRevoked(ctx, t, o) }}})
	p.add(PlannedStep{Step: StepPortal, Account: s.Account.ID, Target: s.reader().Name, Change: ChangeNone, Summary: RevokePortal(s)})
	p.Warnings = append(revokeWarnings(s, l, o), e.clockWarnings()...)
	return p, nil
}

// RevokePortal says what is left to do in the reader's portal after a revocation; empty where there was no reader.
func RevokePortal(s Setup) string {
	if s.toGroups() {
		return ""
	}
	if s.Mode == Centralized {
		return "in the " + s.reader().Name + " portal: Cloud Connectors → AWS, remove the Flow Logs account " + s.Account.ID
	}
	return "in the " + s.reader().Name + " portal: Sensors → Cloud Connectors → account " + s.Account.ID + " → Storage Accounts, bucket " + s.bucketName() + ": Storage access Revoke, where it still shows"
}

func revokeWarnings(s Setup, l *live, o RevokeOptions) []string {
	var warnings []string
	if !o.FlowLogs {
		warnings = append(warnings, "the flow logs stay and go on delivering to "+s.bucketName()+"; take them too with --flow-logs")
	}
	if o.RestoreScope && s.Mode == PerAccount {
		warnings = append(warnings, "--restore-scope widens the role's access again: its S3 statement goes back to every bucket of the account")
	}
	if o.EndSessions {
		warnings = append(warnings, "--end-sessions ends every running session of role "+s.Account.Role+", whoever uses it")
	}
	if l.bucket.State == awsops.BucketOurs && !o.DeleteBucket {
		warnings = append(warnings, "bucket "+s.bucketName()+" and the logs in it stay")
	}
	return warnings
}

// planRevokePermissions takes the set-up's entries out of the role's policies. left says whether the reader keeps entries of others.
func planRevokePermissions(s Setup, l *live, o RevokeOptions) (p PlannedStep, left bool) {
	if s.Mode == PerAccount {
		return planRevokeGrant(s, l, o), true
	}
	p = PlannedStep{Step: StepPermissions, Account: s.Account.ID, Target: s.reader().ManagedPolicy, Change: ChangeNone, Summary: "there is nothing of this set-up in the role's policies"}
	var takes []managedTake
	var before, after []string
	for i, m := range l.managed {
		if m == nil {
			continue
		}
		take, err := s.takeFromManaged(l, o, s.managedPolicyARN(i), m)
		if err != nil {
			p.Change, p.Reason, p.HandOff = ChangeBlocked, err.Error(), "mend that policy, then revoke again"
			return p, true
		}
		left = left || len(take.wanted.Statements) > 0
		if take.change == ChangeNone {
			continue
		}
		takes = append(takes, take)
		before = append(before, take.current.Pretty())
		if take.change != ChangeDelete {
			after = append(after, take.wanted.Pretty())
		}
	}
	if len(takes) == 0 {
		return p, left
	}
	p.Change, p.Summary = ChangeUpdate, "take the reader's entries out of the role's policies"
	if len(after) == 0 {
		p.Change, p.Summary = ChangeDelete, "detach and delete the managed policy that lets the reader read"
	}
	p.Reason = "it is what this set-up granted"
	p.Before, p.After = known(strings.Join(before, "\n")), known(strings.Join(after, "\n"))
	if l.role != nil && l.role.Stack != "" {
		return ownedByStack(p, l.role.Stack, strings.Join(after, "\n")), left
	}
	p.exec = &execution{run: func(ctx context.Context, t *task) (string, error) { return takeManaged(ctx, t, takes) }}
	return p, left
}

// managedTake is what is taken from one managed policy.
type managedTake struct {
	managedChange
	change Change // none, update, or delete
}

// takeFromManaged takes the set-up's entries out of a managed policy; what was there before the set-up stays.
func (s Setup) takeFromManaged(l *live, o RevokeOptions, arn string, m *awsops.ManagedPolicy) (managedTake, error) {
	current, err := policy.Parse(m.Document)
	if err != nil {
		return managedTake{}, fmt.Errorf("the policy %s cannot be understood: %w", arn, err)
	}
	attached := l.role != nil && slices.ContainsFunc(l.role.Attached, func(p awsops.ManagedPolicy) bool { return p.ARN == arn })
	ours := m.Tags[TagSetup] == s.Name
	var earlier policy.Document // of a policy that the set-up made there is none
	if !ours {
		earlier, _ = parseOrEmpty(o.before("managed-policy", arn)) // what cannot be read keeps nothing back
	}
	mend := func(d policy.Document) (policy.Document, error) {
		return s.withoutHubEntries(d, earlier, l.keyARN), nil
	}
	wanted, _ := mend(current)
	take := managedTake{managedChange{arn: arn, before: m.Document, current: current, wanted: wanted, attached: attached, mend: mend}, ChangeUpdate}
	switch {
	case len(wanted.Statements) == 0 && ours && m.Attachments <= boolCount(attached):
		take.change = ChangeDelete
	case len(wanted.Statements) == 0 && attached:
		take.change = ChangeDelete // only detached: see takeManaged
		take.mend = nil
	case wanted.Equal(current), len(wanted.Statements) == 0:
		take.change = ChangeNone
	}
	return take, nil
}

func boolCount(b bool) int {
	if b {
		return 1
	}
	return 0
}

// withoutHubEntries takes the entries of the set-up out of a hub policy. The bucket's and the key's own entries go with the last
// object entry that needs them.
func (s Setup) withoutHubEntries(d, earlier policy.Document, keyARN string) policy.Document {
	sids := s.reader().HubSids
	kept, _ := earlier.Statement(sids.Objects)
	var mine []string
	for _, id := range s.loggedIDs() {
		if r := s.objectsARN(id); !kept.Resource.Has(r) {
			mine = append(mine, r)
		}
	}
	d = d.RemoveResources(sids.Objects, mine)
	rest, _ := d.Statement(sids.Objects)
	if !slices.ContainsFunc(rest.Resource.Values(), func(r string) bool { return strings.HasPrefix(r, s.bareBucketARN()+"/") }) {
		d = d.RemoveResources(sids.List, []string{s.bareBucketARN()})
	}
	if rest.Resource.Len() == 0 && keyARN != "" {
		d = d.RemoveResources(sids.Decrypt, []string{keyARN})
	}
	return d
}

func takeManaged(ctx context.Context, t *task, takes []managedTake) (string, error) {
	for i := range takes {
		take := &takes[i]
		var err error
		if take.change == ChangeDelete {
			err = t.deleteManaged(ctx, take)
		} else {
			err = t.writeOneManaged(ctx, &take.managedChange)
		}
		if err != nil {
			return "", err
		}
	}
	t.changed()
	l := t.live()
	l.updateRole(func(r *awsops.Role) {
		var kept []awsops.ManagedPolicy
		for _, p := range r.Attached {
			i := slices.IndexFunc(takes, func(take managedTake) bool { return take.arn == p.ARN })
			switch {
			case i < 0:
				kept = append(kept, p)
			case takes[i].change != ChangeDelete:
				p.Document = takes[i].wanted.String()
				kept = append(kept, p)
			}
		}
		r.Attached = kept
	})
	return "the reader's entries are gone from the role's policies", nil
}

// deleteManaged detaches a policy and, where this set-up made it, deletes it with its versions, in the order that IAM wants. A policy into
// which another set-up put entries since the plan only loses those of this one.
func (t *task) deleteManaged(ctx context.Context, take *managedTake) error {
	home, role := t.live().home, t.setup().Account.Role
	release, err := t.run.lockDocument(ctx, take.arn) // from the fresh reading to the deletion: what another set-up adds meanwhile would go with it
	if err != nil {
		return t.place().say("lock the policy", err.Error(), "wait for the other run to end, then revoke again")
	}
	defer release()
	if take.mend != nil {
		filled, err := t.filledMeanwhile(ctx, take)
		if err != nil {
			return err
		}
		if filled {
			take.change = ChangeUpdate
			return t.mergeManaged(ctx, &take.managedChange)
		}
	}
	if err := t.run.backup("managed-policy", take.arn, take.before); err != nil {
		return t.place().say("back up the policy", err.Error(), "make the state directory writable, then revoke again")
	}
	gone := func(err error) error {
		if awsops.MeaningOf(err) == awsops.NotFound {
			return nil
		}
		return err
	}
	if take.attached {
		if err := t.write("detach "+take.arn, func() error { return gone(home.DetachPolicy(ctx, role, take.arn)) }); err != nil {
			return err
		}
	}
	if take.mend == nil {
		return nil // somebody else's policy
	}
	versions, err := home.PolicyVersions(ctx, take.arn)
	if err != nil {
		return t.place().fault("list the versions of "+take.arn, err)
	}
	for _, v := range versions {
		if v.Default {
			continue
		}
		if err := t.write("delete version "+v.ID+" of "+take.arn, func() error { return gone(home.DeletePolicyVersion(ctx, take.arn, v.ID)) }); err != nil {
			return err
		}
	}
	return t.write("delete policy "+take.arn, func() error { return gone(home.DeletePolicy(ctx, take.arn)) })
}

// filledMeanwhile reads a policy that is to go again, and says whether something stays in it now.
func (t *task) filledMeanwhile(ctx context.Context, take *managedTake) (bool, error) {
	fresh, err := t.live().home.Policy(ctx, take.arn)
	if awsops.MeaningOf(err) == awsops.NotFound {
		return false, nil
	}
	if err != nil {
		return false, t.place().fault("read the policy again before deleting it", err)
	}
	current, err := policy.Parse(fresh.Document)
	if err != nil {
		return false, t.place().say("understand the policy "+take.arn, err.Error(), "mend it, then revoke again")
	}
	wanted, err := take.mend(current)
	if err != nil {
		return false, t.place().fault("take the entries out of the policy "+take.arn, err)
	}
	take.before, take.current, take.wanted = fresh.Document, current, wanted
	return len(wanted.Statements) > 0, nil
}

// planRevokeTrust puts the trust policy of a role that stays back to what it was before this set-up changed it.
func planRevokeTrust(s Setup, l *live, o RevokeOptions, left bool) PlannedStep {
	p := PlannedStep{Step: StepTrust, Account: s.Account.ID, Target: s.Account.Role, Change: ChangeNone, Summary: "the trust policy stays as it is"}
	if s.Mode == PerAccount || l.role == nil || l.roleGoes(s, left) || left {
		if l.roleGoes(s, left) {
			p.Summary = "the trust policy goes with the role"
		}
		return p
	}
	kept := o.before("trust", s.Account.Role)
	if kept == "" {
		p.Notes = append(p.Notes, "no copy from before this set-up is known, so it is not touched: without permissions the role reads nothing")
		return p
	}
	earlier, err := policy.Parse(kept)
	if err != nil {
		p.Notes = append(p.Notes, "the copy from before this set-up cannot be read: "+err.Error())
		return p
	}
	current, err := policy.Parse(l.role.Trust)
	if err != nil {
		p.Change, p.Reason, p.HandOff = ChangeBlocked, "the trust policy cannot be understood: "+err.Error(), "mend it, then revoke again"
		return p
	}
	mend := func(d policy.Document) (policy.Document, error) { return s.trustAsBefore(d, earlier), nil }
	wanted, _ := mend(current)
	if sameMeaning(wanted, current) || len(wanted.Statements) == 0 {
		return p
	}
	p.Change, p.Summary, p.Reason = ChangeUpdate, "put the trust policy back to what it was for the reader", "this set-up changed it"
	p.Before, p.After = text(current.Pretty()), text(wanted.Pretty())
	p.exec = &execution{run: func(ctx context.Context, t *task) (string, error) { return takeTrust(ctx, t, mend) }}
	return p
}

// trustAsBefore takes the reader's statement out and puts those in its place that were there before.
func (s Setup) trustAsBefore(current, earlier policy.Document) policy.Document {
	out := current.Clone()
	out.Statements = slices.DeleteFunc(out.Statements, s.isReaderTrust)
	for i, st := range earlier.Statements {
		if s.isReaderTrust(st) {
			out.Statements = slices.Insert(out.Statements, min(i, len(out.Statements)), st)
		}
	}
	return out
}

func takeTrust(ctx context.Context, t *task, mend func(policy.Document) (policy.Document, error)) (string, error) {
	d := t.trustDocument(ctx)
	d.mend = mend
	if _, err := t.rewrite(ctx, d); err != nil {
		return "", err
	}
	return "the trust policy is what it was before for the reader", nil
}

// roleGoes says whether the role is deleted: this set-up made it, and nothing but what this set-up put there hangs on it.
func (l *live) roleGoes(s Setup, left bool) bool {
	if s.Mode == PerAccount || l.role == nil || left || l.role.Tags[TagSetup] != s.Name {
		return false
	}
	for _, p := range l.role.Attached {
		if !slices.ContainsFunc(l.managed, func(m *awsops.ManagedPolicy) bool { return m != nil && m.ARN == p.ARN }) {
			return false
		}
	}
	return !slices.ContainsFunc(l.role.Inline, func(p awsops.InlinePolicy) bool { return p.Name != endedSessions })
}

func planRevokeRole(s Setup, l *live, o RevokeOptions, left bool) PlannedStep {
	p := PlannedStep{Step: StepRole, Account: s.Account.ID, Target: s.Account.Role, Change: ChangeNone}
	switch {
	case l.role == nil:
		p.Summary = "there is no role"
	case l.roleGoes(s, left):
		p.Change, p.Summary, p.Reason = ChangeDelete, "delete the role that the reader assumes", "this set-up created it, and nothing else hangs on it"
		p.Before = text(l.role.ARN)
		p.exec = &execution{needs: []need{{step: StepPermissions}, {step: StepTrust}}, run: deleteRole}
	case o.EndSessions:
		p.Change, p.Summary, p.Reason = ChangeUpdate, "end the running sessions of the role", "they would last up to an hour more, or what the role allows"
		p.After = text("an inline policy " + endedSessions + " that denies everything to sessions made before now")
		p.exec = &execution{needs: []need{{step: StepPermissions}}, run: endSessions}
	default:
		p.Summary = "the role stays: " + roleStays(s, l, left)
	}
	return p
}

func roleStays(s Setup, l *live, left bool) string {
	switch {
	case s.Mode == PerAccount:
		return "it was there before"
	case l.role.Tags[TagSetup] != s.Name:
		return "this set-up did not create it"
	case left:
		return "other set-ups grant through it"
	default:
		return "other policies hang on it"
	}
}

func deleteRole(ctx context.Context, t *task) (string, error) {
	s, l := t.setup(), t.live()
	attached, err := l.home.AttachedPolicies(ctx, s.Account.Role)
	switch {
	case awsops.MeaningOf(err) == awsops.NotFound:
		attached = nil
	case err != nil:
		return "", t.place().fault("look what hangs on the role", err)
	}
	if len(attached) > 0 {
		return "the role stays: " + attached[0].ARN + " hangs on it, which another set-up filled meanwhile", nil
	}
	if slices.ContainsFunc(l.getRole().Inline, func(p awsops.InlinePolicy) bool { return p.Name == endedSessions }) {
		if err := t.write("delete the inline policy "+endedSessions, func() error { return l.home.DeleteInline(ctx, s.Account.Role, endedSessions) }); err != nil {
			return "", err
		}
	}
	err = t.write("delete role "+s.Account.Role, func() error {
		if err := l.home.DeleteRole(ctx, s.Account.Role); awsops.MeaningOf(err) != awsops.NotFound {
			return err
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	l.mu.Lock()
	l.role = nil
	l.mu.Unlock()
	return "the role is gone", nil
}

// endedSessions names the inline policy that ends sessions, as the IAM console does. Source: IAM user guide, id_roles_use_revoke-sessions.
const endedSessions = "AWSRevokeOlderSessions"

func endSessions(ctx context.Context, t *task) (string, error) {
	s := t.setup()
	deny := policy.New(policy.Statement{Effect: policy.Deny, Action: policy.List("*"), Resource: policy.List("*"),
		Condition: policy.Condition{{Operator: "DateLessThan", Key: "aws:TokenIssueTime", Values: policy.One(t.run.engine.awsNow().UTC().Format("2006-01-02T15:04:05Z"))}}})
	if err := t.write("end the running sessions of "+s.Account.Role, func() error { return t.live().home.PutInline(ctx, s.Account.Role, endedSessions, deny.String()) }); err != nil {
		return "", err
	}
	return "sessions made before now can do nothing any more", nil
}
