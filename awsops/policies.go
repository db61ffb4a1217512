package awsops

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// NewPolicy is a managed policy to be created.
type NewPolicy struct {
	Name        string
	Document    string // JSON
	Description string
	Tags        map[string]string
}

// Policy reads a managed policy and the document of its default version; NotFound where there is none.
func (a *Account) Policy(ctx context.Context, arn string) (ManagedPolicy, error) {
	out, err := a.iamClient().GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: aws.String(arn)})
	if err != nil {
		return ManagedPolicy{}, a.explain(err, "iam:GetPolicy", arn, "")
	}
	p := out.Policy
	policy := ManagedPolicy{
		Name: aws.ToString(p.PolicyName), ARN: arn, AWS: strings.Contains(arn, ":iam::aws:policy/"),
		Default: aws.ToString(p.DefaultVersionId), Attachments: int(aws.ToInt32(p.AttachmentCount)), Tags: iamTags(p.Tags),
	}
	policy.Document, err = a.PolicyVersionDocument(ctx, arn, policy.Default)
	return policy, err
}

// OwnPolicies lists the managed policies that the account made itself, under any path, without their documents and tags.
func (a *Account) OwnPolicies(ctx context.Context) ([]ManagedPolicy, error) {
	var policies []ManagedPolicy
	pages := iam.NewListPoliciesPaginator(a.iamClient(), &iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal, MaxItems: aws.Int32(1000)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, a.explain(err, "iam:ListPolicies", "", "")
		}
		for _, p := range page.Policies {
			policies = append(policies, ManagedPolicy{Name: aws.ToString(p.PolicyName), ARN: aws.ToString(p.Arn), Default: aws.ToString(p.DefaultVersionId), Attachments: int(aws.ToInt32(p.AttachmentCount))})
		}
	}
	return policies, nil
}

// CreatePolicy makes a managed policy and returns its ARN.
func (a *Account) CreatePolicy(ctx context.Context, in NewPolicy) (string, error) {
	call := &iam.CreatePolicyInput{PolicyName: aws.String(in.Name), PolicyDocument: aws.String(in.Document), Tags: newIAMTags(in.Tags)}
	if in.Description != "" {
		call.Description = aws.String(in.Description)
	}
	out, err := a.iamClient().CreatePolicy(ctx, call)
	if err != nil {
		return "", a.explain(err, "iam:CreatePolicy", in.Name, "")
	}
	return aws.ToString(out.Policy.Arn), nil
}

// AttachPolicy attaches a managed policy to a role.
func (a *Account) AttachPolicy(ctx context.Context, role, arn string) error {
	return a.changeIAM(ctx, "iam:AttachRolePolicy", role+" "+arn, func(c *iam.Client) error {
		_, err := c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String(role), PolicyArn: aws.String(arn)})
		return err
	})
}

// DetachPolicy detaches a managed policy from a role.
func (a *Account) DetachPolicy(ctx context.Context, role, arn string) error {
	return a.changeIAM(ctx, "iam:DetachRolePolicy", role+" "+arn, func(c *iam.Client) error {
		_, err := c.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String(role), PolicyArn: aws.String(arn)})
		return err
	})
}

// PolicyVersions lists the versions of a managed policy without their documents, oldest first.
func (a *Account) PolicyVersions(ctx context.Context, arn string) ([]PolicyVersion, error) {
	var versions []PolicyVersion
	pages := iam.NewListPolicyVersionsPaginator(a.iamClient(), &iam.ListPolicyVersionsInput{PolicyArn: aws.String(arn)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, a.explain(err, "iam:ListPolicyVersions", arn, "")
		}
		for _, v := range page.Versions {
			versions = append(versions, PolicyVersion{ID: aws.ToString(v.VersionId), Default: v.IsDefaultVersion, Created: aws.ToTime(v.CreateDate)})
		}
	}
	slices.SortStableFunc(versions, func(x, y PolicyVersion) int {
		if c := x.Created.Compare(y.Created); c != 0 {
			return c
		}
		if c := len(x.ID) - len(y.ID); c != 0 { // v9 before v10
			return c
		}
		return strings.Compare(x.ID, y.ID)
	})
	return versions, nil
}

// PolicyVersionDocument reads the document of one version (v1 …) of a managed policy.
func (a *Account) PolicyVersionDocument(ctx context.Context, arn, id string) (string, error) {
	out, err := a.iamClient().GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: aws.String(arn), VersionId: aws.String(id)})
	if err != nil {
		return "", a.explain(err, "iam:GetPolicyVersion", arn+" "+id, "")
	}
	return document(out.PolicyVersion.Document), nil
}

// CreatePolicyVersion makes a new default version of a managed policy and returns its id. IAM keeps five versions: a
// sixth is refused with Limit.
func (a *Account) CreatePolicyVersion(ctx context.Context, arn, document string) (string, error) {
	id := ""
	err := a.changeIAM(ctx, "iam:CreatePolicyVersion", arn, func(c *iam.Client) error {
		out, err := c.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
			PolicyArn: aws.String(arn), PolicyDocument: aws.String(document), SetAsDefault: true,
		})
		if err == nil {
			id = aws.ToString(out.PolicyVersion.VersionId)
		}
		return err
	})
	return id, err
}

// DeletePolicyVersion deletes a version that is not the default one.
func (a *Account) DeletePolicyVersion(ctx context.Context, arn, id string) error {
	return a.changeIAM(ctx, "iam:DeletePolicyVersion", arn+" "+id, func(c *iam.Client) error {
		_, err := c.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: aws.String(arn), VersionId: aws.String(id)})
		return err
	})
}

// DeletePolicy deletes a managed policy that is attached to nothing and has no version but the default one.
func (a *Account) DeletePolicy(ctx context.Context, arn string) error {
	return a.changeIAM(ctx, "iam:DeletePolicy", arn, func(c *iam.Client) error {
		_, err := c.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: aws.String(arn)})
		return err
	})
}

func newIAMTags(tags map[string]string) []types.Tag {
	var list []types.Tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return list
}
