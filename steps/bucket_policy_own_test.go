package steps_test

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// Set-ups that share a bucket and its key each have all of their own statements, whatever the other's let, so that either can go.
func TestEachSetupHasItsOwnStatements(t *testing.T) {
	for name, prefix := range map[string]string{"other prefix": "archive-existing/team", "same place": "archive-existing"} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			a := l.admin(archive)
			key := l.flowLogsKey()
			l.must(a.Encrypt(t.Context(), "us-east-1", "archive-existing", key))
			// A key that leaves nothing to IAM, so that the role needs a statement too.
			const strict = `{"Version":"2012-10-17","Statement":[{"Sid":"Admins","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:role/OrganizationAccountAccessRole"},"Action":"kms:*","Resource":"*"}]}`
			l.must(a.PutKeyPolicy(t.Context(), key, strict))
			one := setup(t, central("central-flow-logs", "archive-existing"))
			two := setup(t, central("central-flow-logs", prefix), "name: central-logs", "name: other-logs")
			first := steps.OpenStore(t.TempDir())
			l.expect(l.journaled(first, one, l.plan(one)), steps.ResultVerified)
			alone, err := a.BucketPolicy(t.Context(), "us-east-1", "archive-existing")
			l.must(err)
			elsewhere := steps.OpenStore(t.TempDir()) // another computer's, which knows nothing of the first
			l.expect(l.journaled(elsewhere, two, l.plan(two)), steps.ResultVerified)
			l.expect(l.journaled(elsewhere, two, l.plan(two)), steps.ResultUnchanged)

			// In a policy from before, where the second has only what the first one lacked, the next plan adds the rest.
			both, err := a.BucketPolicy(t.Context(), "us-east-1", "archive-existing")
			l.must(err)
			before := parsed(both)
			for _, st := range before.Statements {
				if _, there := parsed(alone).Statement(st.Sid); there < 0 && strings.HasSuffix(st.Sid, "AclCheck") {
					before = before.Without(st.Sid)
				}
			}
			if len(before.Statements) == len(parsed(both).Statements) {
				t.Fatalf("the second set-up has no statement of its own for the bucket's ACL: %s", both)
			}
			l.must(a.PutBucketPolicy(t.Context(), "us-east-1", "archive-existing", before.String()))
			l.expect(l.journaled(elsewhere, two, l.plan(two)), steps.ResultVerified)
			mended, err := a.BucketPolicy(t.Context(), "us-east-1", "archive-existing")
			l.must(err)
			same(t, both, mended)

			bucket, keyPolicy := parsed(mended), l.keyPolicy(key)
			for _, d := range []*policy.Document{&bucket, &keyPolicy} {
				for _, st := range d.Clone().Statements {
					if _, there := parsed(alone).Statement(st.Sid); strings.HasPrefix(st.Sid, oneSid(alone)) || there >= 0 && strings.HasPrefix(st.Sid, "Flowgrant") {
						*d = d.Without(st.Sid)
					}
				}
			}
			l.must(a.PutBucketPolicy(t.Context(), "us-east-1", "archive-existing", bucket.String()))
			l.must(a.PutKeyPolicy(t.Context(), key, keyPolicy.String()))
			if r := l.verify(two); r.Status != steps.ReportVerified {
				l.tell(r)
				t.Errorf("without the first one's statements the second is %s", r.Status)
			}
		})
	}
}

// oneSid is how the Sids of the only set-up in a policy begin.
func oneSid(text string) string {
	for _, st := range parsed(text).Statements {
		if strings.HasPrefix(st.Sid, "Flowgrant") {
			return st.Sid[:len("Flowgrant")+8]
		}
	}
	return "none"
}

func (l *lab) keyPolicy(key string) policy.Document {
	l.Helper()
	text, err := l.admin(archive).KeyPolicy(l.Context(), key)
	l.must(err)
	return parsed(text)
}
