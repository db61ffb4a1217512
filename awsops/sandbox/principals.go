package sandbox

import (
	"regexp"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

var (
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	servicePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*\.amazonaws\.com(\.cn)?$`)
)

// documents holds parsed policies by their text. It is only touched under the lock of a sandbox's world, but several
// sandboxes may share a process.
var documents parseCache

// parsed returns the document of a policy text; nil for one that cannot be read, which grants nothing.
func parsed(text string) *policy.Document { return documents.get(text) }

// identity gathers the documents of a user or role.
func (w *World) identity(a *Account, inline map[string]string, attached []string) []policy.Document {
	var docs []policy.Document
	add := func(text string) {
		if d := parsed(text); d != nil {
			docs = append(docs, *d)
		}
	}
	for _, name := range sortedKeys(inline) {
		add(inline[name])
	}
	for _, arn := range attached {
		if text, ok := w.policyText(arn); ok {
			add(text)
		}
	}
	return docs
}

// policyText is the default version of a managed policy of any account, or of AWS.
func (w *World) policyText(arn string) (string, bool) {
	if p := awsManaged[arn]; p != nil {
		return p.document(), true
	}
	if a := w.Accounts[arnAccount(arn)]; a != nil {
		if p := a.Policies[arn]; p != nil {
			return p.document(), true
		}
	}
	return "", false
}

// document is the text of the default version.
func (p *Policy) document() string {
	if v := p.version(p.Default); v != nil {
		return v.Document
	}
	return ""
}

func (p *Policy) version(id string) *PolicyVersion {
	for i := range p.Versions {
		if p.Versions[i].ID == id {
			return &p.Versions[i]
		}
	}
	return nil
}

// arnAccount is the account ID in an ARN, "" where there is none.
func arnAccount(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
}

// roleByARN finds a role of an account by its full ARN, path included.
func roleByARN(a *Account, arn string) *Role {
	if a == nil {
		return nil
	}
	_, rest, ok := strings.Cut(arn, ":role/")
	if !ok {
		return nil
	}
	role := a.Roles[strings.ToLower(rest[strings.LastIndexByte(rest, '/')+1:])]
	if role == nil || role.ARN != arn {
		return nil
	}
	return role
}

// uniqueID is the id of the user or role that an ARN names now, "" where there is none.
func (w *World) uniqueID(arn string) string {
	a := w.Accounts[arnAccount(arn)]
	if a == nil || !strings.HasPrefix(arn, "arn:aws:iam::") {
		return ""
	}
	if role := roleByARN(a, arn); role != nil {
		return role.ID
	}
	if _, name, ok := strings.Cut(arn, ":user/"); ok {
		if u := a.Users[name[strings.LastIndexByte(name, '/')+1:]]; u != nil {
			return u.ID
		}
	}
	return ""
}

// invalidPrincipal is the first principal of a document that does not exist, "" when all do.
// AWS refuses such documents, since it keeps the principal's unique id with the policy.
func (w *World) invalidPrincipal(d policy.Document) string {
	for _, s := range d.Statements {
		for _, p := range []*policy.Principals{s.Principal, s.NotPrincipal} {
			if p == nil {
				continue
			}
			for _, v := range p.AWS.Values() {
				if !w.principalExists(v) {
					return v
				}
			}
			for _, v := range p.Service.Values() {
				if !servicePattern.MatchString(v) {
					return v
				}
			}
		}
	}
	return ""
}

// principalExists tells whether a value of Principal.AWS names an account, user, role or session that is there.
func (w *World) principalExists(v string) bool {
	if v == "*" {
		return true
	}
	if accountPattern.MatchString(v) {
		return w.Accounts[v] != nil
	}
	if strings.HasPrefix(v, "AROA") || strings.HasPrefix(v, "AIDA") {
		return w.arnOf(v) != ""
	}
	parts := strings.SplitN(v, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[1] != "aws" || parts[3] != "" {
		return false
	}
	a := w.Accounts[parts[4]]
	switch {
	case a == nil:
		return false
	case parts[2] == "iam" && parts[5] == "root":
		return true
	case parts[2] == "iam":
		return w.uniqueID(v) != ""
	case parts[2] == "sts" && strings.HasPrefix(parts[5], "assumed-role/"):
		name, session, ok := strings.Cut(strings.TrimPrefix(parts[5], "assumed-role/"), "/")
		return ok && session != "" && a.Roles[strings.ToLower(name)] != nil
	}
	return parts[2] == "sts" && strings.HasPrefix(parts[5], "federated-user/")
}

// arnOf is the ARN of the user or role with a unique id, "" where there is none.
func (w *World) arnOf(id string) string {
	for _, a := range w.Accounts {
		for _, r := range a.Roles {
			if r.ID == id {
				return r.ARN
			}
		}
		for _, u := range a.Users {
			if u.ID == id {
				return "arn:aws:iam::" + a.ID + ":user/" + u.Name
			}
		}
	}
	return ""
}

// principalIDs gives the unique ids of the users and roles that a document names, as AWS keeps them when a policy is put.
func (w *World) principalIDs(d policy.Document) map[string]string {
	var ids map[string]string
	for _, s := range d.Statements {
		for _, p := range []*policy.Principals{s.Principal, s.NotPrincipal} {
			if p == nil {
				continue
			}
			for _, v := range p.AWS.Values() {
				if id := w.uniqueID(v); id != "" {
					if ids == nil {
						ids = map[string]string{}
					}
					ids[v] = id
				}
			}
		}
	}
	return ids
}

// withoutDeleted returns a policy text in which every principal that was deleted since it was put stands as its unique id,
// as AWS shows and reads it: a new principal of the same name gets nothing.
func (w *World) withoutDeleted(text string, ids map[string]string) string {
	for arn, id := range ids {
		if w.uniqueID(arn) != id {
			text = strings.ReplaceAll(text, `"`+arn+`"`, `"`+id+`"`)
		}
	}
	return text
}

// wholeARNs returns a policy text as AWS keeps it: a principal given as a bare account ID stands as the account's root ARN.
func wholeARNs(text string, d policy.Document) string {
	changed := false
	d = d.Clone()
	for _, s := range d.Statements {
		for _, p := range []*policy.Principals{s.Principal, s.NotPrincipal} {
			if p == nil || !slices.ContainsFunc(p.AWS.Values(), accountPattern.MatchString) {
				continue
			}
			values := p.AWS.Values()
			for i, v := range values {
				if accountPattern.MatchString(v) {
					values[i] = rootARN(v)
				}
			}
			p.AWS, changed = policy.OneOrList(values...), true
		}
	}
	if !changed {
		return text
	}
	return d.String()
}
