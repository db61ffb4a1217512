package plain

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
)

// Regions without a VPC take one line for an account, in the plan, in the list of its steps and in the report, and each is still named.
func TestRegionsWithoutVPCsAreToldOnce(t *testing.T) {
	const account = "111122223333"
	long := &steps.Plan{Setup: central, Steps: []steps.PlannedStep{
		{Step: steps.StepFlowLogs, Account: account, Region: "us-east-1", Target: "vpc-1", Change: steps.ChangeCreate, Summary: "create flow logs for 1 VPC"},
		{Step: steps.StepDelivery, Account: account, Region: "us-east-1", Target: "vpc-1", Change: steps.ChangeNone, Summary: "wait for the first logs"},
		{Step: steps.StepFlowLogs, Account: "222233334444", Region: "eu-west-1", Change: steps.ChangeNone, Summary: "there is no VPC to log"},
	}}
	proof := steps.Report{Setup: "central-logs", Status: steps.ReportVerified, Checks: []steps.Check{{ID: "delivery", Account: account, Region: "us-east-1", Target: "vpc-1", Status: steps.Pass, Summary: "logs arrive"}}}
	for i := range 15 {
		region := fmt.Sprintf("xx-north-%d", i+1)
		for _, step := range []steps.StepName{steps.StepFlowLogs, steps.StepDelivery} {
			long.Steps = append(long.Steps, steps.PlannedStep{Step: step, Account: account, Region: region, Change: steps.ChangeNone, Summary: "there is nothing"})
			proof.Checks = append(proof.Checks, steps.Check{ID: string(step), Account: account, Region: region, Status: steps.Pass, Summary: "there is no VPC to log"})
		}
	}
	proof.Checks = append(proof.Checks, steps.Check{ID: "delivery", Account: account, Region: "xx-north-16", Status: steps.Unknown, Summary: "there is no VPC to log"})
	for name, c := range map[string]struct {
		show  func(p *Printer, out *bytes.Buffer)
		lines int // in which regions of the fifteen are named
	}{
		"plan":     {func(p *Printer, _ *bytes.Buffer) { p.Plan(long) }, 1},
		"list":     {func(p *Printer, _ *bytes.Buffer) { p.StepList(long) }, 1},
		"report":   {func(p *Printer, _ *bytes.Buffer) { p.Report(proof) }, 3}, // two checks, and the one that does not pass
		"Markdown": {func(_ *Printer, out *bytes.Buffer) { Markdown(out, proof) }, 3},
	} {
		var out bytes.Buffer
		c.show(New(&out, Look{}, central), &out)
		lines := 0
		for line := range strings.Lines(out.String()) {
			if strings.Contains(line, "xx-north") {
				lines++
			}
		}
		if lines != c.lines || !strings.Contains(out.String(), "xx-north-1, xx-north-2, xx-north-3") || !strings.Contains(out.String(), "xx-north-15") || strings.Contains(name, "t") && strings.Contains(out.String(), "nothing") {
			t.Errorf("%s takes %d lines:\n%s", name, lines, out.String())
		}
		if name == "plan" && (!strings.Contains(out.String(), "no VPC to log in 15 further regions: ") || !strings.Contains(out.String(), "(eu-west-1)\n      there is no VPC to log\n")) {
			t.Errorf("the plan says\n%s", out.String())
		}
	}
}
