package policy

import (
	"slices"
	"strings"
)

// TrustFinding is what a trust policy says about one account and one external ID.
type TrustFinding struct {
	Admits       bool     // a principal of the account gets in with exactly this external ID
	RefusesNone  bool     // nobody of the account gets in without an external ID
	RefusesWrong bool     // nor with another one
	Root         bool     // the account as a whole is trusted: its own policies say who may come
	Everyone     bool     // a statement that admits the account names "*", and no condition says who of everybody
	ExternalIDs  []string // that the statements for the account ask for
	Statements   []int    // indexes of the Allow statements that name a principal of the account
	Others       []string // principals of other Allow statements and other principals beside the account's
	UniqueIDs    []string // raw IDs (AROA..., AIDA...) of principals that were deleted: they admit nobody any more
}

// TrustAdmits reads a trust policy for callers of the account (12 digits). With a principal ARN only that principal is tried; otherwise every
// user and role of the account that the policy names, and, where the whole account is trusted, any. externalID is what the caller will present, ""
// for none. That the caller's own account lets it call sts:AssumeRole is taken for granted. Whether it gets in without its external ID is asked for
// every principal of the account that the policy names, and conditions on other keys than who it is are then no hindrance: what they ask for may be so.
func TrustAdmits(d Document, account, principalARN, externalID string) TrustFinding {
	var f TrustFinding
	partition := "aws"
	if p, ok := arnParts(principalARN); ok {
		partition = p[1]
	}
	var tried, named []string
	try := func(arn string) {
		if arn != "" {
			named = addOnce(named, arn)
		}
		if arn != "" && (principalARN == "" || arn == principalARN) {
			tried = addOnce(tried, arn)
		}
	}
	try(principalARN)
	for i, s := range d.Statements {
		if !s.allows() {
			continue
		}
		mine := false
		principals := s.Principal
		if principals == nil {
			principals = &Principals{}
		}
		if principals.everyone() || s.NotPrincipal != nil {
			who, confined := s.Condition.whoOfEverybody()
			if !confined || s.NotPrincipal != nil {
				mine, f.Everyone = true, true
			}
			for _, v := range who {
				if v == account || belongs(v, account) {
					mine = true
				} else {
					f.Others = addOnce(f.Others, "* of "+v)
				}
			}
		}
		for _, v := range principals.AWS.values {
			id := accountPrincipal(v)
			parts, isARN := arnParts(v)
			switch {
			case v == "*":
			case id == account:
				mine, f.Root = true, true
			case isARN && parts[4] == account:
				mine = true
				try(v)
			case isUniqueID(v):
				f.UniqueIDs = addOnce(f.UniqueIDs, v)
			default:
				f.Others = addOnce(f.Others, v)
			}
			if isARN {
				partition = parts[1]
			}
		}
		for _, list := range []Strings{principals.Service, principals.Federated, principals.CanonicalUser} {
			for _, v := range list.values {
				f.Others = addOnce(f.Others, v)
			}
		}
		if !mine {
			continue
		}
		f.Statements = append(f.Statements, i)
		for _, t := range s.Condition {
			switch {
			case strings.EqualFold(t.Key, "sts:ExternalId") && !comparisons[parseOperator(t.Operator).base].negated && parseOperator(t.Operator).base != "null":
				for _, v := range t.Values.values {
					f.ExternalIDs = addOnce(f.ExternalIDs, v)
				}
			case strings.EqualFold(t.Key, "aws:PrincipalArn"):
				for _, v := range t.Values.values {
					if arn := strings.NewReplacer("*", "x", "?", "x").Replace(v); belongs(arn, account) {
						try(arn)
					}
				}
			}
		}
	}
	if f.Root || f.Everyone {
		try("arn:" + partition + ":iam::" + account + ":role/any")
	}
	f.RefusesNone, f.RefusesWrong = true, true
	for _, arn := range tried {
		f.Admits = f.Admits || trustLets(d, arn, externalID)
	}
	atMost := d.entry()
	for _, arn := range named {
		f.RefusesNone = f.RefusesNone && !trustLets(atMost, arn, "")
		for _, wrong := range append(wrongIDs(externalID), namedIDs(f.ExternalIDs, externalID)...) {
			f.RefusesWrong = f.RefusesWrong && !trustLets(atMost, arn, wrong)
		}
	}
	return f
}

// whoOfEverybody lists the accounts, organizations and principals that a condition confines "*" to; confined is false where it leaves it open.
func (c Condition) whoOfEverybody() (who []string, confined bool) {
	for _, t := range c {
		op, key := parseOperator(t.Operator), strings.ToLower(t.Key)
		if comparisons[op.base].same == nil || comparisons[op.base].negated || op.ifExists || op.set == "forallvalues" || t.Values.Len() == 0 ||
			!slices.Contains([]string{"aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths"}, key) {
			continue
		}
		open := slices.ContainsFunc(t.Values.values, func(v string) bool {
			if parts, ok := arnParts(v); ok && key == "aws:principalarn" {
				v = parts[4] // the account is what counts
			} else if organization, _, ok := strings.Cut(v, "/"); ok && key == "aws:principalorgpaths" {
				v = organization
			}
			return v == "" || strings.ContainsAny(v, "*?$")
		})
		if !open {
			return t.Values.Values(), true
		}
	}
	return nil, false
}

// entryKeys are the condition keys that say who comes, and with which external ID.
var entryKeys = []string{"sts:externalid", "aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalisawsservice", "aws:principalorgid", "aws:principalorgpaths"}

// entry is the trust policy at its widest: tests of other keys are taken to hold where they let in, and not to where they keep out.
func (d Document) entry() Document {
	return d.supposing(func(key string) bool { return !slices.Contains(entryKeys, key) }, true)
}

// trustLets tries one caller from another account that its own account lets call sts:AssumeRole.
func trustLets(d Document, arn, externalID string) bool {
	const elsewhere = "000000000000"
	r := Request{Principal: arn, Action: "sts:AssumeRole", Resource: "arn:aws:iam::" + elsewhere + ":role/trusting", ResourceAccount: elsewhere}
	if externalID != "" {
		r.Context = map[string][]string{"sts:ExternalId": {externalID}}
	}
	anything := New(Statement{Effect: Allow, Action: One("*"), Resource: One("*")})
	return Evaluate(r, Policies{Identity: []Document{anything}, Resource: &d}).Verdict == Allowed
}

// wrongIDs are external IDs that differ from the right one in different ways, so that a wildcard shows.
func wrongIDs(id string) []string {
	out := []string{"flowgrant-wrong-external-id"}
	if id != "" {
		out = append(out, id+"0", "0"+id, "~"+id[1:], id[:len(id)-1]+"~", strings.ToUpper(id), strings.ToLower(id))
	}
	return slices.DeleteFunc(out, func(wrong string) bool { return wrong == id })
}

// namedIDs are external IDs beside the right one that a condition could mean by its values.
func namedIDs(values []string, right string) []string {
	var out []string
	for _, v := range values {
		for _, star := range []string{"", "flowgrant"} {
			if id := strings.NewReplacer("*", star, "?", "~").Replace(v); id != right && id != "" {
				out = addOnce(out, id)
			}
		}
	}
	return out
}

func belongs(arn, account string) bool {
	p, ok := arnParts(arn)
	return ok && p[4] == account
}

// isUniqueID tells IAM's unique IDs of roles and users (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html).
func isUniqueID(v string) bool {
	return len(v) >= 16 && (strings.HasPrefix(v, "AROA") || strings.HasPrefix(v, "AIDA")) && !strings.ContainsAny(v, ":/")
}

func addOnce(list []string, v string) []string {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}
