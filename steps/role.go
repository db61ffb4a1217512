package steps

import (
	"context"
	"fmt"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

func planRole(s Setup, l *live) PlannedStep {
	p := PlannedStep{Step: StepRole, Account: s.Account.ID, Target: s.Account.Role, Change: ChangeNone}
	if l.role != nil {
		p.Summary = "use the role " + l.role.ARN + s.madeBy(l.role.Tags)
		p.Before, p.After = text(l.role.ARN), text(l.role.ARN)
		return p
	}
	if s.Mode == PerAccount {
		p.Change = ChangeBlocked
		p.Summary = "the role must exist"
		p.Reason = fmt.Sprintf("there is no role %s in account %s", s.Account.Role, s.Account.ID)
		p.HandOff = fmt.Sprintf("onboard the account in %s first (resource discovery makes the role), or set account.role to the name it has there", s.reader().Name)
		return p
	}
	p.Change, p.After = ChangeCreate, text(l.roleARN)
	p.Summary = "create the role that " + s.reader().Name + " assumes"
	p.Reason = "it does not exist"
	p.exec = &execution{run: createRole}
	return p
}

func createRole(ctx context.Context, t *task) (string, error) {
	s, l := t.setup(), t.live()
	var role awsops.Role
	err := t.write("create role "+s.Account.Role, func() (err error) {
		role, err = l.home.CreateRole(ctx, awsops.NewRole{Name: s.Account.Role, Trust: s.wantedTrust().String(),
			Description: s.reader().Name + " reads flow logs from " + s.bucketName(), Tags: s.tags()})
		if awsops.MeaningOf(err) == awsops.AlreadyExists {
			role, err = t.roleFromLostAnswer(ctx)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	t.changed()
	err = awsops.Settle(ctx, func(ctx context.Context) (err error) {
		role.Trust, err = l.home.Trust(ctx, s.Account.Role)
		return err
	})
	if err != nil {
		return "", t.place().fault("read the role back", err)
	}
	l.updateRole(func(r *awsops.Role) { *r = role })
	return "the role is there: " + role.ARN, nil
}

// roleFromLostAnswer takes a role that appeared since the plan for the one to be made only where it carries our tag, or where another
// set-up made it with the very trust that was reviewed.
func (t *task) roleFromLostAnswer(ctx context.Context) (awsops.Role, error) {
	s := t.setup()
	role, err := t.live().home.Role(ctx, s.Account.Role)
	trust, parseErr := policy.Parse(role.Trust)
	asReviewed := parseErr == nil && trust.Equal(s.wantedTrust())
	if err == nil && role.Tags[TagSetup] != s.Name && !asReviewed {
		err = t.place().say("create the role", "a role of this name that this set-up did not make appeared meanwhile", "look at flowgrant plan, which shows its trust, then apply again")
	}
	return role, err
}

// updateRole changes what is known of the role; steps that change different parts of it run at the same time.
func (l *live) updateRole(change func(*awsops.Role)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var role awsops.Role
	if l.role != nil {
		role = *l.role
	}
	change(&role)
	l.role = &role
}

func (l *live) getRole() *awsops.Role {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.role
}
