package steps_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// fillVPC takes up every flow log that AWS lets a VPC of Payments have, so that it refuses another one for this VPC alone. free deletes them.
func (l *lab) fillVPC(region string) (full, other string, free func()) {
	l.Helper()
	a := l.admin(payments)
	vpcs, err := a.VPCs(l.Context(), region)
	l.must(err)
	l.must(a.CreateBucket(l.Context(), awsops.NewBucket{Name: "payments-other-team", Region: region}))
	var made []string
	for i := 0; ; i++ {
		ids, err := a.CreateFlowLogs(l.Context(), region, awsops.NewFlowLogs{VPCs: []string{vpcs[0].ID}, Traffic: "ALL", Interval: 600,
			Format: flowrecord.Format(flowrecord.DefaultV2...), Destination: fmt.Sprintf("arn:aws:s3:::payments-other-team/%d", i)})
		if err != nil {
			break
		}
		made = append(made, ids...)
	}
	return vpcs[0].ID, vpcs[1].ID, func() { l.must(a.DeleteFlowLogs(l.Context(), region, made)) }
}

// runTold carries out a plan under a journal and gives what failed.
func (l *lab) runTold(store *steps.Store, s steps.Setup) (p *steps.Plan, failed []steps.StepEvent, r steps.Result) {
	l.Helper()
	j, err := store.Begin(s)
	l.must(err)
	defer func() { l.must(j.Close()) }()
	p = l.plan(s)
	told := make(chan steps.StepEvent, 100)
	r = l.engine.Run(l.Context(), p, steps.RunOptions{Wait: -1, Journal: j, Emit: func(e steps.Event) {
		if e, ok := e.(steps.StepEvent); ok && e.Status == steps.Failed {
			told <- e
		}
	}})
	close(told)
	for e := range told {
		failed = append(failed, e)
	}
	return p, failed, r
}

// Where AWS refuses one VPC of an account and region, only that one is left out: the others are set up and proved, what is left out is told and
// remembered, and it is logged once the answers no longer leave it out.
func TestOnlyTheRefusedVPCIsLeftOut(t *testing.T) {
	for name, file := range map[string]string{"centralized": centralFile, "per-account": perAccountFile} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			store := steps.OpenStore(t.TempDir())
			full, other, free := l.fillVPC("us-east-1")
			asked := setup(t, file)
			p, failed, r := l.runTold(store, asked)
			l.expect(r, steps.ResultFailed)
			if len(failed) != 1 || !slices.Equal(failed[0].Refused, []string{full}) {
				t.Fatalf("refused: %+v", failed)
			}
			s, left, ok := p.WithoutAll(failed)
			if !ok || len(left) != 1 || !slices.Equal(left[0].VPCs, []string{full}) || left[0].Account != payments || left[0].Region != "us-east-1" {
				t.Fatalf("left out: %v %+v", ok, left)
			}
			if !slices.Equal(s.FlowLogs.LeaveOut, []string{full}) || !s.FlowLogs.VPCs.All || len(s.Logged()) != len(asked.Logged()) {
				t.Errorf("the answers ask for less than before: %+v", s.FlowLogs)
			}
			again, err := steps.ParseSetup("again.yaml", s.YAML())
			if err != nil || !slices.Equal(again.FlowLogs.LeaveOut, s.FlowLogs.LeaveOut) {
				t.Errorf("as a file: %v\n%s", err, s.YAML())
			}
			_, _, r = l.runTold(store, s)
			l.expect(r, steps.ResultUnchanged) // the run before made the flow logs of the others; here they are proved
			if len(r.Report.LeftOut) != 1 || !strings.Contains(r.Report.LeftOut[0], full) || !strings.Contains(r.Report.LeftOut[0], "take it out of flow_logs.leave_out and apply again") {
				t.Errorf("told of what was left out: %q", r.Report.LeftOut)
			}
			for _, c := range r.Report.Checks {
				if strings.Contains(c.Target, full) {
					t.Errorf("a check of what is left out: %+v", c)
				}
			}
			if !slices.ContainsFunc(r.Report.Checks, func(c steps.Check) bool { return c.ID == "delivery" && c.Target == other && c.Status == steps.Pass }) {
				t.Errorf("the other VPC was not proved: %+v", r.Report.Checks)
			}

			known, err := store.Load(s.Name)
			l.must(err)
			if !slices.Equal(known.FlowLogs.LeaveOut, []string{full}) || !known.FlowLogs.VPCs.All {
				t.Errorf("remembered are %+v", known.FlowLogs)
			}
			resumed := l.plan(known)
			if resumed.Changes() != 0 || !slices.ContainsFunc(resumed.Warnings, func(w string) bool { return strings.Contains(w, full) && strings.Contains(w, "left out") }) {
				t.Errorf("resumed, it plans %d changes and warns of %q", resumed.Changes(), resumed.Warnings)
			}
			if report := l.verify(known); report.Status != steps.ReportVerified || len(report.LeftOut) != 1 {
				t.Errorf("verify says %s and leaves out %q", report.Status, report.LeftOut)
			}

			free()
			known.FlowLogs.LeaveOut = nil
			r = l.apply(known)
			l.expect(r, steps.ResultVerified)
			if r.Changed != 1 || len(r.Report.LeftOut) != 0 {
				t.Errorf("%d changed, left out %q", r.Changed, r.Report.LeftOut)
			}
		})
	}
}

// Where AWS refuses every VPC of an account and region, that account and region is left out; with several failures at once each in its way.
func TestWhatIsRefusedAsAWholeIsLeftOutAsAWhole(t *testing.T) {
	inBubble(t, "some", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		p := l.plan(setup(t, centralFile))
		var failed []steps.StepEvent
		for i, step := range p.Steps {
			if step.Step != steps.StepFlowLogs {
				continue
			}
			vpcs, err := l.admin(step.Account).VPCs(t.Context(), step.Region)
			l.must(err)
			refused := []string{vpcs[0].ID}
			for _, v := range vpcs[1:] {
				if step.Account != payments {
					refused = append(refused, v.ID)
				}
			}
			failed = append(failed, steps.StepEvent{Key: i, Refused: refused})
		}
		s, left, ok := p.WithoutAll(failed)
		if !ok || len(left) != 2 || len(left[0].VPCs) != 1 || left[1].VPCs != nil || len(s.ResourceAccounts) != 1 || !slices.Equal(s.FlowLogs.LeaveOut, left[0].VPCs) {
			t.Errorf("%v %+v %+v %v", ok, left, s.ResourceAccounts, s.FlowLogs.LeaveOut)
		}
	})
}

// A flow log that the set-up made for a VPC before it was left out stays, and is told.
func TestFlowLogOfALeftOutVPCIsTold(t *testing.T) {
	inBubble(t, "made before", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, perAccountFile)
		l.expect(l.apply(s), steps.ResultVerified)
		vpcs, err := l.admin(payments).VPCs(t.Context(), "us-east-1")
		l.must(err)
		s.FlowLogs.LeaveOut = []string{vpcs[0].ID}
		p := l.plan(s)
		if p.Changes() != 0 || !slices.ContainsFunc(p.Warnings, func(w string) bool { return strings.Contains(w, "no longer choose their VPCs") }) {
			t.Errorf("%d changes, warnings %q", p.Changes(), p.Warnings)
		}
	})
}

// A set-up file may leave out VPCs; not all that it lists, and nothing that is no VPC. An id that is none of the chosen ones is told in the plan.
func TestLeaveOutInASetupFile(t *testing.T) {
	for list, says := range map[string]string{
		"leave_out: [vpc-0a1b2c3d4e5f60001, vpc-0a1b2c3d4e5f60001]": "flow_logs.leave_out[1]: vpc-0a1b2c3d4e5f60001 stands in the list twice",
		"leave_out: [subnet-1]": "flow_logs.leave_out[0]",
		"vpcs: [vpc-0a1b2c3d4e5f60001], leave_out: [vpc-0a1b2c3d4e5f60001]":                        "leaves out every VPC that is chosen",
		"vpcs: [vpc-0a1b2c3d4e5f60001], leave_out: all":                                            "flow_logs.leave_out",
		"vpcs: [vpc-0a1b2c3d4e5f60001, vpc-0a1b2c3d4e5f60002], leave_out: [vpc-0a1b2c3d4e5f60001]": "",
	} {
		_, err := steps.ParseSetup("f.yaml", []byte(strings.Replace(perAccountFile, "regions: [us-east-1]", "regions: [us-east-1], "+list, 1)))
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: %v", list, err)
		}
	}
	inBubble(t, "nowhere", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		p := l.plan(setup(t, perAccountFile, "regions: [us-east-1]", "regions: [us-east-1], leave_out: [vpc-0a1b2c3d4e5f60001]"))
		if !slices.ContainsFunc(p.Warnings, func(w string) bool {
			return strings.Contains(w, "vpc-0a1b2c3d4e5f60001, which is none of the VPCs that the set-up chooses")
		}) {
			t.Errorf("warnings: %q", p.Warnings)
		}
	})
}
