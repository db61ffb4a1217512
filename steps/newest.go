package steps

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
)

const (
	listPage     = 1000 // objects, which is the most that S3 gives
	lookBackDays = 3    // how far a proof goes back for the newest object of a flow log
)

// list finds the newest object of each flow log in at most three pages for each, however full the bucket is. A listing goes from old to new: a
// page that others follow does not tell what is newest. Where the flow logs of an account and region share one page of today's objects, that one
// is enough. Else one listing tells on which day each flow log delivered last, one at what time of that day, and one what arrived then.
func (d *delivery) list(ctx context.Context) error {
	now := d.task.run.engine.awsNow().UTC()
	wanted := map[string]*vpcDelivery{}
	for _, v := range d.vpcs {
		if v.log != nil && v.vpc.Interfaces != 0 && (v.object.Key == "" || v.fault != "" || d.failedSince(v)) {
			wanted[v.log.ID] = v
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	from := now.AddDate(0, 0, -lookBackDays)
	if !d.task.run.proofOnly {
		from = now.Add(-time.Hour) // while one waits only what arrives now counts; just after midnight that may be yesterday's folder
	}
	if len(wanted) > 1 && !d.full { // of a single one it would be a page that may tell nothing
		objects, more, err := d.page(ctx, d.task.setup().layout().DayPrefix(d.at.account.ID, d.at.region, now))
		if err != nil {
			return err
		}
		if d.full = more; !more {
			take(wanted, objects)
			if len(wanted) == 0 || from.Day() == now.Day() {
				return nil
			}
		}
	}
	days, err := d.lastDays(ctx, wanted, from, now)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	errs := make(chan error, len(wanted))
	for id, v := range wanted {
		wg.Go(func() { errs <- d.newest(ctx, id, v, days[id]) })
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// lastDays gives the days in which the newest object of each flow log may be, latest first: one, or none, unless so many flow logs deliver
// that a page cannot name them all.
func (d *delivery) lastDays(ctx context.Context, wanted map[string]*vpcDelivery, from, to time.Time) (map[string][]time.Time, error) {
	layout := d.task.setup().layout()
	prefix := layout.RegionPrefix(d.at.account.ID, d.at.region)
	found, more, err := d.common(ctx, prefix, flowrecord.UpToDay, layout.DayPrefix(d.at.account.ID, d.at.region, from))
	if err != nil {
		return nil, err
	}
	days := map[string][]time.Time{}
	if more {
		for id := range wanted {
			for day := to.Truncate(24 * time.Hour); !day.Before(from.Truncate(24 * time.Hour)); day = day.AddDate(0, 0, -1) {
				days[id] = append(days[id], day)
			}
		}
		return days, nil
	}
	for _, p := range found {
		if id, day, ok := flowrecord.ParseUpToDay(p); ok {
			days[id] = []time.Time{day} // they come in order
		}
	}
	return days, nil
}

// newest finds the newest object of one flow log in one of some days.
func (d *delivery) newest(ctx context.Context, id string, v *vpcDelivery, days []time.Time) error {
	for _, day := range days {
		prefix, last := d.task.setup().layout().FlowLogPrefix(d.at.account.ID, d.at.region, id, day), ""
		for more := true; more; { // a day has 288 times at which a flow log delivers, so that one page is all
			var times []string
			var err error
			if times, more, err = d.common(ctx, prefix, flowrecord.UpToTime, last); err != nil {
				return err
			}
			if len(times) > 0 {
				last = times[len(times)-1] + "~" // behind all keys of that time
			}
		}
		if last == "" {
			continue
		}
		objects, _, err := d.page(ctx, strings.TrimSuffix(last, "~"))
		if err != nil {
			return err
		}
		take(map[string]*vpcDelivery{id: v}, objects)
		return nil
	}
	return nil
}

func (d *delivery) page(ctx context.Context, prefix string) (objects []awsops.Object, more bool, err error) {
	l := d.task.live()
	objects, more, err = l.home.Objects(ctx, l.region, d.task.setup().bucketName(), prefix, "", listPage)
	return objects, more, d.listFault(prefix, err)
}

func (d *delivery) common(ctx context.Context, prefix, delimiter, after string) (found []string, more bool, err error) {
	l := d.task.live()
	found, more, err = l.home.CommonPrefixes(ctx, l.region, d.task.setup().bucketName(), prefix, delimiter, after)
	return found, more, d.listFault(prefix, err)
}

func (d *delivery) listFault(prefix string, err error) error {
	if err == nil {
		return nil
	}
	return d.task.place().fault("list the objects under "+prefix, err)
}

// take keeps the newest object of each wanted flow log and takes those found off the list.
func take(wanted map[string]*vpcDelivery, objects []awsops.Object) {
	found := map[string]bool{}
	for _, o := range objects {
		key, err := flowrecord.ParseKey(o.Key)
		if err != nil {
			continue
		}
		v, ok := wanted[key.FlowLogID]
		if !ok {
			continue
		}
		found[key.FlowLogID] = true
		if v.object.Key == "" || v.fault != "" && o.Key != v.object.Key || o.Modified.After(v.object.Modified) {
			v.object, v.fault, v.sample = o, "", flowrecord.Sample{}
		}
	}
	for id := range found {
		delete(wanted, id)
	}
}
