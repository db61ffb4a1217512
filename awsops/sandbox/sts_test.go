package sandbox

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

func staticCredentials(c *types.Credentials) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
}

// vendorSession is the configuration of the vendor's own role.
func (l *lab) vendor(role string) aws.Config {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	session := l.s.w.mint(l.s.w.Accounts[vendorAccount].Roles[strings.ToLower(role)], vendorAccount, "xshield", l.now, time.Hour, caller{})
	cfg := l.s.config(homeRegion)
	cfg.Credentials = credentials.NewStaticCredentialsProvider(session.AccessKey, session.Secret, session.Token)
	return cfg
}

// Who may enter a role, and with which external ID.
func TestAssumeRole(t *testing.T) {
	exact := "arn:aws:iam::" + vendorAccount + ":role/" + vendorRole
	for _, test := range []struct {
		name, trust string
		caller      func(*lab) aws.Config
		externalID  string
		allowed     bool
	}{
		{"role with external ID", trustOf(exact, "xs-7f3a91"), nil, "xs-7f3a91", true},
		{"no external ID", trustOf(exact, "xs-7f3a91"), nil, "", false},
		{"wrong external ID", trustOf(exact, "xs-7f3a91"), nil, "xs-7f3a92", false},
		{"external ID that nobody asked for", trustOf(exact, ""), nil, "anything", true},
		{"root of the account", trustOf(rootARN(vendorAccount), "xs-7f3a91"), nil, "xs-7f3a91", true},
		{"another role of the account", trustOf("arn:aws:iam::"+vendorAccount+":role/"+discoveryRole, "xs-7f3a91"), nil, "xs-7f3a91", false},
		{"another account", trustOf(rootARN(paymentsAccount), "xs-7f3a91"), nil, "xs-7f3a91", false},
		{"trusted but without the right to assume", trustOf(rootARN(paymentsAccount), ""), func(l *lab) aws.Config {
			return l.user(paymentsAccount, homeRegion, "nobody", allowRead)
		}, "", false},
		{"root of the own account with the right", trustOf(rootARN(archiveAccount), ""), func(l *lab) aws.Config {
			return l.user(archiveAccount, homeRegion, "somebody", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}`)
		}, "", true},
		{"named user of the own account without the right", trustOf("arn:aws:iam::"+archiveAccount+":user/named", ""), func(l *lab) aws.Config {
			return l.user(archiveAccount, homeRegion, "named", allowRead)
		}, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t)
			caller := l.vendor(vendorRole)
			if test.caller != nil {
				caller = test.caller(l)
			}
			l.role(l.iam(archiveAccount), "Reader", test.trust)
			in := &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::444455556666:role/Reader"), RoleSessionName: aws.String("one")}
			if test.externalID != "" {
				in.ExternalId = &test.externalID
			}
			out, err := sts.NewFromConfig(caller).AssumeRole(ctx, in)
			if !test.allowed {
				l.want(err, "AccessDenied")
				if !strings.Contains(err.Error(), "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/Reader") {
					t.Errorf("denial says %v", err)
				}
				return
			}
			l.must(err)
			if *out.AssumedRoleUser.Arn != "arn:aws:sts::444455556666:assumed-role/Reader/one" || !out.Credentials.Expiration.Equal(l.now.Add(time.Hour)) {
				t.Errorf("session is %s until %s", *out.AssumedRoleUser.Arn, out.Credentials.Expiration)
			}
			caller.Credentials = staticCredentials(out.Credentials)
			identity, err := sts.NewFromConfig(caller).GetCallerIdentity(ctx, nil)
			l.must(err)
			if *identity.Arn != *out.AssumedRoleUser.Arn || *identity.UserId != *out.AssumedRoleUser.AssumedRoleId {
				t.Errorf("identity is %s %s", *identity.Arn, *identity.UserId)
			}
		})
	}
}

func TestSessionLimits(t *testing.T) {
	l := newLab(t)
	l.role(l.iam(archiveAccount), "Reader", trustOf(rootARN(managementAccount), ""))
	l.role(l.iam(archiveAccount), "Chained", trustOf(rootARN(archiveAccount), ""))
	enter := func(account, role, session string, seconds int32) error {
		_, err := sts.NewFromConfig(l.as(account, homeRegion)).AssumeRole(ctx, &sts.AssumeRoleInput{
			RoleArn: aws.String("arn:aws:iam::444455556666:role/" + role), RoleSessionName: &session, DurationSeconds: &seconds})
		return err
	}
	l.want(enter(managementAccount, "Reader", "s1", 899), "ValidationError")
	l.must(enter(managementAccount, "Reader", "s1", 900))
	l.must(enter(managementAccount, "Reader", "s1", 3600))
	l.want(enter(managementAccount, "Reader", "s1", 3601), "ValidationError")
	l.want(enter(managementAccount, "Reader", "a b", 900), "ValidationError")
	l.want(enter(managementAccount, "Reader", "a", 900), "ValidationError")
	l.want(enter(managementAccount, "Nobody", "s1", 900), "AccessDenied")
	l.s.w.Accounts[archiveAccount].Roles["chained"].MaxSession = 43200
	l.must(enter(archiveAccount, "Chained", "s1", 3600))
	l.want(enter(archiveAccount, "Chained", "s1", 7200), "ValidationError") // chained: an hour at most
}
