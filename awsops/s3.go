package awsops

import (
	"context"
	"io"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// NewBucket is a bucket to be created.
type NewBucket struct {
	Name   string
	Region string
	Tags   map[string]string
}

// CreateBucket makes a bucket without ACLs (BucketOwnerEnforced) and with its tags, in one call. A bucket of that name
// anywhere in the partition is AlreadyExists.
func (a *Account) CreateBucket(ctx context.Context, in NewBucket) error {
	call := &s3.CreateBucketInput{Bucket: aws.String(in.Name), ObjectOwnership: types.ObjectOwnershipBucketOwnerEnforced}
	var settings types.CreateBucketConfiguration
	if in.Region != "us-east-1" { // which S3 takes for the absence of a location
		settings.LocationConstraint = types.BucketLocationConstraint(in.Region)
	}
	for _, key := range slices.Sorted(maps.Keys(in.Tags)) {
		settings.Tags = append(settings.Tags, types.Tag{Key: aws.String(key), Value: aws.String(in.Tags[key])})
	}
	if settings.LocationConstraint != "" || settings.Tags != nil {
		call.CreateBucketConfiguration = &settings
	}
	return a.changeBucket(ctx, "s3:CreateBucket", in.Region, in.Name, func() error {
		_, err := a.s3In(in.Region).CreateBucket(ctx, call)
		return err
	})
}

// changeBucket makes one bucket-setting write; S3 refuses those that overlap (409 OperationAborted).
func (a *Account) changeBucket(ctx context.Context, operation, region, bucket string, do func() error) error {
	return a.explain(retryConflict(ctx, do), operation, bucket, region)
}

// BlockPublicAccess blocks every kind of public access to a bucket.
func (a *Account) BlockPublicAccess(ctx context.Context, region, bucket string) error {
	yes := aws.Bool(true)
	return a.changeBucket(ctx, "s3:PutPublicAccessBlock", region, bucket, func() error {
		_, err := a.s3In(region).PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
			Bucket: aws.String(bucket), ExpectedBucketOwner: a.owner(),
			PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
				BlockPublicAcls: yes, IgnorePublicAcls: yes, BlockPublicPolicy: yes, RestrictPublicBuckets: yes,
			},
		})
		return err
	})
}

// Encrypt sets a bucket's default encryption: SSE-KMS with the key's full ARN and a bucket key, or SSE-S3 where keyARN
// is empty.
func (a *Account) Encrypt(ctx context.Context, region, bucket, keyARN string) error {
	rule := types.ServerSideEncryptionRule{
		ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256},
	}
	if keyARN != "" {
		rule.ApplyServerSideEncryptionByDefault = &types.ServerSideEncryptionByDefault{
			SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: aws.String(keyARN),
		}
		rule.BucketKeyEnabled = aws.Bool(true)
	}
	return a.changeBucket(ctx, "s3:PutBucketEncryption", region, bucket, func() error {
		_, err := a.s3In(region).PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
			Bucket: aws.String(bucket), ExpectedBucketOwner: a.owner(),
			ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{rule}},
		})
		return err
	})
}

// expiryRule names the one lifecycle rule that Expire makes.
const expiryRule = "flowgrant-expire"

// Expire lets the objects under a key prefix expire after some days; 0 keeps them. The bucket's other lifecycle rules stay.
func (a *Account) Expire(ctx context.Context, region, bucket, prefix string, days int) error {
	rules, transition, err := a.lifecycle(ctx, region, bucket)
	if err != nil {
		return err
	}
	rules = slices.DeleteFunc(rules, isExpiryRule)
	if days > 0 {
		rules = append(rules, types.LifecycleRule{
			ID: aws.String(expiryRule), Status: types.ExpirationStatusEnabled,
			Filter:     &types.LifecycleRuleFilter{Prefix: aws.String(prefix)},
			Expiration: &types.LifecycleExpiration{Days: aws.Int32(int32(days))},
		})
	}
	if len(rules) == 0 {
		return a.changeBucket(ctx, "s3:DeleteBucketLifecycle", region, bucket, func() error {
			_, err := a.s3In(region).DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: aws.String(bucket), ExpectedBucketOwner: a.owner()})
			return err
		})
	}
	return a.changeBucket(ctx, "s3:PutBucketLifecycleConfiguration", region, bucket, func() error {
		_, err := a.s3In(region).PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
			Bucket: aws.String(bucket), ExpectedBucketOwner: a.owner(),
			LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: rules}, TransitionDefaultMinimumObjectSize: transition,
		})
		return err
	})
}

// lifecycle reads a bucket's lifecycle rules and the least size of objects that they move; none is no error.
func (a *Account) lifecycle(ctx context.Context, region, bucket string) ([]types.LifecycleRule, types.TransitionDefaultMinimumObjectSize, error) {
	out, err := a.s3In(region).GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{
		Bucket: aws.String(bucket), ExpectedBucketOwner: a.owner(),
	})
	if hasCode(err, "NoSuchLifecycleConfiguration") {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", a.explain(err, "s3:GetLifecycleConfiguration", bucket, region)
	}
	return out.Rules, out.TransitionDefaultMinimumObjectSize, nil
}

func isExpiryRule(r types.LifecycleRule) bool { return aws.ToString(r.ID) == expiryRule }

// BucketPolicy reads a bucket's policy; "" where it has none.
func (a *Account) BucketPolicy(ctx context.Context, region, bucket string) (string, error) {
	out, err := a.s3In(region).GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String(bucket), ExpectedBucketOwner: a.owner()})
	if hasCode(err, "NoSuchBucketPolicy") {
		return "", nil
	}
	if err != nil {
		return "", a.explain(err, "s3:GetBucketPolicy", bucket, region)
	}
	return aws.ToString(out.Policy), nil
}

// PutBucketPolicy replaces a bucket's policy.
func (a *Account) PutBucketPolicy(ctx context.Context, region, bucket, document string) error {
	return a.changeBucket(ctx, "s3:PutBucketPolicy", region, bucket, func() error {
		_, err := a.s3In(region).PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{
			Bucket: aws.String(bucket), ExpectedBucketOwner: a.owner(), Policy: aws.String(document),
		})
		return err
	})
}

// DeleteBucketPolicy leaves a bucket without a policy.
func (a *Account) DeleteBucketPolicy(ctx context.Context, region, bucket string) error {
	return a.changeBucket(ctx, "s3:DeleteBucketPolicy", region, bucket, func() error {
		_, err := a.s3In(region).DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: aws.String(bucket), ExpectedBucketOwner: a.owner()})
		return err
	})
}

// Objects lists one page of at most most objects (1000 at most) under a key prefix, in key order, after startAfter; more tells that others follow.
func (a *Account) Objects(ctx context.Context, region, bucket, prefix, startAfter string, most int) (objects []Object, more bool, err error) {
	out, err := a.listPage(ctx, region, bucket, startAfter, &s3.ListObjectsV2Input{Prefix: aws.String(prefix), MaxKeys: aws.Int32(int32(most))})
	if err != nil {
		return nil, false, err
	}
	objects = make([]Object, 0, len(out.Contents))
	for _, o := range out.Contents {
		objects = append(objects, Object{Key: aws.ToString(o.Key), Size: aws.ToInt64(o.Size), Modified: aws.ToTime(o.LastModified)})
	}
	return objects, aws.ToBool(out.IsTruncated), nil
}

// CommonPrefixes lists one page (1000 at most) of what keys under a prefix have in common up to a delimiter, in key order, after startAfter;
// more tells that others follow. However many keys share one, it counts once. Source: S3 API, ListObjectsV2.
func (a *Account) CommonPrefixes(ctx context.Context, region, bucket, prefix, delimiter, startAfter string) (prefixes []string, more bool, err error) {
	out, err := a.listPage(ctx, region, bucket, startAfter, &s3.ListObjectsV2Input{Prefix: aws.String(prefix), Delimiter: aws.String(delimiter)})
	if err != nil {
		return nil, false, err
	}
	for _, p := range out.CommonPrefixes {
		prefixes = append(prefixes, aws.ToString(p.Prefix))
	}
	return prefixes, aws.ToBool(out.IsTruncated), nil
}

func (a *Account) listPage(ctx context.Context, region, bucket, startAfter string, call *s3.ListObjectsV2Input) (*s3.ListObjectsV2Output, error) {
	call.Bucket, call.ExpectedBucketOwner = aws.String(bucket), a.owner()
	if startAfter != "" {
		call.StartAfter = aws.String(startAfter)
	}
	out, err := a.s3In(region).ListObjectsV2(ctx, call)
	return out, a.explain(err, "s3:ListObjectsV2", bucket+"/"+aws.ToString(call.Prefix), region)
}

// OpenObject reads an object as it is stored, gzip included; the caller closes it.
func (a *Account) OpenObject(ctx context.Context, region, bucket, key string) (io.ReadCloser, error) {
	out, err := a.s3In(region).GetObject(ctx, &s3.GetObjectInput{
		Bucket: aws.String(bucket), Key: aws.String(key), ExpectedBucketOwner: a.owner(),
	})
	if err != nil {
		return nil, a.explain(err, "s3:GetObject", bucket+"/"+key, region)
	}
	return out.Body, nil
}
