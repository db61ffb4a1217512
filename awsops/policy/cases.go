package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// CaseResult is one access decision of a file of cases.
type CaseResult struct {
	Name     string
	Verdict  Verdict // what Evaluate says
	Want     Verdict // what the file says; "" where it says nothing
	Decision Decision
}

// Agrees tells whether the file says nothing else.
func (c CaseResult) Agrees() bool { return c.Want == "" || c.Want == c.Verdict }

// CheckCases reads access decisions, a JSON list of objects with name, request {principal, action, resource, resourceAccount, context},
// identityPolicies, resourcePolicy, permissionBoundary, serviceControlPolicies (documents of one level, or lists of documents, one a level)
// and verdict, and evaluates each. An error names the case and what is wrong with it.
func CheckCases(r io.Reader) ([]CaseResult, error) {
	dec := json.NewDecoder(r)
	tok, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("cases: %w", err)
	}
	if tok != json.Delim('[') {
		return nil, errors.New("cases: the file must be a JSON list of cases")
	}
	out := []CaseResult{}
	for dec.More() {
		var c accessCase
		if err := dec.Decode(&c); err != nil {
			return nil, fmt.Errorf("cases: case %d: %w", len(out)+1, err)
		}
		result, err := c.evaluate()
		if err != nil {
			name := c.Name
			if name == "" {
				name = strconv.Itoa(len(out) + 1)
			}
			return nil, fmt.Errorf("cases: case %s: %w", name, err)
		}
		out = append(out, result)
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("cases: after %d cases: %w", len(out), err)
	}
	return out, nil
}

type accessCase struct {
	Name    string `json:"name"`
	Request struct {
		Principal       string                     `json:"principal"`
		Action          string                     `json:"action"`
		Resource        string                     `json:"resource"`
		ResourceAccount string                     `json:"resourceAccount"`
		Context         map[string]json.RawMessage `json:"context"`
	} `json:"request"`
	IdentityPolicies       []json.RawMessage `json:"identityPolicies"`
	ResourcePolicy         json.RawMessage   `json:"resourcePolicy"`
	PermissionBoundary     json.RawMessage   `json:"permissionBoundary"`
	ServiceControlPolicies []json.RawMessage `json:"serviceControlPolicies"`
	Verdict                Verdict           `json:"verdict"`
}

func (c accessCase) evaluate() (CaseResult, error) {
	none := CaseResult{}
	switch c.Verdict {
	case "", Allowed, ExplicitlyDenied, ImplicitlyDenied:
	default:
		return none, fmt.Errorf("verdict %q is none of %s, %s, %s", c.Verdict, Allowed, ExplicitlyDenied, ImplicitlyDenied)
	}
	q := c.Request
	if q.Action == "" || q.Resource == "" {
		return none, errors.New("request needs an action and a resource")
	}
	r := Request{Principal: q.Principal, Action: q.Action, Resource: q.Resource, ResourceAccount: q.ResourceAccount, Context: map[string][]string{}}
	for key, raw := range q.Context {
		values, err := contextValues(raw)
		if err != nil {
			return none, fmt.Errorf("request.context[%q]: %w", key, err)
		}
		r.Context[key] = values
	}
	p := Policies{}
	var err error
	if p.Identity, err = documents(c.IdentityPolicies, "identityPolicies"); err != nil {
		return none, err
	}
	if p.Resource, err = optional(c.ResourcePolicy, "resourcePolicy"); err != nil {
		return none, err
	}
	if p.Boundary, err = optional(c.PermissionBoundary, "permissionBoundary"); err != nil {
		return none, err
	}
	if p.SCPs, err = levels(c.ServiceControlPolicies); err != nil {
		return none, err
	}
	d := Evaluate(r, p)
	return CaseResult{Name: c.Name, Verdict: d.Verdict, Want: c.Verdict, Decision: d}, nil
}

// contextValues takes a string, number or boolean, or a list of them.
func contextValues(raw json.RawMessage) ([]string, error) {
	n, err := readTree(string(raw))
	if err != nil {
		return nil, err
	}
	p := &parser{text: string(raw)}
	values := p.strings(n, "value", true)
	return values.Values(), errors.Join(p.faults...)
}

func documents(raws []json.RawMessage, name string) ([]Document, error) {
	var out []Document
	for i, raw := range raws {
		d, err := Parse(string(raw))
		if err != nil {
			return nil, fmt.Errorf("%s[%d]: %w", name, i, err)
		}
		out = append(out, d)
	}
	return out, nil
}

func optional(raw json.RawMessage, name string) (*Document, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	d, err := Parse(string(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &d, nil
}

func levels(raws []json.RawMessage) ([][]Document, error) {
	var one []json.RawMessage
	var out [][]Document
	for i, raw := range raws {
		if len(raw) > 0 && raw[0] == '[' {
			var level []json.RawMessage
			if err := json.Unmarshal(raw, &level); err != nil {
				return nil, err
			}
			docs, err := documents(level, fmt.Sprintf("serviceControlPolicies[%d]", i))
			if err != nil {
				return nil, err
			}
			out = append(out, docs)
			continue
		}
		one = append(one, raw)
	}
	if len(one) > 0 {
		docs, err := documents(one, "serviceControlPolicies")
		if err != nil {
			return nil, err
		}
		out = append(out, docs)
	}
	return out, nil
}
