package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// granted is what the reader is meant to have.
func (s Setup) granted(l *live) policy.Granted {
	g := policy.Granted{KeyARN: l.keyARN}
	for _, id := range s.loggedIDs() {
		g.Objects = append(g.Objects, s.objectsARN(id))
	}
	return g
}

// directGrant is what a bucket policy itself grants to the reader's role, or to the reader past that role.
type directGrant struct {
	who    string // ARN
	index  int    // of the statement
	excess []policy.Excess
}

// directGrants lists the statements of a bucket policy that let the role do more than it is granted, or let the reader in past the role.
func (s Setup) directGrants(l *live, current policy.Document) []directGrant {
	var out []directGrant
	for _, who := range []struct {
		arn     string
		granted policy.Granted
	}{{l.roleARN, s.granted(l)}, {cmp.Or(s.readerPrincipal(), fmt.Sprintf("arn:%s:iam::%s:role/any", s.partition(), s.Reader.Account)), policy.Granted{}}} {
		for i, st := range current.Statements {
			if st.Effect != policy.Allow || !s.names(l, st, who.arn) {
				continue
			}
			alone := st.Clone()
			alone.Principal, alone.NotPrincipal, alone.Sid = nil, nil, ""
			if excess := policy.Beyond(who.arn, policy.Policies{Identity: []policy.Document{policy.New(alone)}}, who.granted); len(excess) > 0 {
				out = append(out, directGrant{who.arn, i, excess})
			}
		}
	}
	return out
}

// names says whether a statement of the bucket policy lets a principal in by itself, whatever that one's own policies say of the bucket. Of a statement
// that names it, conditions are taken to hold.
func (s Setup) names(l *live, st policy.Statement, arn string) bool {
	bare := st.Clone()
	bare.Action, bare.NotAction, bare.Resource, bare.NotResource = policy.One("*"), policy.Strings{}, policy.One("*"), policy.Strings{}
	call := s3Call(l.region)
	if len(policy.Public(policy.New(bare))) > 0 { // everybody is the reader, too
		bare.Condition = nil
	}
	if p := bare.Principal; p != nil && !p.Any && !p.AWS.Has("*") {
		bare.Condition = nil
	} else if l.member != "" && arnPart(arn, 4) == s.Account.ID { // only the condition says who of everybody
		call["aws:PrincipalOrgID"] = []string{l.member}
	}
	doc := policy.New(bare)
	p := policy.Policies{Resource: &doc}
	if arnPart(arn, 4) != s.Account.ID { // across accounts both sides have to allow
		p.Identity = []policy.Document{policy.New(policy.Statement{Effect: policy.Allow, Action: policy.One("*"), Resource: policy.One("*")})}
	}
	return policy.Evaluate(policy.Request{Principal: arn, Action: "s3:GetObject", Resource: s.bareBucketARN() + "/x", ResourceAccount: s.Account.ID, Context: call}, p).Verdict == policy.Allowed
}

// keyUses are what a reader needs no key for: it decrypts, and nothing else. Source: KMS developer guide, key policies.
var keyUses = []string{"kms:PutKeyPolicy", "kms:CreateGrant", "kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom"}

// keyGrants tells which statements of a key's policy let the role use the key for more than reading, or the reader past the role.
func (s Setup) keyGrants(l *live, current policy.Document) []keyGrant {
	var out []keyGrant
	reader := cmp.Or(s.readerPrincipal(), fmt.Sprintf("arn:%s:iam::%s:role/any", s.partition(), s.Reader.Account))
	for who, actions := range map[string][]string{l.roleARN: keyUses, reader: append([]string{"kms:Decrypt"}, keyUses...)} {
		for i, st := range current.Statements {
			if st.Effect != policy.Allow {
				continue
			}
			if action := s.keyUse(l, st, who, actions); action != "" {
				out = append(out, keyGrant{i, st.Sid, who, action})
			}
		}
	}
	slices.SortFunc(out, func(a, b keyGrant) int { return cmp.Or(a.index-b.index, strings.Compare(a.who, b.who)) })
	return out
}

// keyUse gives the first of the actions that a statement of a key policy itself lets a principal use; empty: none. Of a statement that names it,
// conditions are taken to hold.
func (s Setup) keyUse(l *live, st policy.Statement, arn string, actions []string) string {
	st = st.Clone()
	if p := st.Principal; p != nil && !p.Any && !p.AWS.Has("*") {
		st.Condition = nil
	}
	doc := policy.New(st)
	owner := arnPart(l.keyARN, 4)
	p := policy.Policies{Resource: &doc}
	if arnPart(arn, 4) != owner { // across accounts both sides have to allow
		p.Identity = []policy.Document{policy.New(policy.Statement{Effect: policy.Allow, Action: policy.One("*"), Resource: policy.One("*")})}
	}
	call := signedCall(arnPart(l.keyARN, 3))
	call["kms:CallerAccount"] = []string{arnPart(arn, 4)}
	for _, action := range actions {
		if policy.Evaluate(policy.Request{Principal: arn, Action: action, Resource: l.keyARN, ResourceAccount: owner, Context: call}, p).Verdict == policy.Allowed {
			return action
		}
	}
	return ""
}
