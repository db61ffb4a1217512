package steps

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
)

// LeftOut tells, a line for each account and region, which VPCs of the answers are left out, and how to have them logged.
func (p *Plan) LeftOut() []string {
	if p.live == nil || p.revokes || p.repairs {
		return nil
	}
	return p.live.leftOut(p.Setup)
}

// leftOut is the same for what was read. An id that is nowhere is told too: it may be a mistake for one that is logged then.
func (l *live) leftOut(s Setup) []string {
	var told []string
	for _, at := range l.sites {
		if len(at.leftOut) > 0 {
			told = append(told, at.leavesOut()+". Nothing that is proved says anything about what is left out. To have it logged: when the cause is gone, take it out of flow_logs.leave_out and apply again")
		}
	}
	for _, id := range s.FlowLogs.LeaveOut {
		if !slices.ContainsFunc(l.sites, func(at *site) bool {
			return slices.ContainsFunc(at.leftOut, func(v awsops.VPC) bool { return v.ID == id })
		}) {
			told = append(told, "flow_logs.leave_out names "+id+", which is none of the VPCs that the set-up chooses: nothing is left out by it")
		}
	}
	return told
}

// leavesOut says which chosen VPCs are left out here.
func (at *site) leavesOut() string {
	ids := make([]string, len(at.leftOut))
	for i, v := range at.leftOut {
		ids[i] = v.ID
	}
	return fmt.Sprintf("account %s, %s: %s left out (flow_logs.leave_out)", at.account.ID, at.region, strings.Join(ids, ", "))
}

// refusedVPCs lists the VPCs for which alone a step failed: AWS took the call and refused these.
func refusedVPCs(err error) []string {
	var failed *StepError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	var partial *awsops.PartialError
	if !errors.As(err, &partial) || partial.Operation != createFlowLogsCall {
		return nil
	}
	ids := make([]string, len(partial.Failed))
	for i, f := range partial.Failed {
		ids[i] = f.ID
	}
	return ids
}
