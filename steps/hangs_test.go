package steps_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// What hangs on a condition key that only the reader's own calls show is neither passed nor failed by the documents; what a role's session is known to
// carry decides.
func TestWhatHangsOnAKeyStaysOpen(t *testing.T) {
	deny := func(condition string) string {
		return `{"Sid":"Odd","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::central-flow-logs/*","Condition":{` + condition + `,"ArnLike":{"aws:PrincipalArn":"` + hubARN + `"}}}`
	}
	for name, c := range map[string]struct {
		bucket string
		role   func(*lab)
		want   steps.CheckStatus // of access.denies, or of access.get where role changes
		key    string            // in the evidence
	}{
		"addresses that are kept out":     {bucket: deny(`"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}`), want: steps.Unknown, key: "aws:SourceIp"},
		"all addresses kept out":          {bucket: deny(`"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}`), want: steps.Unknown, key: "aws:SourceIp"},
		"an endpoint kept out":            {bucket: deny(`"StringEquals":{"aws:SourceVpce":"vpce-1"}`), want: steps.Unknown, key: "aws:SourceVpce"},
		"a client by its name":            {bucket: deny(`"StringNotLike":{"aws:UserAgent":"reader*"}`), want: steps.Unknown, key: "aws:UserAgent"},
		"after a date that has passed":    {bucket: deny(`"DateGreaterThan":{"aws:CurrentTime":"1999-01-01T00:00:00Z"}`), want: steps.Fail, key: "Odd"},
		"before a date that has passed":   {bucket: deny(`"DateLessThan":{"aws:CurrentTime":"1999-01-01T00:00:00Z"}`), want: steps.Pass},
		"without MFA":                     {bucket: deny(`"Bool":{"aws:MultiFactorAuthPresent":"false"}`), want: steps.Fail, key: "Odd"},
		"sessions before a date":          {bucket: deny(`"DateLessThan":{"aws:TokenIssueTime":"1999-01-01T00:00:00Z"}`), want: steps.Pass},
		"sessions of other roles":         {bucket: deny(`"StringNotLike":{"aws:userid":"ROLE_ID:*"}`), want: steps.Pass},
		"a tag that the role has":         {bucket: deny(`"StringEquals":{"aws:PrincipalTag/flowgrant:setup":"central-logs"}`), want: steps.Fail, key: "Odd"},
		"a tag that the role has not":     {bucket: deny(`"StringEquals":{"aws:PrincipalTag/team":"x"}`), want: steps.Pass},
		"unless it has a tag that it has": {bucket: deny(`"StringNotEquals":{"aws:PrincipalTag/flowgrant:setup":"central-logs"}`), want: steps.Pass},
		"a grant only from an address": {role: func(l *lab) {
			l.editPermissions(func(d policy.Document) policy.Document {
				for i := range d.Statements {
					d.Statements[i].Condition = append(d.Statements[i].Condition, policy.Test{Operator: "IpAddress", Key: "aws:SourceIp", Values: policy.One("192.0.2.0/24")})
				}
				return d
			})
		}, want: steps.Unknown, key: "aws:SourceIp"},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, centralFile)
			l.expect(l.apply(s), steps.ResultVerified)
			id := "access.denies"
			if c.role != nil {
				c.role(l)
				id = "access.get"
			} else {
				role, err := l.admin(archive).Role(t.Context(), hubRole)
				l.must(err)
				l.addToBucketPolicy(hubBucket, strings.ReplaceAll(c.bucket, "ROLE_ID", role.ID))
			}
			l.withoutReader()
			found := false
			for _, check := range l.verify(s).Checks {
				if check.ID != id {
					continue
				}
				found = true
				if check.Status != c.want || !strings.Contains(check.Evidence, c.key) {
					t.Errorf("%s: %s; %s", check.Status, check.Summary, check.Evidence)
				}
			}
			if !found {
				t.Error("there is no such check")
			}
		})
	}
}

// editPermissions gives the role what its policy says, edited, as a policy inside it.
func (l *lab) editPermissions(edit func(policy.Document) policy.Document) {
	l.Helper()
	role, err := l.admin(archive).Role(l.Context(), hubRole)
	l.must(err)
	for _, p := range role.Attached {
		l.must(l.admin(archive).PutInline(l.Context(), hubRole, p.Name, edit(parsed(p.Document)).String()))
		l.must(l.admin(archive).DetachPolicy(l.Context(), hubRole, p.ARN))
	}
}

// withoutReader leaves the endpoint without a portal, as AWS's own: nobody but the reader can try.
func (l *lab) withoutReader() {
	l.Helper()
	key, secret := l.world.Credentials()
	cloud, err := awsops.Open(l.Context(), awsops.Config{Embedded: noPortal{l.world}, EmbeddedKey: key, EmbeddedSecret: secret, CallLog: l.calls, Version: "test"})
	l.must(err)
	l.engine = steps.NewEngine(cloud)
}

type noPortal struct{ world *sandbox.Sandbox }

func (n noPortal) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Path, "/_portal") {
		return answer(http.StatusNotFound, "text/plain", "not here"), nil
	}
	return n.world.RoundTrip(r)
}
