package awsops

import (
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Account is one AWS account, entered with one set of credentials. It is safe for concurrent use.
type Account struct {
	ID        string      // 12-digit account ID
	ARN       string      // who acts in it: a user, or an assumed-role session
	Partition string      // aws, aws-cn or aws-us-gov
	Via       Credentials // how it was entered

	profile  string
	embedded bool
	profiles func() []string
	config   aws.Config // its region is the starting region

	ec2            perRegion[*ec2.Client]
	s3             perRegion[*s3.Client]
	kms            perRegion[*kms.Client]
	iam            perRegion[*iam.Client]
	organizations  perRegion[*organizations.Client]
	cloudFormation perRegion[*cloudformation.Client]
	cloudTrail     perRegion[*cloudtrail.Client]
	logs           perRegion[*cloudwatchlogs.Client]
}

// newAccount acts with the credentials of a source, or with a role's session got by them.
func newAccount(c *Cloud, from *source, session *aws.CredentialsCache, id, arn, partition string, via Credentials) *Account {
	config := from.config.Copy()
	if session != nil {
		config.Credentials = session
	}
	config.APIOptions = c.apiOptions(from, session, id)
	return &Account{
		ID: id, ARN: arn, Partition: partition, Via: via,
		profile: from.profile, embedded: c.config.Embedded != nil, profiles: c.Profiles, config: config,
	}
}

// perRegion keeps one client a region, made when first wanted.
type perRegion[T any] struct {
	mu   sync.Mutex
	made map[string]T
}

func (p *perRegion[T]) get(config aws.Config, region string, build func(aws.Config) T) T {
	if region == "" {
		region = config.Region
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	client, ok := p.made[region]
	if !ok {
		config = config.Copy()
		config.Region = region
		config.APIOptions = slices.Clone(config.APIOptions)
		client = build(config)
		if p.made == nil {
			p.made = map[string]T{}
		}
		p.made[region] = client
	}
	return client
}

func (a *Account) ec2In(region string) *ec2.Client {
	return a.ec2.get(a.config, region, func(c aws.Config) *ec2.Client { return ec2.NewFromConfig(c) })
}

func (a *Account) s3In(region string) *s3.Client {
	return a.s3.get(a.config, region, newS3)
}

// newS3 addresses buckets by path on custom endpoints, which rarely have a host name per bucket.
func newS3(c aws.Config) *s3.Client {
	return s3.NewFromConfig(c, func(o *s3.Options) {
		o.UsePathStyle = o.BaseEndpoint != nil
		o.DisableS3ExpressSessionAuth = aws.Bool(true)
	})
}

func (a *Account) kmsIn(region string) *kms.Client {
	return a.kms.get(a.config, region, func(c aws.Config) *kms.Client { return kms.NewFromConfig(c) })
}

func (a *Account) iamClient() *iam.Client {
	return a.iam.get(a.config, "", func(c aws.Config) *iam.Client { return iam.NewFromConfig(c) })
}

func (a *Account) organizationsClient() *organizations.Client {
	return a.organizations.get(a.config, "", func(c aws.Config) *organizations.Client { return organizations.NewFromConfig(c) })
}

func (a *Account) cloudFormationIn(region string) *cloudformation.Client {
	return a.cloudFormation.get(a.config, region, func(c aws.Config) *cloudformation.Client { return cloudformation.NewFromConfig(c) })
}

func (a *Account) cloudTrailIn(region string) *cloudtrail.Client {
	return a.cloudTrail.get(a.config, region, func(c aws.Config) *cloudtrail.Client { return cloudtrail.NewFromConfig(c) })
}

func (a *Account) logsIn(region string) *cloudwatchlogs.Client {
	return a.logs.get(a.config, region, func(c aws.Config) *cloudwatchlogs.Client { return cloudwatchlogs.NewFromConfig(c) })
}

// explain turns an SDK error of this account's call into an *Error; nil stays nil.
func (a *Account) explain(err error, operation, target, region string) error {
	if err == nil {
		return nil
	}
	return explain(err, operation, target, place{
		account: a.ID, region: region, principal: a.ARN, profile: a.profile, embedded: a.embedded, profiles: a.profiles,
	})
}
