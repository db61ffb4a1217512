package steps_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// asked collects what a person would be told of expired credentials.
type asked struct {
	mu   sync.Mutex
	list []steps.Lapse
}

func (a *asked) lapsed(_ context.Context, l steps.Lapse) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = append(a.list, l)
}

// opened puts an engine over a cloud of its own in place.
func (l *lab) opened(change func(*awsops.Config)) {
	l.Helper()
	key, secret := l.world.Credentials()
	c := awsops.Config{Embedded: l.world, EmbeddedKey: key, EmbeddedSecret: secret, CallLog: l.calls, Version: "test"}
	change(&c)
	cloud, err := awsops.Open(l.Context(), c)
	l.must(err)
	l.engine = steps.NewEngine(cloud)
}

func expiring(t *testing.T, lapse time.Duration, faults ...string) sandbox.Options {
	t.Helper()
	o := sandbox.Options{Lapse: lapse}
	for _, text := range faults {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		o.Faults = append(o.Faults, f)
	}
	return o
}

func (l *lab) waits(step steps.StepName, why string) bool {
	return slices.ContainsFunc(l.events, func(e steps.Event) bool {
		s, ok := e.(steps.StepEvent)
		return ok && s.Step == step && s.Status == steps.Waiting && strings.Contains(s.Message, why)
	})
}

// Credentials that expire in the middle of a run are asked for once; the run waits for fresh ones, and nothing is made twice.
func TestExpiredCredentialsAreWaitedFor(t *testing.T) {
	for _, c := range []struct {
		fault string
		step  steps.StepName
	}{
		{"iam:CreateRole#1=expired", steps.StepRole}, {"s3:PutBucketPolicy#1=expired", steps.StepBucketPolicy},
		{"ec2:CreateFlowLogs#1=expired", steps.StepFlowLogs}, {"ec2:DescribeFlowLogs#5=expired", ""}, {"s3:ListObjectsV2#2=expired", steps.StepDelivery},
		{"ec2:DescribeVpcs#1=expired", ""}, {"s3:GetBucketPolicy#1=expired", ""}, {"s3:HeadBucket#1=expired", ""}, {"s3:HeadBucket#2=expired", steps.StepBucket}, // while the plan is read
	} {
		inBubble(t, c.fault, func(t *testing.T) {
			l := newLab(t, expiring(t, 100*time.Second, c.fault))
			var told asked
			l.opened(func(c *awsops.Config) { c.Lapsed = told.lapsed })
			begun, s := time.Now(), setup(t, centralFile)
			l.expect(l.apply(s), steps.ResultVerified)
			l.noDuplicates(s)
			if took := time.Since(begun); took < 100*time.Second {
				t.Errorf("it took %s", took)
			}
			unknown := c.step == "" && len(told.list) == 1 && told.list[0].Account == "" // it may come before anybody asked who acts
			if len(told.list) != 1 || told.list[0].Account != "123456789012" && !unknown || told.list[0].Refused != "" {
				t.Errorf("a person was told %+v", told.list)
			}
			if c.step != "" && !l.waits(c.step, "waiting for a fresh login") {
				t.Errorf("%s did not tell that it waits", c.step)
			}
		})
	}
}

// A fresh login that does not come ends the run with its cause, and being asked to stop ends it as interrupted; either way it is gone on with.
func TestExpiredCredentialsThatStayExpired(t *testing.T) {
	inBubble(t, "bounded", func(t *testing.T) {
		l := newLab(t, expiring(t, time.Hour, "iam:CreateRole#1=expired"))
		l.opened(func(c *awsops.Config) { c.LoginWait = 15 * time.Minute })
		s := setup(t, centralFile)
		begun := time.Now()
		r := l.apply(s)
		l.expect(r, steps.ResultFailed)
		if !strings.Contains(r.Failure.Cause, "no fresh login came within 15m0s") || time.Since(begun) > 17*time.Minute {
			t.Errorf("after %s: %+v", time.Since(begun), r.Failure)
		}
		time.Sleep(time.Hour)
		l.expect(l.apply(s), steps.ResultVerified)
		l.noDuplicates(s)
	})
	inBubble(t, "interrupted", func(t *testing.T) {
		l := newLab(t, expiring(t, time.Hour, "iam:CreateRole#1=expired"))
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		l.opened(func(c *awsops.Config) {
			c.Lapsed = func(context.Context, steps.Lapse) { stop() }
		})
		s := setup(t, centralFile)
		begun := time.Now()
		l.expect(l.run(ctx, l.plan(s), time.Minute), steps.ResultInterrupted)
		if took := time.Since(begun); took > time.Minute {
			t.Errorf("stopping took %s", took)
		}
		time.Sleep(time.Hour)
		l.expect(l.apply(s), steps.ResultVerified)
		l.noDuplicates(s)
	})
}
