package steps_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

const existingRole = "ColorTokensCrossAccountAccessRole"

// --restore-scope gives the role's S3 statement back to every bucket, whatever is still known of it, or says that it does not.
func TestRestoreScope(t *testing.T) {
	type act func(l *lab, store *steps.Store, dir string)
	one := func(t *testing.T) steps.Setup { return setup(t, perAccountFile) }
	two := func(t *testing.T) steps.Setup {
		return setup(t, perAccountFile, "name: payments-logs", "name: second-logs", "payments-flow-logs", "second-flow-logs")
	}
	apply := func(s func(*testing.T) steps.Setup) act {
		return func(l *lab, store *steps.Store, _ string) {
			l.expect(l.journaled(store, s(l.T), l.plan(s(l.T))), steps.ResultVerified)
		}
	}
	revoke := func(s func(*testing.T) steps.Setup, want steps.ResultStatus, o steps.RevokeOptions, says ...string) act {
		return func(l *lab, store *steps.Store, _ string) {
			l.Helper()
			r := l.revoke(store, s(l.T), o)
			l.expect(r, want)
			for _, text := range says {
				if !strings.Contains(strings.Join(r.NotMade, "; "), text) {
					l.Errorf("what was not made is %q, want %q in it", r.NotMade, text)
				}
			}
		}
	}
	forget := func(l *lab, _ *steps.Store, dir string) {
		l.must(os.RemoveAll(filepath.Join(dir, "setups", "payments-logs")))
	}
	scope := steps.RevokeOptions{FlowLogs: true, RestoreScope: true}
	for name, acts := range map[string][]act{
		"with nothing kept":                           {apply(one), forget, revoke(one, steps.ResultRevoked, scope)},
		"after a plain revocation":                    {apply(one), revoke(one, steps.ResultRevoked, steps.RevokeOptions{}), revoke(one, steps.ResultRevoked, scope)},
		"after a plain revocation, with nothing kept": {apply(one), revoke(one, steps.ResultRevoked, steps.RevokeOptions{}), forget, revoke(one, steps.ResultRevoked, scope)},
		"twice": {apply(one), revoke(one, steps.ResultRevoked, scope), revoke(one, steps.ResultRevoked, scope)},
		"two buckets: the last one widens": {apply(one), apply(two),
			revoke(one, steps.ResultWaiting, scope, "second-flow-logs (set-up second-logs) is still scoped"), revoke(two, steps.ResultRevoked, scope), revoke(one, steps.ResultRevoked, scope)},
		"granted again after the sessions were ended": {apply(one), revoke(one, steps.ResultRevoked, steps.RevokeOptions{EndSessions: true}), apply(one), revoke(one, steps.ResultRevoked, scope)},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			dir := t.TempDir()
			store := steps.OpenStore(dir)
			before, err := l.admin(payments).Role(t.Context(), existingRole)
			l.must(err)
			for _, do := range acts {
				do(l, store, dir)
				time.Sleep(time.Second)
			}
			after, err := l.admin(payments).Role(t.Context(), existingRole)
			l.must(err)
			if len(after.Inline) != len(before.Inline) {
				t.Fatalf("the role has the policies %+v", after.Inline)
			}
			same(t, before.Inline[0].Document, after.Inline[0].Document)
		})
	}
}

// What cannot be known is not guessed: the revocation takes the access back and leaves the rest, told, to somebody who knows.
func TestRestoreScopeUnknown(t *testing.T) {
	inBubble(t, "no trace", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		a := l.admin(payments)
		const whole = `{"Version":"2012-10-17","Statement":[{"Sid":"Reads","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation"],"Resource":"*"},{"Sid":"Names","Effect":"Allow","Action":"iam:ListRoles","Resource":"*"}]}`
		l.must(a.PutInline(t.Context(), existingRole, "ColorTokensCrossAccountAccessPolicy", whole))
		s := setup(t, perAccountFile)
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		l.expect(l.revoke(store, s, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
		store = steps.OpenStore(t.TempDir())
		r := l.revoke(store, s, steps.RevokeOptions{FlowLogs: true, RestoreScope: true})
		l.expect(r, steps.ResultWaiting)
		if told := strings.Join(r.NotMade, "; "); !strings.Contains(told, "nothing tells what it was") {
			t.Errorf("what was not made is %q", told)
		}
	})
	inBubble(t, "a copy is kept", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		a := l.admin(payments)
		const whole = `{"Version":"2012-10-17","Statement":[{"Sid":"Reads","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation"],"Resource":"arn:aws:s3:::*"},{"Sid":"Names","Effect":"Allow","Action":"iam:ListRoles","Resource":"*"}]}`
		l.must(a.PutInline(t.Context(), existingRole, "ColorTokensCrossAccountAccessPolicy", whole))
		s := setup(t, perAccountFile)
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		l.expect(l.revoke(store, s, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
		time.Sleep(time.Second)
		l.expect(l.revoke(store, s, steps.RevokeOptions{RestoreScope: true}), steps.ResultRevoked)
		after, err := a.InlineDocument(t.Context(), existingRole, "ColorTokensCrossAccountAccessPolicy")
		l.must(err)
		same(t, whole, after)
	})
	inBubble(t, "there was none", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		a := l.admin(payments)
		const none = `{"Version":"2012-10-17","Statement":[{"Sid":"Names","Effect":"Allow","Action":"iam:ListRoles","Resource":"*"}]}`
		l.must(a.PutInline(t.Context(), existingRole, "ColorTokensCrossAccountAccessPolicy", none))
		s := setup(t, perAccountFile)
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		l.expect(l.revoke(store, s, steps.RevokeOptions{FlowLogs: true, RestoreScope: true}), steps.ResultRevoked)
	})
}

// A policy of the console's name that ends sessions stays where somebody else put it; flowgrant's own goes with a revocation that does not ask for it.
func TestRevokeKeepsSessionsThatOthersEnded(t *testing.T) {
	inBubble(t, "foreign", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		a := l.admin(payments)
		deny := policy.New(policy.Statement{Effect: policy.Deny, Action: policy.List("*"), Resource: policy.List("*"),
			Condition: policy.Condition{{Operator: "DateLessThan", Key: "aws:TokenIssueTime", Values: policy.One("1999-01-01T00:00:00Z")}}})
		l.must(a.PutInline(t.Context(), existingRole, "AWSRevokeOlderSessions", deny.String()))
		s := setup(t, perAccountFile)
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		l.expect(l.revoke(store, s, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
		role, err := a.Role(t.Context(), existingRole)
		l.must(err)
		if !slices.ContainsFunc(role.Inline, func(p awsops.InlinePolicy) bool { return p.Name == "AWSRevokeOlderSessions" }) {
			t.Error("the policy of somebody else is gone")
		}
	})
}

// A statement that still lets the reader in is told with the document that it stands in.
func TestProofsNameTheDocument(t *testing.T) {
	inBubble(t, "inline", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		s := setup(t, perAccountFile)
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		said := ""
		for _, c := range l.verify(s).Checks {
			said += c.Evidence + "\n"
		}
		if want := "statement ColorTokensS3Access of the inline policy ColorTokensCrossAccountAccessPolicy"; !strings.Contains(said, want) {
			t.Errorf("the evidence does not say %q:\n%s", want, said)
		}
		const foreign = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`
		l.must(l.admin(payments).PutInline(t.Context(), existingRole, "SomebodyElses", foreign))
		r := l.revoke(store, s, steps.RevokeOptions{FlowLogs: true})
		l.expect(r, steps.ResultFailed)
		if want := "statement number 1 of the inline policy SomebodyElses"; !strings.Contains(r.Failure.Cause, want) {
			t.Errorf("the cause is %q, want %q in it", r.Failure.Cause, want)
		}
	})
}
