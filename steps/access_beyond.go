package steps

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// beyondCheck looks for access that goes past what is granted: writes, other objects, other keys.
func (s Setup) beyondCheck(t *task, l *live, role *awsops.Role, identity []policy.Document) Check {
	granted := s.granted(l)
	var beyond, bounded, notes, unseen, owners []string
	for _, x := range policy.Beyond(role.ARN, policy.Policies{Identity: identity, Boundary: l.boundary}, granted) {
		says := fmt.Sprintf("statement %s of %s allows %s on %s", orIndex(policy.Reason{Sid: x.Sid, Index: x.Index}), policyName(role, x.Policy), x.Action, cmp.Or(x.Resource, x.Example))
		if who := l.elsewhere.explained[x.Resource]; x.Kind.Reads() && who != "" {
			notes = append(notes, says+", for "+who)
			continue
		}
		if why := l.elsewhere.unseen[x.Resource]; x.Kind.Reads() && why != "" {
			unseen = append(unseen, says+": "+why)
			continue
		}
		if x.Kind == policy.ExcessRights && role.Tags[TagSetup] == "" { // the owner of a role that was there decides what else it is for
			owners = append(owners, says)
			continue
		}
		if l.boundaryUnread != nil {
			bounded = append(bounded, says)
			continue
		}
		beyond = append(beyond, says)
	}
	l.mu.Lock() // the policies may be written at the same time
	bucketPolicy, keyPolicy := l.bucket.Policy, ""
	if l.key != nil && fullKeyARN(l.keyARN) && l.key.Manager != "AWS" {
		keyPolicy = l.key.Policy
	}
	l.mu.Unlock()
	if current, err := policy.Parse(bucketPolicy); err == nil {
		for _, g := range s.directGrants(l, current) {
			st, x := current.Statements[g.index], g.excess[0]
			beyond = append(beyond, fmt.Sprintf("statement %s of the bucket policy lets %s use %s on %s", orIndex(policy.Reason{Sid: st.Sid, Index: g.index}), g.who, x.Action, cmp.Or(x.Resource, x.Example)))
		}
	}
	if current, err := policy.Parse(keyPolicy); keyPolicy != "" && err == nil {
		for _, g := range s.keyGrants(l, current) {
			beyond = append(beyond, g.String())
		}
	}
	if len(beyond) > 0 {
		return t.check("access.beyond", Fail, "the reader can do more than it is granted", strings.Join(beyond, "; "), "scope or remove those statements")
	}
	if says, fix := s.strangers(role); says != "" {
		return t.check("access.beyond", Fail, "others than "+s.reader().Name+" can use the role that this set-up made", says, fix)
	}
	if len(bounded) > 0 {
		return t.check("access.beyond", Unknown, "whether the reader can do more than it is granted hangs on the role's permissions boundary, which could not be read", strings.Join(bounded, "; "),
			"scope or remove those statements; or "+boundaryFix(role))
	}
	if len(unseen) > 0 {
		return t.check("access.beyond", Unknown, "whether what else the reader can read is for another set-up cannot be seen from here", strings.Join(unseen, "; "),
			"let the acting principal look at those buckets and keys; or take those entries out of the statement, where they are for nobody")
	}
	evidence := "no statement allows an S3 write, a change of rights, an object outside " + strings.Join(granted.Objects, ", ") + ", or another key"
	if len(notes) > 0 {
		evidence += "; granted by other set-ups: " + strings.Join(notes, "; ")
	}
	if len(owners) > 0 {
		evidence += "; but the role, which this set-up did not make, can also reach other rights: " + strings.Join(owners, "; ")
	}
	return t.check("access.beyond", Pass, "the reader can read nothing beyond it", evidence, "")
}
