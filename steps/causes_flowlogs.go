package steps

import (
	"fmt"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
)

// findFlowLogs looks for VPCs that no flow log serves, and says what is the matter with those that are there.
func findFlowLogs(d *diagnosis) []Cause {
	if d.s.FlowLogs.Traffic == "" {
		return nil
	}
	var causes []Cause
	for _, at := range d.l.sites {
		for _, v := range at.vpcs {
			if d.s.flowLogOf(at, v.ID) != nil {
				continue
			}
			id, evidence := d.flowLogGap(at, v)
			if id == "" {
				continue
			}
			c := Cause{ID: id, Account: at.account.ID, Region: at.region, Target: v.ID, Evidence: evidence, Mend: d.mendAt(at),
				Fix: "flowgrant apply -f FILE makes a flow log that serves; a flow log cannot be changed, so that one that does not serve stays until it is deleted (flow_logs.delete_replaced)"}
			if id == "flow-log-deleted" {
				c.Fix = "flowgrant apply -f FILE makes it"
			}
			causes = append(causes, c)
		}
	}
	return perSite(causes)
}

// perSite makes one cause of the same one at several VPCs of an account and region.
func perSite(causes []Cause) []Cause {
	var out []Cause
	targets := map[string][]string{}
	key := func(c Cause) string { return c.ID + " " + c.Account + " " + c.Region }
	for _, c := range causes {
		if len(targets[key(c)]) == 0 {
			out = append(out, c)
		} else {
			for i := range out {
				if key(out[i]) == key(c) && len(targets[key(c)]) < 3 { // what follows repeats them
					out[i].Evidence += "; " + c.Evidence
				}
			}
		}
		targets[key(c)] = append(targets[key(c)], c.Target)
	}
	for i, c := range out {
		out[i].Target, out[i].local = some(targets[key(c)]), true
	}
	return out
}

func (d *diagnosis) mendAt(at *site) Mend {
	for _, p := range d.run.plan.Steps {
		if p.Step == StepFlowLogs && p.Account == at.account.ID && p.Region == at.region && p.Change.writes() {
			return MendApply
		}
	}
	return MendHand
}

// flowLogGap tells why none of a VPC's flow logs serves the reader; one to our bucket says more than one elsewhere.
func (d *diagnosis) flowLogGap(at *site, v awsops.VPC) (id, evidence string) {
	if d.s.toGroups() {
		return d.groupGap(at, v.ID)
	}
	id, evidence = "flow-log-deleted", v.ID+" has no flow log to "+d.s.destination()
	for _, f := range at.flowLogs {
		if f.ResourceID != v.ID || f.DestinationType != "s3" || f.Bucket != d.s.bucketName() {
			continue
		}
		if !d.s.delivers(f) {
			if id == "flow-log-deleted" {
				id, evidence = "prefix-mismatch", fmt.Sprintf("%s of %s delivers to %s, and the set-up's prefix is %s", f.ID, v.ID, f.Destination, orNone(d.s.prefix()))
			}
			continue
		}
		fault := d.s.flowLogFault(at, f)
		if fault == "" {
			continue
		}
		evidence = fmt.Sprintf("%s of %s: %s", f.ID, v.ID, fault)
		switch missing := flowrecord.Missing(f.Format, flowrecord.Format(d.s.source().Needed...)); {
		case f.Hive:
			return "layout-hive", evidence
		case f.Parquet:
			return "format-parquet", evidence
		case f.Format != d.s.source().Format && len(missing) > 0:
			return "format-without-tcp-flags", evidence
		case f.Hourly:
			return "layout-hourly", evidence
		default:
			return "traffic-type", evidence
		}
	}
	return id, evidence
}

// findQuiet looks at flow logs that are as they should be, and from which nothing has come.
// Source: VPC user guide, flow-logs: first logs take some minutes beyond the aggregation interval, and need traffic.
func findQuiet(d *diagnosis) []Cause {
	var causes []Cause
	now := d.engine.awsNow()
	for _, delivery := range d.run.deliveries {
		for _, v := range delivery.expected() {
			if v.log == nil || v.object.Key != "" && !delivery.tooOld(v) && !delivery.stopped(v) || v.log.Status == "FAILED" {
				continue
			}
			usually := time.Duration(v.log.Interval)*time.Second + firstLogsUsually
			age := now.Sub(v.log.Created).Round(time.Second)
			c := Cause{Account: delivery.at.account.ID, Region: delivery.at.region, Target: v.vpc.ID}
			c.Evidence = fmt.Sprintf("%s was made %s ago and is %s, and nothing of it has arrived", v.log.ID, age, strings.ToLower(orNone(v.log.Status)))
			if v.object.Key != "" {
				c.Evidence += fmt.Sprintf(" for %s: %s", delivery.age(v), v.object.Key)
			}
			if age < usually && v.object.Key == "" {
				c.ID, c.Mend = "too-early", MendWait
				c.Evidence += fmt.Sprintf("; first logs take up to %s", usually)
				c.Fix = fmt.Sprintf("wait %s, then flowgrant doctor -f FILE again", (usually - age).Round(time.Minute))
			} else {
				c.ID, c.Mend = "no-traffic", MendHand
				c.Evidence += fmt.Sprintf("; the VPC has %s, and %s let the logs through", count(v.vpc.Interfaces, "network interface"), d.s.lets())
				c.Fix = "let something in the VPC talk (a ping from an instance is enough), then look again after " + usually.String()
			}
			causes = append(causes, c)
		}
	}
	return perSite(causes)
}
