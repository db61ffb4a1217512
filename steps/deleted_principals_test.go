package steps_test

import (
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// withDeletedRole adds a statement to a policy that names a role which is deleted then.
func (l *lab) withDeletedRole(text string, put func(string) error) {
	l.Helper()
	const arn = "arn:aws:iam::444455556666:role/Former"
	home := l.admin(archive)
	_, err := home.CreateRole(l.Context(), awsops.NewRole{Name: "Former", Trust: policyOf(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"sts:AssumeRole"}`)})
	l.must(err)
	statement := `{"Sid":"FormerTeam","Effect":"Allow","Principal":{"AWS":"` + arn + `"},"Action":["s3:GetObject"],"Resource":"arn:aws:s3:::archive-existing/former/*"}`
	if strings.Contains(text, "kms:") {
		statement = `{"Sid":"FormerTeam","Effect":"Allow","Principal":{"AWS":"` + arn + `"},"Action":"kms:Decrypt","Resource":"*"}`
	}
	l.must(put(strings.Replace(text, `"Statement":[`, `"Statement":[`+statement+",", 1)))
	l.must(home.DeleteRole(l.Context(), "Former"))
}

// AWS refuses a policy that names a deleted role, whoever wrote that statement: it is known before the first write, and whose statement it is told.
func TestAPolicyThatNamesADeletedRole(t *testing.T) {
	existing := []string{"central-flow-logs", "archive-existing", "create: true", "create: false"}
	withKey := []string{"create: true,", "create: true, kms_key_arn: KEY,"}
	for name, c := range map[string]struct {
		change []string
		prove  func(*lab)
	}{
		"bucket": {existing, func(l *lab) {
			text, err := l.admin(archive).BucketPolicy(l.Context(), "us-east-1", "archive-existing")
			l.must(err)
			l.withDeletedRole(text, func(now string) error {
				return l.admin(archive).PutBucketPolicy(l.Context(), "us-east-1", "archive-existing", now)
			})
		}},
		"key": {withKey, func(l *lab) {
			text, err := l.admin(archive).KeyPolicy(l.Context(), l.flowLogsKey())
			l.must(err)
			l.withDeletedRole(text, func(now string) error { return l.admin(archive).PutKeyPolicy(l.Context(), l.flowLogsKey(), now) })
		}},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			c.prove(l)
			s := setup(t, strings.Replace(strings.NewReplacer(c.change...).Replace(centralFile), "KEY", l.flowLogsKey(), 1))
			l.calls.take(t)
			r := l.apply(s)
			l.expect(r, steps.ResultFailed)
			for _, call := range l.calls.take(t) {
				if call.Write {
					t.Errorf("written was %s", call.Operation)
				}
			}
			if r.Failure == nil || !strings.Contains(r.Failure.Cause, "statement FormerTeam") || !strings.Contains(r.Failure.Cause, "AROA") || !strings.Contains(r.Failure.Fix, "out of statement FormerTeam") {
				t.Errorf("told is %+v", r.Failure)
			}
		})
	}
	inBubble(t, "revoke", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile, existing...)
		l.expect(l.apply(s), steps.ResultVerified)
		home := l.admin(archive)
		text, err := home.BucketPolicy(t.Context(), "us-east-1", "archive-existing")
		l.must(err)
		l.withDeletedRole(text, func(now string) error {
			return home.PutBucketPolicy(t.Context(), "us-east-1", "archive-existing", now)
		})
		revoke := func() steps.Result {
			p, err := l.engine.PlanRevoke(t.Context(), s, steps.RevokeOptions{FlowLogs: true})
			l.must(err)
			return l.run(t.Context(), p, time.Minute)
		}
		r := revoke()
		l.expect(r, steps.ResultFailed)
		if r.Failure == nil || !strings.Contains(r.Failure.Cause, "statement FormerTeam") || !strings.Contains(r.Failure.Fix, "out of statement FormerTeam") {
			t.Errorf("told is %+v", r.Failure)
		}
		if _, err := home.Role(t.Context(), hubRole); awsops.MeaningOf(err) != awsops.NotFound {
			t.Errorf("the reader's role is still there: %v", err)
		}
		l.must(home.PutBucketPolicy(t.Context(), "us-east-1", "archive-existing", strings.Replace(text, "AuditTeamRead", "AuditTeam", 1)))
		l.expect(revoke(), steps.ResultRevoked)
	})
}
