package policy

import (
	"fmt"
	"slices"
	"strings"
)

// DirectGrant is what a reader's existing role gets on one bucket of its own account.
type DirectGrant struct {
	Sid       string // of the statement that lets it get objects
	KeySid    string // of the statement that lets it decrypt
	BucketARN string // without prefix
	Prefix    string // "" grants the whole bucket as the source text does; otherwise only the objects below it
	KeyARN    string // "" for no key
}

// scopedSid names a scoped statement that could not keep the Sid of the statement it was split from.
const scopedSid = "FlowLogBucketScoped"

// readActions are exactly the actions that a direct grant scopes to the bucket.
var readActions = []string{"s3:ListBucket", "s3:GetBucketLocation", "s3:GetObject"}

// Resources are the ARNs of the bucket and of the objects granted in it.
func (g DirectGrant) Resources() []string {
	return []string{g.BucketARN, g.BucketARN + "/" + prefixSlash(g.Prefix) + "*"}
}

// Statements are the statements that the grant adds under its own Sids.
func (g DirectGrant) Statements() []Statement {
	out := []Statement{{Sid: g.Sid, Effect: Allow, Action: List("s3:GetObject"), Resource: List(g.Resources()...)}}
	if g.KeyARN != "" {
		out = append(out, DecryptStatement(g.KeySid, g.KeyARN))
	}
	return out
}

// FindS3Statement is the index of the role's S3 statement: an Allow that names s3:ListBucket, one that is not scoped yet before one that is,
// else one that covers it by a wildcard of S3 (s3:List*, s3:*); -1 where there is none.
func FindS3Statement(d Document) int {
	scoped, wild := -1, -1
	for i, s := range d.Statements {
		switch {
		case !s.allows() || s.Principal != nil || !s.Resource.IsSet():
		case hasFold(s.Action.values, "s3:ListBucket"):
			if unscoped(s) {
				return i
			}
			if scoped < 0 {
				scoped = i
			}
		case wild < 0 && slices.ContainsFunc(s.Action.values, func(a string) bool { return a != "*" && actionMatches(a, "s3:ListBucket") }):
			wild = i
		}
	}
	if scoped >= 0 {
		return scoped
	}
	return wild
}

// ScopeS3Read makes the grant in a role's policy d, which holds its S3 statement or is to hold the grant: exactly s3:ListBucket,
// s3:GetBucketLocation and s3:GetObject of the S3 statement are scoped to the bucket and its objects, every other action stays on the resources
// it had (the statement is split where it must be); the statements for getting objects and decrypting are added. Several buckets become several
// entries of the same lists, and a second application changes nothing. The notes tell what of d and of the role's other policies still lets it
// read more than the grant. The error tells a bucket ARN that is none.
func ScopeS3Read(d Document, otherDocs []Document, g DirectGrant) (Document, []string, error) {
	parts, ok := arnParts(g.BucketARN)
	if !ok || parts[2] != "s3" || parts[5] == "" || strings.ContainsAny(parts[5], "/*?") {
		return d, nil, fmt.Errorf("scope the role's S3 statement: %q is not the ARN of a bucket (arn:PARTITION:s3:::NAME)", g.BucketARN)
	}
	out := d.Clone()
	if out.Version == "" && len(out.Statements) == 0 {
		out.Version = Version2012
	}
	out.scopeRead(g.Resources())
	for i := FindS3Statement(out); unscoped(out.Statements[i]) && hasFold(out.Statements[i].Action.values, "s3:ListBucket"); i = FindS3Statement(out) {
		out.scopeRead(g.Resources()) // a second S3 statement that was not scoped
	}
	for _, s := range g.Statements() {
		out = out.AddResources(s)
	}
	notes := widerReads("this policy", out)
	for i, o := range otherDocs {
		notes = append(notes, widerReads(fmt.Sprintf("another policy of the role (%d)", i+1), o)...)
	}
	return out, notes, nil
}

// UnscopeS3Read takes the entries of the grant out again: from the scoped S3 statement and from the grant's own; statements whose list becomes
// empty go. What else stands in them, and the statement with the role's other S3 actions, stays; so do the bucket's own entry and the key where
// another grant has objects of the same bucket. Give no KeyARN where another bucket of the role needs the same key.
func UnscopeS3Read(d Document, g DirectGrant) Document {
	out := d.Clone()
	ours, keys := g.Resources(), []string{g.KeyARN}
	for _, s := range d.Statements {
		if s.Sid == g.Sid || isScopedRead(s) {
			shared := slices.ContainsFunc(s.Resource.values, func(r string) bool {
				return strings.HasPrefix(r, g.BucketARN+"/") && !slices.Contains(ours, r)
			})
			if shared {
				ours, keys = ours[1:], nil
				break
			}
		}
	}
	return out.dropResources(ours, isScopedRead).RemoveResources(g.Sid, ours).RemoveResources(g.KeySid, keys)
}

// isScopedRead tells whether the statement is what scopeRead leaves: an Allow of nothing but the read actions, s3:ListBucket among them.
func isScopedRead(s Statement) bool {
	return s.allows() && hasFold(s.Action.values, "s3:ListBucket") && len(otherActions(s)) == 0 && !unscoped(s)
}

func (d *Document) scopeRead(resources []string) {
	i := FindS3Statement(*d)
	if i < 0 {
		d.Statements = append(d.Statements, d.scoped(scopedSid, nil, resources))
		return
	}
	s := d.Statements[i]
	others := otherActions(s)
	named := hasFold(s.Action.values, "s3:ListBucket")
	switch {
	case !named: // covered by a wildcard only, which stays as it is
		d.Statements = slices.Insert(d.Statements, i, d.scoped(scopedSid, s.Condition, resources))
	case !unscoped(s) && (len(others) == 0 || containsAll(s.Resource.values, resources)):
		// Scoped already: our entries join the others.
		foreign := len(s.Resource.Without(resources...).values) > 0
		missing := readActionsFor(s, foreign).Without(readNames(s)...)
		s.Action = s.Action.Add(missing.values...)
		s.Resource = s.Resource.Add(resources...)
		d.Statements[i] = s
	default:
		keep := scopedEntries(s)
		scoped := s.Clone()
		scoped.Action = readActionsFor(s, len(keep.Without(resources...).values) > 0)
		scoped.Resource = keep.Add(resources...)
		if len(others) == 0 {
			d.Statements[i] = scoped
			return
		}
		rest := s.Clone()
		rest.Action = s.Action.Without(readNames(s)...)
		if s.Sid != "" {
			rest.Sid = d.freeSid(s.Sid + "Other")
		} else {
			scoped.Sid = d.freeSid(scopedSid)
		}
		d.Statements = slices.Replace(d.Statements, i, i+1, scoped, rest)
	}
}

// readActionsFor are the actions of the scoped statement: the three, but s3:GetObject not newly on buckets of others, where the grant's own
// statement gives it.
func readActionsFor(s Statement, foreign bool) Strings {
	out := List(readNames(s)...)
	for _, a := range readActions {
		if !hasFold(out.values, a) && !(foreign && a == "s3:GetObject") {
			out = out.Add(a)
		}
	}
	return out
}

// scopedEntries are the resources that do not reach every bucket.
func scopedEntries(s Statement) Strings {
	return List(slices.DeleteFunc(s.Resource.Values(), everyBucket)...)
}

func (d *Document) scoped(sid string, c Condition, resources []string) Statement {
	return Statement{Sid: d.freeSid(sid), Effect: Allow, Action: List(readActions...), Resource: List(resources...), Condition: slices.Clone(c)}
}

// readNames are the statement's own spellings of the read actions.
func readNames(s Statement) []string {
	var out []string
	for _, a := range s.Action.values {
		if hasFold(readActions, a) {
			out = append(out, a)
		}
	}
	return out
}

func otherActions(s Statement) []string { return s.Action.Without(readNames(s)...).values }

// unscoped tells whether the statement reaches every bucket or the objects of every bucket.
func unscoped(s Statement) bool { return slices.ContainsFunc(s.Resource.values, everyBucket) }

func everyBucket(resource string) bool {
	p := newPattern(resource)
	for _, partition := range []string{"aws", "aws-cn", "aws-us-gov"} {
		arn := "arn:" + partition + ":s3:::\x00" // no bucket is named so: only a wildcard matches
		if p.matchesARN(arn) || p.matchesARN(arn+"/\x00") {
			return true
		}
	}
	return false
}

// widerReads tells which statements let the role list or get what no grant scoped.
func widerReads(where string, d Document) []string {
	var out []string
	for i, s := range d.Statements {
		if !s.allows() || !s.Resource.IsSet() && !s.NotResource.IsSet() || s.Resource.IsSet() && !unscoped(s) {
			continue
		}
		covered := []string{}
		for _, a := range readActions {
			if s.Covers(a) {
				covered = append(covered, a)
			}
		}
		if len(covered) > 0 {
			name := fmt.Sprintf("statement %d", i+1)
			if s.Sid != "" {
				name = "statement " + s.Sid
			}
			out = append(out, fmt.Sprintf("%s of %s still allows %s beyond the bucket; it was left as it is", name, where, strings.Join(covered, ", ")))
		}
	}
	return out
}

func hasFold(list []string, v string) bool {
	return slices.ContainsFunc(list, func(a string) bool { return strings.EqualFold(a, v) })
}

func containsAll(list, values []string) bool {
	for _, v := range values {
		if !slices.Contains(list, v) {
			return false
		}
	}
	return true
}
