package steps

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// deniesCheck proves that no statement denies the reader what it is granted, and names the Deny statements that were looked at. A Deny overrides
// every grant. Source: IAM user guide, reference_policies_evaluation-logic.
func (s Setup) deniesCheck(t *task, l *live, j judge, role *awsops.Role) Check {
	c := t.check("access.denies", Pass, "no statement denies the reader what it is granted", s.deniesLookedAt(l, j, role), "")
	for _, r := range s.required(l) {
		d, keys := j.settle(r)
		if d.Verdict != policy.ExplicitlyDenied {
			continue
		}
		c.Evidence = r.String() + ": " + hangsOn(d, keys)
		if keys == nil {
			c.Evidence = r.String() + ": " + orMissing(d)
			c.Status, c.Summary, c.Fix, c.readerProves = Fail, "a statement denies the reader what it is granted", keptOutFix(d), false
			return c
		}
		c.Status, c.Summary, c.readerProves = Unknown, "whether a statement denies the reader depends on what only its own calls show", true
		c.Fix = s.originFix(j, r, d)
	}
	if c.Status == Pass && j.unbound {
		c.Status, c.Summary, c.readerProves = Unknown, "whether a statement denies the reader is not known: its permissions boundary could not be read", true
		c.Fix = boundaryFix(role)
	}
	return c
}

// originFix says how a Deny that asks where a request comes from lets the reader through: it comes from addresses of its own, and through no VPC
// endpoint of the account. Source: IAM user guide, reference_policies_condition-keys, aws:SourceVpce.
func (s Setup) originFix(j judge, r reads, d policy.Decision) string {
	if j.unbound && d.Verdict == policy.Allowed {
		return boundaryFix(j.by)
	}
	for _, why := range d.Why {
		st, ok := j.statement(r, why)
		if ok && asksFor(st, organizationKeys) {
			return "let the acting principal use organizations:DescribeOrganization in account " + s.Account.ID + ": then it is known whether that Deny, which asks for the organization, hits the role"
		}
		if ok && slices.ContainsFunc(st.Condition, func(t policy.Test) bool { return strings.HasPrefix(strings.ToLower(t.Key), "aws:sourcevpc") }) {
			return fmt.Sprintf("except the role from that Deny: %s comes through no VPC endpoint of yours (ArnNotEquals aws:PrincipalArn %s in its Condition); flowgrant doctor %s does it", s.reader().Name, j.role, s.Name)
		}
	}
	return "ask " + s.reader().Name + " from which addresses it reads, and let that Deny except them; or except the role from it: flowgrant doctor " + s.Name + " does it"
}

// statement gives a statement that decided; ok is false where its document is not at hand.
func (j judge) statement(r reads, why policy.Reason) (st policy.Statement, ok bool) {
	var d *policy.Document
	switch {
	case why.Source == "identity" && why.Policy < len(j.policies.Identity):
		d = &j.policies.Identity[why.Policy]
	case why.Source == "boundary":
		d = j.policies.Boundary
	case why.Source == "resource" && strings.HasPrefix(r.action, "kms:"):
		d = j.key
	case why.Source == "resource":
		d = j.bucket
	}
	if d == nil || why.Index >= len(d.Statements) {
		return policy.Statement{}, false
	}
	return d.Statements[why.Index], true
}

// deniesLookedAt names the documents that could deny, each with its Deny statements.
func (s Setup) deniesLookedAt(l *live, j judge, role *awsops.Role) string {
	var looked []string
	look := func(name string, documents ...policy.Document) {
		var denies []string
		for _, d := range documents {
			for i, st := range d.Statements {
				if st.Effect == policy.Deny {
					denies = append(denies, orIndex(policy.Reason{Sid: st.Sid, Index: i}))
				}
			}
		}
		if len(denies) == 0 {
			looked = append(looked, name+": no Deny statement")
		} else {
			looked = append(looked, fmt.Sprintf("%s: %s, none against this (%s)", name, count(len(denies), "Deny statement"), some(denies)))
		}
	}
	unseen := func(name string) { looked = append(looked, name+": not visible from here") }
	switch {
	case j.bucket != nil:
		look("bucket policy", *j.bucket)
	case l.bucketPolicyUnread():
		unseen("bucket policy")
	}
	if l.keyARN != "" {
		if j.key != nil {
			look("key policy", *j.key)
		} else {
			unseen("key policy")
		}
	}
	look("policies of the role", j.policies.Identity...)
	if l.boundary != nil {
		look("permissions boundary", *l.boundary)
	} else if j.unbound {
		unseen("permissions boundary")
	} else if role.Boundary == "" {
		looked = append(looked, "permissions boundary: none")
	}
	switch {
	case l.scpsUnseen != "":
		unseen("service control policies")
	case l.scps != nil:
		var all []policy.Document
		for _, level := range l.scps {
			all = append(all, level...)
		}
		look("service control policies", all...)
	}
	return strings.Join(looked, "; ")
}
