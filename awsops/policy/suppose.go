package policy

import (
	"slices"
	"strings"
)

// idle is a statement that is about no request; it holds the place of one that is taken not to apply.
var idle = Statement{Effect: Deny, Action: One("none:none"), Resource: One("arn:aws:none:::none")}

// Supposing gives the policies as they would be if every test of a condition on one of the keys (lower case) came out in the caller's favour, or
// else against it. Statements keep their places. Where both decide alike, the keys do not matter.
func (p Policies) Supposing(open func(key string) bool, favour bool) Policies {
	all := func(docs []Document) []Document {
		out := make([]Document, len(docs))
		for i, d := range docs {
			out[i] = d.supposing(open, favour)
		}
		return out
	}
	one := func(d *Document) *Document {
		if d == nil {
			return nil
		}
		out := d.supposing(open, favour)
		return &out
	}
	p.Identity, p.Resource, p.Boundary = all(p.Identity), one(p.Resource), one(p.Boundary)
	levels := make([][]Document, len(p.SCPs))
	for i, level := range p.SCPs {
		levels[i] = all(level)
	}
	p.SCPs = levels
	return p
}

func (d Document) supposing(open func(key string) bool, favour bool) Document {
	d = d.Clone()
	for i, s := range d.Statements {
		var known Condition
		for _, t := range s.Condition {
			if !KnownOperator(t.Operator) || !open(strings.ToLower(t.Key)) {
				known = append(known, t)
			}
		}
		switch {
		case len(known) == len(s.Condition):
		case s.allows() == favour:
			d.Statements[i].Condition = known
		default:
			d.Statements[i] = idle.Clone()
			d.Statements[i].Principal = AWSPrincipal("000000000000")
		}
	}
	return d
}

// Keys lists the condition keys that the documents test, in lower case, each once.
func (p Policies) Keys() []string {
	docs := slices.Clone(p.Identity)
	for _, d := range []*Document{p.Resource, p.Boundary} {
		if d != nil {
			docs = append(docs, *d)
		}
	}
	var keys []string
	for _, d := range slices.Concat(append(slices.Clone(p.SCPs), docs)...) {
		for _, s := range d.Statements {
			for _, t := range s.Condition {
				keys = addOnce(keys, strings.ToLower(t.Key))
			}
		}
	}
	return keys
}
