package steps

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// reads is one thing that the reader must be able to do.
type reads struct {
	id, action, resource, account string
	context                       map[string][]string
}

func (r reads) String() string {
	if prefix := r.context["s3:prefix"]; len(prefix) == 1 {
		return r.action + " of " + prefix[0] + " on " + r.resource
	}
	return r.action + " on " + r.resource
}

// required lists what the source text's documents grant.
func (s Setup) required(l *live) []reads {
	call := s3Call(l.region)
	maps.Copy(call, l.organizationCall())
	list := maps.Clone(call)
	list["s3:prefix"] = []string{s.logsPrefix()}
	need := []reads{
		{"access.list", "s3:ListBucket", s.bareBucketARN(), s.Account.ID, list},
		{"access.locate", "s3:GetBucketLocation", s.bareBucketARN(), s.Account.ID, call},
	}
	for _, at := range l.sites {
		below := maps.Clone(call) // the reader goes from the accounts down to the logs of each
		below["s3:prefix"] = []string{s.layout().RegionPrefix(at.account.ID, at.region)}
		need = append(need, reads{"access.list", "s3:ListBucket", s.bareBucketARN(), s.Account.ID, below})
	}
	for _, at := range l.sites {
		need = append(need, reads{"access.get", "s3:GetObject", s.deliveryObject(at.account.ID, at.region), s.Account.ID, call})
	}
	if l.keyARN != "" {
		for _, decrypt := range s.decryptCalls(l.keyARN, l) {
			need = append(need, reads{"access.decrypt", "kms:Decrypt", l.keyARN, arnPart(l.keyARN, 4), decrypt})
		}
	}
	return need
}

// denied lists what the role may not do of what it must be able to.
func (s Setup) denied(l *live, role *awsops.Role) []string {
	identity, err := identityOf(role)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	judge := l.judge(role, identity)
	for _, r := range s.required(l) {
		if d := judge.decide(r); d.Verdict != policy.Allowed {
			out = append(out, r.id)
		}
	}
	return out
}

// unreadPolicies tells what of a role's own policies could not be read; nil: all could. Whether a stack owns it is no matter of them.
func unreadPolicies(role *awsops.Role) error {
	for _, err := range role.Unreadable {
		if !isOperation(err, "cloudformation:DescribeStackResources") {
			return err
		}
	}
	return nil
}

func identityOf(role *awsops.Role) ([]policy.Document, error) {
	var documents []policy.Document
	add := func(name, text string) error {
		d, err := policy.Parse(text)
		if err != nil {
			return fmt.Errorf("the policy %s of the role cannot be understood: %w", name, err)
		}
		documents = append(documents, d)
		return nil
	}
	for _, p := range role.Inline {
		if err := add(p.Name, p.Document); err != nil {
			return nil, err
		}
	}
	for _, p := range role.Attached {
		if err := add(p.Name, p.Document); err != nil {
			return nil, err
		}
	}
	return documents, nil
}

// judge decides requests of the role against every document that was read, each parsed once.
type judge struct {
	role        string // ARN
	policies    policy.Policies
	bucket, key *policy.Document
	by          *awsops.Role // whose policies the identity documents are, in their order
	unseen      []string     // condition keys, in lower case, that only the reader's own calls show, or that could not be read
	scpName     func(policy.Reason) (name string, st policy.Statement, ok bool)
	unbound     bool // the role's permissions boundary could not be read, and is left out
}

func (l *live) judge(role *awsops.Role, identity []policy.Document) judge {
	j := judge{role: role.ARN, by: role, policies: policy.Policies{Identity: identity, Boundary: l.boundary, SCPs: l.scps}, unseen: originKeys, unbound: l.boundaryUnread != nil, scpName: l.scpStatement}
	if !l.memberKnown {
		j.unseen = append(slices.Clone(originKeys), organizationKeys...)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if d, err := policy.Parse(l.bucket.Policy); err == nil {
		j.bucket = &d
	}
	if l.key != nil {
		if d, err := policy.Parse(l.key.Policy); err == nil {
			j.key = &d
		}
	}
	return j
}

func (j judge) decide(r reads) policy.Decision {
	return j.decideWith(r, func(p policy.Policies) policy.Policies { return p })
}

func (j judge) decideWith(r reads, change func(policy.Policies) policy.Policies) policy.Decision {
	p := j.policies
	p.Resource = j.bucket
	if strings.HasPrefix(r.action, "kms:") {
		p.Resource = j.key
	}
	known := sessionOf(j.by, time.Now())
	known["s3:ResourceAccount"] = []string{r.account}
	maps.Copy(known, r.context)
	d := policy.Evaluate(policy.Request{Principal: j.role, Action: r.action, Resource: r.resource, ResourceAccount: r.account, Context: known}, change(p))
	d = standing(d, "the bucket policy")
	if strings.HasPrefix(r.action, "kms:") {
		d = standing(d, "the key policy")
	}
	for i, why := range d.Why {
		switch {
		case why.Source == "identity":
			d.Why[i].Document = policyName(j.by, why.Policy)
		case why.Source == "boundary" && j.by.Boundary != "":
			d.Why[i].Document = "the permissions boundary " + j.by.Boundary
		case why.Source == "scp" && j.scpName != nil:
			if name, _, ok := j.scpName(why); ok {
				d.Why[i].Document = "the service control policy " + name
			}
		}
	}
	return d
}

// policyName names a policy of a role by its place among the documents that identityOf gives.
func policyName(r *awsops.Role, n int) string {
	if n < len(r.Inline) {
		return "the inline policy " + r.Inline[n].Name
	}
	if n -= len(r.Inline); n < len(r.Attached) {
		return "the managed policy " + r.Attached[n].ARN
	}
	return "the role's policies"
}

// settle decides a request where some of what conditions ask for cannot be known. Where it hangs on that, keys are the condition keys; else the
// decision is what stands in the way even if all of them came out well, or the one that holds however they come out. An unread boundary counts as such a
// key.
func (j judge) settle(r reads) (d policy.Decision, keys []string) {
	d, keys = j.settleKeys(r)
	if j.unbound && (d.Verdict == policy.Allowed || keys != nil) {
		keys = append(keys, j.unreadBoundary())
	}
	return d, keys
}

func (j judge) settleKeys(r reads) (d policy.Decision, keys []string) {
	d = j.decide(r)
	if d.Verdict == policy.Allowed {
		given := func(key string) bool {
			return slices.ContainsFunc(slices.Collect(maps.Keys(r.context)), func(k string) bool { return strings.EqualFold(k, key) })
		}
		against := j.decideWith(r, func(p policy.Policies) policy.Policies {
			return p.Supposing(func(key string) bool { return j.open(key) && !given(key) }, false)
		})
		if against.Verdict == policy.Allowed {
			return d, nil
		}
		if len(against.Why) == 0 || against.Verdict != policy.ExplicitlyDenied { // what lets it in hangs on them
			return d, j.keysOf(r, d.Why)
		}
		return against, j.keysOf(r, against.Why)
	}
	well := j.decideWith(r, func(p policy.Policies) policy.Policies { return p.Supposing(j.open, true) })
	if well.Verdict != policy.Allowed {
		return well, nil
	}
	if d.Verdict == policy.ExplicitlyDenied {
		return d, j.keysOf(r, d.Why)
	}
	return d, j.keysOf(r, well.Why)
}

// open says whether nobody but the reader itself can know what a condition key (lower case) has for a value.
func (j judge) open(key string) bool {
	return slices.ContainsFunc(j.unseen, func(k string) bool {
		return k == key || strings.HasSuffix(k, "/") && strings.HasPrefix(key, k)
	})
}

// keysOf lists the open condition keys that statements ask for.
func (j judge) keysOf(r reads, statements []policy.Reason) []string {
	var keys []string
	for _, why := range statements {
		st, _ := j.statement(r, why)
		for _, t := range st.Condition {
			if j.open(strings.ToLower(t.Key)) && !slices.Contains(keys, t.Key) {
				keys = append(keys, t.Key)
			}
		}
	}
	if len(keys) == 0 {
		return []string{"what only the reader's own calls show"}
	}
	return keys
}
