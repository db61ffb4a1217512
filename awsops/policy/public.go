package policy

import (
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
	"s3:dataaccesspointarn", "s3:dataaccesspointaccount", "kms:calleraccount", "sts:externalid"}

func (c Condition) fixesCaller() bool {
	return slices.ContainsFunc(c, func(t Test) bool {
		op := parseOperator(t.Operator)
		cmp, ok := comparisons[op.base]
		if !ok || cmp.negated || op.ifExists || op.set == "forallvalues" || !slices.Contains(callerKeys, strings.ToLower(t.Key)) || t.Values.Len() == 0 {
			return false
		}
		return !slices.ContainsFunc(t.Values.values, func(v string) bool { return v == "*" || v == "0.0.0.0/0" || v == "::/0" || strings.Contains(v, "${") })
	})
}
