package sandbox

import (
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// What is done to the reader's role and its rights.
var readerBreakers = []breaker{
	{Break{"external-id-mismatch", "asks for another external ID"}, aimBucket, otherExternalID(func(string) string { return "xs-000000" })},
	{Break{"external-id-case", "asks for the external ID in other letter case"}, aimBucket, otherExternalID(func(id string) string {
		if upper := strings.ToUpper(id); upper != id {
			return upper
		}
		return strings.ToLower(id)
	})},
	{Break{"external-id-whitespace", "asks for the external ID with a space behind it"}, aimBucket, otherExternalID(func(id string) string { return id + " " })},
	{Break{"principal-recreated", "deletes the vendor's role and makes it again, so that the trust policy names one that is gone"}, aimBucket, func(t *target) {
		vendor := t.w.Accounts[t.w.Portal.Account].Roles[strings.ToLower(t.w.Portal.Role)]
		t.editTrust(func(d *policy.Document) {
			for i, s := range d.Statements {
				if s.Principal != nil && slices.ContainsFunc(s.Principal.AWS.Values(), func(v string) bool { return v == t.w.Portal.Account || arnAccount(v) == t.w.Portal.Account }) {
					d.Statements[i].Principal = policy.AWSPrincipal(vendor.ARN)
				}
			}
		})
		vendor.ID, vendor.Created = t.w.nextID("AROA"), t.now.UTC()
	}},
	{Break{"trust-wrong", "lets an application in the account assume the role instead of the vendor"}, aimBucket, func(t *target) {
		t.editTrust(func(d *policy.Document) {
			d.Statements = []policy.Statement{{Effect: policy.Allow, Principal: policy.ServicePrincipal("ec2.amazonaws.com"), Action: policy.One("sts:AssumeRole")}}
		})
	}},
	{Break{"trust-loose", "asks for the external ID with StringEqualsIfExists, which lets in whoever gives none"}, aimBucket, func(t *target) {
		t.editTrust(func(d *policy.Document) {
			for i := range d.Statements {
				for j, test := range d.Statements[i].Condition {
					if strings.EqualFold(test.Key, "sts:ExternalId") {
						d.Statements[i].Condition[j].Operator = "StringEqualsIfExists"
					}
				}
			}
		})
	}},
	{Break{"trust-others", "lets an audit account assume the role, too (a finding where the set-up made the role)"}, aimBucket, func(t *target) {
		t.editTrust(func(d *policy.Document) {
			d.Statements = append(d.Statements, policy.Statement{Sid: "Audit", Effect: policy.Allow, Principal: policy.AWSPrincipal("arn:aws:iam::" + managementAccount + ":root"), Action: policy.One("sts:AssumeRole")})
		})
	}},
	{Break{"role-missing", "deletes the role"}, aimBucket, func(t *target) { delete(t.home.Roles, strings.ToLower(t.role.Name)) }},
	{Break{"role-path", "makes the role again with a path, so that it has another ARN"}, aimBucket, func(t *target) {
		t.role.Path = "/third-party/"
		t.role.ARN = "arn:aws:iam::" + t.home.ID + ":role/third-party/" + t.role.Name
		t.role.ID, t.role.Created = t.w.nextID("AROA"), t.now.UTC()
	}},
	{Break{"role-boundary", "gives the role a permissions boundary without S3"}, aimBucket, func(t *target) {
		t.role.Boundary = t.makePolicy("WorkloadBoundary", `{"Version":"2012-10-17","Statement":[{"Sid":"Workloads","Effect":"Allow","Action":["ec2:*","cloudwatch:*"],"Resource":"*"}]}`)
	}},
	{Break{"permissions-missing", "takes the right to read objects from the role"}, aimBucket, func(t *target) {
		t.editGrants(func(d *policy.Document) {
			d.Statements = slices.DeleteFunc(d.Statements, func(s policy.Statement) bool {
				return s.Effect == policy.Allow && t.onBucket(s) && slices.ContainsFunc(s.Action.Values(), func(a string) bool { return strings.EqualFold(a, "s3:GetObject") })
			})
		})
	}},
	{Break{"permissions-detached", "detaches the reader's policy from the role"}, aimBucket, func(t *target) {
		for _, name := range sortedKeys(t.role.Inline) {
			if d := parsed(t.role.Inline[name]); d != nil && t.grants(*d) {
				t.makePolicy(name, t.role.Inline[name])
				delete(t.role.Inline, name)
			}
		}
		t.role.Attached = slices.DeleteFunc(t.role.Attached, func(arn string) bool {
			text, _ := t.w.policyText(arn)
			d := parsed(text)
			return d != nil && t.grants(*d)
		})
	}},
	{Break{"reader-excess", "gives the role an inline policy with s3:* on everything"}, aimBucket, func(t *target) {
		t.role.Inline["Convenience"] = `{"Version":"2012-10-17","Statement":[{"Sid":"Convenience","Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	}},
	{Break{"scp-deny", "lets a service control policy deny reading the bucket to all but administrators"}, aimBucket, func(t *target) {
		t.w.Organization.Policies = append(t.w.Organization.Policies, ServiceControlPolicy{ID: "p-practice1", Name: "ProtectLogArchive",
			Description: "Log archives are read by administrators only", Targets: []string{t.home.ID},
			Document: `{"Version":"2012-10-17","Statement":[{"Sid":"ProtectLogArchive","Effect":"Deny","Action":"s3:GetObject","Resource":"` + t.bucket.arn() +
				`/*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/` + memberRole + `"}}}]}`})
	}},
}

// otherExternalID changes the external IDs that the trust policy asks for.
func otherExternalID(change func(string) string) func(*target) {
	return func(t *target) {
		t.editTrust(func(d *policy.Document) {
			for i := range d.Statements {
				for j, test := range d.Statements[i].Condition {
					if !strings.EqualFold(test.Key, "sts:ExternalId") {
						continue
					}
					values := test.Values.Values()
					for n, v := range values {
						values[n] = change(v)
					}
					d.Statements[i].Condition[j].Values = policy.OneOrList(values...)
				}
			}
		})
	}
}

// makePolicy makes a customer managed policy of the home account and gives its ARN.
func (t *target) makePolicy(name, document string) string {
	arn := "arn:aws:iam::" + t.home.ID + ":policy/" + name
	t.home.Policies[arn] = &Policy{Name: name, ID: t.w.nextID("ANPA"), ARN: arn, Path: "/", Default: "v1", Latest: 1, Created: t.now.UTC(), Updated: t.now.UTC(),
		Tags: map[string]string{}, Versions: []PolicyVersion{{ID: "v1", Document: document, Created: t.now.UTC()}}}
	return arn
}
