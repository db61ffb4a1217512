package sandbox

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

const noBuckets = `{"Version":"2012-10-17","Statement":[{"Sid":"NoBuckets","Effect":"Deny","Action":"s3:ListAllMyBuckets","Resource":"*"}]}`

func TestServiceControlPolicies(t *testing.T) {
	l := newLab(t)
	l.s.w.Organization.Policies = []ServiceControlPolicy{{ID: "p-nobuckets", Name: "NoBuckets", Document: noBuckets, Targets: []string{paymentsAccount, managementAccount}}}
	_, err := l.s3(paymentsAccount, homeRegion).ListBuckets(ctx, nil)
	if code(err) != "AccessDenied" || !strings.Contains(err.Error(), "explicit deny in a service control policy") {
		t.Errorf("error is %v", err)
	}
	for _, account := range []string{storefrontAccount, managementAccount, vendorAccount} {
		_, err := l.s3(account, homeRegion).ListBuckets(ctx, nil)
		l.must(err)
	}
	client := organizations.NewFromConfig(l.as(managementAccount, homeRegion))
	list := func(target string) string {
		out, err := client.ListPoliciesForTarget(ctx, &organizations.ListPoliciesForTargetInput{Filter: orgtypes.PolicyTypeServiceControlPolicy, TargetId: &target})
		l.must(err)
		var names []string
		for _, p := range out.Policies {
			names = append(names, *p.Name)
		}
		return strings.Join(names, " ")
	}
	parents, err := client.ListParents(ctx, &organizations.ListParentsInput{ChildId: aws.String(paymentsAccount)})
	l.must(err)
	if got := list(*parents.Parents[0].Id) + ", " + list(paymentsAccount) + ", " + list(storefrontAccount); got != "FullAWSAccess, FullAWSAccess NoBuckets, FullAWSAccess" {
		t.Errorf("attached: %s", got)
	}
	described, err := client.DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: aws.String("p-nobuckets")})
	l.must(err)
	if *described.Policy.Content != noBuckets {
		t.Errorf("policy is %s", *described.Policy.Content)
	}
	all, err := client.ListPolicies(ctx, &organizations.ListPoliciesInput{Filter: orgtypes.PolicyTypeServiceControlPolicy})
	l.must(err)
	if len(all.Policies) != 2 {
		t.Errorf("policies are %v", all.Policies)
	}
	_, err = client.DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: aws.String("p-none")})
	l.want(err, "PolicyNotFoundException")
	_, err = organizations.NewFromConfig(l.as(paymentsAccount, homeRegion)).ListPolicies(ctx, &organizations.ListPoliciesInput{Filter: orgtypes.PolicyTypeServiceControlPolicy})
	l.want(err, "AccessDeniedException")
}

func TestSimulation(t *testing.T) {
	l := newLab(t)
	client := l.iam(archiveAccount)
	l.role(client, "Reader", trustOf(rootARN(vendorAccount), "x-1"))
	arn := "arn:aws:iam::" + archiveAccount + ":role/Reader"
	put := func(document string) {
		_, err := client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("Reader"), PolicyName: aws.String("read"), PolicyDocument: &document})
		l.must(err)
	}
	put("{\"Version\":\"2012-10-17\",\n\"Statement\":[\n {\"Effect\":\"Allow\",\"Action\":\"s3:ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringLike\":{\"s3:prefix\":\"AWSLogs/*\"}}},\n {\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::logs/AWSLogs/*\"}]}")
	simulate := func(action string, resources []string, entries ...types.ContextEntry) types.EvaluationResult {
		t.Helper()
		out, err := client.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &arn, ActionNames: []string{action}, ResourceArns: resources, ContextEntries: entries})
		l.must(err)
		return out.EvaluationResults[0]
	}
	r := simulate("s3:GetObject", []string{"arn:aws:s3:::logs/AWSLogs/x", "arn:aws:s3:::logs/other"})
	if r.EvalDecision != "implicitDeny" || len(r.ResourceSpecificResults) != 2 || r.ResourceSpecificResults[0].EvalResourceDecision != "allowed" ||
		r.ResourceSpecificResults[1].EvalResourceDecision != "implicitDeny" || *r.ResourceSpecificResults[1].EvalResourceName != "arn:aws:s3:::logs/other" {
		t.Errorf("result is %+v", r)
	}
	matched := r.ResourceSpecificResults[0].MatchedStatements
	if len(matched) != 1 || *matched[0].SourcePolicyId != "read" || matched[0].StartPosition.Line != 4 || matched[0].StartPosition.Column != 2 || matched[0].EndPosition.Line != 4 {
		t.Errorf("matched are %+v", matched)
	}
	r = simulate("s3:ListBucket", []string{"*"})
	if r.EvalDecision != "implicitDeny" || strings.Join(r.MissingContextValues, " ") != "s3:prefix" {
		t.Errorf("without the prefix: %+v", r)
	}
	prefix := types.ContextEntry{ContextKeyName: aws.String("s3:prefix"), ContextKeyType: types.ContextKeyTypeEnumString, ContextKeyValues: []string{"AWSLogs/1"}}
	if r = simulate("s3:ListBucket", []string{"arn:aws:s3:::logs"}, prefix); r.EvalDecision != "allowed" {
		t.Errorf("with the prefix: %+v", r)
	}
	keys, err := client.GetContextKeysForPrincipalPolicy(ctx, &iam.GetContextKeysForPrincipalPolicyInput{PolicySourceArn: &arn})
	l.must(err)
	if strings.Join(keys.ContextKeyNames, " ") != "s3:prefix" {
		t.Errorf("keys are %v", keys.ContextKeyNames)
	}
	// The boundary and the organization count, and say so.
	boundary, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("Edge"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}`)})
	l.must(err)
	_, err = client.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: aws.String("Reader"), PermissionsBoundary: boundary.Policy.Arn})
	l.must(err)
	if r = simulate("s3:GetObject", []string{"arn:aws:s3:::logs/AWSLogs/x"}); r.EvalDecision != "implicitDeny" || r.PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary || !r.OrganizationsDecisionDetail.AllowedByOrganizations {
		t.Errorf("with a boundary: %+v", r)
	}
	_, err = client.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: aws.String("Reader")})
	l.must(err)
	l.s.w.Organization.Policies = []ServiceControlPolicy{{ID: "p-x", Name: "X", Document: strings.Replace(noBuckets, "s3:ListAllMyBuckets", "s3:GetObject", 1), Targets: []string{organizationRoot}}}
	if r = simulate("s3:GetObject", []string{"arn:aws:s3:::logs/AWSLogs/x"}); r.EvalDecision != "explicitDeny" || r.OrganizationsDecisionDetail.AllowedByOrganizations {
		t.Errorf("with a service control policy: %+v", r)
	}
	arn += "2"
	_, err = client.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &arn, ActionNames: []string{"s3:GetObject"}})
	l.want(err, "NoSuchEntity")
	nobody := iam.NewFromConfig(l.user(archiveAccount, homeRegion, "nobody", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}`))
	_, err = nobody.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &arn, ActionNames: []string{"s3:GetObject"}})
	l.want(err, "AccessDenied")
}
