package steps

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
)

const (
	streamEvents  = 100 // that are read of a stream
	streamsAtOnce = 10  // that are looked at for a VPC in one go
	readersAtOnce = 5   // VPCs that are looked at at the same time: CloudWatch Logs answers as few as 10 calls a second in a region
)

// mends names what a run may mend of a delivery.
func (s Setup) mends() string {
	if s.toGroups() {
		return "role, permissions and log group"
	}
	return "bucket and key policy"
}

// lookInGroup looks for events of each VPC in the log group: each of its network interfaces has a stream of its own, and one with the right
// events is enough. Source: VPC user guide, flow-logs-cwl.
func (d *delivery) lookInGroup(ctx context.Context) error {
	errs := make([]error, len(d.vpcs))
	var wg sync.WaitGroup
	turn := make(chan struct{}, readersAtOnce)
	for i, v := range d.vpcs {
		if v.log != nil && v.vpc.Interfaces < 0 {
			v.object.Key, v.closed = "log group "+d.task.setup().FlowLogs.LogGroup.Name, "the network interfaces of the VPC, which name the streams, could not be listed (ec2:DescribeNetworkInterfaces)"
		}
		if v.log != nil && len(v.vpc.InterfaceIDs) > 0 && v.closed == "" && (v.object.Key == "" || v.fault != "" || v.unread != "" || d.failedSince(v)) {
			wg.Go(func() {
				turn <- struct{}{}
				defer func() { <-turn }()
				errs[i] = recovered(func() error { return d.lookInStreams(ctx, v) })
			})
		}
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// lookInStreams looks at some streams of a VPC, and at the next look at the ones after them.
func (d *delivery) lookInStreams(ctx context.Context, v *vpcDelivery) error {
	ids := v.vpc.InterfaceIDs
	if v.unread != "" && v.object.Modified.IsZero() {
		v.object = awsops.Object{} // what could not be read last time proves nothing
	}
	v.unread = ""
	for range min(streamsAtOnce, len(ids)) {
		stream := ids[v.next%len(ids)] + "-" + strings.ToLower(v.log.Traffic)
		v.next++
		found, err := d.readStream(ctx, v, stream)
		if err != nil {
			return err
		}
		if found {
			v.next-- // the next look begins with what has events
			return nil
		}
		if v.closed != "" || v.unread != "" {
			return nil
		}
	}
	return nil
}

// readStream reads the newest events of a stream. What came before the flow log was made is another's; so is what does not fit its format, as
// long as the rest does.
func (d *delivery) readStream(ctx context.Context, v *vpcDelivery, stream string) (found bool, err error) {
	s := d.task.setup()
	group := s.FlowLogs.LogGroup.Name
	events, err := d.at.acting.NewestEvents(ctx, d.at.region, group, stream, streamEvents)
	switch awsops.MeaningOf(err) {
	case awsops.Denied, awsops.Invalid:
		v.object.Key, v.closed = "log group "+group+", stream "+stream, err.Error()
		return true, nil
	case awsops.Unreachable, awsops.Throttled, awsops.NotReady, awsops.Expired:
		if !errors.Is(err, awsops.ErrStopped) {
			v.object.Key, v.unread = cmp.Or(v.object.Key, "log group "+group+", stream "+stream), err.Error()
			return false, nil
		}
	}
	if err != nil {
		return false, d.task.place().fault("read the stream "+stream+" of the log group", err)
	}
	events = slices.DeleteFunc(events, func(e awsops.LogEvent) bool { return e.Ingested.Before(v.log.Created) })
	if len(events) == 0 {
		return false, nil
	}
	lines := make([]string, len(events))
	for i, e := range events {
		lines[i] = e.Message
	}
	sample, misfit := flowrecord.ReadEvents(s.source().Needed, lines)
	newest := events[len(events)-1].Ingested
	if len(sample.Records) == 0 {
		if v.object.Key == "" && len(s.unfit(d.at, v.vpc.ID)) == 0 { // else they are of the one that is replaced
			v.object, v.fault = awsops.Object{Key: "log group " + group + ", stream " + stream, Modified: newest}, misfit.Error()
		}
		return false, nil
	}
	v.object, v.fault = awsops.Object{Key: "log group " + group + ", stream " + stream, Modified: newest}, ""
	d.task.run.arrivals.add(sample)
	v.sample, v.records = sample, len(sample.Records)
	v.sample.Records = nil
	return true, nil
}
