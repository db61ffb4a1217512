package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Parse reads a policy document in any form the grammar allows
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html): a statement or a list of them, single
// strings or lists, any order of keys. Every fault is told with its place in the document, all that can be found in one error.
func Parse(text string) (Document, error) {
	if strings.TrimSpace(text) == "" {
		return Document{}, errors.New("policy document: the text is empty")
	}
	root, err := readTree(text)
	if err != nil {
		return Document{}, fmt.Errorf("policy document: %w", err)
	}
	p := &parser{text: text}
	d := p.document(root)
	if len(p.faults) > 0 {
		return Document{}, fmt.Errorf("policy document: %w", errors.Join(p.faults...))
	}
	return d, nil
}

type parser struct {
	text   string
	faults []error
}

func (p *parser) fault(n *node, path, format string, args ...any) {
	p.faults = append(p.faults, fmt.Errorf("%s (%s): %s", where(path), place(p.text, n.offset), fmt.Sprintf(format, args...)))
}

func (p *parser) document(n *node) Document {
	var d Document
	if !n.isObj {
		p.fault(n, "", "must be an object, is %s", n.kind())
		return d
	}
	for _, key := range n.keys {
		m := n.members[key]
		switch key {
		case "Version":
			d.Version = p.str(m, key)
			if d.Version != Version2012 && d.Version != Version2008 {
				p.fault(m, key, "must be %q or %q", Version2012, Version2008)
			}
		case "Id":
			d.ID = p.str(m, key)
		case "Statement":
			d.Statements = p.statements(m)
		default:
			p.fault(m, key, "unknown element; a document has Version, Id and Statement")
		}
	}
	if _, ok := n.members["Statement"]; !ok {
		p.fault(n, "", "the element Statement is missing")
	}
	return d
}

func (p *parser) statements(n *node) []Statement {
	if n.isObj {
		return []Statement{p.statement(n, "Statement")}
	}
	if !n.isArr {
		p.fault(n, "Statement", "must be an object or a list of objects, is %s", n.kind())
		return nil
	}
	out := make([]Statement, 0, len(n.items))
	for i, item := range n.items {
		path := fmt.Sprintf("Statement[%d]", i)
		if !item.isObj {
			p.fault(item, path, "must be an object, is %s", item.kind())
			continue
		}
		out = append(out, p.statement(item, path))
	}
	return out
}

func (p *parser) statement(n *node, path string) Statement {
	var s Statement
	for _, key := range n.keys {
		m, at := n.members[key], join(path, key)
		switch key {
		case "Sid":
			s.Sid = p.str(m, at)
		case "Effect":
			s.Effect = p.str(m, at)
			if s.Effect != Allow && s.Effect != Deny {
				p.fault(m, at, "must be Allow or Deny")
			}
		case "Principal":
			s.Principal = p.principals(m, at)
		case "NotPrincipal":
			s.NotPrincipal = p.principals(m, at)
		case "Action":
			s.Action = p.strings(m, at, false)
		case "NotAction":
			s.NotAction = p.strings(m, at, false)
		case "Resource":
			s.Resource = p.strings(m, at, false)
		case "NotResource":
			s.NotResource = p.strings(m, at, false)
		case "Condition":
			s.Condition = p.condition(m, at)
		default:
			p.fault(m, at, "unknown element")
		}
	}
	has := func(key string) bool { return n.members[key] != nil }
	if !has("Effect") {
		p.fault(n, path, "the element Effect is missing")
	}
	if !has("Action") && !has("NotAction") {
		p.fault(n, path, "the element Action (or NotAction) is missing")
	}
	for _, key := range []string{"Action", "Resource", "Principal"} {
		if has(key) && has("Not"+key) {
			p.fault(n, path, "has both %s and Not%s", key, key)
		}
	}
	return s
}

func (p *parser) principals(n *node, path string) *Principals {
	out := &Principals{}
	if s, ok := n.value.(string); ok {
		if s != "*" {
			p.fault(n, path, `as a plain string it must be "*"`)
		}
		out.Any = true
		return out
	}
	if !n.isObj {
		p.fault(n, path, `must be "*" or an object, is %s`, n.kind())
		return out
	}
	if len(n.keys) == 0 {
		p.fault(n, path, "names nobody")
	}
	for _, key := range n.keys {
		at := join(path, key)
		values := p.strings(n.members[key], at, false)
		switch key {
		case "AWS":
			out.AWS = values
		case "Service":
			out.Service = values
		case "Federated":
			out.Federated = values
		case "CanonicalUser":
			out.CanonicalUser = values
		default:
			p.fault(n.members[key], at, "unknown kind of principal; known are AWS, Service, Federated and CanonicalUser")
		}
	}
	return out
}

func (p *parser) condition(n *node, path string) Condition {
	if !n.isObj {
		p.fault(n, path, "must be an object, is %s", n.kind())
		return nil
	}
	var out Condition
	for _, op := range n.keys {
		tests, at := n.members[op], join(path, op)
		if !tests.isObj {
			p.fault(tests, at, "must be an object of condition keys, is %s", tests.kind())
			continue
		}
		for _, key := range tests.keys {
			out = append(out, Test{Operator: op, Key: key, Values: p.strings(tests.members[key], join(at, key), true)})
		}
	}
	return out
}

func (p *parser) str(n *node, path string) string {
	s, ok := n.value.(string)
	if !ok {
		p.fault(n, path, "must be a string, is %s", n.kind())
	}
	return s
}

// strings reads a single value or a list; scalars lets numbers and booleans pass as their text, as conditions allow.
func (p *parser) strings(n *node, path string, scalars bool) Strings {
	one := func(n *node, path string) (string, bool) {
		if s, ok := n.value.(string); ok {
			return s, true
		}
		if scalars {
			switch v := n.value.(type) {
			case json.Number:
				return v.String(), true
			case bool:
				return strconv.FormatBool(v), true
			}
		}
		p.fault(n, path, "must be a string or a list of strings, is %s", n.kind())
		return "", false
	}
	if !n.isArr {
		s, _ := one(n, path)
		return One(s)
	}
	out := List()
	for i, item := range n.items {
		if s, ok := one(item, fmt.Sprintf("%s[%d]", path, i)); ok {
			out.values = append(out.values, s)
		}
	}
	return out
}
