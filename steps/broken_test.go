package steps_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

const (
	archive  = "444455556666"
	payments = "111122223333"
)

// admin acts in an account past flowgrant, as somebody else would.
func (l *lab) admin(account string) *awsops.Account {
	l.Helper()
	a, err := l.cloud("").Account(l.Context(), account, "aws", awsops.Credentials{AssumeRole: "OrganizationAccountAccessRole"})
	if err != nil {
		l.Fatal(err)
	}
	return a
}

func (l *lab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// keyedFile is the central set-up on a bucket that is there, with the customer key and a prefix.
func keyedFile(key string) string {
	return strings.NewReplacer(
		`bucket: {arn: "arn:aws:s3:::central-flow-logs", create: true, region: us-east-1}`,
		`bucket: {arn: "arn:aws:s3:::central-flow-logs/team", create: true, region: us-east-1, kms_key_arn: "`+key+`", expire_after_days: 30}`).Replace(centralFile)
}

func (l *lab) flowLogsKey() string {
	l.Helper()
	k, err := l.admin(archive).Key(l.Context(), "arn:aws:kms:us-east-1:444455556666:alias/flow-logs")
	l.must(err)
	return k.ARN
}

func TestVerifyNamesWhatIsBrokenAndApplyMendsIt(t *testing.T) {
	const role = "ColortokensHubFlowLogsRole"
	managed := "arn:aws:iam::444455556666:policy/ColorTokensHubAccountAccessRole"
	for name, c := range map[string]struct {
		breakIt func(context.Context, *lab, *awsops.Account)
		check   string
	}{
		"bucket policy without our statements": {func(ctx context.Context, l *lab, a *awsops.Account) {
			l.must(a.DeleteBucketPolicy(ctx, "us-east-1", "central-flow-logs"))
		}, "bucket-policy"},
		"bucket policy for other accounts": {func(ctx context.Context, l *lab, a *awsops.Account) {
			text, err := a.BucketPolicy(ctx, "us-east-1", "central-flow-logs")
			l.must(err)
			l.must(a.PutBucketPolicy(ctx, "us-east-1", "central-flow-logs", strings.ReplaceAll(text, payments, "555566667777")))
		}, "bucket-policy"},
		"key policy without delivery": {func(ctx context.Context, l *lab, a *awsops.Account) {
			key := l.flowLogsKey()
			text, err := a.KeyPolicy(ctx, key)
			l.must(err)
			d, err := policy.Parse(text)
			l.must(err)
			d.Statements = slices.DeleteFunc(d.Statements, func(s policy.Statement) bool { return strings.HasPrefix(s.Sid, "Flowgrant") })
			l.must(a.PutKeyPolicy(ctx, key, d.String()))
		}, "key-policy"},
		"trust with another external ID": {func(ctx context.Context, l *lab, a *awsops.Account) {
			text, err := a.Trust(ctx, role)
			l.must(err)
			l.must(a.PutTrust(ctx, role, strings.ReplaceAll(text, "xs-7f3a91", "xs-other")))
		}, "trust"},
		"trust without external ID": {func(ctx context.Context, l *lab, a *awsops.Account) {
			l.must(a.PutTrust(ctx, role, policy.AssumeRoleTrust("arn:aws:iam::999988887777:role/ColorTokensFlowLogsCloudSecurityServiceRole", "").String()))
		}, "trust"},
		"managed policy without an account": {func(ctx context.Context, l *lab, a *awsops.Account) {
			p, err := a.Policy(ctx, managed)
			l.must(err)
			_, err = a.CreatePolicyVersion(ctx, managed, strings.ReplaceAll(p.Document, payments, "555566667777"))
			l.must(err)
		}, "permissions"},
		"managed policy with another action": {func(ctx context.Context, l *lab, a *awsops.Account) {
			p, err := a.Policy(ctx, managed)
			l.must(err)
			_, err = a.CreatePolicyVersion(ctx, managed, strings.ReplaceAll(p.Document, "s3:GetObject", "s3:GetObjectAcl"))
			l.must(err)
		}, "permissions"},
		"managed policy detached": {func(ctx context.Context, l *lab, a *awsops.Account) {
			l.must(a.DetachPolicy(ctx, role, managed))
		}, "permissions"},
		"role deleted": {func(ctx context.Context, l *lab, a *awsops.Account) {
			l.must(a.DetachPolicy(ctx, role, managed))
			l.must(a.DeleteRole(ctx, role))
		}, "role"},
		"flow log deleted": {func(ctx context.Context, l *lab, _ *awsops.Account) {
			a := l.admin(payments)
			logs, err := a.FlowLogs(ctx, "us-east-1")
			l.must(err)
			l.must(a.DeleteFlowLogs(ctx, "us-east-1", []string{logs[0].ID}))
		}, "flow-logs"},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, keyedFile(l.flowLogsKey()))
			l.expect(l.apply(s), steps.ResultVerified)
			c.breakIt(t.Context(), l, l.admin(archive))
			r := l.verify(s)
			if r.Status != steps.ReportFailed {
				t.Errorf("verify says %s", r.Status)
			}
			if !slices.ContainsFunc(r.Checks, func(k steps.Check) bool { return k.ID == c.check && k.Status == steps.Fail && k.Fix != "" }) {
				t.Errorf("verify does not name %s:", c.check)
				l.tell(r)
			}
			for _, k := range r.Checks {
				if k.Status == steps.Fail && k.ID != c.check && !strings.HasPrefix(k.ID, "access") && k.ID != "delivery" && !(c.check == "role" && (k.ID == "trust" || k.ID == "permissions")) {
					t.Errorf("verify also blames %s: %s", k.ID, k.Summary)
				}
			}
			l.expect(l.apply(s), steps.ResultVerified)
			l.expect(l.apply(s), steps.ResultUnchanged)
		})
	}
}
