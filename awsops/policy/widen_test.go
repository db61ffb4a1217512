package policy

import "testing"

// What a grant scoped is widened again from what stands there, once the grant is out; what nothing tells of is not.
func TestWidenS3Read(t *testing.T) {
	const scoped = `"Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation","s3:GetObject"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}`
	for name, c := range map[string]struct {
		before, kept, want string
		state              Widening
	}{
		"split":              {before: `{"Sid":"S3",` + scoped + `,{"Sid":"S3Other","Effect":"Allow","Action":"s3:GetBucketAcl","Resource":"*"}`, state: WidenRebuilt, want: `{"Sid":"S3","Effect":"Allow","Action":["s3:GetBucketAcl","s3:ListBucket","s3:GetBucketLocation"],"Resource":"*"}`},
		"split, Sid taken":   {before: `{"Sid":"S3",` + scoped + `,{"Sid":"S3Other2","Effect":"Allow","Action":"s3:GetBucketAcl","Resource":"*"},{"Sid":"S3Other","Effect":"Allow","Action":"ec2:*","Resource":"*"}`, state: WidenRebuilt, want: `{"Sid":"S3","Effect":"Allow","Action":["s3:GetBucketAcl","s3:ListBucket","s3:GetBucketLocation"],"Resource":"*"},{"Sid":"S3Other","Effect":"Allow","Action":"ec2:*","Resource":"*"}`},
		"rest alone":         {before: `{"Sid":"S3Other","Effect":"Allow","Action":"s3:GetBucketAcl","Resource":"*"}`, state: WidenRebuilt, want: `{"Sid":"S3","Effect":"Allow","Action":["s3:GetBucketAcl","s3:ListBucket","s3:GetBucketLocation"],"Resource":"*"}`},
		"whole":              {before: `{"Sid":"S3",` + scoped, state: WidenRebuilt, want: `{"Sid":"S3","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation"],"Resource":"*"}`},
		"no Sid":             {before: `{"Sid":"FlowLogBucketScoped",` + scoped + `,{"Effect":"Allow","Action":"s3:GetBucketAcl","Resource":"*"}`, state: WidenRebuilt, want: `{"Effect":"Allow","Action":["s3:GetBucketAcl","s3:ListBucket","s3:GetBucketLocation"],"Resource":"*"}`},
		"added":              {before: `{"Sid":"FlowLogBucketScoped",` + scoped + `,{"Sid":"Mine","Effect":"Allow","Action":"s3:GetBucketAcl","Resource":"*"}`, state: WidenNothing, want: `{"Sid":"Mine","Effect":"Allow","Action":"s3:GetBucketAcl","Resource":"*"}`},
		"wide already":       {before: `{"Sid":"FlowLogBucketScoped",` + scoped + `,{"Sid":"S3","Effect":"Allow","Action":"s3:*","Resource":"*"}`, state: WidenAlready, want: `{"Sid":"S3","Effect":"Allow","Action":"s3:*","Resource":"*"}`},
		"not of S3":          {before: `{"Sid":"Ec2Other","Effect":"Allow","Action":"ec2:*","Resource":"*"}`, state: WidenUnknown, want: `{"Sid":"Ec2Other","Effect":"Allow","Action":"ec2:*","Resource":"*"}`},
		"rest of a Deny":     {before: `{"Sid":"S3Other","Effect":"Deny","Action":"s3:PutObject","Resource":"*"}`, state: WidenUnknown, want: `{"Sid":"S3Other","Effect":"Deny","Action":"s3:PutObject","Resource":"*"}`},
		"kept":               {before: `{"Sid":"S3",` + scoped + `,{"Sid":"S3Other","Effect":"Allow","Action":"s3:GetBucketAcl","Resource":"*"}`, kept: `{"Sid":"S3","Effect":"Allow","Action":["s3:GetBucketAcl","s3:ListBucket","s3:GetObject"],"Resource":"*"}`, state: WidenRestored, want: `{"Sid":"S3","Effect":"Allow","Action":["s3:GetBucketAcl","s3:ListBucket","s3:GetObject"],"Resource":"*"}`},
		"kept without Sid":   {before: `{"Effect":"Allow","Action":"s3:GetBucketAcl","Resource":"*"}`, kept: `{"Effect":"Allow","Action":["s3:GetBucketAcl","s3:ListBucket"],"Resource":"*"}`, state: WidenRestored, want: `{"Effect":"Allow","Action":["s3:GetBucketAcl","s3:ListBucket"],"Resource":"*"}`},
		"kept one is scoped": {before: `{"Sid":"S3Other","Effect":"Allow","Action":"s3:GetBucketAcl","Resource":"*"}`, kept: `{"Sid":"S3",` + scoped, state: WidenRebuilt, want: `{"Sid":"S3","Effect":"Allow","Action":["s3:GetBucketAcl","s3:ListBucket","s3:GetBucketLocation"],"Resource":"*"}`},
	} {
		t.Run(name, func(t *testing.T) {
			document := func(statements string) Document {
				return parse(t, `{"Version":"2012-10-17","Statement":[`+statements+`]}`)
			}
			before := document(c.before)
			var kept []Document
			if c.kept != "" {
				kept = append(kept, document(c.kept))
			}
			got, state := WidenS3Read(before, UnscopeS3Read(before, grantOn("b")), kept...)
			if state != c.state || !got.Equal(document(c.want)) {
				t.Errorf("state %d, want %d\ngot  %s\nwant %s", state, c.state, got, document(c.want))
			}
			if before.String() != document(c.before).String() {
				t.Error("the original was changed")
			}
		})
	}
}
