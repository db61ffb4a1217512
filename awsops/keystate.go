package awsops

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// EnableKey lets a disabled key be used again; arn is a full key ARN.
func (a *Account) EnableKey(ctx context.Context, arn string) error {
	region, _, _ := keyPlace(arn)
	_, err := a.kmsIn(region).EnableKey(ctx, &kms.EnableKeyInput{KeyId: aws.String(arn)})
	return a.explain(err, "kms:EnableKey", arn, region)
}

// KeepKey cancels the deletion of a key, which is disabled after that; arn is a full key ARN.
func (a *Account) KeepKey(ctx context.Context, arn string) error {
	region, _, _ := keyPlace(arn)
	_, err := a.kmsIn(region).CancelKeyDeletion(ctx, &kms.CancelKeyDeletionInput{KeyId: aws.String(arn)})
	return a.explain(err, "kms:CancelKeyDeletion", arn, region)
}
