package steps

import (
	"context"
	"fmt"
	"slices"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// planRevokeTrust puts the trust policy of a role that stays back to what it was before this set-up changed it.
func (v *revocation) planTrust(role *view, left bool) PlannedStep {
	s, l := role.setup, role.live
	p := PlannedStep{Step: StepTrust, Account: s.Account.ID, Target: s.Account.Role, Change: ChangeNone, Summary: "the trust policy stays as it is"}
	switch {
	case v.roleGoes(role, left):
		p.Summary = "the trust policy goes with the role"
		return p
	case s.Mode == PerAccount, l.role == nil, left, v.claims().entersBy(s.Account.Role) != "":
		return p
	}
	kept := v.before("trust", s.Account.Role)
	if kept == "" {
		p.Notes = append(p.Notes, "no copy from before this set-up is known, so it is not touched: without permissions the role reads nothing")
		if d, err := policy.Parse(l.role.Trust); err == nil && slices.ContainsFunc(d.Statements, s.isReaderTrust) {
			v.warnings = append(v.warnings, fmt.Sprintf("role %s still lets %s in: it stays, and nothing tells what its trust policy was before this set-up. The reader can do by it what its other policies allow; if it is to come in no more, take the statement with its principal out of the trust policy", s.Account.Role, s.reader().Name))
		}
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

// roleGoes says whether a role is deleted: a set-up made it, no other one is known to use it, and nothing but what set-ups put there hangs on it.
func (v *revocation) roleGoes(role *view, left bool) bool {
	r := role.live.role
	if v.setup.Mode == PerAccount || r == nil || r.Tags[TagSetup] == "" || v.claims().entersBy(r.Name) != "" {
		return false
	}
	for _, p := range r.Attached {
		i := slices.IndexFunc(v.policies, func(m *awsops.ManagedPolicy) bool { return m.ARN == p.ARN })
		if i < 0 {
			return false
		}
		if left {
			take, err := v.takeFrom(v.policies[i])
			if err != nil || !slices.Contains(take.roles, r.Name) {
				return false
			}
		}
	}
	return (!left || r.Tags[TagSetup] == v.setup.Name) && !slices.ContainsFunc(r.Inline, func(p awsops.InlinePolicy) bool { return p.Name != endedSessions })
}

func (v *revocation) planRole(role *view, left bool) PlannedStep {
	s, l := role.setup, role.live
	p := PlannedStep{Step: StepRole, Account: s.Account.ID, Target: s.Account.Role, Change: ChangeNone}
	switch {
	case l.role == nil:
		p.Summary = "there is no role"
	case v.roleGoes(role, left):
		p.Change, p.Summary, p.Reason = ChangeDelete, "delete the role that the reader assumes", "this set-up created it, and nothing else hangs on it"
		if maker := l.role.Tags[TagSetup]; maker != v.setup.Name {
			p.Reason = "set-up " + maker + " created it, and no set-up uses it any more"
		}
		p.Before = text(l.role.ARN)
		p.exec = &execution{needs: []need{{step: StepPermissions}, {step: StepTrust}}, run: deleteRole}
	case v.options.proving: // whether sessions were ended says nothing of what is granted
		p.Summary = "the role stays: " + v.roleStays(role)
	case v.options.EndSessions:
		p.Change, p.Summary, p.Reason = ChangeUpdate, "end the running sessions of the role", "they would last up to an hour more, or what the role allows"
		p.After = text("an inline policy " + endedSessions + " that denies everything to sessions made before now")
		p.exec = &execution{needs: []need{{step: StepPermissions}}, run: endSessions}
	default:
		p.Summary = "the role stays: " + v.roleStays(role)
		if endedHere(l.role) {
			p.Change, p.Summary, p.Reason = ChangeUpdate, "take the inline policy "+endedSessions+" off the role, which stays: "+v.roleStays(role), "an earlier --end-sessions put it there; sessions from before then get back what the role still allows, with nothing of this set-up (keep it with --end-sessions)"
		}
		deserts := s.Mode == Centralized && l.role.Tags[TagSetup] != ""
		if deserts || p.Change == ChangeUpdate {
			p.exec = &execution{needs: []need{{step: StepPermissions}, {step: StepTrust}}, run: func(ctx context.Context, t *task) (string, error) {
				if t.step().Change == ChangeUpdate {
					if message, err := forgetSessions(ctx, t); err != nil || !deserts {
						return message, err
					}
				}
				return v.deleteDeserted(ctx, t, role)
			}}
		}
	}
	return p
}

func (v *revocation) roleStays(role *view) string {
	r := role.live.role
	switch who := v.claims().entersBy(r.Name); {
	case v.setup.Mode == PerAccount:
		return "it was there before"
	case who != "":
		return who + " uses it"
	case r.Tags[TagSetup] == "":
		return "no set-up created it"
	case slices.ContainsFunc(r.Inline, func(p awsops.InlinePolicy) bool { return p.Name != endedSessions }):
		return "other policies hang on it"
	default:
		return "its policies hold entries that are not this set-up's"
	}
}

// deleteDeserted deletes a role that was to stay where everybody else who granted through it has left meanwhile.
func (v *revocation) deleteDeserted(ctx context.Context, t *task, role *view) (string, error) {
	if v.claims().entersBy(role.setup.Account.Role) != "" {
		return t.step().Summary, nil
	}
	now, err := role.live.home.Role(ctx, role.setup.Account.Role)
	if awsops.MeaningOf(err) == awsops.NotFound {
		role.live.mu.Lock()
		role.live.role = nil
		role.live.mu.Unlock()
		return "the role is gone", nil
	}
	if err != nil {
		return "", t.place().fault("look what hangs on the role", err)
	}
	if len(now.Attached) > 0 || len(now.Unreadable) > 0 || slices.ContainsFunc(now.Inline, func(p awsops.InlinePolicy) bool { return p.Name != endedSessions }) {
		return t.step().Summary, nil
	}
	return deleteRole(ctx, t)
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
		if err := t.write("delete the inline policy "+endedSessions, func() error { return unlessGone(l.home.DeleteInline(ctx, s.Account.Role, endedSessions)) }); err != nil {
			return "", err
		}
	}
	err = t.write("delete role "+s.Account.Role, func() error { return unlessGone(l.home.DeleteRole(ctx, s.Account.Role)) })
	if err != nil {
		return "", err
	}
	l.mu.Lock()
	l.role = nil
	l.mu.Unlock()
	t.run.noteGone("role " + s.Account.Role)
	return "the role is gone", nil
}

// endedSessions names the inline policy that ends sessions, as the IAM console does. Source: IAM user guide, id_roles_use_revoke-sessions.
const endedSessions = "AWSRevokeOlderSessions"

// sessionsSid marks the statement that ends sessions as one that flowgrant made; one of somebody else stays.
const sessionsSid = "FlowgrantEndedSessions"

// endedHere says whether flowgrant ended the role's sessions once.
func endedHere(r *awsops.Role) bool {
	return slices.ContainsFunc(r.Inline, func(p awsops.InlinePolicy) bool {
		d, err := policy.Parse(p.Document)
		if err != nil || p.Name != endedSessions {
			return false
		}
		_, at := d.Statement(sessionsSid)
		return at >= 0
	})
}

func forgetSessions(ctx context.Context, t *task) (string, error) {
	role := t.setup().Account.Role
	if err := t.write("delete the inline policy "+endedSessions, func() error { return unlessGone(t.live().home.DeleteInline(ctx, role, endedSessions)) }); err != nil {
		return "", err
	}
	t.live().updateRole(func(r *awsops.Role) {
		r.Inline = slices.DeleteFunc(slices.Clone(r.Inline), func(p awsops.InlinePolicy) bool { return p.Name == endedSessions })
	})
	return "the inline policy " + endedSessions + " is off the role, which stays", nil
}

func endSessions(ctx context.Context, t *task) (string, error) {
	s := t.setup()
	deny := policy.New(policy.Statement{Sid: sessionsSid, Effect: policy.Deny, Action: policy.List("*"), Resource: policy.List("*"),
		Condition: policy.Condition{{Operator: "DateLessThan", Key: "aws:TokenIssueTime", Values: policy.One(t.run.engine.awsNow().UTC().Format("2006-01-02T15:04:05Z"))}}})
	if err := t.write("end the running sessions of "+s.Account.Role, func() error { return t.live().home.PutInline(ctx, s.Account.Role, endedSessions, deny.String()) }); err != nil {
		return "", err
	}
	return "sessions made before now can do nothing any more", nil
}
