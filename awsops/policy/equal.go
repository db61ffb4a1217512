package policy

import (
	"encoding/json"
	"slices"
	"strings"
)

// Equal tells whether two documents grant and deny the same: order of statements and lists, single or list, case of actions,
// operators and condition keys, "*" or {"AWS":"*"}, account ID or root ARN make no difference; Sid and Id are names, not grants,
// and make none either. The version does: it decides whether policy variables are variables.
func (d Document) Equal(other Document) bool {
	return d.version() == other.version() && slices.Equal(d.grants(), other.grants())
}

// Equal tells whether two statements mean the same, by the rules of Document.Equal; the Sid does not count.
func (s Statement) Equal(other Statement) bool { return s.meaning() == other.meaning() }

func (d Document) version() string {
	if d.Version == "" {
		return Version2008
	}
	return d.Version
}

func (d Document) grants() []string {
	out := make([]string, 0, len(d.Statements))
	for _, s := range d.Statements {
		out = append(out, s.meaning())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// meaning is a text that is the same for statements of the same meaning and for no others.
func (s Statement) meaning() string {
	tests := make([][]string, 0, len(s.Condition))
	for _, t := range s.Condition {
		head := []string{strings.ToLower(t.Operator), strings.ToLower(t.Key)}
		tests = append(tests, append(head, sortedSet(t.Values.values, nil)...))
	}
	slices.SortFunc(tests, slices.Compare[[]string])
	parts := []any{
		s.Effect,
		s.Principal.meaning(), s.NotPrincipal.meaning(),
		meaningOf(s.Action, strings.ToLower), meaningOf(s.NotAction, strings.ToLower),
		meaningOf(s.Resource, nil), meaningOf(s.NotResource, nil),
		tests,
	}
	text, _ := json.Marshal(parts) // strings and lists always encode
	return string(text)
}

func meaningOf(s Strings, fold func(string) string) any {
	if !s.IsSet() {
		return nil
	}
	return sortedSet(s.values, fold)
}

func (p *Principals) meaning() any {
	if p == nil {
		return nil
	}
	if p.everyone() {
		return []string{"*"}
	}
	account := func(v string) string {
		if id := accountPrincipal(v); id != "" {
			return id
		}
		return v
	}
	return []any{sortedSet(p.AWS.values, account), sortedSet(p.Service.values, nil), sortedSet(p.Federated.values, nil), sortedSet(p.CanonicalUser.values, nil)}
}

// everyone tells whether the element names everybody; beside "*" the other AWS principals add nothing.
func (p *Principals) everyone() bool { return p != nil && (p.Any || p.AWS.Has("*")) }

func sortedSet(values []string, fold func(string) string) []string {
	out := make([]string, 0, len(values))
	for _, v := range values {
		if fold != nil {
			v = fold(v)
		}
		out = append(out, v)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
