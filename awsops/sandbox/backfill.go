package sandbox

import (
	"fmt"
	"time"

	"github.com/flowgrant/flowgrant/awsops/flowrecord"
)

// Backfill fills the buckets as if each flow log to S3 had delivered files every five minutes since a time, so many of them each time: what
// years of use leave. The files of a flow log all hold the same records. It gives the number of objects that it stored.
func (s *Sandbox) Backfill(since time.Time, files int) (stored int, err error) {
	err = s.change(func(w *World) {
		now := s.opts.Now().UTC()
		for _, account := range sortedKeys(w.Accounts) {
			for _, region := range sortedKeys(w.Accounts[account].Regions) {
				for _, f := range w.Accounts[account].Regions[region].FlowLogs {
					name, _, _ := logDestination(f.Destination)
					b := w.Buckets[name]
					if f.DestinationType != "s3" || b == nil {
						continue
					}
					model := &Object{FlowLog: true, Modified: now}
					model.Key = flowrecord.ObjectKey(f.layout(), account, region, f.ID, now, "model")
					w.measure(model)
					model.Body, model.FlowLog, model.Type = w.content(model), false, "application/octet-stream"
					model.KeyARN, model.BucketKey = w.encryptionKey(b), b.usesBucketKey()
					for at := since.UTC().Truncate(5 * time.Minute); at.Add(5 * time.Minute).Before(now); at = at.Add(5 * time.Minute) {
						for n := range files {
							o := *model
							o.Key, o.Modified = flowrecord.ObjectKey(f.layout(), account, region, f.ID, at, fmt.Sprintf("%08x", n)), at.Add(5*time.Minute)
							b.put(&o)
							stored++
						}
					}
					w.changedBucket(name)
				}
			}
		}
	})
	return stored, err
}
