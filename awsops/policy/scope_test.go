package policy

import (
	"strings"
	"testing"
)

func grantOn(bucket string) DirectGrant {
	return DirectGrant{Sid: "ColorTokensS3SpecificReadAccess", KeySid: "ColorTokensFlowLogKMSDecrypt", BucketARN: "arn:aws:s3:::" + bucket}
}

const specific = `{"Sid":"ColorTokensS3SpecificReadAccess","Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}`

func TestScopeS3Read(t *testing.T) {
	const scoped = `"Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation","s3:GetObject"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}`
	for name, c := range map[string]struct {
		before, want string
		notes        string
	}{
		"split": {
			before: `{"Sid":"Ec2","Effect":"Allow","Action":"ec2:Describe*","Resource":"*"},{"Sid":"S3","Effect":"Allow","Action":["s3:ListAllMyBuckets","s3:ListBucket","s3:GetBucketTagging","s3:GetObject"],"Resource":"*"},{"Sid":"Iam","Effect":"Allow","Action":"iam:List*","Resource":"*"}`,
			want:   `{"Sid":"Ec2","Effect":"Allow","Action":"ec2:Describe*","Resource":"*"},{"Sid":"S3","Effect":"Allow","Action":["s3:ListBucket","s3:GetObject","s3:GetBucketLocation"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]},{"Sid":"S3Other","Effect":"Allow","Action":["s3:ListAllMyBuckets","s3:GetBucketTagging"],"Resource":"*"},{"Sid":"Iam","Effect":"Allow","Action":"iam:List*","Resource":"*"},` + specific,
		},
		"nothing else in it": {
			before: `{"Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation","s3:GetObject"],"Resource":["*"]}`,
			want:   `{` + scoped + `,` + specific,
		},
		"no Sid, condition kept": {
			before: `{"Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketAcl"],"Resource":"arn:aws:s3:::*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`,
			want: `{"Sid":"FlowLogBucketScoped",` + strings.TrimSuffix(scoped, "}") + `,"Condition":{"Bool":{"aws:SecureTransport":"true"}}},` +
				`{"Effect":"Allow","Action":["s3:GetBucketAcl"],"Resource":"arn:aws:s3:::*","Condition":{"Bool":{"aws:SecureTransport":"true"}}},` + specific,
		},
		"wildcards stay and are told": {
			before: `{"Sid":"S3","Effect":"Allow","Action":["s3:ListBucket","s3:Get*"],"Resource":"*"}`,
			want:   `{"Sid":"S3",` + scoped + `,{"Sid":"S3Other","Effect":"Allow","Action":["s3:Get*"],"Resource":"*"},` + specific,
			notes:  "statement S3Other of this policy still allows s3:GetBucketLocation, s3:GetObject beyond the bucket",
		},
		"only wildcards": {
			before: `{"Sid":"S3","Effect":"Allow","Action":"s3:*","Resource":"*"}`,
			want:   `{"Sid":"FlowLogBucketScoped",` + scoped + `,{"Sid":"S3","Effect":"Allow","Action":"s3:*","Resource":"*"},` + specific,
			notes:  "statement S3 of this policy still allows s3:ListBucket, s3:GetBucketLocation, s3:GetObject",
		},
		"another bucket beside": {
			before: `{"Sid":"S3","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation","s3:GetObject"],"Resource":["arn:aws:s3:::a","arn:aws:s3:::a/*"]},{"Sid":"ColorTokensS3SpecificReadAccess","Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::a","arn:aws:s3:::a/*"]}`,
			want:   `{"Sid":"S3","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation","s3:GetObject"],"Resource":["arn:aws:s3:::a","arn:aws:s3:::a/*","arn:aws:s3:::b","arn:aws:s3:::b/*"]},{"Sid":"ColorTokensS3SpecificReadAccess","Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::a","arn:aws:s3:::a/*","arn:aws:s3:::b","arn:aws:s3:::b/*"]}`,
		},
		"other actions do not come to our bucket, nor our get to theirs": {
			before: `{"Sid":"S3","Effect":"Allow","Action":["s3:ListBucket","s3:PutObject"],"Resource":["arn:aws:s3:::a","arn:aws:s3:::a/*"]}`,
			want:   `{"Sid":"S3","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation"],"Resource":["arn:aws:s3:::a","arn:aws:s3:::a/*","arn:aws:s3:::b","arn:aws:s3:::b/*"]},{"Sid":"S3Other","Effect":"Allow","Action":["s3:PutObject"],"Resource":["arn:aws:s3:::a","arn:aws:s3:::a/*"]},` + specific,
		},
		"done by hand as the text says": {
			before: `{"Sid":"S3","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation","s3:GetObject","s3:GetBucketAcl"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]},` + specific,
			want:   `{"Sid":"S3","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation","s3:GetObject","s3:GetBucketAcl"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]},` + specific,
		},
		"two S3 statements": {
			before: `{"Sid":"One","Effect":"Allow","Action":["s3:ListBucket"],"Resource":"*"},{"Sid":"Two","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketAcl"],"Resource":"*"}`,
			want:   `{"Sid":"One","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation","s3:GetObject"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]},{"Sid":"Two","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation","s3:GetObject"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]},{"Sid":"TwoOther","Effect":"Allow","Action":["s3:GetBucketAcl"],"Resource":"*"},` + specific,
		},
		"no S3 statement": {
			before: `{"Sid":"Ec2","Effect":"Allow","Action":"ec2:*","Resource":"*"}`,
			want:   `{"Sid":"Ec2","Effect":"Allow","Action":"ec2:*","Resource":"*"},{"Sid":"FlowLogBucketScoped",` + scoped + `,` + specific,
		},
		"Sid taken": {
			before: `{"Sid":"S3Other","Effect":"Allow","Action":"ec2:*","Resource":"*"},{"Sid":"S3","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketAcl"],"Resource":"*"}`,
			want:   `{"Sid":"S3Other","Effect":"Allow","Action":"ec2:*","Resource":"*"},{"Sid":"S3",` + scoped + `,{"Sid":"S3Other2","Effect":"Allow","Action":["s3:GetBucketAcl"],"Resource":"*"},` + specific,
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := parse(t, `{"Version":"2012-10-17","Statement":[`+c.before+`]}`)
			text := before.String()
			got, notes, err := ScopeS3Read(before, nil, grantOn("b"))
			if err != nil {
				t.Fatal(err)
			}
			want := parse(t, `{"Version":"2012-10-17","Statement":[`+c.want+`]}`)
			if len(got.Statements) != len(want.Statements) {
				t.Fatalf("got\n%s\nwant\n%s", got, want)
			}
			for i := range want.Statements {
				if g, w := got.Statements[i], want.Statements[i]; g.Sid != w.Sid || !g.Equal(w) {
					t.Errorf("statement %d\ngot  %s\nwant %s", i, g, w)
				}
			}
			if joined := strings.Join(notes, "; "); !strings.Contains(joined, c.notes) || c.notes == "" && joined != "" {
				t.Errorf("notes: %s", joined)
			}
			if before.String() != text {
				t.Error("the original was changed")
			}
			if again, _, _ := ScopeS3Read(got, nil, grantOn("b")); again.String() != got.String() {
				t.Errorf("a second application changes\n%s\ninto\n%s", got, again)
			}
			for _, s := range got.Statements {
				if other, _ := got.Statement(s.Sid); s.Sid != "" && other.String() != s.String() {
					t.Errorf("the Sid %s stands twice", s.Sid)
				}
			}
			r := Request{Principal: roleA, ResourceAccount: accountA}
			for action, resource := range map[string]string{"s3:ListBucket": "arn:aws:s3:::b", "s3:GetBucketLocation": "arn:aws:s3:::b", "s3:GetObject": "arn:aws:s3:::b/AWSLogs/x"} {
				r.Action, r.Resource = action, resource
				r.Context = map[string][]string{"aws:SecureTransport": {"true"}}
				if d := Evaluate(r, Policies{Identity: []Document{got}}); d.Verdict != Allowed {
					t.Errorf("%s: %s", action, d.Missing)
				}
			}
			// What is taken out again leaves nothing on the bucket but what others gave.
			if c.notes == "" && !strings.Contains(c.before, ":::b") {
				back := UnscopeS3Read(got, grantOn("b"))
				if strings.Contains(back.String(), "arn:aws:s3:::b") || !strings.Contains(c.before, "arn:aws:s3:::a/*") && strings.Contains(back.String(), "SpecificReadAccess") {
					t.Errorf("taken out: %s", back)
				}
			}
		})
	}
}

func TestScopeS3ReadWithKeyPrefixAndOthers(t *testing.T) {
	g := grantOn("b")
	g.KeyARN, g.Prefix = keyA, "team"
	other := parse(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}]}`)
	d, notes, err := ScopeS3Read(Document{}, []Document{New(), other}, g)
	if err != nil {
		t.Fatal(err)
	}
	same(t, d, `{"Version":"2012-10-17","Statement":[
		{"Sid":"FlowLogBucketScoped","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation","s3:GetObject"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/team/*"]},
		{"Sid":"ColorTokensS3SpecificReadAccess","Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/team/*"]},
		{"Sid":"ColorTokensFlowLogKMSDecrypt","Effect":"Allow","Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"`+keyA+`"}]}`)
	if len(notes) != 1 || !strings.Contains(notes[0], "statement 1 of another policy of the role (2)") {
		t.Errorf("notes: %q", notes)
	}
	// Another prefix of the same bucket keeps the bucket's own entry when the first goes.
	h := g
	h.Prefix = "other"
	both, _, _ := ScopeS3Read(d, nil, h)
	left := UnscopeS3Read(both, h)
	if left.String() != d.String() {
		t.Errorf("left: %s", left)
	}
	if none := UnscopeS3Read(d, g); len(none.Statements) != 0 {
		t.Errorf("left: %s", none)
	}
	for _, arn := range []string{"", "b", "arn:aws:s3:::b/team", "arn:aws:s3:::*", "arn:aws:sqs:::b"} {
		g.BucketARN = arn
		if _, _, err := ScopeS3Read(d, nil, g); err == nil {
			t.Errorf("%q is taken for a bucket", arn)
		}
	}
}
