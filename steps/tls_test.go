package steps_test

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// bucket.tls_only that is taken back takes the set-up's own statement out of the policy, shown as a change, and leaves what others put there.
func TestTLSOnlyTakenBack(t *testing.T) {
	inBubble(t, "own bucket", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		l.expect(l.apply(setup(t, centralFile)), steps.ResultVerified)
		l.addToBucketPolicy(hubBucket, `{"Sid":"Theirs","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::central-flow-logs/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`)
		plain := setup(t, centralFile, "create: true,", "create: true, tls_only: false,")
		p := l.plan(plain)
		for _, step := range p.Steps {
			if step.Step == steps.StepBucketPolicy && (step.Change != steps.ChangeUpdate || step.Summary != "no longer deny plain HTTP" || strings.Contains(*step.After, "TlsOnly")) {
				t.Errorf("planned is %s: %s", step.Change, step.Summary)
			}
		}
		if p.Changes() != 1 {
			t.Errorf("%d changes", p.Changes())
		}
		l.expect(l.run(t.Context(), p, 0), steps.ResultVerified)
		text, err := l.admin(archive).BucketPolicy(t.Context(), "us-east-1", hubBucket)
		l.must(err)
		if strings.Contains(text, "TlsOnly") || !strings.Contains(text, "Theirs") || !strings.Contains(text, "AclCheck") {
			t.Errorf("the policy is %s", text)
		}
		l.expect(l.apply(plain), steps.ResultUnchanged)
	})
}
