package steps_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// kept applies or revokes with a journal, as the program does.
func (l *lab) journaled(store *steps.Store, s steps.Setup, p *steps.Plan) steps.Result {
	l.Helper()
	l.engine.Knowing(store)
	j, err := store.Begin(s)
	l.must(err)
	defer func() { l.must(j.Close()) }()
	return l.engine.Run(l.Context(), p, steps.RunOptions{Wait: time.Minute, Journal: j, Emit: func(e steps.Event) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.events = append(l.events, e)
	}})
}

func (l *lab) revoke(store *steps.Store, s steps.Setup, o steps.RevokeOptions) steps.Result {
	l.Helper()
	o.Before = store.Before(s.Name)
	l.engine.Knowing(store)
	p, err := l.engine.PlanRevoke(l.Context(), s, o)
	l.must(err)
	return l.journaled(store, s, p)
}

func flowLogsOf(l *lab, account string) []awsops.FlowLog {
	l.Helper()
	logs, err := l.admin(account).FlowLogs(l.Context(), "us-east-1")
	l.must(err)
	return logs
}

// everything revoked: what was there before means what it meant, and nothing of ours is left.
func TestRevokePutsBackWhatWasThere(t *testing.T) {
	const hubRole = "ColortokensHubFlowLogsRole"
	inBubble(t, "centralized", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		a := l.admin(archive)
		key := l.flowLogsKey()
		l.must(a.Encrypt(t.Context(), "us-east-1", "archive-existing", key))
		trust := policy.AssumeRoleTrust("arn:aws:iam::999988887777:role/ColorTokensFlowLogsCloudSecurityServiceRole", "xs-drifted").With(
			policy.AssumeRoleTrust("arn:aws:iam::123456789012:root", "").Statements...)
		_, err := a.CreateRole(t.Context(), awsops.NewRole{Name: hubRole, Trust: trust.String()})
		l.must(err)
		bucketBefore, err := a.BucketPolicy(t.Context(), "us-east-1", "archive-existing")
		l.must(err)
		keyBefore, err := a.KeyPolicy(t.Context(), key)
		l.must(err)
		s := setup(t, central("central-flow-logs", "archive-existing"))
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)

		time.Sleep(time.Second)
		l.expect(l.revoke(store, s, steps.RevokeOptions{}), steps.ResultRevoked)
		time.Sleep(time.Second)
		if len(flowLogsOf(l, payments)) != 2 {
			t.Errorf("plain revoke took flow logs")
		}
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		l.expect(l.revoke(store, s, steps.RevokeOptions{FlowLogs: true, RestoreScope: true}), steps.ResultRevoked)
		bucketAfter, err := a.BucketPolicy(t.Context(), "us-east-1", "archive-existing")
		l.must(err)
		keyAfter, err := a.KeyPolicy(t.Context(), key)
		l.must(err)
		same(t, bucketBefore, bucketAfter)
		same(t, keyBefore, keyAfter)
		role, err := a.Role(t.Context(), hubRole)
		l.must(err)
		same(t, trust.String(), role.Trust)
		if len(role.Attached) > 0 || len(role.Inline) > 0 {
			t.Errorf("policies are left on the role: %+v", role)
		}
		if _, err := a.Policy(t.Context(), "arn:aws:iam::444455556666:policy/ColorTokensHubAccountAccessRole"); awsops.MeaningOf(err) != awsops.NotFound {
			t.Errorf("the managed policy is left: %v", err)
		}
		if left := append(flowLogsOf(l, payments), flowLogsOf(l, "222233334444")...); len(left) > 0 {
			t.Errorf("flow logs are left: %+v", left)
		}
		l.expect(l.revoke(store, s, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
	})
	inBubble(t, "per-account", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		a := l.admin(payments)
		l.must(a.CreateBucket(t.Context(), awsops.NewBucket{Name: "payments-flow-logs", Region: "us-east-1"}))
		const foreign = `{"Version":"2012-10-17","Statement":[{"Sid":"Audit","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::payments-flow-logs/audit/*"}]}`
		l.must(a.PutBucketPolicy(t.Context(), "us-east-1", "payments-flow-logs", foreign))
		before, err := a.InlineDocument(t.Context(), "ColorTokensCrossAccountAccessRole", "ColorTokensCrossAccountAccessPolicy")
		l.must(err)
		s := setup(t, perAccountFile)
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		l.expect(l.revoke(store, s, steps.RevokeOptions{FlowLogs: true, RestoreScope: true}), steps.ResultRevoked)
		after, err := a.InlineDocument(t.Context(), "ColorTokensCrossAccountAccessRole", "ColorTokensCrossAccountAccessPolicy")
		l.must(err)
		same(t, before, after)
		bucket, err := a.BucketPolicy(t.Context(), "us-east-1", "payments-flow-logs")
		l.must(err)
		same(t, foreign, bucket)
		if left := flowLogsOf(l, payments); len(left) > 0 {
			t.Errorf("flow logs are left: %+v", left)
		}
	})
	inBubble(t, "what the set-up created goes, with the bucket when it is empty", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		s := setup(t, centralFile)
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		l.calls.take(t)
		r := l.revoke(store, s, steps.RevokeOptions{FlowLogs: true, DeleteBucket: true})
		l.expect(r, steps.ResultFailed)
		if r.Failure.Step != steps.StepBucket || !strings.Contains(r.Failure.Cause, "not empty") || !strings.Contains(r.Failure.Fix, "leave out --delete-bucket") {
			t.Errorf("failure is %+v", r.Failure)
		}
		for _, c := range l.calls.take(t) {
			if c.Write {
				t.Errorf("%s:%s was called before it was known that the bucket is not empty", c.Service, c.Operation)
			}
		}
		l.expect(l.revoke(store, s, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
		a := l.admin(archive)
		if _, err := a.Role(t.Context(), hubRole); awsops.MeaningOf(err) != awsops.NotFound {
			t.Errorf("the role is left: %v", err)
		}
		left, err := a.BucketPolicy(t.Context(), "us-east-1", "central-flow-logs")
		l.must(err)
		if !strings.Contains(left, "TlsOnly") {
			t.Errorf("the bucket that stays lost its statement against plain HTTP: %s", left)
		}
		client := l.s3(archive)
		objects, _, err := a.Objects(t.Context(), "us-east-1", "central-flow-logs", "", "", 1000)
		l.must(err)
		for _, o := range objects {
			_, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("central-flow-logs"), Key: aws.String(o.Key)})
			l.must(err)
		}
		l.expect(l.revoke(store, s, steps.RevokeOptions{FlowLogs: true, DeleteBucket: true}), steps.ResultRevoked)
		if b, err := a.Bucket(t.Context(), "central-flow-logs", "us-east-1"); err != nil || b.State != awsops.BucketMissing {
			t.Errorf("the bucket is left: %v %v", b.State, err)
		}
	})
}

func same(t *testing.T, before, after string) {
	t.Helper()
	if !parsed(before).Equal(parsed(after)) {
		t.Errorf("means something else now:\n%s\n%s", before, after)
	}
}

// Another set-up that came to share role, policy and bucket after a revocation was planned keeps all of its own.
func TestRevokeBesideAnother(t *testing.T) {
	inBubble(t, "filled since the plan", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		line := func(id, name string) string {
			return `  - {id: "` + id + `", name: ` + name + `, credentials: {assume_role: OrganizationAccountAccessRole}}` + "\n"
		}
		one := setup(t, central("central-flow-logs", "archive-existing"), line("222233334444", "Storefront"), "")
		two := setup(t, central("central-flow-logs", "archive-existing"), line("111122223333", "Payments"), "", "name: central-logs", "name: other-logs")
		l.expect(l.journaled(store, one, l.plan(one)), steps.ResultVerified)
		o := steps.RevokeOptions{FlowLogs: true, Before: store.Before(one.Name)}
		stale, err := l.engine.PlanRevoke(t.Context(), one, o)
		l.must(err)
		l.expect(l.journaled(store, two, l.plan(two)), steps.ResultVerified)

		l.expect(l.journaled(store, one, stale), steps.ResultRevoked)
		l.expect(l.journaled(store, two, l.plan(two)), steps.ResultUnchanged)
		a := l.admin(archive)
		left, err := a.Policy(t.Context(), "arn:aws:iam::444455556666:policy/ColorTokensHubAccountAccessRole")
		l.must(err)
		if strings.Contains(left.Document, payments) || !strings.Contains(left.Document, "222233334444") {
			t.Errorf("the policy is %s", left.Document)
		}
		l.expect(l.revoke(store, two, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
	})
}

// A policy that goes is locked from its fresh reading to its deletion: nobody can put an entry in between.
func TestRevokeHoldsThePolicyUntilItIsGone(t *testing.T) {
	inBubble(t, "locked", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		s := setup(t, centralFile)
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		var begun atomic.Bool
		var free, watched atomic.Int32
		l.behind(func(operation string, send func() (*http.Response, error)) (*http.Response, error) {
			switch operation {
			case "GetPolicy", "GetPolicyVersion", "DetachRolePolicy", "DeletePolicy":
				if begun.Load() && watched.Add(1) > 0 && !store.Locked(t, "arn:aws:iam::444455556666:policy/ColorTokensHubAccountAccessRole") {
					free.Add(1)
				}
			}
			return send()
		})
		p, err := l.engine.PlanRevoke(t.Context(), s, steps.RevokeOptions{Before: store.Before(s.Name)})
		l.must(err)
		begun.Store(true)
		l.expect(l.journaled(store, s, p), steps.ResultRevoked)
		if free.Load() > 0 || watched.Load() < 4 {
			t.Errorf("%d of %d calls were made without the lock", free.Load(), watched.Load())
		}
	})
}
