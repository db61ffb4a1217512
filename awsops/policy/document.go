package policy

import "strings"

// The two versions of the policy language. A document without one is read as Version2008.
const (
	Version2012 = "2012-10-17"
	Version2008 = "2008-10-17"
)

// The two effects of a statement.
const (
	Allow = "Allow"
	Deny  = "Deny"
)

// Document is one policy document: identity, bucket, key or trust policy, permissions boundary or SCP.
type Document struct {
	Version    string // Version2012, Version2008 or "" where the text has none
	ID         string // the element Id, "" where the text has none
	Statements []Statement
}

// New is a document of the current version with the given statements.
func New(statements ...Statement) Document {
	return Document{Version: Version2012, Statements: statements}
}

// Statement is one statement. Elements that the text does not have are unset.
type Statement struct {
	Sid          string
	Effect       string // Allow or Deny
	Principal    *Principals
	NotPrincipal *Principals
	Action       Strings
	NotAction    Strings
	Resource     Strings
	NotResource  Strings
	Condition    Condition
}

// Principals is the value of Principal or NotPrincipal.
type Principals struct {
	Any           bool // the plain "*"; the lists are then unset
	AWS           Strings
	Service       Strings
	Federated     Strings
	CanonicalUser Strings
}

// Everyone is the principal "*".
func Everyone() *Principals { return &Principals{Any: true} }

// AWSPrincipal is {"AWS": ...} of full ARNs or 12-digit account IDs; one value is written as a single string.
func AWSPrincipal(values ...string) *Principals { return &Principals{AWS: OneOrList(values...)} }

// ServicePrincipal is {"Service": ...} of service principals; one value is written as a single string.
func ServicePrincipal(values ...string) *Principals {
	return &Principals{Service: OneOrList(values...)}
}

// Condition is the tests of a statement in their order; all must hold.
type Condition []Test

// Test is one operator on one condition key. Numbers and booleans of the text are kept as their text.
type Test struct {
	Operator string // e.g. StringEquals, ForAnyValue:ArnLikeIfExists
	Key      string // e.g. aws:SourceAccount
	Values   Strings
}

// Values are the values that operator and key are tested with, nil where there is no such test. Case does not matter.
func (c Condition) Values(operator, key string) []string {
	var out []string
	for _, t := range c {
		if strings.EqualFold(t.Operator, operator) && strings.EqualFold(t.Key, key) {
			out = append(out, t.Values.values...)
		}
	}
	return out
}

// Clone is a copy that shares nothing with the original.
func (d Document) Clone() Document {
	out := d
	out.Statements = nil
	if d.Statements != nil {
		out.Statements = make([]Statement, len(d.Statements))
	}
	for i, s := range d.Statements {
		out.Statements[i] = s.Clone()
	}
	return out
}

// Clone is a copy that shares nothing with the original.
func (s Statement) Clone() Statement {
	out := s
	out.Principal, out.NotPrincipal = s.Principal.clone(), s.NotPrincipal.clone()
	out.Action, out.NotAction = s.Action.clone(), s.NotAction.clone()
	out.Resource, out.NotResource = s.Resource.clone(), s.NotResource.clone()
	out.Condition = nil
	for _, t := range s.Condition {
		t.Values = t.Values.clone()
		out.Condition = append(out.Condition, t)
	}
	return out
}

func (p *Principals) clone() *Principals {
	if p == nil {
		return nil
	}
	return &Principals{p.Any, p.AWS.clone(), p.Service.clone(), p.Federated.clone(), p.CanonicalUser.clone()}
}

// Statement is the first statement with that Sid and its index; -1 where there is none.
func (d Document) Statement(sid string) (Statement, int) {
	for i, s := range d.Statements {
		if s.Sid == sid {
			return s, i
		}
	}
	return Statement{}, -1
}

// allows tells whether the statement is an Allow.
func (s Statement) allows() bool { return s.Effect == Allow }
