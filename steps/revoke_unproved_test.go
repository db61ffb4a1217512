package steps_test

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// What hangs on a condition key that only the reader's own calls show, or on a document that may not be read, is not proved refused after a revocation.
func TestRevokeClaimsOnlyWhatIsProved(t *testing.T) {
	grants := func(condition string) string {
		return `{"Version":"2012-10-17","Statement":[{"Sid":"Others","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::central-flow-logs/*"` + condition + `}]}`
	}
	const keptOut = `{"Sid":"Odd","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::central-flow-logs/*","Condition":{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"},"ArnLike":{"aws:PrincipalArn":"` + hubARN + `"}}}`
	addTo := func(l *lab, statement string) { l.addToBucketPolicy(hubBucket, statement) }
	unread := func(l *lab, action string) {
		l.must(l.admin(archive).PutInline(l.Context(), "OrganizationAccountAccessRole", "NoReading", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"`+action+`","Resource":"*"}]}`))
	}
	for name, c := range map[string]struct {
		change func(*lab)
		want   steps.CheckStatus // of access.get
		result steps.ResultStatus
		says   string
	}{
		"nothing else grants it": {func(*lab) {}, "", steps.ResultRevoked, ""}, // the role is gone
		"a Deny that asks for the address": {func(l *lab) {
			l.must(l.admin(archive).PutInline(l.Context(), hubRole, "Others", grants("")))
			addTo(l, keptOut)
		}, steps.Unknown, steps.ResultRevoked, "aws:SourceIp"},
		"a grant that asks for the address": {func(l *lab) {
			l.must(l.admin(archive).PutInline(l.Context(), hubRole, "Others", grants(`,"Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`)))
		}, steps.Unknown, steps.ResultRevoked, "aws:SourceIp"},
		"a Deny that asks for the address, and no grant": {func(l *lab) {
			l.must(l.admin(archive).PutInline(l.Context(), hubRole, "Others", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}]}`))
			addTo(l, keptOut)
		}, steps.Pass, steps.ResultRevoked, ""},
		"a grant that asks for nothing": {func(l *lab) {
			l.must(l.admin(archive).PutInline(l.Context(), hubRole, "Others", grants("")))
		}, steps.Fail, steps.ResultFailed, "Others"},
		"a policy of the role that may not be read": {func(l *lab) {
			l.must(l.admin(archive).PutInline(l.Context(), hubRole, "Others", grants("")))
			unread(l, "iam:GetRolePolicy")
		}, steps.Unknown, steps.ResultRevoked, "GetRolePolicy"},
		"a bucket policy that may not be read": {func(l *lab) {
			l.must(l.admin(archive).PutInline(l.Context(), hubRole, "Others", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}]}`))
			unread(l, "s3:GetBucketPolicy")
		}, steps.Unknown, steps.ResultRevoked, "GetBucketPolicy"},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, centralFile)
			store := steps.OpenStore(t.TempDir())
			l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
			c.change(l)
			l.withoutReader()
			r := l.revoke(store, s, steps.RevokeOptions{})
			l.expect(r, c.result)
			got := steps.CheckStatus("")
			for _, check := range r.Report.Checks {
				if check.ID == "access.get" {
					got = check.Status
					if !strings.Contains(check.Summary+check.Evidence, c.says) {
						t.Errorf("%s: %s; %s", check.Status, check.Summary, check.Evidence)
					}
				}
			}
			if got != c.want {
				t.Errorf("access.get is %q, want %q", got, c.want)
				l.tell(r.Report)
			}
		})
	}
}

// A role that stays and goes on letting the reader in, since nobody knows what its trust was, is no quiet end.
func TestRevokeSaysThatTheRoleStillLetsIn(t *testing.T) {
	inBubble(t, "no journal", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile)
		_, err := l.admin(archive).CreateRole(t.Context(), awsops.NewRole{Name: hubRole, Trust: policy.AssumeRoleTrust("arn:aws:iam::123456789012:root", "").String()})
		l.must(err)
		store := steps.OpenStore(t.TempDir())
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		for says, in := range map[string]*steps.Store{"": store, "role " + hubRole + " still lets Xshield in": steps.OpenStore(t.TempDir())} {
			p, err := l.engine.Knowing(in).PlanRevoke(t.Context(), s, steps.RevokeOptions{Before: in.Before(s.Name)})
			l.must(err)
			if names(p.Warnings, "still lets Xshield in") != (says != "") {
				t.Errorf("warnings are %q, want %q", p.Warnings, says)
			}
		}
	})
}
