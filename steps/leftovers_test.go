package steps_test

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// A plan says what earlier answers left that the present ones no longer name, and what removes it; what still delivers goes on.
func TestPlanTellsWhatEarlierAnswersLeft(t *testing.T) {
	onExisting := central("central-flow-logs", "archive-existing", "create: true", "create: false")
	cases := map[string]struct {
		change []string
		says   []string
	}{
		"another role":       {changedAnswers["another role"], []string{"role ColortokensHubFlowLogsRole, which earlier answers named, stays", "revoke"}},
		"an account dropped": {changedAnswers["an account dropped"], []string{"account 222233334444, us-east-1: 3 flow logs", "no longer name this account", "aws ec2 delete-flow-logs --region us-east-1 --flow-log-ids fl-", "can still read what earlier answers granted", "AWSLogs/222233334444/*"}},
		"another bucket":     {changedAnswers["another bucket"], []string{"earlier answers made them, to another destination", "arn:aws:s3:::archive-existing", "aws ec2 delete-flow-logs"}},
		"another region":     {changedAnswers["another region"], []string{"account 111122223333, us-east-1: 2 flow logs", "no longer name this account and region"}},
	}
	for name, c := range cases {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			store := steps.OpenStore(t.TempDir())
			before, now := setup(t, onExisting), setup(t, onExisting, c.change...)
			l.expect(l.journaled(store, before, l.plan(before)), steps.ResultVerified)
			if p := l.plan(before); strings.Contains(strings.Join(p.Warnings, "\n"), "earlier answers") {
				t.Errorf("the same answers are called others: %v", p.Warnings)
			}
			p := l.plan(now)
			said := strings.Join(p.Warnings, "\n")
			for _, want := range c.says {
				if !strings.Contains(said, want) {
					t.Errorf("the plan does not say %q:\n%s", want, said)
				}
			}
			l.applied(l.journaled(store, now, p))
			if p := l.plan(now); p.Changes() > 0 || !strings.Contains(strings.Join(p.Warnings, "\n"), c.says[0]) {
				t.Errorf("once applied: %d changes, warnings %v", p.Changes(), p.Warnings)
			}
			text, err := l.admin(archive).BucketPolicy(t.Context(), "us-east-1", "archive-existing")
			l.must(err)
			if !strings.Contains(text, "archive-existing/AWSLogs/222233334444/*") {
				t.Errorf("flow logs that run lost what lets them deliver: %s", text)
			}
		})
	}
	inBubble(t, "an account dropped whose flow logs are gone", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		store := steps.OpenStore(t.TempDir())
		before, now := setup(t, onExisting), setup(t, onExisting, changedAnswers["an account dropped"]...)
		l.expect(l.journaled(store, before, l.plan(before)), steps.ResultVerified)
		for _, f := range flowLogsOf(l, storefront) {
			l.must(l.admin(storefront).DeleteFlowLogs(t.Context(), "us-east-1", []string{f.ID}))
		}
		p := l.plan(now)
		if p.Changes() != 1 {
			t.Errorf("%d changes", p.Changes())
		}
		for _, s := range p.Steps {
			if s.Step == steps.StepBucketPolicy && !strings.Contains(s.Reason, "AWSLogs/222233334444/* goes out of it") {
				t.Errorf("the reason is %s", s.Reason)
			}
		}
	})
}

// A flow log that serves though it is not just as the answers say is told as it is; what another set-up made is told so.
func TestPlanTellsHowWhatServesDiffers(t *testing.T) {
	summaries := func(p *steps.Plan) string {
		all := ""
		for _, s := range p.Steps {
			if s.Change != steps.ChangeNone && s.Step == steps.StepFlowLogs {
				all += "changed: "
			}
			all += s.Summary + "\n"
		}
		return all
	}
	inBubble(t, "own", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, central("central-flow-logs", "archive-existing"))
		l.expect(l.apply(s), steps.ResultVerified)
		for _, c := range []struct{ change, says string }{
			{"regions: [us-east-1], traffic: REJECT", "already logs ALL, which covers REJECT"},
			{"regions: [us-east-1], aggregation_seconds: 60", "delivers every 600 s, not 60: a flow log cannot be changed"},
		} {
			said := summaries(l.plan(setup(t, central("central-flow-logs", "archive-existing"), "regions: [us-east-1]", c.change)))
			if !strings.Contains(said, c.says) || strings.Contains(said, "changed: ") {
				t.Errorf("the plan does not say %q:\n%s", c.says, said)
			}
		}
		said := summaries(l.plan(setup(t, central("central-flow-logs", "archive-existing"), "name: central-logs", "name: other-logs")))
		for _, want := range []string{"ColortokensHubFlowLogsRole, which set-up central-logs made", "set-up central-logs made the flow logs"} {
			if !strings.Contains(said, want) {
				t.Errorf("the plan does not say %q:\n%s", want, said)
			}
		}
	})
	inBubble(t, "narrowed", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, perAccountFile)
		l.expect(l.apply(s), steps.ResultVerified)
		var vpcs []awsops.VPC
		vpcs, err := l.admin(payments).VPCs(t.Context(), "us-east-1")
		l.must(err)
		s.FlowLogs.VPCs = steps.VPCChoice{IDs: []string{vpcs[0].ID}}
		if said := strings.Join(l.plan(s).Warnings, "\n"); !strings.Contains(said, "no longer choose their VPCs") {
			t.Errorf("the plan says %s", said)
		}
	})
}
