package awsops

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"golang.org/x/sync/errgroup"
)

// Buckets lists the account's buckets, with their regions where the endpoint tells them.
func (a *Account) Buckets(ctx context.Context) ([]BucketName, error) {
	var names []BucketName
	pages := s3.NewListBucketsPaginator(a.s3In(""), &s3.ListBucketsInput{MaxBuckets: aws.Int32(1000)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, a.explain(err, "s3:ListBuckets", "", "")
		}
		for _, b := range page.Buckets {
			names = append(names, BucketName{Name: aws.ToString(b.Name), Region: aws.ToString(b.BucketRegion)})
		}
	}
	return names, nil
}

// Bucket reads whose a bucket is, and of one of this account's all its settings. region is where to look first ("" =
// the starting region); the bucket's true region is in the answer. A bucket that is missing or foreign is no error.
func (a *Account) Bucket(ctx context.Context, name, region string) (Bucket, error) {
	b := Bucket{Name: name}
	if region == "" {
		region = a.config.Region
	}
	actual, err := a.headBucket(ctx, name, region)
	if err != nil && actual != "" && actual != region && !hasCode(err, "Forbidden", "AccessDenied") {
		// Only the endpoint of the bucket's own region says whose it is.
		region = actual
		actual, err = a.headBucket(ctx, name, region)
	}
	b.Region = actual
	if b.Region == "" {
		b.Region = region
	}
	switch {
	case err == nil:
		b.State = BucketOurs
	case askedOf(err) != s3.ServiceID: // the session that the call needs was refused, which says nothing of the bucket
		return Bucket{}, a.explain(err, "s3:HeadBucket", name, region)
	case hasCode(err, "NotFound", "NoSuchBucket"):
		return Bucket{Name: name, State: BucketMissing}, nil
	case hasCode(err, "Forbidden", "AccessDenied"):
		b.State = BucketForeign
		return b, nil
	case hasCode(err, "BadRequest"):
		// HEAD answers have no body: an expired token and much else is a bare 400. A GET tells which.
		switch _, err := a.BucketPolicy(ctx, region, name); {
		case MeaningOf(err) == NotFound:
			return Bucket{Name: name, State: BucketMissing}, nil
		case err != nil:
			return Bucket{}, err
		}
		b.State = BucketOurs
	default:
		return Bucket{}, a.explain(err, "s3:HeadBucket", name, region)
	}
	return b, a.bucketSettings(ctx, &b)
}

// headBucket asks whether a bucket of this account is there, and learns its region from the answer, refused or not
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html).
func (a *Account) headBucket(ctx context.Context, name, region string) (actual string, err error) {
	out, err := a.s3In(region).HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(name), ExpectedBucketOwner: a.owner()})
	if err == nil {
		return aws.ToString(out.BucketRegion), nil
	}
	var refused *smithyhttp.ResponseError
	if askedOf(err) == s3.ServiceID && errors.As(err, &refused) && refused.Response != nil {
		actual = refused.Response.Header.Get("X-Amz-Bucket-Region")
		if code := statusCode[refused.HTTPStatusCode()]; code != "" && !hasCode(err, code) {
			err = &bareError{ResponseError: refused, code: code} // some endpoints put other words into the answer
		}
	}
	return actual, err
}

// askedOf is the service whose answer an error is, by the SDK's name of it: a call may fail for the session that it needs.
func askedOf(err error) (service string) {
	for op := (*smithy.OperationError)(nil); errors.As(err, &op); err = op.Err {
		service = op.ServiceID
	}
	return service
}

// statusCode is the error code of an answer without a body.
var statusCode = map[int]string{
	http.StatusNotFound: "NotFound", http.StatusForbidden: "Forbidden", http.StatusBadRequest: "BadRequest",
	http.StatusMovedPermanently: "MovedPermanently",
}

// bareError is an answer that has only its status.
type bareError struct {
	*smithyhttp.ResponseError
	code string
}

func (e *bareError) ErrorCode() string             { return e.code }
func (e *bareError) ErrorMessage() string          { return "" }
func (e *bareError) ErrorFault() smithy.ErrorFault { return smithy.FaultUnknown }
func (e *bareError) Unwrap() error                 { return e.ResponseError }

// owner is sent with every call, so that a bucket of the same name in another account is never taken for ours.
func (a *Account) owner() *string { return aws.String(a.ID) }

// bucketSettings reads everything about a bucket at once. What was never set stays empty; what the caller may not read
// goes into Unreadable.
func (a *Account) bucketSettings(ctx context.Context, b *Bucket) error {
	client, name := a.s3In(b.Region), aws.String(b.Name)
	var mu sync.Mutex
	g, gctx := errgroup.WithContext(ctx)
	read := func(operation string, never []string, do func(context.Context) error) {
		g.Go(func() error {
			err := do(gctx)
			if err == nil || hasCode(err, never...) {
				return nil
			}
			err = a.explain(err, operation, b.Name, b.Region)
			if MeaningOf(err) == Denied {
				mu.Lock()
				defer mu.Unlock()
				b.Unreadable = append(b.Unreadable, err)
				return nil
			}
			return err
		})
	}
	read("s3:GetBucketEncryption", []string{"ServerSideEncryptionConfigurationNotFoundError"}, func(ctx context.Context) error {
		out, err := client.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: name, ExpectedBucketOwner: a.owner()})
		if err != nil || out.ServerSideEncryptionConfiguration == nil {
			return err
		}
		for _, rule := range out.ServerSideEncryptionConfiguration.Rules {
			if by := rule.ApplyServerSideEncryptionByDefault; by != nil {
				b.Encryption = Encryption{
					Algorithm: string(by.SSEAlgorithm), Key: aws.ToString(by.KMSMasterKeyID), BucketKey: aws.ToBool(rule.BucketKeyEnabled),
				}
			}
		}
		return nil
	})
	read("s3:GetPublicAccessBlock", []string{"NoSuchPublicAccessBlockConfiguration"}, func(ctx context.Context) error {
		out, err := client.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: name, ExpectedBucketOwner: a.owner()})
		if err != nil || out.PublicAccessBlockConfiguration == nil {
			return err
		}
		p := out.PublicAccessBlockConfiguration
		b.PublicAccess = PublicAccess{
			BlockACLs: aws.ToBool(p.BlockPublicAcls), IgnoreACLs: aws.ToBool(p.IgnorePublicAcls),
			BlockPolicy: aws.ToBool(p.BlockPublicPolicy), RestrictBuckets: aws.ToBool(p.RestrictPublicBuckets),
		}
		return nil
	})
	read("s3:GetBucketOwnershipControls", []string{"OwnershipControlsNotFoundError"}, func(ctx context.Context) error {
		out, err := client.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: name, ExpectedBucketOwner: a.owner()})
		if err != nil || out.OwnershipControls == nil {
			return err
		}
		for _, rule := range out.OwnershipControls.Rules {
			b.Ownership = string(rule.ObjectOwnership)
		}
		return nil
	})
	read("s3:GetBucketPolicy", []string{"NoSuchBucketPolicy"}, func(ctx context.Context) error {
		out, err := client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: name, ExpectedBucketOwner: a.owner()})
		if err == nil {
			b.Policy = aws.ToString(out.Policy)
		}
		return err
	})
	read("s3:GetBucketTagging", nil, func(ctx context.Context) error {
		out, err := client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: name, ExpectedBucketOwner: a.owner()})
		if hasCode(err, "NoSuchTagSet", "NoSuchTagSetError") {
			b.Tags = map[string]string{}
			return nil
		}
		if err != nil {
			return err
		}
		b.Tags = make(map[string]string, len(out.TagSet))
		for _, t := range out.TagSet {
			b.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
		return nil
	})
	return g.Wait()
}
