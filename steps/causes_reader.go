package steps

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

func findRole(d *diagnosis) []Cause {
	c := Cause{Account: d.s.Account.ID, Target: d.s.Account.Role}
	if d.l.role == nil {
		c.ID, c.Mend = "role-missing", d.mendOf(StepRole)
		c.Evidence = fmt.Sprintf("there is no role %s in account %s", c.Target, c.Account)
		c.Fix = "flowgrant apply -f FILE makes it"
		if c.Mend != MendApply {
			c.Fix = fmt.Sprintf("onboard the account in %s first, which makes the role, or set account.role to the name it has there", d.s.reader().Name)
		}
		return []Cause{c}
	}
	fault := d.s.pathFault(d.l.role)
	if fault == "" || d.s.Mode == PerAccount && !d.readerKeptOut() {
		return nil
	}
	c.ID, c.Mend, c.Evidence = "role-path", MendHand, fault
	c.Fix = "make the role again without a path (a path cannot be changed): aws iam delete-role and then flowgrant apply -f FILE; or ask the reader to use the ARN " + d.l.role.ARN
	if d.l.role.Tags[TagSetup] == d.s.Name && d.l.role.Stack == "" {
		c.Mend, c.repair = MendChange, d.remakeRole()
	}
	return []Cause{c}
}

// pathFault tells that a role cannot be found by its name alone, which is all that the portal takes; empty: it can.
func (s Setup) pathFault(role *awsops.Role) string {
	if role.Path == "" || role.Path == "/" {
		return ""
	}
	return fmt.Sprintf("the role is %s; the portal takes its name only, so that %s tries %s", role.ARN, s.reader().Name, s.roleARN("/"))
}

// readerKeptOut says whether the reader itself was refused when it tried to assume the role.
func (d *diagnosis) readerKeptOut() bool {
	return slices.ContainsFunc(d.report.Checks, func(c Check) bool {
		return c.ID == "access.real" && c.Status == Fail && strings.HasSuffix(c.Summary, ": assume-role")
	})
}

func withoutSpace(id string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, id)
}

// findSCP takes the word of IAM's simulator for service control policies that cannot be read.
func findSCP(d *diagnosis) []Cause {
	if d.simulatedSCP == "" || d.l.scps != nil {
		return nil
	}
	return []Cause{{Account: d.s.Account.ID, Target: d.s.Account.ID, Mend: MendHand, Evidence: d.simulatedSCP, Fix: scpFix(d.s.Account.ID, "what the reader does by "+d.l.roleARN)}}
}

// findPermissions tells what keeps the role from reading.
func findPermissions(d *diagnosis) []Cause {
	role := d.l.role
	if role == nil || unreadPolicies(role) != nil {
		return nil
	}
	identity, err := identityOf(role)
	if err != nil {
		return nil
	}
	var causes []Cause
	for _, r := range d.s.required(d.l) {
		if r.id == "access.decrypt" && (d.l.key == nil || d.l.key.Policy == "" || !d.keyServes()) {
			continue // the key's own causes say what is the matter
		}
		decision := d.decide(role, identity, r, func(*policy.Policies) {})
		if decision.Verdict == policy.Allowed || d.passes(r.id) { // the reader's own calls may have shown what the documents leave open
			continue
		}
		c := Cause{Account: d.s.Account.ID, Target: d.s.Account.Role, Evidence: r.String() + ": " + orMissing(decision)}
		if decision.Verdict == policy.ExplicitlyDenied {
			causes = mergeCause(causes, d.deniedCause(c, r, decision, identity))
			continue
		}
		without := func(change func(*policy.Policies)) bool {
			return d.decide(role, identity, r, change).Verdict == policy.Allowed
		}
		switch {
		case without(func(p *policy.Policies) { p.SCPs = nil }):
			c.ID, c.Mend, c.Target = "scp-deny", MendHand, d.s.Account.ID
			c.Fix = scpFix(d.s.Account.ID, r.action+" by "+d.l.roleARN)
		case without(func(p *policy.Policies) { p.Boundary = nil }):
			c.ID, c.Target = "role-boundary", role.Boundary
			c.Mend, c.repair = d.widenBoundary()
			c.Fix = fmt.Sprintf("let the permissions boundary %s allow these too:\n%s", role.Boundary, policy.New(d.needed()...).Pretty())
		case d.detached():
			c.ID, c.Mend = "permissions-detached", d.mendOf(StepPermissions)
			c.Fix = fmt.Sprintf("flowgrant apply -f FILE, or: aws iam attach-role-policy --role-name %s --policy-arn %s", role.Name, d.s.managedPolicyARN(0))
		case d.looseFor(role, identity, r) != "":
			arn := d.looseFor(role, identity, r)
			c.ID, c.Mend, c.repair = "permissions-detached", MendChange, d.attach(arn)
			c.Evidence += "; the policy " + arn + " allows it, and is attached to nobody"
			c.Fix = fmt.Sprintf("aws iam attach-role-policy --role-name %s --policy-arn %s", role.Name, arn)
			if role.Stack != "" {
				c.Mend, c.repair = MendHand, nil
			}
		default:
			c.ID, c.Mend, c.Fix = "permissions-missing", d.mendOf(StepPermissions), "flowgrant apply -f FILE adds what is missing; what else stands in the policies stays"
			if r.id == "access.decrypt" {
				c.ID = "decrypt-missing"
			}
			if c.Mend != MendApply {
				c.Fix = "flowgrant plan -f FILE shows the statements that are needed, and what keeps apply from adding them"
			}
		}
		causes = mergeCause(causes, c)
	}
	return causes
}

// passes says whether a check is there, and passes wherever it stands.
func (d *diagnosis) passes(id string) bool {
	there := false
	for _, c := range d.report.Checks {
		if c.ID == id && c.Status != Pass {
			return false
		}
		there = there || c.ID == id
	}
	return there
}

// keyServes says whether the key policy lets a role decrypt that may.
func (d *diagnosis) keyServes() bool {
	current, err := policy.Parse(d.l.key.Policy)
	if err != nil {
		return false
	}
	r, p := d.readerDecrypts(&current)
	return policy.Evaluate(r, p).Verdict == policy.Allowed
}

// detached says whether a managed policy of the reader is there, but not attached to the role.
func (d *diagnosis) detached() bool {
	return slices.ContainsFunc(d.l.managed, func(p *awsops.ManagedPolicy) bool {
		return p != nil && !slices.ContainsFunc(d.l.role.Attached, func(a awsops.ManagedPolicy) bool { return a.ARN == p.ARN })
	})
}

// looseFor gives the ARN of a policy that is attached to nobody and would let the role do what it needs; empty: there is none.
func (d *diagnosis) looseFor(role *awsops.Role, identity []policy.Document, r reads) string {
	for _, p := range d.loose {
		if doc, err := policy.Parse(p.Document); err == nil && d.decide(role, append(slices.Clone(identity), doc), r, func(*policy.Policies) {}).Verdict == policy.Allowed {
			return p.ARN
		}
	}
	return ""
}

// deniedCause is the cause of a denial of the reader by a statement.
func (d *diagnosis) deniedCause(c Cause, r reads, decision policy.Decision, identity []policy.Document) Cause {
	why := decision.Why[0]
	c.ID, c.Mend = "reader-explicit-deny", MendHand
	switch why.Source {
	case "scp":
		c.ID, c.Target, c.Fix = "scp-deny", d.s.Account.ID, scpFix(d.s.Account.ID, r.action+" by "+d.l.roleARN)
		if _, st, ok := d.l.scpStatement(why); ok {
			c.Evidence += ": " + st.String()
		}
	case "boundary":
		c.ID, c.Target = "role-boundary", d.l.role.Boundary
		c.Fix = fmt.Sprintf("take statement %s out of the permissions boundary %s, or except the bucket from it", orIndex(why), d.l.role.Boundary)
	case "identity":
		st := identity[why.Policy].Statements[why.Index]
		c.ID = denyKind(st, c.ID)
		c.Evidence += ": " + st.String()
		c.Fix = fmt.Sprintf("take statement %s out of %s", orIndex(why), d.policyName(why.Policy))
		c.Mend, c.repair = d.dropFromRole(identity)
	default:
		document, what, requests := d.l.bucket.Policy, "bucket policy", d.bucketDenials
		c.Target, c.Region, c.repair = d.s.bucketName(), d.l.region, d.exceptFromBucketPolicy()
		if strings.HasPrefix(r.action, "kms:") {
			document, what, requests = d.l.key.Policy, "key policy", d.keyRequests
			c.Target, c.Region, c.repair = d.l.key.ARN, d.l.key.Region, d.exceptFromKeyPolicy()
		}
		c.Mend, c.Fix = MendChange, fmt.Sprintf("except %s from statement %s of the %s, or take it out", d.l.roleARN, orIndex(why), what)
		if doc, err := policy.Parse(document); err == nil && why.Index < len(doc.Statements) {
			c.ID = denyKind(doc.Statements[why.Index], c.ID)
			c.Evidence += ": " + doc.Statements[why.Index].String()
			c.Fix = exceptFix(doc.Statements[why.Index], what, requests())
		}
	}
	return c
}

// policyName names the nth of the role's policies, inline ones first.
func (d *diagnosis) policyName(n int) string { return policyName(d.l.role, n) }
