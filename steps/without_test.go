package steps_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// Without the account and region whose flow logs fail, the rest comes to "verified", and nothing more is asked of that account and region.
func TestTheRestIsVerifiedWithoutWhatFails(t *testing.T) {
	for name, c := range map[string]struct {
		file  string
		leave [2]string // account and region
	}{
		"account": {central(), [2]string{"222233334444", "us-east-1"}},
		"region":  {central("regions: [us-east-1]", "regions: [us-east-1, eu-west-1]"), [2]string{payments, "eu-west-1"}},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			p := l.plan(setup(t, c.file))
			at := slices.IndexFunc(p.Steps, func(s steps.PlannedStep) bool {
				return s.Step == steps.StepFlowLogs && s.Account == c.leave[0] && s.Region == c.leave[1]
			})
			s, left, ok := p.Without(steps.StepEvent{Key: at})
			if !ok || left.VPCs != nil || left.Account != c.leave[0] || left.Region != c.leave[1] {
				t.Fatal("cannot be left out")
			}
			l.calls.take(t)
			l.expect(l.apply(s), steps.ResultVerified)
			for _, call := range l.calls.take(t) {
				if call.Service == "ec2" && call.Account == c.leave[0] && call.Region == c.leave[1] {
					t.Errorf("asked after all: %+v", call)
				}
			}
			again, err := steps.ParseSetup("again.yaml", s.YAML())
			if err != nil || len(again.Logged()) != len(s.Logged()) {
				t.Errorf("the narrower set-up as a file: %v\n%s", err, s.YAML())
			}
		})
	}
}

// What something else needs is not left out, nor the last that is logged; a list of VPCs keeps those of elsewhere.
func TestWhatCannotBeLeftOut(t *testing.T) {
	inBubble(t, "some", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		for i, step := range l.plan(setup(t, centralFile)).Steps {
			if _, _, ok := l.plan(setup(t, centralFile)).Without(steps.StepEvent{Key: i}); ok != (step.Step == steps.StepFlowLogs) {
				t.Errorf("%s in %s: %v", step.Step, step.Account, ok)
			}
		}
		p := l.plan(setup(t, perAccountFile))
		for i := range p.Steps {
			if _, _, ok := p.Without(steps.StepEvent{Key: i}); ok {
				t.Errorf("%s of the only region can be left out", p.Steps[i].Step)
			}
		}
		var ids []string
		for _, region := range []string{"us-east-1", "eu-west-1"} {
			vpcs, err := l.admin(payments).VPCs(t.Context(), region)
			l.must(err)
			ids = append(ids, vpcs[0].ID)
		}
		p = l.plan(setup(t, strings.Replace(perAccountFile, "regions: [us-east-1]", "regions: [us-east-1, eu-west-1], vpcs: ["+strings.Join(ids, ", ")+"]", 1)))
		at := slices.IndexFunc(p.Steps, func(s steps.PlannedStep) bool { return s.Step == steps.StepFlowLogs && s.Region == "eu-west-1" })
		s, _, ok := p.Without(steps.StepEvent{Key: at})
		if !ok || !slices.Equal(s.FlowLogs.VPCs.IDs, ids[:1]) || !slices.Equal(s.FlowLogs.Regions, []string{"us-east-1"}) {
			t.Errorf("%v %v %v", ok, s.FlowLogs.VPCs.IDs, s.FlowLogs.Regions)
		}
	})
}
