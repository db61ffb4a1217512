package steps

import (
	"fmt"
	"slices"

	"github.com/flowgrant/flowgrant/awsops"
)

// flowLogWarnings tells what a further flow log costs and what already delivers elsewhere.
func flowLogWarnings(l *live, s Setup) []string {
	elsewhere, doubled, others := 0, 0, 0
	for _, at := range l.sites {
		for _, v := range at.vpcs {
			if s.flowLogOf(at, v.ID) != nil {
				continue
			}
			if unfit, theirs := len(s.unfit(at, v.ID)), len(s.staying(at, v)); unfit > theirs {
				doubled++
			} else if theirs > 0 {
				others++
			} else if slices.ContainsFunc(at.flowLogs, func(f awsops.FlowLog) bool { return f.ResourceID == v.ID && f.Tags[TagSetup] != s.Name }) {
				elsewhere++
			}
		}
	}
	var warnings []string
	for _, at := range l.sites {
		for _, v := range at.shared {
			warnings = append(warnings, fmt.Sprintf("%s in %s is shared with account %s by account %s: only its owner can log all of it, so it is left out here", v.ID, at.region, at.account.ID, v.Owner))
		}
	}
	warnings = append(warnings, l.leftOut(s)...)
	if doubled > 0 {
		warnings = append(warnings, fmt.Sprintf("flow logs of %s to %s cannot serve and cannot be changed: a second one is made beside each, and both are charged until the old one is deleted (flow_logs.delete_replaced)", count(doubled, "VPC"), map[bool]string{false: "this bucket", true: "this log group"}[s.toGroups()]))
	}
	if others > 0 {
		warnings = append(warnings, fmt.Sprintf("flow logs of %s to %s cannot serve and are another set-up's: a second one is made beside each, and both are charged while that set-up keeps its own", count(others, "VPC"), s.place()))
	}
	if elsewhere > 0 {
		warnings = append(warnings, fmt.Sprintf("flow logs of %s go to another destination already: the new ones are charged in addition", count(elsewhere, "VPC")))
	}
	return warnings
}
