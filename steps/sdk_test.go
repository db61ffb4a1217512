package steps_test

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
)

// sdk is the plain SDK in an account, for what flowgrant itself never does.
type sdk struct{ aws.Config }

func (l *lab) sdk(account, region string) sdk {
	return sdkOf(l.world, account, region)
}

func sdkOf(world *sandbox.Sandbox, account, region string) sdk {
	key, secret := world.Credentials()
	c := aws.Config{Region: region, Credentials: credentials.NewStaticCredentialsProvider(key, secret, ""), HTTPClient: &http.Client{Transport: world}}
	if account != "123456789012" {
		c.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(c), "arn:aws:iam::"+account+":role/OrganizationAccountAccessRole"))
	}
	return sdk{c}
}

func (c sdk) ec2() *ec2.Client { return ec2.NewFromConfig(c.Config) }
func (c sdk) iam() *iam.Client { return iam.NewFromConfig(c.Config) }
func (c sdk) kms() *kms.Client { return kms.NewFromConfig(c.Config) }
func (c sdk) s3() *s3.Client {
	return s3.NewFromConfig(c.Config, func(o *s3.Options) { o.UsePathStyle = true })
}

func newPolicy(name, document string) awsops.NewPolicy {
	return awsops.NewPolicy{Name: name, Document: document}
}

// openToPublic takes the block of public access off a bucket.
func (l *lab) openToPublic(bucket string) {
	l.Helper()
	_, err := l.sdk(archive, "us-east-1").s3().DeletePublicAccessBlock(l.Context(), &s3.DeletePublicAccessBlockInput{Bucket: aws.String(bucket)})
	l.must(err)
}
