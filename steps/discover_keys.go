package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
)

// KeyChoice is a KMS key that a new bucket may be encrypted with, or why it may not.
type KeyChoice struct {
	ARN      string
	Alias    string // the first of its aliases, such as alias/logs; empty: it has none, or they may not be listed
	Manager  string // CUSTOMER or AWS; empty: not known
	Unusable string // why flow logs cannot be delivered with it; empty: they can, once its policy lets them
}

// Keys lists the account's KMS keys of a region, those that can be used first.
func (e *Engine) Keys(ctx context.Context, a AccountAnswers, region string) ([]KeyChoice, error) {
	account, err := e.act(ctx, a)
	if err != nil {
		return nil, err
	}
	keys, err := account.Keys(ctx, region)
	if err != nil {
		return nil, place{step: StepKeyPolicy, account: a.ID, region: region}.fault("list the KMS keys", err)
	}
	choices := make([]KeyChoice, len(keys))
	for i, k := range keys {
		choices[i] = KeyChoice{ARN: k.ARN, Manager: k.Manager, Unusable: unusable(k)}
		if len(k.Aliases) > 0 {
			choices[i].Alias = k.Aliases[0]
		}
	}
	slices.SortStableFunc(choices, func(x, y KeyChoice) int {
		if (x.Unusable == "") != (y.Unusable == "") {
			return map[bool]int{true: -1, false: 1}[x.Unusable == ""]
		}
		if (x.Alias == "") != (y.Alias == "") { // a name says more than an ID
			return map[bool]int{true: 1, false: -1}[x.Alias == ""]
		}
		return strings.Compare(x.Alias+x.ARN, y.Alias+y.ARN)
	})
	return choices, nil
}

// unusable says why flow logs cannot be encrypted with a key. S3 takes symmetric encryption keys alone, and the policy of a key that AWS
// manages cannot let the delivery in (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-cmk-policy.html).
func unusable(k awsops.KeySummary) string {
	switch {
	case k.Denied != nil:
		return "" // whoever may not look at it may still be let use it
	case k.Manager == "AWS":
		return "managed by AWS: its policy cannot let flow logs in"
	case k.State != "Enabled":
		return "it cannot be used now: its state is " + k.State
	case k.Usage != "" && k.Usage != "ENCRYPT_DECRYPT" || k.Spec != "" && k.Spec != "SYMMETRIC_DEFAULT":
		return fmt.Sprintf("S3 takes symmetric encryption keys only, and it is %s for %s", k.Spec, k.Usage)
	}
	return ""
}
