package policy

import (
	"net/netip"
	"slices"
	"strings"
)

// Public gives the indexes of the Allow statements that admit everybody without a condition that fixes who: what S3 calls public
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html).
func Public(d Document) []int {
	var out []int
	for i, s := range d.Statements {
		if s.allows() && (s.Principal.everyone() || s.NotPrincipal != nil) && !s.Condition.fixesCaller() {
			out = append(out, i)
		}
	}
	return out
}

// callerKeys are the condition keys that, compared with fixed values, tie a statement to known callers.
var callerKeys = []string{"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner", "aws:sourcevpc", "aws:sourcevpce",
	"aws:sourceip", "aws:vpcsourceip", "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:userid", "aws:username",
	"s3:dataaccesspointarn", "s3:dataaccesspointaccount", "s3:x-amz-server-side-encryption-aws-kms-key-id", "kms:calleraccount"}

func (c Condition) fixesCaller() bool {
	return slices.ContainsFunc(c, func(t Test) bool {
		op := parseOperator(t.Operator)
		cmp, ok := comparisons[op.base]
		if !ok || cmp.negated || op.ifExists || op.set == "forallvalues" || !slices.Contains(callerKeys, strings.ToLower(t.Key)) || t.Values.Len() == 0 {
			return false
		}
		return !slices.ContainsFunc(t.Values.values, func(v string) bool { return !fixed(strings.ToLower(t.Key), v) })
	})
}

// fixed says whether a value ties a statement to known callers: it has no wildcard or variable, and no range of addresses that S3 calls broad.
// The name in the ARN of an access point may be left open, its account not.
func fixed(key, value string) bool {
	if network, err := netip.ParsePrefix(value); err == nil {
		return network.Bits() >= 32 || network.Addr().Is4() && network.Bits() >= 8
	}
	if parts, ok := arnParts(value); ok && key == "s3:dataaccesspointarn" {
		value = strings.Join(parts[:5], ":")
	}
	return !strings.ContainsAny(value, "*?$")
}
