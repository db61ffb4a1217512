package policy

import (
	"fmt"
	"strings"
	"testing"
)

func TestBeyond(t *testing.T) {
	granted := Granted{Objects: []string{"arn:aws:s3:::b/AWSLogs/1/*"}, KeyARN: keyA}
	for _, c := range []struct{ name, statements, boundary, want string }{
		{name: "exactly the grant", statements: `{"Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation"],"Resource":"arn:aws:s3:::b"},{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/AWSLogs/1/*"},{"Effect":"Allow","Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"` + keyA + `"}`},
		{name: "discovery", statements: `{"Effect":"Allow","Action":["ec2:Describe*","s3:ListAllMyBuckets","s3:GetBucket*","s3:ListBucket","kms:DescribeKey","iam:Get*"],"Resource":"*"}`},
		{name: "less than the grant", statements: `{"Effect":"Allow","Action":"s3:GetObject","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/AWSLogs/1/vpcflowlogs/*"]}`},
		{name: "objects of the whole bucket", statements: `{"Sid":"S","Effect":"Allow","Action":"s3:getobject","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}`, want: "object s3:getobject arn:aws:s3:::b/* S0"},
		{name: "another bucket", statements: `{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::other*"}`, want: "object s3:GetObject arn:aws:s3:::other* S0"},
		{name: "one foreign object", statements: `{"Effect":"Allow","Action":"s3:GetObjectVersion","Resource":"arn:aws:s3:::c/x"}`, want: "object s3:GetObjectVersion arn:aws:s3:::c/x S0"},
		{name: "everything", statements: `{"Effect":"Allow","Action":"*","Resource":"*"}`, want: "s3-write s3:PutObject * S0, rights iam:PutRolePolicy * S0, rights sts:AssumeRole * S0, rights kms:PutKeyPolicy * S0, object s3:GetObject * S0, key kms:Decrypt * S0"},
		{name: "a write in the grant", statements: `{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::b/AWSLogs/1/*"}`, want: "s3-write s3:PutObject arn:aws:s3:::b/AWSLogs/1/* S0"},
		{name: "a write nobody listed", statements: `{"Effect":"Allow","Action":["s3:InventTable"],"Resource":"arn:aws:s3:::b"}`, want: "s3-write s3:InventTable arn:aws:s3:::b S0"},
		{name: "a bucket write by wildcard", statements: `{"Effect":"Allow","Action":["s3:PutBucket*"],"Resource":"arn:aws:s3:::b"}`, want: "s3-write s3:PutBucketPolicy arn:aws:s3:::b S0"},
		{name: "a write that no sample shows", statements: `{"Effect":"Allow","Action":["s3:Replicate?elete","s3:GetObjectT*"],"Resource":"arn:aws:s3:::b/*"}`, want: "s3-write s3:Replicatexelete arn:aws:s3:::b/* S0"},
		{name: "rights", statements: `{"Effect":"Allow","Action":["iam:List*","iam:Pass*"],"Resource":"arn:aws:iam::111122223333:role/*"}`, want: "rights iam:PassRole arn:aws:iam::111122223333:role/* S0"},
		{name: "denied under a condition", statements: `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::c/*"},{"Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::b/*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}}`, want: "object s3:GetObject arn:aws:s3:::c/* S0"},
		{name: "other keys", statements: `{"Effect":"Allow","Action":["kms:D*"],"Resource":["` + keyA + `","arn:aws:kms:*:111122223333:key/*","arn:aws:kms:us-east-1:111122223333:*"]}`, want: "key kms:Decrypt arn:aws:kms:*:111122223333:key/* S0, key kms:Decrypt arn:aws:kms:us-east-1:111122223333:* S0"},
		{name: "other keys by another way", statements: `{"Effect":"Allow","Action":"kms:ReEncrypt*","Resource":"*"}`, want: "key kms:ReEncryptFrom * S0"},
		{name: "its own key anew", statements: `{"Effect":"Allow","Action":"kms:ReEncrypt*","Resource":"` + keyA + `"}`},
		{name: "directory buckets", statements: `{"Effect":"Allow","Action":"s3express:*","Resource":"arn:aws:s3express:us-east-1:111122223333:bucket/b--use1-az4--x-s3"}`, want: "s3-write s3express:CreateSession arn:aws:s3express:us-east-1:111122223333:bucket/b--use1-az4--x-s3 S0"},
		{name: "NotAction and NotResource", statements: `{"Effect":"Allow","NotAction":"kms:*","NotResource":"arn:aws:s3:::b/*"}`, want: "s3-write s3:PutObject  S0, rights iam:PutRolePolicy  S0, rights sts:AssumeRole  S0, object s3:GetObject  S0"},
		{name: "under a condition", statements: `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`, want: "object s3:GetObject * S0"},
		{name: "denied again", statements: `{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Deny","Action":"s3:*","NotResource":["arn:aws:s3:::b","arn:aws:s3:::b/AWSLogs/1/*"]}`, want: "s3-write s3:PutObject * S0"},
		{name: "denied for good", statements: `{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Deny","NotAction":["s3:Get*","s3:List*"],"Resource":"*"},{"Effect":"Deny","Action":"s3:*","NotResource":["arn:aws:s3:::b","arn:aws:s3:::b/AWSLogs/1/*"]}`, want: ""},
		{name: "capped by the boundary", statements: `{"Effect":"Allow","Action":"*","Resource":"*"}`, boundary: `{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*"}`, want: "object s3:GetObject * S0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := Policies{Identity: []Document{parse(t, `{"Version":"2012-10-17","Statement":[`+c.statements+`]}`)}}
			if c.boundary != "" {
				d := parse(t, `{"Version":"2012-10-17","Statement":`+c.boundary+`}`)
				p.Boundary = &d
			}
			before := p.Identity[0].String()
			var got []string
			for _, x := range Beyond(roleA, p, granted) {
				got = append(got, fmt.Sprintf("%s %s %s S%d", x.Kind, x.Action, x.Resource, x.Index))
			}
			if s := strings.Join(got, ", "); s != c.want {
				t.Errorf("got  %s\nwant %s", s, c.want)
			}
			if p.Identity[0].String() != before {
				t.Error("the documents were changed")
			}
		})
	}
}
