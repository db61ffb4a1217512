package policy

import (
	"strings"
	"testing"
)

func parse(t testing.TB, text string) Document {
	t.Helper()
	d, err := Parse(text)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return d
}

const (
	accountA = "111122223333"
	accountB = "444455556666"
	roleA    = "arn:aws:iam::111122223333:role/Reader"
	sessionA = "arn:aws:sts::111122223333:assumed-role/Reader/s1"
	userA    = "arn:aws:iam::111122223333:user/team/alice"
	rootA    = "arn:aws:iam::111122223333:root"
	keyA     = "arn:aws:kms:us-east-1:111122223333:key/k"
	delivery = "delivery.logs.amazonaws.com"
	any1     = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	nothing  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"}}`
)

// one is a document of a single statement.
func one(body string) string { return `{"Version":"2012-10-17","Statement":{` + body + `}}` }

func resourceFor(principal string) string {
	return one(`"Effect":"Allow","Principal":` + principal + `,"Action":"*","Resource":"*"`)
}

func TestEvaluate(t *testing.T) {
	bucket := Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: accountA}
	elsewhere := Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: accountB}
	key := Request{Action: "kms:Decrypt", Resource: keyA, ResourceAccount: accountA}
	assume := Request{Action: "sts:AssumeRole", Resource: "arn:aws:iam::111122223333:role/Hub", ResourceAccount: accountA}
	assumeElsewhere := Request{Action: "sts:AssumeRole", Resource: "arn:aws:iam::444455556666:role/Hub", ResourceAccount: accountB}

	for _, c := range []struct {
		name                         string
		who                          string
		on                           Request
		identity, resource, boundary string
		scps                         [][]string
		context                      map[string]string
		want                         Verdict
		missing                      string
	}{
		{name: "identity policy within the account", who: roleA, on: bucket, identity: any1, want: Allowed},
		{name: "nothing allows", who: roleA, on: bucket, want: ImplicitlyDenied, missing: "no policy of " + roleA},
		{name: "bucket policy within the account", who: roleA, on: bucket, resource: resourceFor(`{"AWS":"` + roleA + `"}`), want: Allowed},
		{name: "the account leaves it to IAM", who: roleA, on: bucket, resource: resourceFor(`{"AWS":"` + accountA + `"}`), want: ImplicitlyDenied, missing: "no policy of"},
		{name: "across accounts only identity", who: roleA, on: elsewhere, identity: any1, want: ImplicitlyDenied, missing: "bucket policy of account " + accountB},
		{name: "across accounts only resource", who: roleA, on: elsewhere, resource: resourceFor(`{"AWS":"` + roleA + `"}`), want: ImplicitlyDenied, missing: "no policy of"},
		{name: "across accounts both", who: roleA, on: elsewhere, identity: any1, resource: resourceFor(`{"AWS":"` + rootA + `"}`), want: Allowed},
		{name: "a session is its role", who: sessionA, on: elsewhere, identity: any1, resource: resourceFor(`{"AWS":"arn:aws:iam::111122223333:role/path/Reader"}`), want: Allowed},
		{name: "a session is no other role", who: sessionA, on: elsewhere, identity: any1, resource: resourceFor(`{"AWS":"arn:aws:iam::111122223333:role/Read"}`), want: ImplicitlyDenied},
		{name: "a session by its own ARN", who: sessionA, on: elsewhere, identity: any1, resource: resourceFor(`{"AWS":"` + sessionA + `"}`), want: Allowed},
		{name: "another session", who: sessionA, on: elsewhere, identity: any1, resource: resourceFor(`{"AWS":"` + sessionA + `2"}`), want: ImplicitlyDenied},

		{name: "boundary caps identity", who: roleA, on: bucket, identity: any1, boundary: nothing, want: ImplicitlyDenied, missing: "permissions boundary"},
		{name: "boundary caps the role named", who: sessionA, on: bucket, resource: resourceFor(`{"AWS":"` + roleA + `"}`), boundary: nothing, want: ImplicitlyDenied, missing: "permissions boundary"},
		{name: "boundary spares the session named", who: sessionA, on: bucket, resource: resourceFor(`{"AWS":"` + sessionA + `"}`), boundary: nothing, want: Allowed},
		{name: "boundary spares the user named", who: userA, on: bucket, resource: resourceFor(`{"AWS":"` + userA + `"}`), boundary: nothing, want: Allowed},
		{name: "boundary denies", who: userA, on: bucket, resource: resourceFor(`"*"`), boundary: one(`"Effect":"Deny","Action":"s3:*","Resource":"*"`), want: ExplicitlyDenied},

		{name: "each SCP level must allow", who: roleA, on: bucket, identity: any1, scps: [][]string{{any1}, {nothing}}, want: ImplicitlyDenied, missing: "level 2"},
		{name: "one SCP of a level is enough", who: roleA, on: bucket, identity: any1, scps: [][]string{{nothing, any1}, {any1}}, want: Allowed},
		{name: "an SCP denies", who: roleA, on: bucket, identity: any1, scps: [][]string{{any1, one(`"Effect":"Deny","Action":"s3:Get*","Resource":"*"`)}}, want: ExplicitlyDenied},
		{name: "SCPs do not bind services", who: delivery, on: bucket, resource: resourceFor(`{"Service":"` + delivery + `"}`), scps: [][]string{{nothing}}, want: Allowed},

		{name: "key policy without the account", who: roleA, on: key, identity: any1, resource: resourceFor(`{"AWS":"` + userA + `"}`), want: ImplicitlyDenied, missing: "names neither"},
		{name: "no key policy", who: roleA, on: key, identity: any1, want: ImplicitlyDenied, missing: "names neither"},
		{name: "key policy with the account", who: roleA, on: key, identity: any1, resource: resourceFor(`{"AWS":"` + rootA + `"}`), want: Allowed},
		{name: "key policy with the account, no IAM", who: roleA, on: key, resource: resourceFor(`{"AWS":"` + rootA + `"}`), want: ImplicitlyDenied, missing: "no policy of"},
		{name: "key policy with the role", who: roleA, on: key, resource: resourceFor(`{"AWS":"` + roleA + `"}`), want: Allowed},
		{name: "IAM denies a key whose policy leaves nothing to IAM", who: roleA, on: key, identity: one(`"Effect":"Deny","Action":"kms:*","Resource":"*"`), resource: resourceFor(`{"AWS":"` + roleA + `"}`), want: ExplicitlyDenied},

		{name: "trust within the account by name", who: roleA, on: assume, resource: one(`"Effect":"Allow","Principal":{"AWS":"` + roleA + `"},"Action":"sts:AssumeRole"`), want: Allowed},
		{name: "trust within the account by account", who: roleA, on: assume, resource: one(`"Effect":"Allow","Principal":{"AWS":"` + rootA + `"},"Action":"sts:AssumeRole"`), want: ImplicitlyDenied, missing: "no policy of"},
		{name: "trust that does not admit", who: roleA, on: assume, identity: any1, resource: one(`"Effect":"Allow","Principal":{"AWS":"` + userA + `"},"Action":"sts:AssumeRole"`), want: ImplicitlyDenied, missing: "trust policy names neither"},
		{name: "trust across accounts, one side", who: roleA, on: assumeElsewhere, resource: one(`"Effect":"Allow","Principal":{"AWS":"` + roleA + `"},"Action":"sts:AssumeRole"`), want: ImplicitlyDenied, missing: "no policy of"},
		{name: "trust across accounts, both sides", who: roleA, on: assumeElsewhere, identity: any1, resource: one(`"Effect":"Allow","Principal":{"AWS":"` + roleA + `"},"Action":"sts:AssumeRole"`), want: Allowed},
		{name: "a root user assumes nothing", who: rootA, on: assume, resource: one(`"Effect":"Allow","Principal":{"AWS":"` + rootA + `"},"Action":"sts:AssumeRole"`), want: ImplicitlyDenied, missing: "root user"},

		{name: "the root user needs no policy", who: rootA, on: bucket, want: Allowed},
		{name: "the root user across accounts", who: rootA, on: elsewhere, want: ImplicitlyDenied},
		{name: "service by name", who: delivery, on: bucket, resource: resourceFor(`{"Service":["x.amazonaws.com","` + delivery + `"]}`), want: Allowed},
		{name: "service by everybody", who: delivery, on: bucket, resource: resourceFor(`"*"`), want: Allowed},
		{name: "another service", who: delivery, on: bucket, identity: any1, resource: resourceFor(`{"Service":"x.amazonaws.com"}`), want: ImplicitlyDenied, missing: "for " + delivery},
		{name: "anonymous by everybody", on: bucket, resource: resourceFor(`{"AWS":"*"}`), want: Allowed},
		{name: "anonymous", on: bucket, resource: resourceFor(`{"AWS":"` + accountA + `"}`), want: ImplicitlyDenied, missing: "anonymous callers"},

		{name: "NotPrincipal spares account and role", who: roleA, on: bucket, identity: any1, resource: one(`"Effect":"Deny","NotPrincipal":{"AWS":["` + rootA + `","` + roleA + `"]},"Action":"*","Resource":"*"`), want: Allowed},
		{name: "NotPrincipal spares the role's session", who: sessionA, on: bucket, identity: any1, resource: one(`"Effect":"Deny","NotPrincipal":{"AWS":["` + rootA + `","` + roleA + `"]},"Action":"*","Resource":"*"`), want: Allowed},
		{name: "NotPrincipal hits others of the account", who: userA, on: bucket, identity: any1, resource: one(`"Effect":"Deny","NotPrincipal":{"AWS":["` + rootA + `","` + roleA + `"]},"Action":"*","Resource":"*"`), want: ExplicitlyDenied},
		{name: "NotPrincipal hits a bounded caller", who: roleA, on: bucket, identity: any1, boundary: any1, resource: one(`"Effect":"Deny","NotPrincipal":{"AWS":["` + rootA + `","` + roleA + `"]},"Action":"*","Resource":"*"`), want: ExplicitlyDenied},

		{name: "action in any case", who: roleA, on: bucket, identity: one(`"Effect":"Allow","Action":"S3:getobj?ct","Resource":"arn:aws:s3:::b/*"`), want: Allowed},
		{name: "resource in its case", who: roleA, on: bucket, identity: one(`"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::B/*"`), want: ImplicitlyDenied},
		{name: "no wildcard over a colon", who: roleA, on: bucket, identity: one(`"Effect":"Allow","Action":"s3:*","Resource":"arn:*:b/k"`), want: ImplicitlyDenied},
		{name: "NotAction", who: roleA, on: bucket, identity: one(`"Effect":"Allow","NotAction":["s3:Put*"],"Resource":"*"`), want: Allowed},
		{name: "NotResource", who: roleA, on: bucket, identity: one(`"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::b/*"`), want: ImplicitlyDenied},
		{name: "derived user name", who: userA, on: bucket, identity: one(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"alice","AWS:principalaccount":"111122223333"}}`), want: Allowed},
		{name: "derived role ARN of a session", who: sessionA, on: bucket, identity: one(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ArnEquals":{"aws:PrincipalArn":"` + roleA + `"}}`), want: Allowed},
		{name: "given keys are not overridden", who: userA, on: bucket, context: map[string]string{"AWS:UserName": "bob"}, identity: one(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"alice"}}`), want: ImplicitlyDenied},
		{name: "an unknown operator never allows", who: roleA, on: bucket, identity: one(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringAlmost":{"a":"b"}}`), want: ImplicitlyDenied},
		{name: "an unknown operator always denies", who: roleA, on: bucket, identity: any1, resource: one(`"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"StringAlmost":{"a":"b"}}`), want: ExplicitlyDenied},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.on
			r.Principal, r.Context = c.who, map[string][]string{}
			for k, v := range c.context {
				r.Context[k] = []string{v}
			}
			var p Policies
			if c.identity != "" {
				p.Identity = []Document{parse(t, c.identity)}
			}
			if c.resource != "" {
				d := parse(t, c.resource)
				p.Resource = &d
			}
			if c.boundary != "" {
				d := parse(t, c.boundary)
				p.Boundary = &d
			}
			for _, level := range c.scps {
				var docs []Document
				for _, text := range level {
					docs = append(docs, parse(t, text))
				}
				p.SCPs = append(p.SCPs, docs)
			}
			d := Evaluate(r, p)
			if d.Verdict != c.want || !strings.Contains(d.Missing, c.missing) {
				t.Errorf("%s (why %v, missing %q) instead of %s (%q)", d.Verdict, d.Why, d.Missing, c.want, c.missing)
			}
			if (d.Missing != "") != (d.Verdict == ImplicitlyDenied) {
				t.Errorf("%s with missing %q", d.Verdict, d.Missing)
			}
		})
	}
}

func TestEvaluateTellsTheStatement(t *testing.T) {
	r := Request{Principal: userA, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: accountA}
	identity := parse(t, `{"Statement":[{"Sid":"No","Effect":"Deny","Action":"s3:Put*","Resource":"*"},{"Sid":"Yes","Effect":"Allow","Action":"s3:*","Resource":"*"}]}`)
	got := Evaluate(r, Policies{Identity: []Document{parse(t, nothing), identity}})
	if len(got.Why) != 1 || got.Why[0] != (Reason{Source: "identity", Policy: 1, Index: 1, Sid: "Yes", Effect: Allow}) {
		t.Errorf("why: %+v", got.Why)
	}
	r.Action = "s3:PutObject"
	if got = Evaluate(r, Policies{Identity: []Document{identity}}); len(got.Why) != 1 || got.Why[0] != (Reason{Source: "identity", Policy: 0, Index: 0, Sid: "No", Effect: Deny}) {
		t.Errorf("why: %+v", got.Why)
	}
}
