package steps

import (
	"context"
	"fmt"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// readBoundary reads the permissions boundary of the role. One that may not be read, or is not understood, stops nothing: what hangs on it stays open.
func (l *live) readBoundary(ctx context.Context) error {
	if l.role == nil || l.role.Boundary == "" {
		return nil
	}
	b, err := l.home.Policy(ctx, l.role.Boundary)
	if awsops.MeaningOf(err) == awsops.Denied {
		l.boundaryUnread = err
		return nil
	}
	if err != nil {
		return fmt.Errorf("read its permissions boundary: %w", err)
	}
	d, err := policy.Parse(b.Document)
	if err != nil {
		l.boundaryUnread = err
		return nil
	}
	l.boundary = &d
	return nil
}

// boundaryLimits names the role's permissions boundary where it is not known what it says.
func (l *live) boundaryLimits() []string {
	role := l.getRole()
	if l.boundaryUnread == nil || role == nil {
		return nil
	}
	return []string{fmt.Sprintf("the permissions boundary %s of role %s could not be read (%v): whether it keeps the role from what its policies allow shows only when the role is used; %s", role.Boundary, role.Name, l.boundaryUnread, boundaryFix(role))}
}

// boundaryFix says what makes an unread boundary known.
func boundaryFix(role *awsops.Role) string {
	return "let the acting principal use iam:GetPolicy and iam:GetPolicyVersion on " + role.Boundary
}

// unreadBoundary is what a decision hangs on where the boundary is not known: it can only take away, so what is refused without it stays refused.
func (j judge) unreadBoundary() string {
	return "the permissions boundary " + j.by.Boundary + ", which could not be read"
}
