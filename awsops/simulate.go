package awsops

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// Simulated is what IAM's own simulator says of one action on one resource.
type Simulated struct {
	Action   string
	Resource string
	Decision string // allowed, explicitDeny or implicitDeny
	BySCP    bool   // a service control policy does not allow it
}

// Simulate asks IAM's policy simulator whether the policies, boundary and visible service control policies of a role allow an action on
// resources, with condition keys as given. Policies of the resources are not part of it for roles.
// Source: IAM API, SimulatePrincipalPolicy.
func (a *Account) Simulate(ctx context.Context, roleARN, action string, resources []string, keys map[string][]string) ([]Simulated, error) {
	call := &iam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String(roleARN), ActionNames: []string{action}, ResourceArns: resources}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		call.ContextEntries = append(call.ContextEntries, types.ContextEntry{ContextKeyName: aws.String(key), ContextKeyType: types.ContextKeyTypeEnumString, ContextKeyValues: keys[key]})
	}
	var all []Simulated
	pages := iam.NewSimulatePrincipalPolicyPaginator(a.iamClient(), call)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, a.explain(err, "iam:SimulatePrincipalPolicy", roleARN, "")
		}
		for _, r := range page.EvaluationResults {
			one := Simulated{Action: aws.ToString(r.EvalActionName), Resource: aws.ToString(r.EvalResourceName), Decision: string(r.EvalDecision),
				BySCP: r.OrganizationsDecisionDetail != nil && !r.OrganizationsDecisionDetail.AllowedByOrganizations}
			if len(r.ResourceSpecificResults) == 0 {
				all = append(all, one)
				continue
			}
			for _, s := range r.ResourceSpecificResults { // newer answers name the resources here
				one.Resource, one.Decision = aws.ToString(s.EvalResourceName), string(s.EvalResourceDecision)
				all = append(all, one)
			}
		}
	}
	return all, nil
}
