package steps_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

const everyRead = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*","logs:*"],"Resource":"*"}]}`

// boundUnseen puts a permissions boundary on a role that whoever acts in the account may not read. It gives its ARN.
func (l *lab) boundUnseen(account, role, document string) string {
	l.Helper()
	arn, err := l.admin(account).CreatePolicy(l.Context(), newPolicy("Boundary", document))
	l.must(err)
	_, err = l.sdk(account, "us-east-1").iam().PutRolePermissionsBoundary(l.Context(), &iam.PutRolePermissionsBoundaryInput{RoleName: aws.String(role), PermissionsBoundary: aws.String(arn)})
	l.must(err)
	l.must(l.admin(account).PutInline(l.Context(), "OrganizationAccountAccessRole", "NoReading", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:GetPolicy","Resource":"`+arn+`"}]}`))
	return arn
}

func statusOf(r steps.Report, id string) steps.CheckStatus {
	for _, c := range r.Checks {
		if c.ID == id {
			return c.Status
		}
	}
	return ""
}

func names(lines []string, text string) bool {
	return slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, text) })
}

// A permissions boundary that may not be read stops neither plan nor proof nor revocation: it is named, and what hangs on it is unknown until the reader
// itself, or a delivery, has shown it.
func TestBoundaryThatMayNotBeRead(t *testing.T) {
	inBubble(t, "verify", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile)
		l.expect(l.apply(s), steps.ResultVerified)
		arn := l.boundUnseen(archive, hubRole, everyRead)
		if p := l.plan(s); !names(p.Warnings, arn) || p.Changes() > 0 || len(p.Blocked()) > 0 {
			t.Errorf("%d changes, warnings are %q", p.Changes(), p.Warnings)
		}
		r := l.verify(s)
		if r.Status != steps.ReportVerified || !names(r.Limits, arn) {
			t.Errorf("the reader has read, and it is %s; limits are %q", r.Status, r.Limits)
			l.tell(r)
		}
		l.withoutReader()
		r = l.verify(s)
		for _, id := range []string{"access.list", "access.locate", "access.get", "access.denies"} {
			if got := statusOf(r, id); got != steps.Unknown {
				t.Errorf("%s is %s", id, got)
				l.tell(r)
			}
		}
		if r.Status != steps.ReportUnproven {
			t.Errorf("verify is %s", r.Status)
		}
	})
	inBubble(t, "keeps the reader out", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile)
		l.expect(l.apply(s), steps.ResultVerified)
		l.boundUnseen(archive, hubRole, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}`)
		if r := l.verify(s); r.Status != steps.ReportFailed || statusOf(r, "access.real") == "" {
			t.Errorf("verify is %s", r.Status)
		}
	})
	inBubble(t, "apply", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, perAccountFile)
		l.boundUnseen(payments, existingRole, everyRead)
		l.expect(l.apply(s), steps.ResultVerified)
	})
	inBubble(t, "log group", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, groups()(l))
		l.expect(l.apply(s), steps.ResultVerified)
		arn := l.boundUnseen(payments, deliveryRole, everyRead)
		r := l.verify(s)
		if got := statusOf(r, "access.write"); got != steps.Pass || !names(r.Limits, arn) {
			t.Errorf("logs arrive, and access.write is %s; limits are %q", got, r.Limits)
		}
	})
	inBubble(t, "revoke", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		s := setup(t, centralFile)
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		arn := l.boundUnseen(archive, hubRole, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}`)
		l.must(l.admin(archive).PutInline(l.Context(), hubRole, "Others", `{"Version":"2012-10-17","Statement":[{"Sid":"Others","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::central-flow-logs/*"}]}`))
		l.withoutReader()
		r := l.revoke(store, s, steps.RevokeOptions{})
		l.expect(r, steps.ResultRevoked)
		if got := statusOf(r.Report, "access.get"); got != steps.Unknown || !names(r.Report.Limits, arn) {
			t.Errorf("access.get is %s; limits are %q", got, r.Report.Limits)
			l.tell(r.Report)
		}
	})
}
