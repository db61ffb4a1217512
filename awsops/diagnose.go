package awsops

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// RegionOff says whether a region is one that the account has not enabled. A region of no known name is not enabled either.
// Source: EC2 API, DescribeRegions: OptInStatus.
func (a *Account) RegionOff(ctx context.Context, region string) (bool, error) {
	out, err := a.ec2In("").DescribeRegions(ctx, &ec2.DescribeRegionsInput{AllRegions: aws.Bool(true)})
	if err != nil {
		return false, a.explain(err, "ec2:DescribeRegions", region, "")
	}
	for _, r := range out.Regions {
		if aws.ToString(r.RegionName) == region {
			return aws.ToString(r.OptInStatus) == "not-opted-in", nil
		}
	}
	return true, nil
}

// BucketCreated tells when a bucket of the account was made; zero where it has none of that name. AWS may move the date when a bucket's
// policy is changed, so that it is a hint only. Source: S3 API, ListBuckets.
func (a *Account) BucketCreated(ctx context.Context, name string) (time.Time, error) {
	out, err := a.s3In("").ListBuckets(ctx, &s3.ListBucketsInput{Prefix: aws.String(name), MaxBuckets: aws.Int32(1000)})
	if err != nil {
		return time.Time{}, a.explain(err, "s3:ListBuckets", name, "")
	}
	for _, b := range out.Buckets {
		if aws.ToString(b.Name) == name {
			return aws.ToTime(b.CreationDate), nil
		}
	}
	return time.Time{}, nil
}
