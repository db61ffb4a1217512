package steps

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
)

// report turns what arrived into checks, one a VPC.
func (d *delivery) report() {
	for _, v := range d.vpcs {
		c := Check{ID: string(StepDelivery), Account: d.at.account.ID, Region: d.at.region, Target: v.vpc.ID}
		switch {
		case v.vpc.Interfaces == 0:
			c.Status, c.Summary, c.Evidence = Pass, "nothing to log", "the VPC has no network interface"
		case v.log == nil:
			c.Status, c.Summary, c.Fix = Fail, "there is no flow log that could deliver", "flowgrant apply"
		case d.bucketGone() != "":
			c.Status, c.Summary, c.Evidence = Fail, "the logs have nowhere to go", d.bucketGone()
			c.Fix = d.doctor() + " says what to do about the bucket"
		case v.fault != "" && v.locked:
			c.Status, c.Summary, c.Evidence = Fail, "what arrived cannot be opened: "+v.fault, v.object.Key
			c.Fix = d.doctor() + " finds out why: a key that is disabled or gone is the usual cause"
		case v.fault != "":
			c.Status, c.Summary, c.Evidence, c.Fix = Fail, "what arrived cannot serve: "+v.fault, v.object.Key, "look at what writes to "+d.task.setup().place()+"; flowgrant apply makes a flow log of the right format"
		case v.unread != "":
			c.Status, c.Summary, c.Evidence, c.readerProves = Unknown, "logs arrive, but could not be read this time", v.object.Key+": "+v.unread, true
			c.Fix = "try again: flowgrant verify " + d.task.setup().Name
			if d.task.setup().toGroups() {
				c.Summary, c.readerProves = "whether logs arrive could not be seen this time", false
			}
		case v.closed != "":
			c.Status, c.Summary, c.Evidence, c.readerProves = Unknown, "logs arrive, but cannot be opened from here", v.object.Key+": "+v.closed, true
			c.Fix = "let the acting principal read the objects and use their key, then flowgrant verify " + d.task.setup().Name
			if d.task.setup().toGroups() {
				c.Summary, c.readerProves = "whether logs arrive cannot be seen from here", false
				c.Fix = "let the acting principal use logs:GetLogEvents on the log group and ec2:DescribeNetworkInterfaces, then flowgrant verify " + d.task.setup().Name
			}
		case v.log.Status == "FAILED" && d.mended() && (v.object.Key == "" || d.failedSince(v)):
			c.Status, c.Summary, c.Fix = Unknown, "no logs have arrived since "+d.task.setup().mends()+" were mended", "wait, then flowgrant verify "+d.task.setup().Name
			c.Evidence = fmt.Sprintf("before that %s was FAILED: %s", v.log.ID, v.log.StatusMessage)
		case d.failedSince(v):
			c.Status, c.Summary, c.Fix = Fail, "the flow log delivers no more", d.failedFix()
			c.Evidence = fmt.Sprintf("%s is FAILED: %s; the last logs: %s", v.log.ID, v.log.StatusMessage, d.evidence(v))
		case d.tooOld(v):
			c.Status, c.Summary, c.Evidence = Fail, fmt.Sprintf("the newest logs are older than %s", d.task.run.maxAge), d.evidence(v)
			c.Fix = "flowgrant doctor -f FILE finds out why nothing newer arrives"
		case d.stopped(v):
			c.Status, c.Summary, c.Evidence = Unknown, "nothing newer has arrived for "+d.age(v).String(), d.evidence(v)
			c.Fix = "let something in the VPC talk, then look again"
		case v.object.Key != "":
			c.Status, c.Summary, c.Evidence = Pass, "logs arrive", d.evidence(v)
		case v.log.Status == "FAILED":
			c.Status, c.Summary, c.Evidence, c.Fix = Fail, "the flow log cannot deliver", v.log.ID+" is FAILED: "+v.log.StatusMessage, d.failedFix()
		default:
			c.Status, c.Summary = Unknown, "no logs have arrived yet"
			c.Evidence = fmt.Sprintf("%s was made %s ago", v.log.ID, d.task.run.engine.awsNow().Sub(v.log.Created).Round(time.Second))
			if limit := d.task.run.maxAge; limit > 0 && d.task.run.engine.awsNow().Sub(v.log.Created) > max(limit, time.Duration(v.log.Interval)*time.Second+firstLogsUsually) {
				c.Status, c.Summary = Fail, fmt.Sprintf("there are no logs, so none of the last %s", limit)
			}
			c.Fix = "wait: first logs take up to " + (time.Duration(v.log.Interval)*time.Second + firstLogsUsually).String() + " and need traffic"
			if wrong := d.task.run.wrongOnTheWay(); wrong != "" {
				c.Fix = "waiting does not help while " + wrong + " is not as it should be: flowgrant doctor " + d.task.setup().Name
			}
		}
		d.task.run.prove(d.task, c)
	}
	if len(d.vpcs) == 0 {
		d.task.run.prove(d.task, Check{ID: string(StepDelivery), Account: d.at.account.ID, Region: d.at.region, Status: Pass, Summary: "there is no VPC to log"})
	}
}

// bucketGone says that the bucket is not there, or not the account's any more; empty: it is.
func (d *delivery) bucketGone() string {
	s, l := d.task.setup(), d.task.live()
	if s.toGroups() || !d.task.run.proofOnly {
		return ""
	}
	switch l.bucket.State {
	case awsops.BucketMissing:
		return "there is no bucket " + s.bucketName()
	case awsops.BucketForeign:
		return "the bucket " + s.bucketName() + " is not of account " + s.Account.ID + ", or lets it see nothing"
	}
	return ""
}

// wrongOnTheWay names the steps between flow log and logs that a proof found not to be as they should; empty: none.
func (r *run) wrongOnTheWay() string {
	var names []string
	for _, p := range r.plan.Steps {
		bad := r.proofOnly && p.unread == nil && (p.Change.writes() || p.Change == ChangeBlocked)
		if bad && !slices.Contains(names, string(p.Step)) && slices.Contains([]StepName{StepBucket, StepKeyPolicy, StepBucketPolicy, StepLogGroup}, p.Step) ||
			bad && r.plan.Setup.toGroups() && !slices.Contains(names, string(p.Step)) && slices.Contains([]StepName{StepRole, StepTrust, StepPermissions}, p.Step) {
			names = append(names, string(p.Step))
		}
	}
	return strings.Join(names, ", ")
}

// failedSince says whether a flow log failed after the newest logs of its VPC, which are older than those of one at work would be.
func (d *delivery) failedSince(v *vpcDelivery) bool {
	return v.object.Key != "" && v.log != nil && v.log.Status == "FAILED" && d.task.run.engine.awsNow().Sub(v.object.Modified) > 2*time.Duration(v.log.Interval)*time.Second+extraWait
}

func (d *delivery) evidence(v *vpcDelivery) string {
	records := v.records
	return fmt.Sprintf("%s: %s (%d accepted, %d rejected, %d without data), %s %q, %s old (at work, at most %s)", v.object.Key, count(records, "record"),
		v.sample.Accepted, v.sample.Rejected, v.sample.Status["NODATA"], map[bool]string{false: "header", true: "fields"}[d.task.setup().toGroups()], strings.Join(v.sample.Fields, " "),
		d.age(v), time.Duration(v.log.Interval)*time.Second+extraWait)
}

// age is how old the newest logs are, to the second.
func (d *delivery) age(v *vpcDelivery) time.Duration {
	return max(0, d.task.run.engine.awsNow().Sub(v.object.Modified)).Round(time.Second)
}

// stopped says whether a diagnosis finds logs that arrived and do not any more: interfaces in use log something every interval, if only NODATA.
// Source: VPC user guide, flow-log-records.
func (d *delivery) stopped(v *vpcDelivery) bool {
	return d.task.run.diagnoses && v.object.Key != "" && d.age(v) > longQuiet
}

// tooOld says whether the newest logs are older than a proof allows.
func (d *delivery) tooOld(v *vpcDelivery) bool {
	limit := d.task.run.maxAge
	return limit > 0 && v.object.Key != "" && d.task.run.engine.awsNow().Sub(v.object.Modified) > limit
}
