package steps

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
)

// Delivery to S3 takes about the aggregation interval and ten minutes more, best effort. Source: VPC user guide, flow-logs.
const (
	firstLogsUsually = 10 * time.Minute
	extraWait        = 20 * time.Minute
	firstPoll        = 2 * time.Second
	slowestPoll      = 30 * time.Second
	sampleRecords    = 1000
	failedPolls      = 2 // polls that must see FAILED before it counts
	longQuiet        = 24 * time.Hour
)

func planDelivery(s Setup, at *site) PlannedStep {
	expected := 0
	for _, v := range at.vpcs {
		if v.Interfaces != 0 {
			expected++
		}
	}
	p := PlannedStep{Step: StepDelivery, Account: at.account.ID, Region: at.region, Target: vpcTarget(at.vpcs), Change: ChangeNone,
		Summary: fmt.Sprintf("wait for the first logs of %s and open them", count(expected, "VPC"))}
	if expected == 0 {
		p.Summary = "no VPC here has a network interface: there is nothing to wait for"
	}
	var old []string
	for _, v := range at.vpcs {
		if v.Interfaces != 0 {
			old = append(old, s.replaced(at, v)...)
		}
		if s.FlowLogs.DeleteReplaced && s.flowLogOf(at, v.ID) != nil { // else the flow-logs step says it
			p.Notes = append(p.Notes, s.staying(at, v)...)
		}
	}
	if len(old) > 0 && s.FlowLogs.DeleteReplaced {
		p.Change = ChangeDelete
		p.Summary += ", then delete the replaced flow logs " + some(old)
		p.Reason = "this set-up made others in their place, and flow_logs.delete_replaced is true"
	}
	p.exec = &execution{
		proves: true,
		needs:  []need{{step: StepFlowLogs, account: at.account.ID, region: at.region}},
		run:    func(ctx context.Context, t *task) (string, error) { return (&delivery{task: t, at: at}).wait(ctx) },
	}
	return p
}

// delivery waits for the logs of one account and region.
type delivery struct {
	task   *task
	at     *site
	vpcs   []*vpcDelivery
	failed map[string]int // polls that saw a flow log FAILED, by its id
	full   bool           // a page does not hold what one day delivers here
}

// vpcDelivery is what arrived from one VPC.
type vpcDelivery struct {
	vpc     awsops.VPC
	log     *awsops.FlowLog   // the flow log that serves; nil: there is none
	object  awsops.Object     // the newest; no key: none yet
	sample  flowrecord.Sample // without its records
	records int               // that were read of it
	fault   string            // why the object is not what it should be
	locked  bool              // the fault is that it cannot be opened, by anybody
	closed  string            // why it cannot be opened from here
	unread  string            // why it could not be read this time, though another time may do
	next    int               // of its network interfaces: whose stream is looked at next
}

func (d *delivery) wait(ctx context.Context) (string, error) {
	t, s := d.task, d.task.setup()
	select {
	case <-t.guarded: // what AWS did to the bucket policy is put right first
	case <-ctx.Done():
		return "", ErrInterrupted
	}
	for _, v := range d.at.vpcs {
		d.vpcs = append(d.vpcs, &vpcDelivery{vpc: v, log: s.flowLogOf(d.at, v.ID)})
	}
	d.failed = map[string]int{}
	t.run.mu.Lock()
	t.run.deliveries = append(t.run.deliveries, d)
	t.run.mu.Unlock()
	defer d.report()
	limit := t.run.opts.Wait
	if limit < 0 {
		limit = 2*time.Duration(s.FlowLogs.AggregationSeconds)*time.Second + extraWait
	}
	if t.run.proofOnly {
		limit = 0
	}
	later := ": come back later with " + t.run.opts.Journal.command("resume", s.Name)
	started, pause := t.run.engine.now(), firstPoll
	for poll := 0; ; poll++ {
		var err error
		if poll > 0 {
			err = d.describe(ctx)
		}
		if err == nil {
			err = d.look(ctx)
		}
		if errors.Is(err, awsops.ErrStopped) || t.run.killed(err) {
			return "logs could not be looked for" + later, errWaiting
		}
		if err != nil {
			return "", err
		}
		open := d.open()
		if len(open) == 0 {
			return d.replace(ctx)
		}
		waited := t.run.engine.now().Sub(started) - t.paused()
		if err := d.countFailed(open, poll, waited); err != nil {
			return "", err
		}
		message := fmt.Sprintf("logs of %d of %s have arrived, after %s", len(d.expected())-len(open), count(len(d.expected()), "VPC"), waited.Round(time.Second))
		if waited >= limit || t.run.stopping() {
			return message + later, errWaiting
		}
		t.waiting(message, time.Duration(s.FlowLogs.AggregationSeconds)*time.Second+firstLogsUsually)
		if err := d.sleep(ctx, min(pause, limit-waited)); err != nil {
			return message + later, errWaiting
		}
		pause = min(pause*3/2, slowestPoll)
	}
}

// sleep ends early when the run is asked to stop.
func (d *delivery) sleep(ctx context.Context, pause time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(d.task.run.soft, cancel)()
	return sleep(ctx, pause)
}

// expected lists the VPCs that have something to log.
func (d *delivery) expected() []*vpcDelivery {
	var list []*vpcDelivery
	for _, v := range d.vpcs {
		if v.vpc.Interfaces != 0 {
			list = append(list, v)
		}
	}
	return list
}

// open lists the VPCs whose logs have not arrived yet.
func (d *delivery) open() []*vpcDelivery {
	return slices.DeleteFunc(d.expected(), func(v *vpcDelivery) bool {
		return v.object.Key != "" && v.fault == "" && v.unread == "" && !d.failedSince(v) || v.log == nil && d.task.run.proofOnly
	})
}

// describe reads the flow logs' own view of their delivery.
func (d *delivery) describe(ctx context.Context) error {
	logs, err := d.at.acting.FlowLogs(ctx, d.at.region)
	if err != nil {
		return d.task.place().fault("look at the flow logs", err)
	}
	d.at.flowLogs = logs
	for _, v := range d.vpcs {
		v.log = d.task.setup().flowLogOf(d.at, v.vpc.ID)
	}
	return nil
}

// countFailed ends the wait with its cause once two polls have seen FAILED: right after creation it may be a passing state.
// One that delivered before, or whose cause this run mended, gets the time until its next delivery.
func (d *delivery) countFailed(open []*vpcDelivery, poll int, waited time.Duration) error {
	for _, v := range open {
		if v.log == nil {
			if unfit := d.task.setup().unfit(d.at, v.vpc.ID); len(unfit) > 0 {
				return d.task.place().say("find the flow log", "the flow log of "+v.vpc.ID+" is gone; "+unfit[0].ID+", which is there, cannot serve: "+d.task.setup().flowLogFault(d.at, unfit[0]), "apply again")
			}
			return d.task.place().say("find the flow log", "the flow log of "+v.vpc.ID+" is gone: somebody deleted it", "apply again")
		}
		if v.log.Status != "FAILED" || (d.mended() || v.object.Key != "") && waited < firstLogsUsually+time.Duration(v.log.Interval)*time.Second {
			delete(d.failed, v.log.ID)
			continue
		}
		d.failed[v.log.ID]++
		if d.failed[v.log.ID] >= failedPolls || d.task.run.opts.Wait == 0 && poll == 0 {
			return d.task.place().say("deliver logs", fmt.Sprintf("the flow log %s of %s is FAILED: %s", v.log.ID, v.vpc.ID, v.log.StatusMessage), d.failedFix())
		}
	}
	return nil
}

// mended says whether this run changed what a delivery may have failed for: until the next one a flow log still tells of the last.
func (d *delivery) mended() bool {
	if d.task.setup().toGroups() {
		return slices.ContainsFunc([]StepName{StepLogGroup, StepRole, StepTrust, StepPermissions}, d.task.run.justWrote)
	}
	return d.task.run.justWrote(StepBucketPolicy) || d.task.run.justWrote(StepKeyPolicy)
}

// doctor is the command that finds out what ails the set-up.
func (d *delivery) doctor() string {
	return d.task.run.opts.Journal.command("doctor", d.task.setup().Name)
}

func (d *delivery) failedFix() string {
	if d.task.setup().toGroups() {
		return d.doctor() + " finds out why: the role, its trust, its permissions or the log group is the usual cause"
	}
	return d.doctor() + " finds out why: a Deny in the bucket policy or a key that is disabled is the usual cause"
}

// look lists the newest objects and opens those not opened yet.
func (d *delivery) look(ctx context.Context) error {
	if d.task.setup().toGroups() {
		return d.lookInGroup(ctx)
	}
	if err := d.list(ctx); err != nil {
		return err
	}
	var wg sync.WaitGroup
	for _, v := range d.vpcs {
		if v.object.Key != "" && v.sample.Fields == nil && v.closed == "" {
			wg.Go(func() { d.read(ctx, v) })
		}
	}
	wg.Wait()
	return nil
}

// read opens a VPC's newest object and checks its header and records.
func (d *delivery) read(ctx context.Context, v *vpcDelivery) {
	l := d.task.live()
	v.fault, v.unread, v.locked = "", "", false // of an attempt before
	body, err := l.home.OpenObject(ctx, l.region, d.task.setup().bucketName(), v.object.Key)
	if err != nil {
		switch awsops.MeaningOf(err) {
		case awsops.Denied:
			v.closed = err.Error()
		case awsops.Unreachable, awsops.Throttled, awsops.NotReady, awsops.Expired:
			v.unread = err.Error()
		default:
			v.fault, v.locked = err.Error(), true
		}
		return
	}
	defer body.Close()
	way := &transfer{from: body}
	v.sample, err = flowrecord.Read(way, sampleRecords)
	if way.fault != nil { // what was read says nothing of the object
		v.unread, v.sample = "the transfer broke off: "+way.fault.Error(), flowrecord.Sample{}
		return
	}
	d.task.run.arrivals.add(v.sample)
	v.records, v.sample.Records = len(v.sample.Records), nil // many VPCs have many records
	switch missing := flowrecord.MissingFields(v.sample.Fields, d.task.setup().source().Needed); {
	case err != nil:
		v.fault = err.Error()
	case len(missing) > 0:
		v.fault = "its header lacks " + strings.Join(missing, ", ")
	}
}

// transfer tells what goes wrong on the way from what is wrong with what comes.
type transfer struct {
	from  io.Reader
	fault error
}

func (t *transfer) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		t.fault = err
	}
	return n, err
}
