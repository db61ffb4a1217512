package steps

import (
	"context"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// looksForArriving bounds the listings that tell whether flow logs arrive in one bucket.
const looksForArriving = 4

// arriving tells whether flow logs lie where the bucket policy lets them be delivered: below AWSLogs/ACCOUNT/vpcflowlogs/, with a prefix before it or
// without. What cannot be listed is not seen.
func arriving(ctx context.Context, a *awsops.Account, b awsops.Bucket, name string, statements []policy.Statement) bool {
	looked := map[string]bool{}
	look := func(account string) bool {
		prefix := account + "vpcflowlogs/"
		if strings.Contains(account, "/aws-account-id=") { // Hive-compatible keys
			prefix = account + "aws-service=vpcflowlogs/"
		}
		if looked[prefix] || len(looked) == looksForArriving {
			return false
		}
		looked[prefix] = true
		objects, _, err := a.Objects(ctx, b.Region, name, prefix, "", 1)
		return err == nil && len(objects) > 0
	}
	for _, st := range statements {
		for _, resource := range st.Resource.Values() {
			_, key, ok := strings.Cut(resource, ":::"+name+"/")
			before, _, logs := strings.Cut(key, "AWSLogs/")
			if !ok || !logs || strings.ContainsAny(before, "*?$") {
				continue
			}
			root := before + "AWSLogs/"
			if account, _, one := strings.Cut(strings.TrimPrefix(key, root), "/"); one && !strings.ContainsAny(account, "*?$") {
				if look(root + account + "/") {
					return true
				}
				continue
			}
			accounts, _, err := a.CommonPrefixes(ctx, b.Region, name, root, "/", "")
			if err != nil {
				return false
			}
			for _, account := range accounts {
				if look(account) {
					return true
				}
			}
		}
	}
	return false
}
