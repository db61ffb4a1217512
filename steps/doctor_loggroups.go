package steps

import (
	"slices"
	"strings"
)

// forGroups says whether a cause is looked for where the flow logs of the set-up go to CloudWatch Logs: what is about bucket, key and reader is not.
func (k causeKind) forGroups() bool {
	return slices.Contains([]string{"not-set-up", "layout-hive", "cwl-role-other-account", "cwl-role-open", "no-traffic"}, k.id)
}

// mendGroups says how a cause that keeps the set-up's own flow logs from delivering is mended: apply puts right what its plan changes.
func (d *diagnosis) mendGroups(c Cause) (Mend, string) {
	for _, p := range d.run.plan.Steps {
		if p.Step != StepIdentity && p.Step != StepDelivery && p.Change.writes() && (p.Region == "" || p.Region == c.Region) {
			return MendApply, "flowgrant apply -f FILE puts it right, and makes a new flow log where one names wrong things; by hand: " + c.Fix
		}
	}
	return MendHand, c.Fix
}

// groupGap tells why none of a VPC's flow logs serves a set-up whose logs go to CloudWatch Logs.
func (d *diagnosis) groupGap(at *site, vpc string) (id, evidence string) {
	id, evidence = "flow-log-deleted", vpc+" has no flow log to log group "+d.s.FlowLogs.LogGroup.Name
	for _, f := range d.s.unfit(at, vpc) {
		fault := d.s.flowLogFault(at, f)
		evidence = f.ID + " of " + vpc + ": " + fault
		switch {
		case f.Status == "FAILED" && d.s.made(f) && !strings.HasPrefix(fault, "its record format") && !strings.HasPrefix(fault, "it records"):
			return "", "" // findLogGroups tells why
		case strings.HasPrefix(fault, "its record format"):
			return "format-without-tcp-flags", evidence
		case strings.HasPrefix(fault, "it records"):
			return "traffic-type", evidence
		case arnPart(f.Role, 4) != at.account.ID:
			return "cwl-role-other-account", evidence
		case strings.HasPrefix(fault, "its log group"):
			return "cwl-group-other-region", evidence
		}
	}
	return id, evidence
}

// lets names what lets logs through on their way.
func (s Setup) lets() string {
	if s.toGroups() {
		return "role and log group"
	}
	return "bucket policy and key"
}

// unsettled says whether role or log group of the set-up are not as they should be, so that its flow logs will fail if they do not yet.
func (d *diagnosis) unsettled() bool {
	return slices.ContainsFunc(d.run.plan.Steps, func(p PlannedStep) bool {
		return (p.Change.writes() || p.Change == ChangeBlocked) && slices.Contains([]StepName{StepLogGroup, StepRole, StepTrust, StepPermissions}, p.Step)
	})
}
