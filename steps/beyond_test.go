package steps_test

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// What a role can do beyond the grant shows in the documents, whichever of them says it and whatever it is called.
func TestBeyondTheGrant(t *testing.T) {
	for name, c := range map[string]struct {
		inline, bucket string
		want           string // in the evidence; empty: nothing is beyond
	}{
		"all keys under the reader's own Sid":      {inline: `{"Sid":"HubFlowLogKMSDecryptScoped","Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}`, want: "kms:Decrypt on *"},
		"all objects under the reader's own Sid":   {inline: `{"Sid":"HubFlowLogObjectReadScoped","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`, want: "s3:GetObject on *"},
		"another bucket of another set-up":         {inline: `{"Sid":"HubFlowLogObjectReadScoped","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::archive-existing/AWSLogs/111122223333/*"}`},
		"rights of its own":                        {inline: `{"Effect":"Allow","Action":"iam:*","Resource":"*"}`, want: "iam:PutRolePolicy"},
		"behind a Deny that hangs on a condition":  {inline: `{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"},{"Effect":"Deny","Action":"s3:Put*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}`, want: "s3:PutObject on *"},
		"a bucket policy for the role":             {bucket: `{"Sid":"Wide","Effect":"Allow","Principal":{"AWS":"` + hubARN + `"},"Action":"s3:DeleteObject","Resource":"arn:aws:s3:::central-flow-logs/*"}`, want: "statement Wide of the bucket policy"},
		"a bucket policy for the vendor":           {bucket: `{"Sid":"Past","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::central-flow-logs/*"}`, want: "statement Past of the bucket policy"},
		"a bucket policy for another organization": {bucket: `{"Sid":"Others","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::central-flow-logs/*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-elsewhere1"}}}`},
		"a bucket policy for the organization":     {bucket: `{"Sid":"Ours","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::central-flow-logs/*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-sandbox001"}}}`, want: "statement Ours of the bucket policy"},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, centralFile)
			l.expect(l.apply(s), steps.ResultVerified)
			if c.inline != "" {
				l.must(l.admin(archive).PutInline(l.Context(), hubRole, "More", `{"Version":"2012-10-17","Statement":[`+c.inline+`]}`))
			}
			if c.bucket != "" {
				l.addToBucketPolicy(hubBucket, c.bucket)
			}
			for _, check := range l.verify(s).Checks {
				if check.ID != "access.beyond" {
					continue
				}
				if c.want == "" && check.Status != steps.Pass || c.want != "" && (check.Status != steps.Fail || !strings.Contains(check.Evidence, c.want)) {
					t.Errorf("%s: %s (%s)", check.Status, check.Summary, check.Evidence)
				}
			}
		})
	}
}
