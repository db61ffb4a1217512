package policy

import (
	"compress/gzip"
	"os"
	"strings"
	"testing"
)

// TestCasesOfIndependentSimulator holds the evaluator against 400 decisions of @cloud-copilot/iam-simulate 0.1.173.
func TestCasesOfIndependentSimulator(t *testing.T) {
	f, err := os.Open("testdata/cases.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	results, err := CheckCases(zip)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 400 {
		t.Fatalf("read %d cases instead of 400", len(results))
	}
	for _, c := range results {
		if c.Want == "" || !c.Agrees() {
			t.Errorf("%s: %s instead of %s; why %v, missing %q", c.Name, c.Verdict, c.Want, c.Decision.Why, c.Decision.Missing)
		}
		if c.Verdict == ImplicitlyDenied && c.Decision.Missing == "" || c.Verdict == ExplicitlyDenied && len(c.Decision.Why) == 0 {
			t.Errorf("%s: %s without a reason", c.Name, c.Verdict)
		}
	}
}

func TestCheckCases(t *testing.T) {
	const one = `{"name":"n","request":{"principal":"arn:aws:iam::111122223333:user/u","action":"s3:GetObject","resource":"arn:aws:s3:::b/k",
		"resourceAccount":"111122223333","context":{"aws:SecureTransport":true,"aws:TagKeys":["a","b"]}},
		"identityPolicies":[{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"},
		"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}}}]%s}`
	for name, c := range map[string]struct {
		text, verdict, want, fault string
	}{
		"no verdict":         {text: strings.Replace("["+one+"]", "%s", "", 1), verdict: "Allowed"},
		"another verdict":    {text: strings.Replace("["+one+"]", "%s", `,"verdict":"ExplicitlyDenied"`, 1), verdict: "Allowed", want: "ExplicitlyDenied"},
		"two levels of SCPs": {text: strings.Replace("["+one+"]", "%s", `,"serviceControlPolicies":[[{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}],[{"Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"}}]]`, 1), verdict: "ImplicitlyDenied"},
		"not a list":         {text: "{}", fault: "must be a JSON list"},
		"cut off":            {text: strings.Replace("["+one, "%s", "", 1), fault: "after 1 cases"},
		"wrong verdict":      {text: strings.Replace("["+one+"]", "%s", `,"verdict":"Maybe"`, 1), fault: `case n: verdict "Maybe"`},
		"broken document":    {text: strings.Replace("["+one+"]", "%s", `,"resourcePolicy":{"Statement":{"Effect":"Allow"}}`, 1), fault: "case n: resourcePolicy: policy document"},
		"no action":          {text: `[{"name":"x","request":{}}]`, fault: "case x: request needs an action"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := CheckCases(strings.NewReader(c.text))
			if c.fault != "" {
				if err == nil || !strings.Contains(err.Error(), c.fault) {
					t.Fatalf("error %v does not tell %q", err, c.fault)
				}
				return
			}
			if err != nil || len(got) != 1 || string(got[0].Verdict) != c.verdict || string(got[0].Want) != c.want {
				t.Fatalf("got %+v, %v", got, err)
			}
			if got[0].Agrees() != (c.want == "" || c.want == c.verdict) {
				t.Errorf("Agrees is %v", got[0].Agrees())
			}
		})
	}
}

// All that is wrong with a file of cases is told at once.
func TestCheckCasesTellsAllFaults(t *testing.T) {
	_, err := CheckCases(strings.NewReader(`[
		{"name":"first","request":{"action":"s3:GetObject"},"verdict":"maybe","identityPolicies":[{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps","Action":"*","Resource":"*"}]},{"Statement":1}]},
		{"name":"second","request":7},
		{"request":{"principal":"x","action":"s3:GetObject","resource":"*","context":{"a":{}}},"serviceControlPolicies":[[{"Version":"1"}]]}]`))
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, want := range []string{"case first", `verdict "maybe"`, "needs an action and a resource", "identityPolicies[0]", "identityPolicies[1]", "case second", "case 3", `context["a"]`, "serviceControlPolicies[0]"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told: %v", want, err)
		}
	}
}
