package awsops

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Trust reads a role's trust policy, JSON, and nothing else of it.
func (a *Account) Trust(ctx context.Context, role string) (string, error) {
	out, err := a.iamClient().GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(role)})
	if err != nil {
		return "", a.explain(err, "iam:GetRole", role, "")
	}
	return document(out.Role.AssumeRolePolicyDocument), nil
}

// AttachedPolicies reads the managed policies attached to a role, with their default documents.
func (a *Account) AttachedPolicies(ctx context.Context, role string) ([]ManagedPolicy, error) {
	return a.attachedPolicies(ctx, role)
}

// InlineDocument reads one inline policy of a role, JSON; empty where there is none of that name.
func (a *Account) InlineDocument(ctx context.Context, role, name string) (string, error) {
	out, err := a.iamClient().GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: aws.String(role), PolicyName: aws.String(name)})
	if err != nil {
		err = a.explain(err, "iam:GetRolePolicy", role+"/"+name, "")
		if MeaningOf(err) == NotFound {
			return "", nil
		}
		return "", err
	}
	return document(out.PolicyDocument), nil
}

// Expiry is after how many days objects expire by the rule that Expire makes; 0 where there is none.
func (a *Account) Expiry(ctx context.Context, region, bucket string) (int, error) {
	rules, _, err := a.lifecycle(ctx, region, bucket)
	if err != nil {
		return 0, err
	}
	for _, rule := range rules {
		if isExpiryRule(rule) && rule.Status == types.ExpirationStatusEnabled && rule.Expiration != nil {
			return int(aws.ToInt32(rule.Expiration.Days)), nil
		}
	}
	return 0, nil
}

// DeleteBucket deletes an empty bucket; one that holds objects is Conflict.
func (a *Account) DeleteBucket(ctx context.Context, region, bucket string) error {
	return a.changeBucket(ctx, "s3:DeleteBucket", region, bucket, func() error {
		_, err := a.s3In(region).DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String(bucket), ExpectedBucketOwner: a.owner()})
		return err
	})
}
