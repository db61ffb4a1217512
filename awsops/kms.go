package awsops

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"golang.org/x/sync/errgroup"
)

// keyPolicyName is the only name that a key policy has (kms:GetKeyPolicy); some endpoints want it said.
const keyPolicyName = "default"

// Key reads a KMS key and its policy in the key's region. arn is a full key ARN or alias ARN. The policy of another
// account's key cannot be read across accounts (kms:GetKeyPolicy), which Denied says.
func (a *Account) Key(ctx context.Context, arn string) (Key, error) {
	region, owner, resource := keyPlace(arn)
	var (
		key       Key
		policy    string
		policyErr error
	)
	describe := func(ctx context.Context) error {
		out, err := a.kmsIn(region).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(arn)})
		if err != nil {
			return a.explain(err, "kms:DescribeKey", arn, region)
		}
		m := out.KeyMetadata
		key.ARN, key.Account = aws.ToString(m.Arn), aws.ToString(m.AWSAccountId)
		key.Manager, key.State = string(m.KeyManager), string(m.KeyState)
		key.Region, _, _ = keyPlace(key.ARN)
		return nil
	}
	switch {
	case owner != "" && owner != a.ID:
		if err := describe(ctx); err != nil {
			return Key{}, err
		}
		policyErr = &Error{
			Operation: "kms:GetKeyPolicy", Target: arn, Account: a.ID, Region: region, Meaning: Denied,
			Message: fmt.Sprintf("the key belongs to account %s, and only that account may read and change its policy", owner),
			Fix:     "use credentials of account " + owner + ", or hand the statements to those who manage it",
		}
	case !strings.HasPrefix(resource, "key/"): // GetKeyPolicy takes no alias
		if err := describe(ctx); err != nil {
			return Key{}, err
		}
		policy, policyErr = a.KeyPolicy(ctx, key.ARN)
	default:
		g, gctx := errgroup.WithContext(ctx)
		g.Go(func() error { return describe(gctx) })
		g.Go(func() error {
			policy, policyErr = a.KeyPolicy(gctx, arn)
			return nil
		})
		if err := g.Wait(); err != nil {
			return Key{}, err
		}
	}
	if policyErr != nil && MeaningOf(policyErr) != Denied {
		return Key{}, policyErr
	}
	key.Policy, key.Denied = policy, policyErr
	return key, nil
}

// KeyPolicy reads a key's policy; arn is a full key ARN.
func (a *Account) KeyPolicy(ctx context.Context, arn string) (string, error) {
	region, _, _ := keyPlace(arn)
	out, err := a.kmsIn(region).GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: aws.String(arn), PolicyName: aws.String(keyPolicyName)})
	if err != nil {
		return "", a.explain(err, "kms:GetKeyPolicy", arn, region)
	}
	return aws.ToString(out.Policy), nil
}

// PutKeyPolicy replaces a key's policy; arn is a full key ARN. AWS refuses one that would lock the caller out.
func (a *Account) PutKeyPolicy(ctx context.Context, arn, document string) error {
	region, _, _ := keyPlace(arn)
	_, err := a.kmsIn(region).PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{
		KeyId: aws.String(arn), PolicyName: aws.String(keyPolicyName), Policy: aws.String(document),
	})
	return a.explain(err, "kms:PutKeyPolicy", arn, region)
}

// keyPlace takes arn:PARTITION:kms:REGION:ACCOUNT:RESOURCE apart; anything else has no region and no account.
func keyPlace(arn string) (region, account, resource string) {
	part := strings.SplitN(arn, ":", 6)
	if len(part) != 6 {
		return "", "", arn
	}
	return part[3], part[4], part[5]
}
