package steps

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/flowgrant/flowgrant/awsops"
)

// DiagnoseAccount looks at the flow logs of the starting credentials' account in every region that it may use, without a set-up, and names the
// causes why some are not or cannot be delivered. It changes nothing, and leaves every fix to a person. The error is a StepError, where not even
// the starting credentials can be used.
func (e *Engine) DiagnoseAccount(ctx context.Context) (Report, error) {
	home, err := e.act(ctx, AccountAnswers{})
	if err != nil {
		return Report{}, err
	}
	regions, err := home.Regions(ctx)
	if err != nil {
		return Report{}, place{step: StepIdentity, account: home.ID}.fault("list the regions", err)
	}
	d := &diagnosis{engine: e, l: &live{home: home, roleARN: ""}}
	d.s.Account.ID, d.s.FlowLogs.Destination = home.ID, ToGroups
	d.s.FlowLogs.Regions = regions
	checks := make([]Check, len(regions))
	var wg sync.WaitGroup
	for i, region := range regions {
		at := &site{account: LoggedAccount{ID: home.ID}, region: region, acting: home}
		d.l.sites = append(d.l.sites, at)
		wg.Go(func() { checks[i] = at.readAll(ctx) })
	}
	wg.Wait()
	for _, c := range checks {
		if c.ID != "" {
			d.report.Checks = append(d.report.Checks, c)
		}
	}
	none := len(d.report.Checks) == 0
	if none {
		d.report.Checks = []Check{{ID: string(StepFlowLogs), Account: home.ID, Status: Unknown, Summary: "the account has no flow logs", Evidence: "none in " + count(len(regions), "region"),
			Fix: "flowgrant sets them up; or look at the account that has them: flowgrant doctor --profile NAME"}}
	}
	d.readGroups(ctx, &wg)
	wg.Go(func() {
		d.lookAtDestinations(ctx)
		d.lookAtReceiving(ctx)
	})
	wg.Wait()
	if none && len(d.report.Checks) > 1 {
		d.report.Checks[0].Status, d.report.Checks[0].Summary, d.report.Checks[0].Fix = Pass, "the account has no flow logs of its own", ""
	}
	d.groupChecks()
	d.breadthChecks()
	for _, c := range findLogGroups(d) {
		c.Title, c.Mend, c.repair = kindOf(c.ID).title, MendHand, nil
		d.report.Causes = append(d.report.Causes, c)
	}
	d.report.sum()
	d.report.Causes = append(d.report.Causes, d.findUnexplained(d.report.Causes)...)
	slices.SortStableFunc(d.report.Causes, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(causeOrder(a.ID), causeOrder(b.ID)), strings.Compare(a.Account+a.Region+a.Target, b.Account+b.Region+b.Target))
	})
	d.askTrail(ctx)
	if err := ctx.Err(); err != nil {
		return Report{}, stopped(err)
	}
	d.report.Limits = append(d.limits, "whether a reader can read the logs, and only those, is looked at with its set-up: flowgrant doctor -f FILE")
	return d.report, nil
}

// readAll reads all flow logs of a region, whatever they log, and tells how those to other places than CloudWatch Logs do; a region without flow
// logs has no check.
func (at *site) readAll(ctx context.Context) Check {
	c := Check{ID: string(StepFlowLogs), Account: at.account.ID, Region: at.region, Status: Pass}
	logs, err := at.acting.FlowLogs(ctx, at.region)
	if err != nil {
		c.Status, c.Summary, c.Evidence = Unknown, "could not list the flow logs", err.Error()
		return c
	}
	at.flowLogs = logs
	var failed []awsops.FlowLog
	for _, f := range logs {
		if !slices.ContainsFunc(at.vpcs, func(v awsops.VPC) bool { return v.ID == f.ResourceID }) {
			at.vpcs = append(at.vpcs, awsops.VPC{ID: f.ResourceID})
		}
		if f.Status == "FAILED" && f.DestinationType != string(ToGroups) {
			failed = append(failed, f)
		}
	}
	switch {
	case len(logs) == 0:
		return Check{}
	case len(failed) > 0:
		c.Status, c.Summary, c.Target = Fail, "flow logs cannot deliver", some(logIDs(failed))
		c.Evidence = fmt.Sprintf("%s to %s is FAILED: %s", failed[0].ID, failed[0].Destination, failed[0].StatusMessage)
		c.Fix = "flowgrant doctor -f FILE, with the set-up that they belong to, finds the cause"
	default:
		c.Summary = fmt.Sprintf("AWS says of none of %s that it fails, beside those told here", count(len(logs), "flow log"))
	}
	return c
}
