package sandbox

import (
	"slices"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops/flowrecord"
)

// What is done to the flow logs and to what they log.
var flowLogBreakers = []breaker{
	{Break{"layout-hive", "lets the flow logs write Hive-compatible prefixes, which neither bucket policy nor reader expect"}, aimBucket, eachLog(func(f *FlowLog) { f.Hive = true })},
	{Break{"layout-hourly", "lets the flow logs write hourly prefixes"}, aimBucket, eachLog(func(f *FlowLog) { f.Hourly = true })},
	{Break{"prefix-mismatch", "lets the flow logs deliver under another prefix"}, aimBucket, eachLog(func(f *FlowLog) {
		f.Destination = strings.TrimSuffix(f.Destination, "/") + "/misplaced/"
	})},
	{Break{"format-without-tcp-flags", "lets the flow logs write the default format, which lacks tcp-flags"}, aimBucket, eachLog(func(f *FlowLog) {
		f.Format = flowrecord.Format(flowrecord.DefaultV2...)
	})},
	{Break{"format-parquet", "lets the flow logs write Parquet files, which the reader cannot read"}, aimBucket, eachLog(func(f *FlowLog) { f.Parquet = true })},
	{Break{"traffic-type", "lets the flow logs record rejected traffic only"}, aimBucket, eachLog(func(f *FlowLog) { f.Traffic = "REJECT" })},
	{Break{"no-traffic", "lets nothing in the VPCs talk: flow logs of an hour ago have never delivered"}, aimBucket, func(t *target) {
		t.forgetDeliveries()
		for _, p := range t.logs {
			vpc, _, _ := p.rd.traced(p.ResourceID)
			vpc.Quiet = true
			p.Created = t.now.UTC().Add(-time.Hour)
			p.Delivered = p.slotsDue(t.now)
		}
	}},
	{Break{"too-early", "makes the flow logs anew, with the first delivery ten minutes from now"}, aimBucket, func(t *target) {
		t.forgetDeliveries()
		for _, p := range t.logs {
			p.Created, p.First, p.Delivered = t.now.UTC(), 10*time.Minute, 0
		}
	}},
	{Break{"flow-log-deleted", "deletes a flow log"}, aimBucket, func(t *target) {
		p := t.logs[0]
		p.rd.FlowLogs = slices.DeleteFunc(p.rd.FlowLogs, func(f *FlowLog) bool { return f == p.FlowLog })
		p.rd.Former = append(p.rd.Former, p.FlowLog)
	}},
	// The home region cannot be switched off, so that it takes a set-up in another one to notice.
	{Break{"region-not-enabled", "switches a region off in a workload account: one of the set-up's beside us-east-1, or eu-west-1 of Payments"}, aimWorld, func(t *target) {
		account, region := paymentsAccount, secondRegion
		for _, p := range t.logs {
			if p.region != homeRegion {
				account, region = p.account, p.region
				break
			}
		}
		if a := t.w.Accounts[account]; !slices.Contains(a.RegionsOff, region) {
			a.RegionsOff = append(a.RegionsOff, region)
		}
	}},
}

func eachLog(change func(*FlowLog)) func(*target) {
	return func(t *target) {
		for _, p := range t.logs {
			change(p.FlowLog)
		}
	}
}

// forgetDeliveries removes what the flow logs have delivered.
func (t *target) forgetDeliveries() {
	for _, p := range t.logs {
		for _, key := range sortedKeys(t.bucket.Objects) {
			if k, err := flowrecord.ParseKey(key); err == nil && k.FlowLogID == p.ID {
				t.bucket.remove(key)
			}
		}
	}
	t.w.changedBucket(t.bucket.Name)
}
