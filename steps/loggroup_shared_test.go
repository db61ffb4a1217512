package steps_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// deliveryLeft lists what set-ups to log groups made in Payments and is still there.
func (l *lab) deliveryLeft() []string {
	l.Helper()
	var found []string
	a := l.admin(payments)
	if role, err := a.Role(l.Context(), deliveryRole); err == nil {
		found = append(found, "role")
		for _, p := range role.Inline {
			found = append(found, "policy "+p.Name)
		}
	}
	for _, region := range []string{"us-east-1", "eu-west-1"} {
		logs, err := a.FlowLogs(l.Context(), region)
		l.must(err)
		for _, f := range logs {
			if f.Tags[steps.TagSetup] != "" {
				found = append(found, "flow log "+f.LogGroup+" of "+f.Tags[steps.TagSetup])
			}
		}
	}
	return found
}

func (l *lab) delivers(s steps.Setup) {
	l.Helper()
	if r := l.verify(s); r.Status != steps.ReportVerified {
		l.Errorf("%s does not deliver any more", s.Name)
		l.tell(r)
	}
}

// Set-ups to log groups that share role, log group and flow logs: each keeps what it needs, and the last one leaves nothing.
func TestLogGroupSetupsShare(t *testing.T) {
	all := steps.RevokeOptions{FlowLogs: true, DeleteLogGroup: true}
	for name, change := range map[string][]string{
		"everything":         {"payments-groups", "second-groups"},
		"the role":           {"payments-groups", "second-groups", "/vpc/flow-logs", "/vpc/other"},
		"another region too": {"payments-groups", "second-groups", "regions: [us-east-1, eu-west-1]", "regions: [eu-west-1]"},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			store := steps.OpenStore(t.TempDir())
			one, two := setup(t, groupFile), setup(t, groupFile, change...)
			l.expect(l.journaled(store, one, l.plan(one)), steps.ResultVerified)
			l.applied(l.journaled(store, two, l.plan(two)))

			l.expect(l.revoke(store, one, all), steps.ResultRevoked)
			l.delivers(two)
			l.expect(l.revoke(store, two, all), steps.ResultRevoked)
			l.expect(l.revoke(store, one, all), steps.ResultRevoked)
			for _, what := range l.deliveryLeft() {
				t.Errorf("left: %s", what)
			}
		})
		inBubble(t, name+", the other first", func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			store := steps.OpenStore(t.TempDir())
			one, two := setup(t, groupFile), setup(t, groupFile, change...)
			l.expect(l.journaled(store, one, l.plan(one)), steps.ResultVerified)
			l.applied(l.journaled(store, two, l.plan(two)))

			l.expect(l.revoke(store, two, all), steps.ResultRevoked)
			l.delivers(one)
			l.expect(l.revoke(store, one, all), steps.ResultRevoked)
			for _, what := range l.deliveryLeft() {
				t.Errorf("left: %s", what)
			}
		})
	}
	inBubble(t, "the plan says whose it is", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		one, two := setup(t, groupFile), setup(t, groupFile, "payments-groups", "second-groups")
		l.expect(l.journaled(store, one, l.plan(one)), steps.ResultVerified)
		l.applied(l.journaled(store, two, l.plan(two)))
		p, err := l.engine.PlanRevoke(t.Context(), one, all)
		l.must(err)
		said := ""
		for _, st := range p.Steps {
			said += st.Summary + "\n"
		}
		for _, want := range []string{"set-up second-groups relies on it", "stays: set-up second-groups delivers by it", "the role stays: set-up second-groups delivers with it", "the log group stays: set-up second-groups delivers to it"} {
			if !strings.Contains(said, want) {
				t.Errorf("the plan does not say %q:\n%s", want, said)
			}
		}
		if p.Changes() > 0 {
			t.Errorf("%d changes are planned:\n%s", p.Changes(), said)
		}
	})
	inBubble(t, "come since the plan", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		one, two := setup(t, groupFile), setup(t, groupFile, "payments-groups", "second-groups")
		l.expect(l.journaled(store, one, l.plan(one)), steps.ResultVerified)
		l.engine.Knowing(store)
		stale, err := l.engine.PlanRevoke(t.Context(), one, all)
		l.must(err)
		l.applied(l.journaled(store, two, l.plan(two)))
		l.expect(l.journaled(store, one, stale), steps.ResultRevoked)
		l.delivers(two)
	})
	inBubble(t, "a flow log of somebody else by the same role", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		s := setup(t, groupFile, "regions: [us-east-1, eu-west-1]", "regions: [us-east-1]")
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		a := l.admin(payments)
		role, err := a.Role(t.Context(), deliveryRole)
		l.must(err)
		l.must(a.PutInline(t.Context(), deliveryRole, "theirs", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}`))
		l.must(a.CreateLogGroup(t.Context(), "eu-west-1", "/theirs", nil))
		vpcs, err := a.VPCs(t.Context(), "eu-west-1")
		l.must(err)
		_, err = a.CreateFlowLogs(t.Context(), "eu-west-1", awsops.NewFlowLogs{VPCs: []string{vpcs[0].ID}, Traffic: "ALL", Interval: 600, Kind: "cloud-watch-logs",
			Destination: "arn:aws:logs:eu-west-1:" + payments + ":log-group:/theirs", Role: role.ARN, Format: flowrecord.Format(flowrecord.DefaultV2...)})
		l.must(err)
		l.must(a.DeleteInline(t.Context(), deliveryRole, "theirs"))
		l.expect(l.revoke(store, s, all), steps.ResultRevoked)
		if _, err := a.Role(t.Context(), deliveryRole); err != nil {
			t.Errorf("the role that a flow log of somebody else delivers with is gone: %v", err)
		}
	})
	t.Run("at the same moment", func(t *testing.T) { // locks of files do not wait in a bubble
		for n := range 4 {
			l := newLab(t, sandbox.Options{})
			store := steps.OpenStore(t.TempDir())
			setups := []steps.Setup{setup(t, groupFile), setup(t, groupFile, []string{"payments-groups", "second-groups", "/vpc/flow-logs", []string{"/vpc/flow-logs", "/vpc/other"}[n%2]}...)}
			for _, s := range setups {
				l.engine.Knowing(store)
				j, err := store.Begin(s)
				l.must(err)
				l.engine.Run(t.Context(), l.plan(s), steps.RunOptions{Journal: j})
				l.must(j.Close())
			}
			var wg sync.WaitGroup
			for _, s := range setups {
				p, err := l.engine.PlanRevoke(t.Context(), s, all)
				l.must(err)
				wg.Go(func() {
					j, err := store.Begin(s)
					if err != nil {
						t.Error(err)
						return
					}
					if r := l.engine.Run(t.Context(), p, steps.RunOptions{Journal: j}); r.Status != steps.ResultRevoked {
						t.Errorf("%s: %s %+v", s.Name, r.Status, r.Failure)
					}
					_ = j.Close()
				})
			}
			wg.Wait()
			for _, s := range setups { // one that left before the other had begun leaves what that one still used
				p, err := l.engine.PlanRevoke(t.Context(), s, all)
				l.must(err)
				j, err := store.Begin(s)
				l.must(err)
				l.engine.Run(t.Context(), p, steps.RunOptions{Journal: j})
				l.must(j.Close())
			}
			for _, what := range l.deliveryLeft() {
				t.Errorf("left: %s", what)
			}
		}
	})
}
