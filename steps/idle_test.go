package steps_test

import (
	"slices"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// The regions in which an account has no VPC are known of a plan, so that they can be told once.
func TestRegionsWithoutVPCs(t *testing.T) {
	inBubble(t, "idle", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		p := l.plan(setup(t, perAccountFile, "regions: [us-east-1]", "regions: [us-east-1, ap-south-1, eu-central-1]"))
		regions, further := p.IdleRegions(payments)
		if !slices.Equal(regions, []string{"ap-south-1", "eu-central-1"}) || !further {
			t.Errorf("they are %q, further: %v", regions, further)
		}
		idle := 0
		for _, s := range p.Steps {
			if s.Idle() {
				idle++
			}
			if s.Idle() != (slices.Contains(regions, s.Region) && s.Step != steps.StepIdentity) {
				t.Errorf("%s %s %q", s.Step, s.Region, s.Target)
			}
		}
		if idle != 4 {
			t.Errorf("%d steps have nothing to do", idle)
		}
		if regions, _ := l.plan(setup(t, perAccountFile, "regions: [us-east-1]", "regions: [us-east-1, ap-south-1]")).IdleRegions(payments); regions != nil {
			t.Errorf("one alone is folded: %q", regions)
		}
	})
}
