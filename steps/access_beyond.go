package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// beyondCheck looks for access that goes past what is granted: writes, other objects, other keys.
func (s Setup) beyondCheck(t *task, l *live, role *awsops.Role, identity []policy.Document) Check {
	granted := s.granted(l)
	elsewhere := s.grantedElsewhere(identity)
	var beyond, bounded, notes, owners []string
	for _, x := range policy.Beyond(role.ARN, policy.Policies{Identity: identity, Boundary: l.boundary}, granted) {
		says := fmt.Sprintf("statement %s of %s allows %s on %s", orIndex(policy.Reason{Sid: x.Sid, Index: x.Index}), policyName(role, x.Policy), x.Action, cmp.Or(x.Resource, x.Example))
		if x.Kind.Reads() && elsewhere[x.Resource] {
			notes = append(notes, says)
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
		beyond = append(beyond, s.keyGrants(l, current)...)
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
	evidence := "no statement allows an S3 write, a change of rights, an object outside " + strings.Join(granted.Objects, ", ") + ", or another key"
	if len(notes) > 0 {
		evidence += "; granted by other set-ups: " + strings.Join(notes, "; ")
	}
	if len(owners) > 0 {
		evidence += "; but the role, which this set-up did not make, can also reach other rights: " + strings.Join(owners, "; ")
	}
	return t.check("access.beyond", Pass, "the reader can read nothing beyond it", evidence, "")
}

// grantedElsewhere lists what stands under the reader's own Sids, where other set-ups keep their entries too.
func (s Setup) grantedElsewhere(identity []policy.Document) map[string]bool {
	r := s.reader()
	entries := map[string]bool{}
	for _, d := range identity {
		for _, sid := range []string{r.HubSids.Objects, r.HubSids.Decrypt, r.DirectSid, r.DirectKeySid} {
			st, _ := d.Statement(sid)
			for _, resource := range st.Resource.Values() {
				bucket, _, _ := strings.Cut(resource, "/")
				switch service := arnPart(resource, 2); {
				case service == "s3" && !strings.ContainsAny(bucket, "*?"), service == "kms" && !strings.ContainsAny(resource, "*?"):
					entries[resource] = true
				}
			}
		}
	}
	return entries
}

// strangers names what lets others than the reader's account into a role that this set-up made, which had no trust before, and how it goes. Whom a role
// that was there trusts besides is its owner's to say.
func (s Setup) strangers(role *awsops.Role) (says, fix string) {
	trust, err := policy.Parse(role.Trust)
	if err != nil || role.Tags[TagSetup] != s.Name {
		return "", ""
	}
	var found []string
	left := policy.Document{Version: trust.Version, ID: trust.ID}
	for i, st := range trust.Statements {
		f := policy.TrustAdmits(policy.New(st), s.Reader.Account, "", s.Reader.ExternalID)
		f.Others = slices.DeleteFunc(f.Others, func(who string) bool { // services of AWS act for the role's own account
			return strings.Contains(who, ".amazonaws.com") && !strings.Contains(who, ":")
		})
		if st.Effect != policy.Allow || len(f.Others) == 0 {
			left.Statements = append(left.Statements, st)
			continue
		}
		found = append(found, fmt.Sprintf("statement %s of the trust policy lets in %s", orIndex(policy.Reason{Sid: st.Sid, Index: i}), strings.Join(f.Others, ", ")))
	}
	if len(found) == 0 {
		return "", ""
	}
	if left = s.mendedTrust(left); len(left.Statements) == 0 {
		return strings.Join(found, "; "), "take those principals out of the trust policy"
	}
	return strings.Join(found, "; "), fmt.Sprintf("take those principals out of the trust policy: aws iam update-assume-role-policy --role-name %s --policy-document '%s'", role.Name, strings.ReplaceAll(left.String(), "'", `'\''`))
}
