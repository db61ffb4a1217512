package policy

import (
	"slices"
	"strconv"
)

// With adds statements. One with the Sid of an existing statement replaces it in place, unless that already means the same; one whose
// meaning is already there under any Sid is not added twice; others come to the end. Everything else stays as and where it is. A document
// without statements and version gets the current version.
func (d Document) With(statements ...Statement) Document { return d.WithBeside(nil, statements...) }

// WithBeside adds statements as With does, but what stands under a Sid that apart names does not count as there already: it may go.
func (d Document) WithBeside(apart func(sid string) bool, statements ...Statement) Document {
	out := d.Clone()
	if out.Version == "" && len(out.Statements) == 0 {
		out.Version = Version2012
	}
	for _, s := range statements {
		if s.Sid != "" {
			if old, i := out.Statement(s.Sid); i >= 0 {
				if !old.Equal(s) {
					out.Statements[i] = s.Clone()
				}
				continue
			}
		}
		if !slices.ContainsFunc(out.Statements, func(o Statement) bool { return s.Equal(o) && (apart == nil || !apart(o.Sid)) }) {
			out.Statements = append(out.Statements, s.Clone())
		}
	}
	return out
}

// Without takes out the statements with these Sids; an empty Sid takes out nothing.
func (d Document) Without(sids ...string) Document {
	out := d.Clone()
	out.Statements = slices.DeleteFunc(out.Statements, func(s Statement) bool { return s.Sid != "" && slices.Contains(sids, s.Sid) })
	return out
}

// AddResources adds the Resource entries of the template to the statement with the template's Sid, and those of its actions that are
// missing there; what else stands in it stays. Where there is no such statement the template is added at the end. A statement that has the
// Sid but another effect, principal or condition, or NotAction or NotResource, is not ours to change: the entries then go to a statement
// whose Sid has a number behind it.
func (d Document) AddResources(template Statement) Document {
	out := d.Clone()
	if out.Version == "" && len(out.Statements) == 0 {
		out.Version = Version2012
	}
	for n := 1; ; n++ {
		sid := numbered(template.Sid, n)
		s, i := out.Statement(sid)
		if i < 0 || template.Sid == "" {
			s = template.Clone()
			s.Sid = sid
			out.Statements = append(out.Statements, s)
			return out
		}
		if !s.sameShape(template) {
			continue
		}
		for _, a := range template.Action.values {
			if !hasFold(s.Action.values, a) {
				s.Action = s.Action.Add(a)
			}
		}
		s.Resource = s.Resource.Add(template.Resource.values...)
		out.Statements[i] = s
		return out
	}
}

// RemoveResources takes these entries out of the Resource list of the statement with that Sid (and of those that AddResources had to number)
// and drops a statement whose list became empty by that.
func (d Document) RemoveResources(sid string, resources []string) Document {
	out := d.Clone()
	if sid == "" {
		return out
	}
	mine := map[string]bool{}
	for n := 1; n <= 1+len(d.Statements); n++ {
		mine[numbered(sid, n)] = true
	}
	return out.dropResources(resources, func(s Statement) bool { return mine[s.Sid] && s.allows() })
}

func (d Document) dropResources(resources []string, from func(Statement) bool) Document {
	kept := []Statement{}
	for _, s := range d.Statements {
		if from(s) && s.Resource.IsSet() {
			had := s.Resource.Len()
			s.Resource = s.Resource.Without(resources...)
			if s.Resource.Len() == 0 && had > 0 {
				continue
			}
		}
		kept = append(kept, s)
	}
	d.Statements = kept
	return d
}

// sameShape tells whether two statements differ in nothing but Sid, actions and resources, both given as lists to allow.
func (s Statement) sameShape(other Statement) bool {
	if s.NotAction.IsSet() || s.NotResource.IsSet() || !s.Resource.IsSet() {
		return false
	}
	a, b := s.Clone(), other.Clone()
	a.Action, b.Action, a.Resource, b.Resource = Strings{}, Strings{}, Strings{}, Strings{}
	return a.Equal(b)
}

func numbered(sid string, n int) string {
	if n == 1 || sid == "" {
		return sid
	}
	return sid + strconv.Itoa(n)
}

// freeSid is the wanted Sid, with a number behind it where the document has it already.
func (d Document) freeSid(wanted string) string {
	for n := 1; ; n++ {
		if _, i := d.Statement(numbered(wanted, n)); i < 0 {
			return numbered(wanted, n)
		}
	}
}
