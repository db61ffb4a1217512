package awsops

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// EnforceOwner lets the bucket's owner own every object, so that access lists do not count (BucketOwnerEnforced). S3 refuses it where the
// bucket's own access list lets others in.
func (a *Account) EnforceOwner(ctx context.Context, region, bucket string) error {
	return a.changeBucket(ctx, "s3:PutBucketOwnershipControls", region, bucket, func() error {
		_, err := a.s3In(region).PutBucketOwnershipControls(ctx, &s3.PutBucketOwnershipControlsInput{
			Bucket: aws.String(bucket), ExpectedBucketOwner: a.owner(),
			OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipBucketOwnerEnforced}}},
		})
		return err
	})
}
