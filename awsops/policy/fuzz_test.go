package policy

import (
	"compress/gzip"
	"encoding/json"
	"math/rand/v2"
	"os"
	"testing"
)

func FuzzParse(f *testing.F) {
	f.Add(any1)
	f.Add(`{"Id":"x","Version":"2008-10-17","Statement":[{"Sid":"A","Effect":"Deny","NotPrincipal":{"AWS":["*"]},"NotAction":[],"NotResource":"é","Condition":{"Bool":{"a":true},"NumericEquals":{"b":[1,2.50,"x"]}}}]}`)
	f.Add(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"\u2028<>&","Resource":"${aws:username}"}}`)
	f.Add(`{"Statement":[{"Effect":"Allow","Effect":"Deny"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse(text)
		if err != nil {
			return
		}
		out := d.String()
		again, err := Parse(out)
		if err != nil {
			t.Fatalf("%q is written as %q: %v", text, out, err)
		}
		if again.String() != out || !again.Equal(d) || len(again.Statements) != len(d.Statements) {
			t.Fatalf("%q becomes %q", out, again)
		}
		if pretty, err := Parse(d.Pretty()); err != nil || pretty.String() != out {
			t.Fatalf("pretty form of %q: %v", out, err)
		}
		if Size(ManagedPolicy, d.Pretty()) != Size(ManagedPolicy, out) {
			t.Fatalf("white space counts in %q", out)
		}
		if DiffText(out, text) != "" {
			t.Fatalf("%q differs from what it was read from: %s", out, DiffText(out, text))
		}
		Public(d)
		TrustAdmits(d, accountA, "", "x")
		if got, _, err := ScopeS3Read(d, nil, grantOn("b")); err == nil {
			if twice, _, _ := ScopeS3Read(got, nil, grantOn("b")); twice.String() != got.String() {
				t.Fatalf("scoping %q twice", out)
			}
		}
	})
}

// corpus reads the requests and documents of the recorded cases.
func corpus(tb testing.TB) []accessCase {
	tb.Helper()
	f, err := os.Open("testdata/cases.json.gz")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	zip, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	var cases []accessCase
	if err := json.NewDecoder(zip).Decode(&cases); err != nil {
		tb.Fatal(err)
	}
	return cases
}

// FuzzEvaluate mixes requests and documents of the recorded cases: a Deny added anywhere never allows more, an Allow added never allows less.
func FuzzEvaluate(f *testing.F) {
	cases := corpus(f)
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		pick := func() accessCase { return cases[rnd.IntN(len(cases))] }
		asked := pick()
		r := Request{Principal: asked.Request.Principal, Action: asked.Request.Action, Resource: asked.Request.Resource, ResourceAccount: asked.Request.ResourceAccount, Context: map[string][]string{}}
		for k, raw := range asked.Request.Context {
			r.Context[k], _ = contextValues(raw)
		}
		p := Policies{}
		for range rnd.IntN(3) {
			docs, _ := documents(pick().IdentityPolicies, "")
			p.Identity = append(p.Identity, docs...)
		}
		p.Resource, _ = optional(pick().ResourcePolicy, "")
		p.Boundary, _ = optional(pick().PermissionBoundary, "")
		p.SCPs, _ = levels(pick().ServiceControlPolicies)
		var extra *Document // a resource policy, whose statements fit everywhere
		for extra == nil {
			extra, _ = optional(pick().ResourcePolicy, "")
		}
		s := extra.Statements[rnd.IntN(len(extra.Statements))].Clone()
		if !s.Resource.IsSet() && !s.NotResource.IsSet() {
			s.Resource = One("*")
		}
		before := Evaluate(r, p)
		// The resource policy is taken only where there is one: the first statement of a key or trust policy replaces the rule for none at all.
		where := rnd.IntN(4)
		add := func(d Document) Document { return Document{Version2012, "", append(d.Clone().Statements, s)} }
		switch {
		case where == 0 && len(p.Identity) > 0:
			p.Identity[0] = add(p.Identity[0])
		case where == 1 && p.Boundary != nil:
			d := add(*p.Boundary)
			p.Boundary = &d
		case where == 2 && len(p.SCPs) > 0:
			p.SCPs[0][0] = add(p.SCPs[0][0])
		case p.Resource != nil:
			d := add(*p.Resource)
			p.Resource = &d
		default:
			return
		}
		after := Evaluate(r, p)
		rank := map[Verdict]int{ExplicitlyDenied: 0, ImplicitlyDenied: 1, Allowed: 2}
		if s.Effect == Deny && rank[after.Verdict] > rank[before.Verdict] || s.Effect == Allow && rank[after.Verdict] < rank[before.Verdict] {
			t.Errorf("%s made %s of %s; request %+v", s, after.Verdict, before.Verdict, r)
		}
		if (after.Missing != "") != (after.Verdict == ImplicitlyDenied) {
			t.Errorf("%s with missing %q", after.Verdict, after.Missing)
		}
	})
}
