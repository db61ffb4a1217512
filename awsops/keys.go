package awsops

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"golang.org/x/sync/errgroup"
)

// describedAtOnce is how many keys are described at a time (kms:DescribeKey has a quota of 2000 a second in an account and region).
const describedAtOnce = 16

// KeySummary is a KMS key of a list. Of one that may not be described only the ARN and the aliases are known.
type KeySummary struct {
	ARN     string   // full key ARN
	Aliases []string // names such as alias/logs; none: the key has no alias
	Manager string   // CUSTOMER or AWS
	State   string   // Enabled, Disabled, PendingDeletion …
	Usage   string   // ENCRYPT_DECRYPT, SIGN_VERIFY …
	Spec    string   // SYMMETRIC_DEFAULT, RSA_2048 …
	Denied  error    // why it could not be described, an *Error; nil where it could
}

// Keys lists the account's KMS keys of a region with their aliases (kms:ListKeys, kms:ListAliases, kms:DescribeKey). A list of aliases that
// is denied leaves the keys without names.
func (a *Account) Keys(ctx context.Context, region string) ([]KeySummary, error) {
	var keys []KeySummary
	aliases := map[string][]string{}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		pages := kms.NewListKeysPaginator(a.kmsIn(region), &kms.ListKeysInput{Limit: aws.Int32(1000)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(gctx)
			if err != nil {
				return a.explain(err, "kms:ListKeys", "", region)
			}
			for _, k := range page.Keys {
				keys = append(keys, KeySummary{ARN: aws.ToString(k.KeyArn)})
			}
		}
		return nil
	})
	g.Go(func() error {
		pages := kms.NewListAliasesPaginator(a.kmsIn(region), &kms.ListAliasesInput{Limit: aws.Int32(100)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(gctx)
			if err != nil {
				if err = a.explain(err, "kms:ListAliases", "", region); MeaningOf(err) == Denied {
					return nil
				}
				return err
			}
			for _, l := range page.Aliases {
				if id := aws.ToString(l.TargetKeyId); id != "" { // an alias that AWS keeps for a key not made yet has none
					aliases[id] = append(aliases[id], aws.ToString(l.AliasName))
				}
			}
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	g, gctx = errgroup.WithContext(ctx)
	g.SetLimit(describedAtOnce)
	for i := range keys {
		k := &keys[i]
		k.Aliases = aliases[keyID(k.ARN)]
		g.Go(func() error {
			out, err := a.kmsIn(region).DescribeKey(gctx, &kms.DescribeKeyInput{KeyId: aws.String(k.ARN)})
			switch err = a.explain(err, "kms:DescribeKey", k.ARN, region); {
			case err == nil:
				m := out.KeyMetadata
				k.Manager, k.State, k.Usage, k.Spec = string(m.KeyManager), string(m.KeyState), string(m.KeyUsage), string(m.KeySpec)
			case MeaningOf(err) == Denied || MeaningOf(err) == NotFound:
				k.Denied = err
			default:
				return err
			}
			return nil
		})
	}
	return keys, g.Wait()
}

// keyID is the ID in a key ARN.
func keyID(arn string) string {
	_, _, resource := keyPlace(arn)
	return strings.TrimPrefix(resource, "key/")
}
