package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// directGrant is what the existing role gets on the bucket, exactly as the reader's own guide gives it.
func (s Setup) directGrant(keyARN string) policy.DirectGrant {
	return policy.DirectGrant{Sid: s.reader().DirectSid, KeySid: s.reader().DirectKeySid, BucketARN: s.bareBucketARN(), KeyARN: keyARN}
}

// granted is the policy of a role that holds, or is to hold, the grant.
type granted struct {
	inline string // name of an inline policy
	arn    string // or ARN of a customer managed one
	text   string // JSON; empty: to be made
	others []policy.Document
	aws    bool
	shared bool // attached to others too
}

// planGrant gives the existing role its access to the bucket.
func planGrant(s Setup, l *live) PlannedStep {
	p := PlannedStep{Step: StepPermissions, Account: s.Account.ID, Target: s.Account.Role, Change: ChangeNone}
	blocked := func(reason, fix string) PlannedStep {
		p.Change, p.Summary, p.Reason, p.HandOff = ChangeBlocked, "the role cannot be granted its access", reason, fix
		return p
	}
	if l.role == nil {
		p.Summary = "waits for the role"
		return p
	}
	if err := unreadPolicies(l.role); err != nil || len(l.role.Unreadable) > 0 && s.Grant != GrantDirect {
		p.unread = l.role.Unreadable[0]
		return blocked(p.unread.Error(), "let the acting principal use iam:ListRolePolicies, iam:GetRolePolicy, iam:ListAttachedRolePolicies and iam:GetPolicyVersion")
	}
	if s.Grant != GrantDirect {
		return planVendorGrant(s, l, p)
	}
	g, err := s.findGranted(l.role)
	if err != nil {
		return blocked(err.Error(), "mend that policy")
	}
	current, err := parseOrEmpty(g.text)
	if err != nil {
		return blocked("its policy cannot be understood: "+err.Error(), "mend that policy")
	}
	wanted, notes, err := policy.ScopeS3Read(current, g.others, s.directGrant(l.keyARN))
	if err != nil {
		return blocked(err.Error(), "check bucket.arn")
	}
	p.Notes = notes
	p.Before, p.After = known(pretty(current)), text(wanted.Pretty())
	if wanted.Equal(current) {
		p.Summary = "the role may list, locate and read the bucket"
		return p
	}
	if len(l.role.Unreadable) > 0 { // whether the role is a stack's is not known
		return blocked(l.role.Unreadable[0].Error(), "let the acting principal use cloudformation:DescribeStackResources")
	}
	p.Change, p.Summary = ChangeUpdate, fmt.Sprintf("let the role read the bucket: scope its S3 statement in %s to it", g.name())
	p.Reason = "the role may not read the bucket yet, or may read others as well"
	if g.text == "" {
		p.Change, p.Summary = ChangeCreate, "add the inline policy "+g.inline+", which lets the role read the bucket"
		p.Reason = "none of the role's policies has an S3 statement to extend"
	}
	switch {
	case l.role.Stack != "":
		return ownedByStack(p, l.role.Stack, wanted.Pretty())
	case g.aws:
		return blocked(fmt.Sprintf("its S3 statement is in %s, which AWS owns and nobody can change", g.arn),
			"detach that policy from the role and give the role a policy of its own with what it needs, then try again")
	case g.shared:
		return blocked(fmt.Sprintf("its S3 statement is in %s, which is attached to others too: they would get the same access", g.arn),
			"give the role a policy of its own, then try again")
	}
	if err := s.grantFits(l.role, g, wanted); err != nil {
		return blocked(err.Error(), "take statements that are no longer needed out of the role's policies")
	}
	p.exec = &execution{needs: []need{{step: StepRole}}, run: func(ctx context.Context, t *task) (string, error) { return writeGrant(ctx, t, g) }}
	return p
}

func (g granted) name() string {
	if g.arn != "" {
		return "the managed policy " + g.arn
	}
	return "the inline policy " + g.inline
}

// findGranted finds the policy to edit: the one with our statement, else the one with the S3 statement, else a new one.
func (s Setup) findGranted(r *awsops.Role) (granted, error) {
	type candidate struct {
		granted
		document policy.Document
	}
	var all []candidate
	add := func(g granted, where string) error {
		d, err := policy.Parse(g.text)
		if err != nil {
			return fmt.Errorf("%s cannot be understood: %w", where, err)
		}
		all = append(all, candidate{g, d})
		return nil
	}
	var errs []error
	for _, p := range r.Inline {
		errs = append(errs, add(granted{inline: p.Name, text: p.Document}, "the inline policy "+p.Name))
	}
	for _, p := range r.Attached {
		errs = append(errs, add(granted{arn: p.ARN, text: p.Document, aws: p.AWS, shared: p.Attachments > 1}, "the managed policy "+p.ARN))
	}
	if err := errors.Join(errs...); err != nil {
		return granted{}, err
	}
	chosen := slices.IndexFunc(all, func(c candidate) bool {
		_, at := c.document.Statement(s.reader().DirectSid)
		return at >= 0
	})
	for _, changeable := range []bool{true, false} {
		if chosen >= 0 {
			break
		}
		chosen = slices.IndexFunc(all, func(c candidate) bool {
			return policy.FindS3Statement(c.document) >= 0 && (c.aws || c.shared) != changeable
		})
	}
	// A policy of AWS that happens to hold S3 rights is no reason to stop: the grant gets a policy of its own.
	if chosen >= 0 && all[chosen].aws {
		chosen = -1
	}
	g := granted{inline: s.reader().DirectPolicy}
	if chosen >= 0 {
		g = all[chosen].granted
	}
	for i, c := range all {
		if i != chosen {
			g.others = append(g.others, c.document)
		}
	}
	return g, nil
}

func (s Setup) grantFits(r *awsops.Role, g granted, wanted policy.Document) error {
	if g.arn != "" {
		return policy.CheckSize(policy.ManagedPolicy, wanted.String())
	}
	texts := []string{wanted.String()}
	for _, p := range r.Inline {
		if p.Name != g.inline {
			texts = append(texts, p.Document)
		}
	}
	return policy.CheckSize(policy.InlinePolicies, texts...)
}

// inlineDocument is the inline policy that holds the grant.
func (t *task) inlineDocument(ctx context.Context, g granted) document {
	l, role := t.live(), t.setup().Account.Role
	return document{
		kind: "inline-policy", target: role + "/" + g.inline,
		read:  func() (string, error) { return l.home.InlineDocument(ctx, role, g.inline) },
		write: func(d policy.Document) error { return l.home.PutInline(ctx, role, g.inline, d.String()) },
		done: func(text string) {
			l.updateRole(func(r *awsops.Role) {
				r.Inline = slices.DeleteFunc(slices.Clone(r.Inline), func(p awsops.InlinePolicy) bool { return p.Name == g.inline })
				if text != "" {
					r.Inline = append(r.Inline, awsops.InlinePolicy{Name: g.inline, Document: text})
				}
			})
		},
	}
}

func writeGrant(ctx context.Context, t *task, g granted) (string, error) {
	s, l := t.setup(), t.live()
	mend := func(current policy.Document) (policy.Document, error) {
		wanted, _, err := policy.ScopeS3Read(current, g.others, s.directGrant(l.keyARN))
		if err != nil {
			return current, err
		}
		return wanted, s.grantFits(l.getRole(), g, wanted)
	}
	if g.arn != "" {
		return t.writeManagedGrant(ctx, g, mend)
	}
	d := t.inlineDocument(ctx, g)
	d.mend = mend
	if _, err := t.rewrite(ctx, d); err != nil {
		return "", err
	}
	return "the role may list, locate and read the bucket", nil
}

func (t *task) writeManagedGrant(ctx context.Context, g granted, mend func(policy.Document) (policy.Document, error)) (string, error) {
	current, err := policy.Parse(g.text)
	if err != nil {
		return "", t.place().say("understand the policy "+g.arn, err.Error(), "mend it, then try again")
	}
	wanted, err := mend(current)
	if err != nil {
		return "", t.place().fault("fit the grant into the policy "+g.arn, err)
	}
	return writeManaged(ctx, t, []managedChange{{arn: g.arn, before: g.text, current: current, wanted: wanted, attached: true, mend: mend}})
}

// planVendorGrant leaves the grant to the vendor's script or portal, which update the stack that owns the role.
func planVendorGrant(s Setup, l *live, p PlannedStep) PlannedStep {
	if len(s.denied(l, l.role)) == 0 {
		p.Summary = "the role may list, locate and read the bucket"
		return p
	}
	p.Change = ChangeHandOff
	p.Reason = "the role may not read the bucket yet, and the set-up leaves that to " + string(s.Grant)
	if s.Grant == GrantScript {
		p.Summary = "run " + s.reader().Name + "'s deployment script again with --storage-access"
		p.handOver("download the latest deployment script in the portal, and run it where it lies", s.deployment(l.region, " --storage-access --storage-ids "+s.bucketName()))
		return p
	}
	p.Summary = "grant access to the bucket in the portal"
	p.HandOff = strings.Join([]string{
		"in the " + s.reader().Name + " portal: Sensors → Cloud Connectors → account " + s.Account.ID + " → Storage Accounts",
		"select bucket " + s.bucketName() + ", Storage access: Grant, Sign in and update stack",
		"in CloudFormation: Next to the last page, acknowledge, Submit; when the stack is updated, Grant Access in the portal",
	}, "\n")
	return p
}
