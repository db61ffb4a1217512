package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// except keeps a caller out of the statements of a resource's policy that deny it a request: a statement for the caller alone goes, another one
// gets a condition that excepts it. ok is false where that does not help.
func except(d policy.Document, r policy.Request) (changed policy.Document, ok bool) {
	for range d.Statements {
		decision := policy.Evaluate(r, policy.Policies{Resource: &d})
		if decision.Verdict != policy.ExplicitlyDenied {
			return d, true
		}
		index := decision.Why[0].Index
		d = d.Clone()
		if st, helps := exceptIn(d.Statements[index], r); helps {
			d.Statements[index] = st
		} else {
			d.Statements = slices.Delete(d.Statements, index, index+1)
		}
	}
	decision := policy.Evaluate(r, policy.Policies{Resource: &d})
	return d, decision.Verdict != policy.ExplicitlyDenied
}

// exceptIn adds to a Deny statement a condition that excepts the caller; helps is false where the statement is for the caller alone, or denies
// it all the same.
func exceptIn(st policy.Statement, r policy.Request) (policy.Statement, bool) {
	test := policy.Test{Operator: "ArnNotEquals", Key: "aws:PrincipalArn", Values: policy.One(r.Principal)}
	if !strings.HasPrefix(r.Principal, "arn:") {
		test = policy.Test{Operator: "StringNotEquals", Key: "aws:PrincipalServiceName", Values: policy.One(r.Principal)}
	}
	if p := st.Principal; p != nil && !p.Any {
		named := slices.Concat(p.AWS.Values(), p.Service.Values(), p.Federated.Values(), p.CanonicalUser.Values())
		if len(named) == 1 && named[0] == r.Principal {
			return st, false
		}
	}
	if slices.ContainsFunc(st.Condition, func(t policy.Test) bool {
		return strings.EqualFold(t.Key, test.Key) && !strings.Contains(strings.ToLower(t.Operator), "not") && t.Values.Len() == 1 && t.Values.Has(r.Principal)
	}) {
		return st, false
	}
	st = st.Clone()
	at := slices.IndexFunc(st.Condition, func(t policy.Test) bool {
		return strings.EqualFold(t.Operator, test.Operator) && strings.EqualFold(t.Key, test.Key)
	})
	if at >= 0 {
		st.Condition[at].Values = st.Condition[at].Values.Add(r.Principal)
	} else {
		st.Condition = append(st.Condition, test)
	}
	d := policy.New(st)
	return st, policy.Evaluate(r, policy.Policies{Resource: &d}).Verdict != policy.ExplicitlyDenied
}

// exceptFix says how the callers of some requests are excepted from a Deny statement that stands in a document, and how it is then.
func exceptFix(st policy.Statement, document string, requests []policy.Request) string {
	var who []string
	whole := false
	for _, r := range requests {
		alone := policy.New(st)
		if policy.Evaluate(r, policy.Policies{Resource: &alone}).Verdict != policy.ExplicitlyDenied {
			continue
		}
		if !slices.Contains(who, r.Principal) {
			who = append(who, r.Principal)
		}
		changed, helps := exceptIn(st, r)
		if whole = whole || !helps; helps {
			st = changed
		}
	}
	if whole || len(who) == 0 {
		return "take that statement out of the " + document
	}
	return fmt.Sprintf("except %s from that statement of the %s, or take it out. As it would be:\n%s", strings.Join(who, " and "), document, st.Pretty())
}

// bucketDenials are the requests that the bucket policy must not deny: deliveries, and what the reader does.
func (d *diagnosis) bucketDenials() []policy.Request {
	var out []policy.Request
	for _, o := range d.policyDenials() {
		out = append(out, o.request)
	}
	return append(out, d.readerRequests("s3:")...)
}

// readerRequests are the requests of the reader's role to a service.
func (d *diagnosis) readerRequests(service string) []policy.Request {
	var out []policy.Request
	if d.l.roleARN == "" {
		return nil // there is no set-up
	}
	for _, r := range d.s.required(d.l) {
		if strings.HasPrefix(r.action, service) {
			out = append(out, policy.Request{Principal: d.l.roleARN, Action: r.action, Resource: r.resource, ResourceAccount: r.account, Context: r.context})
		}
	}
	return out
}

func exceptAll(d policy.Document, requests []policy.Request) (policy.Document, error) {
	for _, r := range requests {
		changed, ok := except(d, r)
		if !ok {
			return d, fmt.Errorf("no change of single statements lets %s use %s", r.Principal, r.Action)
		}
		d = changed
	}
	return d, nil
}

// exceptFromBucketPolicy excepts deliveries and reader from the statements of the bucket policy that deny them.
func (d *diagnosis) exceptFromBucketPolicy() []PlannedStep {
	requests := d.bucketDenials()
	current, err := parseOrEmpty(d.l.bucket.Policy)
	if err != nil {
		return nil
	}
	wanted, err := exceptAll(current, requests)
	if err != nil || wanted.Equal(current) {
		return nil
	}
	return changeStep(StepBucketPolicy, d.s.Account.ID, d.l.region, d.s.bucketName(), "except log delivery and reader from what denies them in the bucket policy", current, wanted,
		func(ctx context.Context, t *task) error {
			document := t.bucketPolicyDocument(ctx)
			document.mend = func(now policy.Document) (policy.Document, error) { return exceptAll(now, requests) }
			_, err := t.rewrite(ctx, document)
			return err
		})
}

// keyRequests are the requests that the key policy must not deny.
func (d *diagnosis) keyRequests() []policy.Request {
	requests := d.readerRequests("kms:")
	for _, at := range d.l.sites {
		requests = append(requests, d.keyDelivery(at))
	}
	return requests
}

// exceptFromKeyPolicy does the same in the key policy.
func (d *diagnosis) exceptFromKeyPolicy() []PlannedStep {
	current, err := policy.Parse(d.l.key.Policy)
	if err != nil || d.l.key.Account != d.s.Account.ID {
		return nil
	}
	requests := d.keyRequests()
	wanted, err := exceptAll(current, requests)
	if err != nil || wanted.Equal(current) {
		return nil
	}
	return changeStep(StepKeyPolicy, d.l.key.Account, d.l.key.Region, d.l.keyARN, "except log delivery and reader from what denies them in the key policy", current, wanted,
		func(ctx context.Context, t *task) error {
			document := t.keyPolicyDocument(ctx)
			document.mend = func(now policy.Document) (policy.Document, error) { return exceptAll(now, requests) }
			_, err := t.rewrite(ctx, document)
			return err
		})
}
