package steps_test

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/policy"
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
		"another bucket of nobody":                 {inline: `{"Sid":"HubFlowLogObjectReadScoped","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::archive-existing/AWSLogs/111122223333/*"}`, want: "archive-existing/AWSLogs"},
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

// What another set-up keeps in the reader's own statement is not beyond: it is known by its statement in the policy of the bucket, also where its file is
// not.
func TestNotBeyondWhatAnotherSetupGrants(t *testing.T) {
	inBubble(t, "two buckets", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, keyedFile(l.flowLogsKey()))
		l.expect(l.apply(s), steps.ResultVerified)
		l.expect(l.apply(setup(t, centralFile, "name: central-logs", "name: second", "central-flow-logs", existing)), steps.ResultVerified)
		for _, check := range l.verify(s).Checks {
			if check.ID == "access.beyond" && (check.Status != steps.Pass || !strings.Contains(check.Evidence, "archive-existing/AWSLogs/111122223333/*, for the set-up whose statement Flowgrant")) {
				t.Errorf("%s: %s (%s)", check.Status, check.Summary, check.Evidence)
			}
		}
	})
}

// A role that a set-up made lets in nobody but the reader: whoever else was let in since is told, with the command that ends it.
func TestOthersInARoleOfOurs(t *testing.T) {
	inBubble(t, "others", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile)
		l.expect(l.apply(s), steps.ResultVerified)
		l.editTrust(func(text string) string {
			return parsed(text).With(parsed(`{"Version":"2012-10-17","Statement":[{"Sid":"Audit","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"}]}`).Statements...).String()
		})
		found := false
		for _, check := range l.verify(s).Checks {
			if check.ID == "access.beyond" && check.Status == steps.Fail {
				found = strings.Contains(check.Evidence, "statement Audit of the trust policy lets in arn:aws:iam::123456789012:root") && strings.Contains(check.Fix, "aws iam update-assume-role-policy --role-name "+hubRole)
				_, document, _ := strings.Cut(check.Fix, "--policy-document '")
				l.editTrust(func(string) string { return strings.TrimSuffix(document, "'") })
			}
		}
		r := l.diagnose(s)
		if !found || r.Status != steps.ReportVerified {
			t.Errorf("told: %t; after the command doctor says %s", found, r.Status)
			l.blame(r)
		}
	})
}

// A policy of the role that may not be read leaves open what it allows.
func TestPolicyOfTheRoleThatMayNotBeRead(t *testing.T) {
	inBubble(t, "unread", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile)
		l.expect(l.apply(s), steps.ResultVerified)
		l.must(l.admin(archive).PutInline(l.Context(), hubRole, "More", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}]}`))
		l.must(l.admin(archive).PutInline(l.Context(), "OrganizationAccountAccessRole", "NoReading", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:GetRolePolicy","Resource":"*"}]}`))
		found := false
		for _, check := range l.verify(s).Checks {
			if check.ID == "access.read" {
				found = true
				if check.Status != steps.Unknown || !strings.Contains(check.Evidence, "GetRolePolicy") {
					t.Errorf("%s: %s; %s", check.Status, check.Summary, check.Evidence)
				}
			}
		}
		if !found {
			t.Error("there is no such check")
		}
	})
}

// What the policy of the key itself grants is beyond too, but what leaves it to IAM or serves the logs.
func TestBeyondTheKey(t *testing.T) {
	for name, c := range map[string]struct{ statement, want string }{
		"the vendor decrypts past the role": {`{"Sid":"Past","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"kms:Decrypt","Resource":"*"}`, "statement Past of the key policy"},
		"the role manages the key":          {`{"Sid":"Manage","Effect":"Allow","Principal":{"AWS":"` + hubARN + `"},"Action":"kms:*","Resource":"*"}`, "statement Manage of the key policy"},
		"the role describes the key":        {`{"Sid":"Look","Effect":"Allow","Principal":{"AWS":"` + hubARN + `"},"Action":["kms:DescribeKey","kms:Decrypt"],"Resource":"*"}`, ""},
		"another account":                   {`{"Sid":"Other","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222233334444:root"},"Action":"kms:Decrypt","Resource":"*"}`, ""},
		"everybody of an account by S3":     {`{"Sid":"ByS3","Effect":"Allow","Principal":{"AWS":"*"},"Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"444455556666","kms:ViaService":"s3.us-east-1.amazonaws.com"}}}`, ""},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, strings.Replace(centralFile, "create: true,", `create: true, kms_key_arn: "`+l.flowLogsKey()+`",`, 1))
			l.expect(l.apply(s), steps.ResultVerified)
			l.editKeyPolicy(func(d policy.Document) policy.Document {
				return d.With(parsed(`{"Version":"2012-10-17","Statement":[` + c.statement + `]}`).Statements...)
			})
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
