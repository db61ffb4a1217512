package awsops

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

// ServiceControlPolicy is a policy of the organization on one of the levels above an account, or on the account.
type ServiceControlPolicy struct {
	ID       string // p-…
	Name     string
	Document string // JSON
	Target   string // r-…, ou-… or the account ID it is attached to
}

// ServiceControlPolicies reads the service control policies that bear on an account, by level: the root first, the account last. Each
// level must allow a call. Only the organization's management account and delegated administrators may ask; the management account
// itself is under none. Source: Organizations user guide, SCP evaluation.
func (a *Account) ServiceControlPolicies(ctx context.Context, account string) ([][]ServiceControlPolicy, error) {
	client := a.organizationsClient()
	path := []string{account}
	for {
		out, err := client.ListParents(ctx, &organizations.ListParentsInput{ChildId: aws.String(path[0])})
		if err != nil {
			return nil, a.explain(err, "organizations:ListParents", path[0], "")
		}
		if len(out.Parents) == 0 {
			break
		}
		path = slices.Insert(path, 0, aws.ToString(out.Parents[0].Id))
		if out.Parents[0].Type == types.ParentTypeRoot {
			break
		}
	}
	levels := make([][]ServiceControlPolicy, 0, len(path))
	documents := map[string]string{}
	for _, target := range path {
		var level []ServiceControlPolicy
		pages := organizations.NewListPoliciesForTargetPaginator(client, &organizations.ListPoliciesForTargetInput{
			Filter: types.PolicyTypeServiceControlPolicy, TargetId: aws.String(target),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, a.explain(err, "organizations:ListPoliciesForTarget", target, "")
			}
			for _, p := range page.Policies {
				id := aws.ToString(p.Id)
				if _, known := documents[id]; !known {
					out, err := client.DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: aws.String(id)})
					if err != nil {
						return nil, a.explain(err, "organizations:DescribePolicy", id, "")
					}
					documents[id] = aws.ToString(out.Policy.Content)
				}
				level = append(level, ServiceControlPolicy{ID: id, Name: aws.ToString(p.Name), Document: documents[id], Target: target})
			}
		}
		if len(level) > 0 { // nothing attached: SCPs are not enabled there
			levels = append(levels, level)
		}
	}
	return levels, nil
}

// ManagesOrganization says whether the account is the management account of its organization.
func (a *Account) ManagesOrganization(ctx context.Context) (bool, error) {
	out, err := a.organizationsClient().DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	if err != nil {
		return false, a.explain(err, "organizations:DescribeOrganization", "", "")
	}
	return out.Organization != nil && aws.ToString(out.Organization.MasterAccountId) == a.ID, nil
}
