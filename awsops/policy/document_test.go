package policy

import (
	"slices"
	"strings"
	"testing"
)

func TestParseKeepsEverything(t *testing.T) {
	const text = `{"Statement":[{"Resource":["b","a"],"Condition":{"Bool":{"aws:SecureTransport":false},"NumericLessThan":{"s3:max-keys":[10,"20"]},"StringEquals":{"k<&>":"ü"}},
		"Action":"s3:*","Effect":"Deny","NotPrincipal":{"Service":"s","AWS":["arn:aws:iam::111122223333:root","*"],"Federated":"f","CanonicalUser":["c"]},"Sid":"One"},
		{"Effect":"Allow","Principal":"*","NotAction":["x:y"],"NotResource":"z"},
		{"Effect":"Allow","Principal":{"AWS":[]},"Action":[],"Resource":"r"}],"Id":"me","Version":"2008-10-17"}`
	const want = `{"Version":"2008-10-17","Id":"me","Statement":[` +
		`{"Sid":"One","Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::111122223333:root","*"],"Service":"s","Federated":"f","CanonicalUser":["c"]},"Action":"s3:*","Resource":["b","a"],` +
		`"Condition":{"Bool":{"aws:SecureTransport":"false"},"NumericLessThan":{"s3:max-keys":["10","20"]},"StringEquals":{"k<&>":"ü"}}},` +
		`{"Effect":"Allow","Principal":"*","NotAction":["x:y"],"NotResource":"z"},` +
		`{"Effect":"Allow","Principal":{"AWS":[]},"Action":[],"Resource":"r"}]}`
	d := parse(t, text)
	if got := d.String(); got != want {
		t.Errorf("written as\n%s\ninstead of\n%s", got, want)
	}
	if again := parse(t, d.Pretty()); again.String() != want || !again.Equal(d) {
		t.Errorf("not stable: %s", again)
	}
	if !strings.Contains(d.Pretty(), "\n  \"Statement\": [\n    {\n      \"Sid\": \"One\",") {
		t.Errorf("pretty:\n%s", d.Pretty())
	}
	single := parse(t, `{"Statement":{"Effect":"Allow","Action":"a"}}`)
	if len(single.Statements) != 1 || single.String() != `{"Statement":[{"Effect":"Allow","Action":"a"}]}` {
		t.Errorf("a single statement: %s", single)
	}
}

func TestParseTellsFaultsAndPlaces(t *testing.T) {
	for text, want := range map[string][]string{
		"":                    {"the text is empty"},
		" \n":                 {"the text is empty"},
		"[]":                  {"must be an object, is a list"},
		"{":                   {"ends too early"},
		"{} {}":               {"more text after the end"},
		"{\n \"a\": 1,\n x}":  {"line 3"},
		"{\"Version\":\"\xff": {"UTF-8"},
		`{}`:                  {"element Statement is missing"},
		`{"Version":"2012-10-18","Statement":"x","Extra":1}`:                                             {`Version (line 1, column 23): must be "2012-10-17"`, "Statement", "is a string", "Extra", "unknown element"},
		`{"Statement":[{"Effect":"Allow","Action":"a","Effect":"Deny"}]}`:                                {`Statement[0]: the key "Effect" stands twice, the second time at line 1, column 53`},
		`{"Statement":[{"Effect":"allow","Action":1}, 7]}`:                                               {"Statement[0].Effect", "must be Allow or Deny", "Statement[0].Action", "is a number", "Statement[1]"},
		`{"Statement":{"Sid":true,"Foo":1}}`:                                                             {"Statement.Sid", "must be a string, is true or false", "Statement.Foo", "Effect is missing", "Action (or NotAction) is missing"},
		`{"Statement":{"Effect":"Deny","Action":"a","NotAction":"b","Resource":[1],"NotResource":null}}`: {"both Action and NotAction", "both Resource and NotResource", "Statement.Resource[0]", "is null"},
		`{"Statement":{"Effect":"Deny","Action":"a","Principal":"me","NotPrincipal":{}}}`:                {`must be "*"`, "names nobody", "both Principal"},
		`{"Statement":{"Effect":"Deny","Action":"a","Principal":{"aws":"x"},"Condition":{"Bool":"x"}}}`:  {"Statement.Principal.aws", "unknown kind of principal", "Statement.Condition.Bool", "object of condition keys"},
		`{"Statement":{"Effect":"Deny","Action":"a","Condition":{"Bool":{"k":[{}]}}}}`:                   {"Statement.Condition.Bool.k[0]", "is an object"},
		`{"Statement":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`:                      {"nested deeper"},
	} {
		_, err := Parse(text)
		if err == nil {
			t.Errorf("%q is taken", text)
			continue
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q: error does not tell %q:\n%v", text, w, err)
			}
		}
	}
}

func TestEqual(t *testing.T) {
	base := one(`"Sid":"A","Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::444455556666:role/r"]},"Action":["s3:GetObject","s3:ListBucket"],"Resource":"r","Condition":{"StringEquals":{"aws:SourceAccount":["1","2"]}}`)
	for body, want := range map[string]bool{
		`"Sid":"B","Resource":["r"],"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::444455556666:role/r","arn:aws:iam::111122223333:root"]},"Action":["S3:listbucket","s3:GetObject","s3:GetObject"],"Condition":{"stringequals":{"AWS:SourceAccount":["2","1"]}}`: true,
		`"Effect":"Deny","Principal":{"AWS":["111122223333","arn:aws:iam::444455556666:role/r"]},"Action":["s3:GetObject","s3:ListBucket"],"Resource":"r","Condition":{"StringEquals":{"aws:SourceAccount":["1","2"]}}`:                                               false,
		`"Effect":"Allow","NotPrincipal":{"AWS":["111122223333","arn:aws:iam::444455556666:role/r"]},"Action":["s3:GetObject","s3:ListBucket"],"Resource":"r","Condition":{"StringEquals":{"aws:SourceAccount":["1","2"]}}`:                                           false,
		`"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::444455556666:role/R"]},"Action":["s3:GetObject","s3:ListBucket"],"Resource":"r","Condition":{"StringEquals":{"aws:SourceAccount":["1","2"]}}`:                                              false,
		`"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::444455556666:role/r"]},"Action":["s3:GetObject","s3:ListBucket"],"Resource":"R","Condition":{"StringEquals":{"aws:SourceAccount":["1","2"]}}`:                                              false,
		`"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::444455556666:role/r"]},"Action":["s3:GetObject","s3:ListBucket"],"Resource":"r","Condition":{"StringEquals":{"aws:SourceAccount":["1"]}}`:                                                  false,
		`"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::444455556666:role/r"]},"Action":["s3:GetObject","s3:ListBucket"],"Resource":"r"`:                                                                                                           false,
	} {
		a, b := parse(t, base), parse(t, one(body))
		if a.Equal(b) != want || b.Equal(a) != want {
			t.Errorf("equal to %s: %v", body, a.Equal(b))
		}
	}
	all, star := parse(t, one(`"Effect":"Allow","Principal":"*","Action":"a"`)), parse(t, one(`"Effect":"Allow","Principal":{"AWS":"*"},"Action":"a"`))
	if !all.Equal(star) {
		t.Error(`"*" and {"AWS":"*"} differ`)
	}
	old := star.Clone()
	old.Version = ""
	if old.Equal(star) {
		t.Error("a document without a version equals one of 2012-10-17")
	}
	star.Version = Version2008
	if !old.Equal(star) {
		t.Error("a document without a version is not one of 2008-10-17")
	}
	two := parse(t, `{"Statement":[{"Effect":"Allow","Action":"a"},{"Effect":"Allow","Action":"b"}]}`)
	turned := two.Clone()
	slices.Reverse(turned.Statements)
	if !two.Equal(turned) || two.Equal(turned.Without()) != true {
		t.Error("the order of statements counts")
	}
	turned.Statements[0].Action.values[0] = "c"
	if two.Statements[1].Action.values[0] != "b" {
		t.Error("a clone shares its lists")
	}
}

func TestStrings(t *testing.T) {
	if s := One("a").Add("a"); s.Len() != 1 || !s.single {
		t.Errorf("adding what is there changed the form: %+v", s)
	}
	if s := One("a").Add("b", "b"); !slices.Equal(s.Values(), []string{"a", "b"}) || s.single {
		t.Errorf("%+v", s)
	}
	if s := List("a", "b", "c").Without("b", "x"); !slices.Equal(s.Values(), []string{"a", "c"}) {
		t.Errorf("%+v", s)
	}
	if s := One("a").Without("a"); !s.IsSet() || s.Len() != 0 {
		t.Errorf("%+v", s)
	}
	if (Strings{}).IsSet() || !List().IsSet() || One("x").Values()[0] != "x" || !List("x").Has("x") {
		t.Error("IsSet, Values or Has")
	}
}
