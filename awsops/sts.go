package awsops

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// sessionLength is the longest session that a chained role gives (sts:AssumeRole).
const sessionLength = time.Hour

// identity asks once who a source's credentials are and remembers the answer.
func (c *Cloud) identity(ctx context.Context, s *source) (Identity, error) {
	who, err := s.who.get(ctx, func(ctx context.Context) (Identity, error) { return c.askIdentity(ctx, s) })
	return who, explain(err, "sts:GetCallerIdentity", "", place{profile: s.profile})
}

func (c *Cloud) askIdentity(ctx context.Context, s *source) (Identity, error) {
	out, err := sts.NewFromConfig(s.config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Identity{}, explain(err, "sts:GetCallerIdentity", "", place{
			profile: s.profile, region: s.config.Region, embedded: c.config.Embedded != nil, profiles: c.Profiles,
		})
	}
	arn := aws.ToString(out.Arn)
	return Identity{
		Account: aws.ToString(out.Account), ARN: arn, Partition: partitionOf(arn),
		Profile: s.profile, Region: s.config.Region,
	}, nil
}

// assumeRole enters an account by a role in it.
func (c *Cloud) assumeRole(ctx context.Context, from *source, id, partition string, cr Credentials) (*Account, error) {
	if id == "" || partition == "" || from != c.start { // the starting credentials are asked for at the same moment
		who, err := c.identity(ctx, from)
		if err != nil {
			return nil, err
		}
		id, partition = cmp.Or(id, who.Account), cmp.Or(partition, who.Partition)
	}
	role := fmt.Sprintf("arn:%s:iam::%s:role/%s", partition, id, strings.TrimPrefix(cr.AssumeRole, "/"))
	client := &assuming{Client: sts.NewFromConfig(from.config)}
	cache := aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(client, role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = sessionName
		o.Duration = sessionLength
	}), beforeExpiry)
	err := c.outlast(ctx, from, nil, func(ctx context.Context) error {
		_, err := cache.Retrieve(ctx)
		return err
	})
	if err != nil {
		at := place{account: id, profile: from.profile, region: from.config.Region, embedded: c.config.Embedded != nil, profiles: c.Profiles}
		if who, known := from.who.peek(); known {
			at.principal = who.ARN
		}
		return nil, explain(err, "sts:AssumeRole", role, at)
	}
	session, _ := client.arn.Load().(string)
	return newAccount(c, from, cache, id, session, partition, cr), nil
}

// assuming remembers which session AssumeRole gave, so that nobody need ask GetCallerIdentity.
type assuming struct {
	*sts.Client
	arn atomic.Value
}

func (a *assuming) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, opts ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	out, err := a.Client.AssumeRole(ctx, in, opts...)
	if err == nil && out.AssumedRoleUser != nil {
		a.arn.Store(aws.ToString(out.AssumedRoleUser.Arn))
	}
	return out, err
}

// sessionName makes our calls recognisable in CloudTrail, and is the same in every run, so that plans can be compared.
const sessionName = "flowgrant"

// beforeExpiry renews temporary credentials five minutes early, so that none expires in flight.
func beforeExpiry(o *aws.CredentialsCacheOptions) {
	o.ExpiryWindow = 5 * time.Minute
	o.ExpiryWindowJitterFrac = 0.5
}
