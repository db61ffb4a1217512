package policy

import (
	"bytes"
	"encoding/json"
	"strings"
)

// String is the document as compact JSON in the usual order of elements (Version, Id, Statement; in a statement Sid, Effect,
// Principal, Action, Resource, Condition), statements and lists in their own order, without escaping <, > and &.
func (d Document) String() string {
	w := &writer{}
	w.open('{')
	if d.Version != "" {
		w.key("Version").str(d.Version)
	}
	if d.ID != "" {
		w.key("Id").str(d.ID)
	}
	w.key("Statement").open('[')
	for _, s := range d.Statements {
		w.item()
		s.write(w)
	}
	w.close(']')
	w.close('}')
	return w.buf.String()
}

// Pretty is String indented by two spaces, for people.
func (d Document) Pretty() string { return indent(d.String()) }

// String is the statement as compact JSON, as it stands in a document.
func (s Statement) String() string {
	w := &writer{}
	s.write(w)
	return w.buf.String()
}

// Pretty is String indented by two spaces, for people.
func (s Statement) Pretty() string { return indent(s.String()) }

func indent(compact string) string {
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(compact), "", "  "); err != nil {
		return compact
	}
	return out.String()
}

func (s Statement) write(w *writer) {
	w.open('{')
	if s.Sid != "" {
		w.key("Sid").str(s.Sid)
	}
	w.key("Effect").str(s.Effect)
	w.principals("Principal", s.Principal)
	w.principals("NotPrincipal", s.NotPrincipal)
	w.strings("Action", s.Action)
	w.strings("NotAction", s.NotAction)
	w.strings("Resource", s.Resource)
	w.strings("NotResource", s.NotResource)
	w.condition(s.Condition)
	w.close('}')
}

// writer emits compact JSON; it knows only whether a comma is due.
type writer struct {
	buf   strings.Builder
	comma bool
}

func (w *writer) open(b byte)  { w.buf.WriteByte(b); w.comma = false }
func (w *writer) close(b byte) { w.buf.WriteByte(b); w.comma = true }

func (w *writer) item() {
	if w.comma {
		w.buf.WriteByte(',')
	}
	w.comma = false
}

func (w *writer) key(k string) *writer {
	w.item()
	w.str(k)
	w.buf.WriteByte(':')
	w.comma = false
	return w
}

func (w *writer) str(s string) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	w.buf.WriteString(strings.TrimSuffix(b.String(), "\n"))
	w.comma = true
}

func (w *writer) strings(key string, s Strings) {
	if !s.IsSet() {
		return
	}
	w.key(key)
	if s.single && len(s.values) == 1 {
		w.str(s.values[0])
		return
	}
	w.open('[')
	for _, v := range s.values {
		w.item()
		w.str(v)
	}
	w.close(']')
}

func (w *writer) principals(key string, p *Principals) {
	if p == nil {
		return
	}
	w.key(key)
	if p.Any {
		w.str("*")
		return
	}
	w.open('{')
	w.strings("AWS", p.AWS)
	w.strings("Service", p.Service)
	w.strings("Federated", p.Federated)
	w.strings("CanonicalUser", p.CanonicalUser)
	w.close('}')
}

// condition groups the tests by operator, in the order in which the operators first appear.
func (w *writer) condition(c Condition) {
	if len(c) == 0 {
		return
	}
	w.key("Condition").open('{')
	done := map[string]bool{}
	for _, first := range c {
		if done[first.Operator] {
			continue
		}
		done[first.Operator] = true
		w.key(first.Operator).open('{')
		for _, t := range c {
			if t.Operator == first.Operator {
				w.strings(t.Key, t.Values)
			}
		}
		w.close('}')
	}
	w.close('}')
}
