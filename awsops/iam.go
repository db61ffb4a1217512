package awsops

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"golang.org/x/sync/errgroup"
)

// NewRole is a role to be created.
type NewRole struct {
	Name        string
	Trust       string // JSON
	Description string // at most 1000 characters
	Tags        map[string]string
	MaxSession  int // seconds, 3600 to 43200; 0: AWS's default of 3600
}

// Role reads a role and everything attached to it; NotFound where there is none. What the caller may not read of it
// goes into Unreadable.
func (a *Account) Role(ctx context.Context, name string) (Role, error) {
	out, err := a.iamClient().GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(name)})
	if err != nil {
		return Role{}, a.explain(err, "iam:GetRole", name, "")
	}
	role := roleOf(out.Role)
	var mu sync.Mutex
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(maxInFlight)
	part := func(do func(context.Context) error) {
		g.Go(func() error {
			err := do(gctx)
			if MeaningOf(err) == Denied {
				mu.Lock()
				defer mu.Unlock()
				role.Unreadable = append(role.Unreadable, err)
				return nil
			}
			return err
		})
	}
	part(func(ctx context.Context) (err error) {
		role.Inline, err = a.inlinePolicies(ctx, name)
		return err
	})
	part(func(ctx context.Context) (err error) {
		role.Attached, err = a.attachedPolicies(ctx, name)
		return err
	})
	if role.Stack = role.Tags["aws:cloudformation:stack-name"]; role.Stack == "" {
		part(func(ctx context.Context) (err error) {
			role.Stack, err = a.stackOf(ctx, name)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return Role{}, err
	}
	return role, nil
}

func roleOf(r *types.Role) Role {
	role := Role{
		Name: aws.ToString(r.RoleName), ARN: aws.ToString(r.Arn), ID: aws.ToString(r.RoleId), Path: aws.ToString(r.Path),
		Description: aws.ToString(r.Description), Trust: document(r.AssumeRolePolicyDocument), Tags: iamTags(r.Tags),
	}
	if r.PermissionsBoundary != nil {
		role.Boundary = aws.ToString(r.PermissionsBoundary.PermissionsBoundaryArn)
	}
	return role
}

// inlinePolicies reads the policies inside a role, by name.
func (a *Account) inlinePolicies(ctx context.Context, role string) ([]InlinePolicy, error) {
	var names []string
	pages := iam.NewListRolePoliciesPaginator(a.iamClient(), &iam.ListRolePoliciesInput{RoleName: aws.String(role), MaxItems: aws.Int32(1000)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, a.explain(err, "iam:ListRolePolicies", role, "")
		}
		names = append(names, page.PolicyNames...)
	}
	slices.Sort(names)
	policies := make([]InlinePolicy, len(names))
	g, gctx := errgroup.WithContext(ctx)
	for i, name := range names {
		g.Go(func() error {
			out, err := a.iamClient().GetRolePolicy(gctx, &iam.GetRolePolicyInput{RoleName: aws.String(role), PolicyName: aws.String(name)})
			if err != nil {
				return a.explain(err, "iam:GetRolePolicy", role+" "+name, "")
			}
			policies[i] = InlinePolicy{Name: name, Document: document(out.PolicyDocument)}
			return nil
		})
	}
	return policies, g.Wait()
}

// attachedPolicies reads the managed policies attached to a role, in AWS's order.
func (a *Account) attachedPolicies(ctx context.Context, role string) ([]ManagedPolicy, error) {
	var arns []string
	pages := iam.NewListAttachedRolePoliciesPaginator(a.iamClient(), &iam.ListAttachedRolePoliciesInput{RoleName: aws.String(role), MaxItems: aws.Int32(1000)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, a.explain(err, "iam:ListAttachedRolePolicies", role, "")
		}
		for _, p := range page.AttachedPolicies {
			arns = append(arns, aws.ToString(p.PolicyArn))
		}
	}
	policies := make([]ManagedPolicy, len(arns))
	g, gctx := errgroup.WithContext(ctx)
	for i, arn := range arns {
		g.Go(func() (err error) {
			policies[i], err = a.Policy(gctx, arn)
			return err
		})
	}
	return policies, g.Wait()
}

// stackOf is the name of the CloudFormation stack that owns a role, of those in the starting region; "" where none does.
func (a *Account) stackOf(ctx context.Context, role string) (string, error) {
	out, err := a.cloudFormationIn("").DescribeStackResources(ctx, &cloudformation.DescribeStackResourcesInput{PhysicalResourceId: aws.String(role)})
	if hasCode(err, "ValidationError") {
		return "", nil // what AWS answers where no stack knows the name
	}
	if err != nil {
		return "", a.explain(err, "cloudformation:DescribeStackResources", role, a.config.Region)
	}
	for _, r := range out.StackResources {
		if aws.ToString(r.ResourceType) == "AWS::IAM::Role" && aws.ToString(r.PhysicalResourceId) == role && r.ResourceStatus != "DELETE_COMPLETE" {
			return aws.ToString(r.StackName), nil
		}
	}
	return "", nil
}

// Roles lists the account's roles with their trust policies.
func (a *Account) Roles(ctx context.Context) ([]RoleSummary, error) {
	var roles []RoleSummary
	pages := iam.NewListRolesPaginator(a.iamClient(), &iam.ListRolesInput{MaxItems: aws.Int32(1000)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, a.explain(err, "iam:ListRoles", "", "")
		}
		for _, r := range page.Roles {
			roles = append(roles, RoleSummary{Name: aws.ToString(r.RoleName), ARN: aws.ToString(r.Arn), Trust: document(r.AssumeRolePolicyDocument)})
		}
	}
	return roles, nil
}

// CreateRole makes a role and returns it as AWS made it. It may not be visible everywhere at once: see Settle.
func (a *Account) CreateRole(ctx context.Context, in NewRole) (Role, error) {
	call := &iam.CreateRoleInput{
		RoleName: aws.String(in.Name), AssumeRolePolicyDocument: aws.String(in.Trust), Tags: newIAMTags(in.Tags),
	}
	if in.Description != "" {
		call.Description = aws.String(in.Description)
	}
	if in.MaxSession != 0 {
		call.MaxSessionDuration = aws.Int32(int32(in.MaxSession))
	}
	out, err := a.iamClient().CreateRole(ctx, call)
	if err != nil {
		return Role{}, a.explain(err, "iam:CreateRole", in.Name, "")
	}
	role := roleOf(out.Role)
	if len(role.Tags) == 0 {
		role.Tags = in.Tags // some endpoints leave them out of the answer
	}
	return role, nil
}

// changeIAM makes one write; IAM refuses those that overlap on the same thing (ConcurrentModification).
func (a *Account) changeIAM(ctx context.Context, operation, target string, do func(*iam.Client) error) error {
	err := retryConflict(ctx, func() error { return do(a.iamClient()) })
	return a.explain(err, operation, target, "")
}

// PutTrust replaces a role's trust policy.
func (a *Account) PutTrust(ctx context.Context, role, document string) error {
	return a.changeIAM(ctx, "iam:UpdateAssumeRolePolicy", role, func(c *iam.Client) error {
		_, err := c.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String(role), PolicyDocument: aws.String(document)})
		return err
	})
}

// PutInline adds or replaces a policy inside a role.
func (a *Account) PutInline(ctx context.Context, role, name, document string) error {
	return a.changeIAM(ctx, "iam:PutRolePolicy", role+" "+name, func(c *iam.Client) error {
		_, err := c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
			RoleName: aws.String(role), PolicyName: aws.String(name), PolicyDocument: aws.String(document),
		})
		return err
	})
}

// DeleteInline deletes a policy inside a role.
func (a *Account) DeleteInline(ctx context.Context, role, name string) error {
	return a.changeIAM(ctx, "iam:DeleteRolePolicy", role+" "+name, func(c *iam.Client) error {
		_, err := c.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String(role), PolicyName: aws.String(name)})
		return err
	})
}

// DeleteRole deletes a role that has no policies any more.
func (a *Account) DeleteRole(ctx context.Context, role string) error {
	return a.changeIAM(ctx, "iam:DeleteRole", role, func(c *iam.Client) error {
		_, err := c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String(role)})
		return err
	})
}

// document decodes a policy document of IAM, which answers them URL-encoded after RFC 3986 (iam:GetRole); what is not
// encoded stays as it is.
func document(encoded *string) string {
	text := aws.ToString(encoded)
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		return text
	}
	if decoded, err := url.PathUnescape(text); err == nil {
		return decoded
	}
	return text
}

func iamTags(tags []types.Tag) map[string]string {
	byKey := make(map[string]string, len(tags))
	for _, t := range tags {
		byKey[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return byKey
}
