package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// What is looked at of an account that others deliver to.
const (
	mostBuckets   = 100 // whose policies are read
	bucketsAtOnce = 8
	mostArriving  = 20 // accounts whose logs are looked for in a bucket
)

// receiving is a place in a bucket of the account that flow logs of other accounts may be delivered to, by its policy.
type receiving struct {
	bucket, prefix string
	accounts       []string // 12-digit account IDs
}

// receivers reads from the policy of a bucket where which other accounts may deliver flow logs.
func receivers(bucket, own string, d policy.Document) []receiving {
	var list []receiving
	add := func(prefix, account string) {
		if len(account) != 12 || strings.Trim(account, "0123456789") != "" || account == own {
			return
		}
		at := slices.IndexFunc(list, func(r receiving) bool { return r.prefix == prefix })
		if at < 0 {
			at, list = len(list), append(list, receiving{bucket: bucket, prefix: prefix})
		}
		if !slices.Contains(list[at].accounts, account) {
			list[at].accounts = append(list[at].accounts, account)
		}
	}
	for _, st := range d.Statements {
		if st.Effect != policy.Allow || st.Principal == nil || !st.Principal.Service.Has(vpcFlowLogs.Service) || !st.Covers("s3:PutObject") {
			continue
		}
		var sources []string
		for _, t := range st.Condition {
			if strings.EqualFold(t.Key, "aws:SourceAccount") {
				sources = t.Values.Values()
			}
		}
		for _, resource := range st.Resource.Values() {
			_, key, _ := strings.Cut(resource, ":::"+bucket+"/")
			prefix, below, logs := strings.Cut(key, "AWSLogs/")
			if !logs || strings.ContainsAny(prefix, "*?$") {
				continue
			}
			account, _, _ := strings.Cut(below, "/")
			if account != "*" {
				add(prefix, account)
				continue
			}
			for _, source := range sources {
				add(prefix, source)
			}
		}
	}
	return list
}

// lookAtReceiving looks at the buckets of the account that other accounts may deliver flow logs to: what denies it, and whether the key lets it. That a
// flow log is there only the other account shows.
func (d *diagnosis) lookAtReceiving(ctx context.Context) {
	buckets, err := d.l.home.Buckets(ctx)
	if err != nil {
		d.limits = append(d.limits, "whether other accounts deliver flow logs into buckets of this one could not be looked at: "+err.Error())
		return
	}
	if len(buckets) > mostBuckets {
		d.limits = append(d.limits, fmt.Sprintf("of %d buckets of the account only the first %d were looked at for flow logs of other accounts", len(buckets), mostBuckets))
		buckets = buckets[:mostBuckets]
	}
	found := make([][]*destination, len(buckets))
	var wg sync.WaitGroup
	turn := make(chan struct{}, bucketsAtOnce)
	for i, b := range buckets {
		wg.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			found[i] = d.receivedIn(ctx, b)
		})
	}
	wg.Wait()
	for _, to := range slices.Concat(found...) {
		d.tellReceiving(ctx, to)
	}
}

// receivedIn reads one bucket; what cannot be read has nothing to tell.
func (d *diagnosis) receivedIn(ctx context.Context, b awsops.BucketName) []*destination {
	region := b.Region
	if region == "" {
		seen, err := d.l.home.Bucket(ctx, b.Name, "")
		if err != nil || seen.State != awsops.BucketOurs {
			return nil
		}
		region = seen.Region
	}
	text, err := d.l.home.BucketPolicy(ctx, region, b.Name)
	current, parseErr := policy.Parse(text)
	if err != nil || text == "" || parseErr != nil {
		return nil
	}
	var list []*destination
	for _, r := range receivers(b.Name, d.l.home.ID, current) {
		s := NewSetup(Centralized)
		s.Name, s.Account.ID = "(none)", d.l.home.ID // no bucket carries that name
		s.Bucket.ARN, s.Bucket.Region = strings.TrimSuffix("arn:"+d.l.home.Partition+":s3:::"+r.bucket+"/"+r.prefix, "/"), region
		s.FlowLogs.Regions = []string{region}
		to := &destination{layout: flowrecord.Layout{Prefix: strings.TrimSuffix(r.prefix, "/")}, diagnosis: &diagnosis{engine: d.engine, s: s, l: &live{home: d.l.home}}}
		for _, account := range r.accounts {
			to.s.ResourceAccounts = append(to.s.ResourceAccounts, ResourceAccount{ID: account})
			to.l.sites = append(to.l.sites, &site{account: LoggedAccount{ID: account}, region: region})
		}
		if to.read(ctx); to.err == nil && to.l.bucket.State == awsops.BucketOurs {
			to.report.Checks = []Check{{ID: string(StepDelivery), Status: Fail}} // so that every cause is looked for
			list = append(list, to)
		}
	}
	return list
}

// tellReceiving says what stands against the deliveries of other accounts to a place, or that nothing does.
func (d *diagnosis) tellReceiving(ctx context.Context, to *destination) {
	c := Check{ID: string(StepFlowLogs) + ".destination", Account: d.l.home.ID, Region: to.l.region, Target: to.s.bareBucketARN(), Status: Pass,
		Summary: "nothing in bucket policy or key denies the flow logs that other accounts may deliver here", Evidence: to.lying(ctx)}
	causes := slices.DeleteFunc(to.causes(), func(k Cause) bool { // that a statement lets in other flow logs than these is its owner's to say
		return strings.HasPrefix(k.ID, "bucket-policy-") && k.ID != "bucket-policy-denies" || k.ID == "prefix-mismatch" || k.ID == "layout-hive"
	})
	if len(causes) > 0 {
		c.Status, c.Summary, c.Fix = Fail, "flow logs of other accounts cannot be delivered: "+causes[0].Title, "see the causes"
		c.Evidence = causes[0].Evidence + "; " + c.Evidence
	}
	for _, cause := range causes {
		d.report.Causes = mergeCause(d.report.Causes, cause)
	}
	d.report.Checks = append(d.report.Checks, c)
	const limit = "whether the flow logs of other accounts run, and what they record, only those accounts show: flowgrant doctor --profile NAME"
	if !slices.Contains(d.limits, limit) {
		d.limits = append(d.limits, limit)
	}
}

// lying says whose flow logs lie at a place, and whose do not.
func (to *destination) lying(ctx context.Context) string {
	var there, none []string
	accounts := to.s.loggedIDs()
	for _, account := range accounts[:min(mostArriving, len(accounts))] {
		objects, _, err := to.l.home.Objects(ctx, to.l.region, to.s.bucketName(), to.s.logsPrefix()+account+"/vpcflowlogs/", "", 1)
		switch {
		case err != nil:
			return "accounts " + some(accounts) + " may deliver; what lies there could not be listed"
		case len(objects) > 0:
			there = append(there, account)
		default:
			none = append(none, account)
		}
	}
	says := "flow logs of " + orNone(strings.Join(there, ", ")) + " lie there"
	if len(none) > 0 {
		says += "; of " + strings.Join(none, ", ") + " none do, though they may be delivered"
	}
	return says
}
