package policy

import (
	"strings"
	"testing"
)

func TestDiff(t *testing.T) {
	before := parse(t, `{"Version":"2012-10-17","Statement":[
		{"Sid":"Keep","Effect":"Allow","Action":["b","a"],"Resource":"*"},
		{"Sid":"Gone","Effect":"Allow","Action":"x","Resource":"*"},
		{"Sid":"Edit","Effect":"Allow","Action":"y","Resource":"r1"},
		{"Effect":"Allow","Action":["s3:ListBucket","s3:GetObject","ec2:Describe*"],"Resource":"*"},
		{"Sid":"Renamed","Effect":"Deny","Action":"z","Resource":"*"}]}`)
	after := parse(t, `{"Version":"2012-10-17","Statement":[
		{"Sid":"New","Effect":"Allow","Action":"n","Resource":"*"},
		{"Sid":"Keep","Effect":"Allow","Action":["a","b"],"Resource":["*"]},
		{"Sid":"Edit","Effect":"Allow","Action":"y","Resource":"r2"},
		{"Sid":"Scoped","Effect":"Allow","Action":["s3:ListBucket","s3:GetObject","ec2:Describe*"],"Resource":"b"},
		{"Sid":"Other","Effect":"Deny","Action":"z","Resource":"*"}]}`)
	var got []string
	for _, c := range Diff(before, after) {
		name := func(s *Statement) string {
			if s == nil {
				return "-"
			}
			return s.Sid
		}
		got = append(got, string(c.Kind)+" "+name(c.Before)+">"+name(c.After))
		if c.Before != nil && before.Statements[c.BeforeIndex].Sid != c.Before.Sid || c.After != nil && after.Statements[c.AfterIndex].Sid != c.After.Sid {
			t.Errorf("wrong index in %+v", c)
		}
	}
	want := "added ->New, same Keep>Keep, removed Gone>-, changed Edit>Edit, changed >Scoped, changed Renamed>Other"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

func TestDiffText(t *testing.T) {
	before := `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"a","Resource":"r"},{"Sid":"B","Effect":"Allow","Action":"b","Resource":"r"},{"Sid":"C","Effect":"Allow","Action":"c","Resource":"r1"}]}`
	after := `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":["A"],"Resource":"r"},{"Sid":"B","Effect":"Allow","Action":"b","Resource":"r"},{"Sid":"C","Effect":"Allow","Action":"c","Resource":"r2"}]}`
	want := `  … 2 statements unchanged
    {
      "Sid": "C",
      "Effect": "Allow",
      "Action": "c",
-     "Resource": "r1"
+     "Resource": "r2"
    }
`
	if got := DiffText(before, after); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := DiffText(after, after); got != "" {
		t.Errorf("no difference shows as\n%s", got)
	}
	if got := DiffText("", one(`"Effect":"Allow","Action":"a"`)); got != "+ Version: 2012-10-17\n+   {\n+     \"Effect\": \"Allow\",\n+     \"Action\": \"a\"\n+   }\n" {
		t.Errorf("a new document shows as\n%s", got)
	}
	if got := DiffText(one(`"Effect":"Allow","Action":"a"`), ""); !strings.HasPrefix(got, "- Version: 2012-10-17\n-   {\n") {
		t.Errorf("a removed document shows as\n%s", got)
	}
	if got := DiffText(`{"Statement":[]}`, `{"Version":"2012-10-17","Statement":[]}`); got != "+ Version: 2012-10-17\n" {
		t.Errorf("another version shows as %q", got)
	}
	if got := DiffText("no json\nx", "no json\ny"); got != "  no json\n- x\n+ y\n" {
		t.Errorf("foreign text shows as %q", got)
	}
}
