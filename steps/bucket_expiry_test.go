package steps_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// deaf answers that the expiry of logs is set, and does not set it the first few times.
type deaf struct {
	world *sandbox.Sandbox
	times *int
}

func (d deaf) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPut && r.URL.Query().Has("lifecycle") {
		if *d.times--; *d.times >= 0 {
			return answer(http.StatusOK, "application/xml", ""), nil
		}
	}
	return d.world.RoundTrip(r)
}

// When logs expire is read back like every other setting of the bucket.
func TestExpiryIsProved(t *testing.T) {
	inBubble(t, "not set", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		key, secret := l.world.Credentials()
		times := 1
		cloud, err := awsops.Open(t.Context(), awsops.Config{Embedded: deaf{l.world, &times}, EmbeddedKey: key, EmbeddedSecret: secret, CallLog: l.calls, Version: "test"})
		l.must(err)
		l.engine = steps.NewEngine(cloud)
		s := setup(t, strings.Replace(centralFile, "region: us-east-1}", "region: us-east-1, expire_after_days: 30}", 1))
		r := l.apply(s)
		l.expect(r, steps.ResultFailed)
		if r.Failure.Step != steps.StepBucket || !strings.Contains(r.Failure.Cause, "expire logs after 30 days") {
			t.Errorf("the failure is %+v", r.Failure)
		}
		l.expect(l.apply(s), steps.ResultVerified)
		l.expect(l.apply(s), steps.ResultUnchanged)
	})
}
