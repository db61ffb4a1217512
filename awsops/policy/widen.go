package policy

import (
	"slices"
	"strings"
)

// Widening says what became of letting a role's S3 statement reach every bucket again.
type Widening int

// What WidenS3Read finds.
const (
	WidenUnknown  Widening = iota // nothing tells what the S3 statement was
	WidenNothing                  // there was none that reached every bucket: the scoped one was added
	WidenAlready                  // a statement reaches every bucket already
	WidenRestored                 // the document returned has the statement as a kept one had it
	WidenRebuilt                  // the document returned has the statement rebuilt from what stood there
)

// widenedActions are the actions that a statement surely lost when it was scoped; s3:GetObject may have been added with the grant.
var widenedActions = []string{"s3:ListBucket", "s3:GetBucketLocation"}

// WidenS3Read undoes the scoping of ScopeS3Read in a policy: before is the document as it stands, after the same without the grant's entries, kept
// are documents of it from earlier, the best first. A kept one that has the statement unscoped gives it exactly. Else it is rebuilt from what
// stands there: the statement that the role's other S3 actions were split into (NAMEOther) gets s3:ListBucket and s3:GetBucketLocation back,
// but not s3:GetObject, of which nothing tells whether it stood there.
func WidenS3Read(before, after Document, kept ...Document) (Document, Widening) {
	if reachesEveryBucket(after) {
		return after, WidenAlready
	}
	for _, earlier := range kept {
		if out, ok := restoreScope(after, earlier); ok {
			return out, WidenRestored
		}
	}
	out, added, widened := after.Clone(), false, false
	for at, s := range before.Statements {
		_, stays := after.Statement(s.Sid)
		if !isScopedRead(s) || s.Sid == "" || stays >= 0 {
			continue
		}
		if isNumbered(s.Sid, scopedSid) {
			added = true
			if at+1 < len(before.Statements) && isRest(before.Statements[at+1]) && before.Statements[at+1].Sid == "" {
				if i := slices.IndexFunc(out.Statements, func(o Statement) bool { return o.Sid == "" && o.Equal(before.Statements[at+1]) }); i >= 0 {
					out.Statements[i], widened = rejoined(out.Statements[i], ""), true
				}
			}
			continue
		}
		widened = true
		if i := slices.IndexFunc(out.Statements, func(o Statement) bool { return isRest(o) && isNumbered(o.Sid, s.Sid+"Other") }); i >= 0 {
			out.Statements[i] = rejoined(out.Statements[i], s.Sid)
			continue
		}
		whole := Statement{Sid: s.Sid, Effect: Allow, Action: List(widenedActions...), Resource: List("*"), Condition: slices.Clone(s.Condition)}
		out.Statements = slices.Insert(out.Statements, min(at, len(out.Statements)), whole)
	}
	for i, s := range out.Statements {
		if name := restOf(s); name != "" && isRest(s) {
			if _, there := out.Statement(name); there < 0 {
				out.Statements[i], widened = rejoined(s, name), true
			}
		}
	}
	switch {
	case widened:
		return out, WidenRebuilt
	case added:
		return after, WidenNothing
	}
	return after, WidenUnknown
}

// ScopedBuckets lists the ARNs of the buckets that the policy's scoped S3 statements name.
func ScopedBuckets(d Document) []string {
	var list []string
	for _, s := range d.Statements {
		if !isScopedRead(s) {
			continue
		}
		for _, r := range s.Resource.values {
			bucket, _, _ := strings.Cut(r, "/")
			if !slices.Contains(list, bucket) {
				list = append(list, bucket)
			}
		}
	}
	return list
}

func reachesEveryBucket(d Document) bool {
	return slices.ContainsFunc(d.Statements, func(s Statement) bool {
		return s.allows() && s.Principal == nil && unscoped(s) && s.Covers("s3:ListBucket") && s.Covers("s3:GetBucketLocation")
	})
}

// isRest tells whether the statement can be what scoping left of an S3 statement: an Allow of other S3 actions on every bucket.
func isRest(s Statement) bool {
	return s.allows() && s.Principal == nil && unscoped(s) && !s.Covers("s3:ListBucket") &&
		slices.ContainsFunc(s.Action.values, func(a string) bool { return len(a) > 3 && strings.EqualFold(a[:3], "s3:") })
}

// rejoined is a split statement with the actions that were scoped.
func rejoined(rest Statement, sid string) Statement {
	s := rest.Clone()
	s.Sid = sid
	for _, a := range widenedActions {
		if !hasFold(s.Action.values, a) {
			s.Action = s.Action.Add(a)
		}
	}
	return s
}

// restOf is the Sid of the statement that one was split from; "" where its own does not say so.
func restOf(s Statement) string {
	name, ok := strings.CutSuffix(strings.TrimRight(s.Sid, "0123456789"), "Other")
	if !ok {
		return ""
	}
	return name
}

// isNumbered tells whether a Sid is the wanted one, or that with a number behind it.
func isNumbered(sid, wanted string) bool {
	number, ok := strings.CutPrefix(sid, wanted)
	return ok && strings.Trim(number, "0123456789") == ""
}

// restoreScope puts the S3 statements back that an earlier document has unscoped; false: it has none.
func restoreScope(d, earlier Document) (Document, bool) {
	out, restored := d.Clone(), false
	for at, was := range earlier.Statements {
		if !was.allows() || was.Principal != nil || !was.Covers("s3:ListBucket") || !hasFold(was.Action.values, "s3:ListBucket") || !unscoped(was) {
			continue
		}
		rest := was.Clone()
		rest.Action = was.Action.Without(readNames(was)...)
		i := slices.IndexFunc(out.Statements, func(s Statement) bool {
			if was.Sid == "" {
				return s.Equal(rest)
			}
			return isRest(s) && isNumbered(s.Sid, was.Sid+"Other") && containsAllFold(was.Action.values, s.Action.values)
		})
		_, same := out.Statement(was.Sid)
		switch {
		case was.Sid != "" && same >= 0:
			continue // another bucket is scoped in it, or it was never touched
		case i >= 0:
			out.Statements[i] = was.Clone()
		default:
			out.Statements = slices.Insert(out.Statements, min(at, len(out.Statements)), was.Clone())
		}
		restored = true
	}
	return out, restored
}

func containsAllFold(list, values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return !hasFold(list, v) })
}
