package policy

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
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
// and verdict, and evaluates each. The error names every case that cannot be understood and all that is wrong with it; what is no JSON ends the list.
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
	var faults []error
	for n := 1; dec.More(); n++ {
		var c accessCase
		err := dec.Decode(&c)
		var mistyped *json.UnmarshalTypeError
		if err != nil && !errors.As(err, &mistyped) {
			return nil, errors.Join(append(faults, fmt.Errorf("cases: case %d: %w", n, err))...)
		}
		var result CaseResult
		if err == nil {
			result, err = c.evaluate()
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("cases: case %s: %w", cmp.Or(c.Name, strconv.Itoa(n)), err))
			continue
		}
		out = append(out, result)
	}
	if _, err := dec.Token(); err != nil {
		faults = append(faults, fmt.Errorf("cases: after %d cases: %w", len(out), err))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
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
	var faults []error
	fault := func(err error) {
		if err != nil {
			faults = append(faults, err)
		}
	}
	switch c.Verdict {
	case "", Allowed, ExplicitlyDenied, ImplicitlyDenied:
	default:
		fault(fmt.Errorf("verdict %q is none of %s, %s, %s", c.Verdict, Allowed, ExplicitlyDenied, ImplicitlyDenied))
	}
	q := c.Request
	if q.Action == "" || q.Resource == "" {
		fault(errors.New("request needs an action and a resource"))
	}
	r := Request{Principal: q.Principal, Action: q.Action, Resource: q.Resource, ResourceAccount: q.ResourceAccount, Context: map[string][]string{}}
	for _, key := range slices.Sorted(maps.Keys(q.Context)) {
		values, err := contextValues(q.Context[key])
		if err != nil {
			fault(fmt.Errorf("request.context[%q]: %w", key, err))
		}
		r.Context[key] = values
	}
	var p Policies
	var err error
	p.Identity, err = documents(c.IdentityPolicies, "identityPolicies")
	fault(err)
	p.Resource, err = optional(c.ResourcePolicy, "resourcePolicy")
	fault(err)
	p.Boundary, err = optional(c.PermissionBoundary, "permissionBoundary")
	fault(err)
	p.SCPs, err = levels(c.ServiceControlPolicies)
	fault(err)
	if len(faults) > 0 {
		return CaseResult{}, errors.Join(faults...)
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
	var faults []error
	for i, raw := range raws {
		d, err := Parse(string(raw))
		if err != nil {
			faults = append(faults, fmt.Errorf("%s[%d]: %w", name, i, err))
		}
		out = append(out, d)
	}
	return out, errors.Join(faults...)
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
	var faults []error
	add := func(raws []json.RawMessage, name string) {
		docs, err := documents(raws, name)
		if err != nil {
			faults = append(faults, err)
		}
		out = append(out, docs)
	}
	for i, raw := range raws {
		if len(raw) == 0 || raw[0] != '[' {
			one = append(one, raw)
			continue
		}
		var level []json.RawMessage
		if err := json.Unmarshal(raw, &level); err != nil {
			faults = append(faults, err)
			continue
		}
		add(level, fmt.Sprintf("serviceControlPolicies[%d]", i))
	}
	if len(one) > 0 {
		add(one, "serviceControlPolicies")
	}
	return out, errors.Join(faults...)
}
