package steps

import (
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
)

// flowLogFault tells why a flow log to where this set-up wants its logs cannot serve; empty: it can.
func (s Setup) flowLogFault(at *site, f awsops.FlowLog) string {
	src := s.source()
	if s.toGroups() {
		if region, owner := arnPart(f.Destination, 3), arnPart(f.Destination, 4); f.Destination != "" && (region != at.region || owner != at.account.ID) {
			return "its log group is " + f.Destination + ", and AWS delivers to one of account " + at.account.ID + " in " + at.region + " only"
		}
		if f.Role != at.role {
			return "it delivers with the role " + orNone(f.Role) + ", not with " + at.role
		}
	}
	if f.Format != src.Format {
		if missing := flowrecord.Missing(f.Format, flowrecord.Format(src.Needed...)); len(missing) > 0 {
			return "its record format lacks " + strings.Join(missing, ", ")
		}
	}
	switch {
	case f.Parquet:
		return "it writes Parquet files"
	case f.Hive:
		return "it uses Hive-compatible prefixes"
	case f.Hourly:
		return "it uses hourly prefixes"
	case f.Traffic != "ALL" && f.Traffic != s.FlowLogs.Traffic:
		return fmt.Sprintf("it records %s traffic, not %s", f.Traffic, s.FlowLogs.Traffic)
	}
	return ""
}

// delivers says whether a flow log goes where this set-up wants its logs. One to a log group of that name in another region was meant to.
func (s Setup) delivers(f awsops.FlowLog) bool {
	if s.toGroups() {
		return f.DestinationType == string(ToGroups) && f.LogGroup == s.FlowLogs.LogGroup.Name
	}
	return f.DestinationType == "s3" && f.Bucket == s.bucketName() && f.Prefix == s.prefix()
}

// flowLogOf finds a VPC's flow log that serves, a healthy one before a failing one.
func (s Setup) flowLogOf(at *site, vpc string) *awsops.FlowLog {
	var found *awsops.FlowLog
	for i, f := range at.flowLogs {
		if f.ResourceID != vpc || !s.delivers(f) || s.flowLogFault(at, f) != "" {
			continue
		}
		if found == nil || found.Status == "FAILED" && f.Status != "FAILED" {
			found = &at.flowLogs[i]
		}
	}
	return found
}

// unfit lists a VPC's flow logs to the set-up's destination that cannot serve.
func (s Setup) unfit(at *site, vpc string) []awsops.FlowLog {
	var found []awsops.FlowLog
	for _, f := range at.flowLogs {
		if f.ResourceID == vpc && s.delivers(f) && s.flowLogFault(at, f) != "" {
			found = append(found, f)
		}
	}
	return found
}

// otherwise says in what a flow log that serves differs from the answers, or whose it is; empty: it is as this set-up would make it. What it records
// and how often cannot be changed.
func (s Setup) otherwise(f awsops.FlowLog) string {
	var parts []string
	if f.Traffic != s.FlowLogs.Traffic {
		parts = append(parts, fmt.Sprintf("already logs %s, which covers %s", f.Traffic, s.FlowLogs.Traffic))
	}
	switch want := s.FlowLogs.AggregationSeconds; {
	case f.Interval > want:
		parts = append(parts, fmt.Sprintf("delivers every %d s, not %d: a flow log cannot be changed; to have %d, delete it and apply again", f.Interval, want, want))
	case f.Interval < want:
		parts = append(parts, fmt.Sprintf("delivers every %d s, more often than %d", f.Interval, want))
	}
	if maker := f.Tags[TagSetup]; maker != "" && maker != s.Name {
		parts = append(parts, "set-up "+maker+" made the flow logs")
	}
	return strings.Join(parts, ", ")
}

// wantedFlowLog is what a review shows of a flow log.
type wantedFlowLog struct {
	ResourceIDs []string          `json:"ResourceIds"`
	Type        string            `json:"ResourceType"`
	Traffic     string            `json:"TrafficType"`
	Kind        string            `json:"LogDestinationType"`
	Destination string            `json:"LogDestination"`
	Role        string            `json:"DeliverLogsPermissionArn,omitempty"`
	Format      string            `json:"LogFormat"`
	Interval    int               `json:"MaxAggregationInterval"`
	Tags        map[string]string `json:"Tags,omitempty"`
	ID          string            `json:"FlowLogId,omitempty"`
}

func (s Setup) newFlowLogs(at *site, vpcs []string) wantedFlowLog {
	want := wantedFlowLog{ResourceIDs: vpcs, Type: "VPC", Traffic: s.FlowLogs.Traffic, Kind: string(ToS3), Destination: s.destination(),
		Format: s.source().Format, Interval: s.FlowLogs.AggregationSeconds, Tags: s.tags()}
	if s.toGroups() {
		want.Kind, want.Destination, want.Role = string(ToGroups), s.groupARN(at.region), at.role
	}
	return want
}

func described(f awsops.FlowLog) wantedFlowLog {
	return wantedFlowLog{ID: f.ID, ResourceIDs: []string{f.ResourceID}, Type: "VPC", Traffic: f.Traffic, Kind: f.DestinationType,
		Destination: f.Destination, Role: f.Role, Format: f.Format, Interval: f.Interval, Tags: f.Tags}
}
