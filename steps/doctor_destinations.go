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

// destination is a place in a bucket that flow logs of an account deliver to, looked at without a set-up.
type destination struct {
	*diagnosis
	layout flowrecord.Layout
	logs   []awsops.FlowLog
	err    error // why the bucket could not be looked at
}

// destinations lists the places in buckets that the flow logs of the account deliver to, each with the regions from which they do.
func (d *diagnosis) destinations() []*destination {
	var list []*destination
	for _, at := range d.l.sites {
		for _, f := range at.flowLogs {
			if f.DestinationType != string(ToS3) || f.Bucket == "" {
				continue
			}
			layout := flowrecord.Layout{Prefix: f.Prefix, Hive: f.Hive}
			i := slices.IndexFunc(list, func(k *destination) bool { return k.layout == layout && k.s.bucketName() == f.Bucket })
			if i < 0 {
				i = len(list)
				list = append(list, d.destination(f, layout, at.region))
			}
			to := list[i]
			if n := len(to.l.sites); n == 0 || to.l.sites[n-1].region != at.region {
				to.l.sites = append(to.l.sites, &site{account: at.account, region: at.region, acting: at.acting})
			}
			here := to.l.sites[len(to.l.sites)-1]
			here.flowLogs = append(here.flowLogs, f)
			to.logs = append(to.logs, f)
		}
	}
	return list
}

// destination makes the answers that lead to a place in a bucket of the account.
func (d *diagnosis) destination(f awsops.FlowLog, layout flowrecord.Layout, region string) *destination {
	s := NewSetup(PerAccount)
	s.Name, s.Account.ID = "(none)", d.s.Account.ID // no bucket carries that name
	s.Bucket.ARN = strings.TrimSuffix("arn:"+partitionOf(region)+":s3:::"+f.Bucket+"/"+f.Prefix, "/")
	s.FlowLogs.Regions = d.s.FlowLogs.Regions
	to := &destination{diagnosis: &diagnosis{engine: d.engine, s: s, l: &live{home: d.l.home}, hive: layout.Hive}, layout: layout}
	return to
}

// read looks at the bucket and its key.
func (to *destination) read(ctx context.Context) {
	if to.err = to.l.readBucket(ctx, to.s); to.err != nil {
		return
	}
	to.l.region = to.l.bucket.Region
	to.l.organization = to.l.member
	to.rightKey = to.findRightKey(to.l.bucket.Encryption.Key)
	if to.failed() && to.l.bucket.State == awsops.BucketOurs {
		if made, err := to.l.home.BucketCreated(ctx, to.s.bucketName()); err == nil {
			to.madeAt = made
		}
		to.report.Checks = []Check{{ID: string(StepDelivery), Status: Fail}}
	}
}

func (to *destination) failed() bool {
	return slices.ContainsFunc(to.logs, func(f awsops.FlowLog) bool { return f.Status == "FAILED" })
}

// causes tells what keeps the flow logs from delivering there, whatever AWS says of them so far, with what a person does about it.
func (to *destination) causes() []Cause {
	var found []Cause
	switch to.l.bucket.State {
	case awsops.BucketMissing:
		found = findBucketDeleted(to.diagnosis)
		found[0].ID = "bucket-deleted"
	case awsops.BucketOurs:
		if found = findBucketRecreated(to.diagnosis); len(found) > 0 {
			found[0].ID = "bucket-recreated"
		}
		found = slices.Concat(found, findBucketKey(to.diagnosis), findKeyState(to.diagnosis), findKeyPolicy(to.diagnosis), findBucketPolicy(to.diagnosis))
	}
	for i, c := range found {
		found[i].Title, found[i].Mend, found[i].repair = kindOf(c.ID).title, MendHand, nil
		if logs := some(logIDs(to.logs)); !strings.Contains(c.Evidence, logs) {
			found[i].Evidence += "; " + logs + " deliver there"
		}
		found[i].Fix = to.byHand(c)
	}
	return found
}

// byHand says what a person does where no set-up would.
func (to *destination) byHand(c Cause) string {
	name := to.s.bucketName()
	switch c.ID {
	case "bucket-deleted":
		var deletes []string
		for _, at := range to.l.sites {
			deletes = append(deletes, fmt.Sprintf("aws ec2 delete-flow-logs --region %s --flow-log-ids %s", at.region, strings.Join(logIDs(at.flowLogs), " ")))
		}
		return "delete the flow logs where nobody needs them any more: " + strings.Join(deletes, " && ") + ". Or, where it was one of this account, make the bucket again: " + createBucketCommand(name, to.l.sites[0].region) +
			"; give it this policy, and then make the flow logs anew, since delivery keeps to the bucket that it saw first:\n" + policy.New(to.statements()...).Pretty()
	case "bucket-policy-missing", "bucket-policy-wrong-account", "bucket-policy-wrong-organization", "bucket-policy-source-arn", "prefix-mismatch", "layout-hive":
		return "put these statements into the bucket policy of " + name + ", and leave what else stands there:\n" + policy.New(to.statements()...).Pretty()
	case "key-policy-missing":
		s := policy.KeyDeliveryStatement("AllowLogDelivery", to.s.source().Service, to.s.partition(), to.s.deliveringIDs(), "")
		return "put this statement into the policy of the key, and leave what else stands there:\n" + s.Pretty()
	}
	return c.Fix
}

// statements are what a bucket policy needs for these flow logs.
func (to *destination) statements() []policy.Statement {
	spec := to.s.deliverySpec("")
	spec.SidWrite, spec.SidACL = "FlowLogsWrite", "FlowLogsAclCheck"
	list := policy.DeliveryStatements(spec)
	if to.layout.Hive {
		list[0].Resource = policy.One(to.s.bareBucketARN() + "/" + to.layout.AccountPrefix(to.s.Account.ID) + "*")
	}
	return list
}

// lookAtDestinations looks at the buckets of the account that its flow logs deliver to. AWS may say for hours that all is well.
func (d *diagnosis) lookAtDestinations(ctx context.Context) {
	list := d.destinations()
	var wg sync.WaitGroup
	for _, to := range list {
		wg.Go(func() { to.read(ctx) })
	}
	wg.Wait()
	told := map[string]bool{}
	limit := func(format string, args ...any) {
		if text := fmt.Sprintf(format, args...); !told[text] {
			told[text] = true
			d.limits = append(d.limits, text)
		}
	}
	for _, to := range list {
		name := to.s.bucketName()
		c := Check{ID: string(StepFlowLogs) + ".destination", Account: d.s.Account.ID, Region: to.l.sites[0].region, Target: to.s.bareBucketARN(), Status: Pass,
			Summary: "bucket policy and key let the flow logs be delivered", Evidence: some(logIDs(to.logs)) + " deliver to " + to.s.destination()}
		switch {
		case to.err != nil:
			limit("the bucket %s could not be looked at: %v", name, to.err)
			continue
		case to.l.bucket.State == awsops.BucketForeign:
			limit("the bucket %s is not of account %s, or lets it see nothing: whether its policy and key let the flow logs be delivered only its owner can see", name, d.s.Account.ID)
			d.leaveToOwner(to)
			continue
		}
		for _, err := range to.l.bucket.Unreadable {
			limit("of the bucket %s not all could be read: %v", name, err)
		}
		if to.l.key != nil && to.l.key.Denied != nil || to.l.keyErr != nil && awsops.MeaningOf(to.l.keyErr) != awsops.NotFound {
			limit("the key of the bucket %s, or its policy, could not be read", name)
		}
		if causes := to.causes(); len(causes) > 0 {
			c.Status, c.Summary, c.Evidence, c.Fix = Fail, "the flow logs cannot be delivered: "+causes[0].Title, causes[0].Evidence, "see the causes"
			for _, cause := range causes {
				d.report.Causes = mergeCause(d.report.Causes, cause)
			}
		}
		d.report.Checks = append(d.report.Checks, c)
	}
}

// leaveToOwner says in the check of flow logs that fail what the owner of their bucket has to look at.
func (d *diagnosis) leaveToOwner(to *destination) {
	for i, c := range d.report.Checks {
		if c.ID == string(StepFlowLogs) && c.Status == Fail && slices.ContainsFunc(to.logs, func(f awsops.FlowLog) bool { return f.Status == "FAILED" && f.Region == c.Region }) {
			d.report.Checks[i].Fix = "the owner of the bucket " + to.s.bucketName() + " looks at its policy, its Deny statements and the policy of its key; the bucket policy needs these statements:\n" + policy.New(to.statements()...).Pretty()
		}
	}
}

// createBucketCommand makes a bucket, whose region stands in the body but for us-east-1. Source: S3 API, CreateBucket.
func createBucketCommand(name, region string) string {
	command := fmt.Sprintf("aws s3api create-bucket --bucket %s --region %s", name, region)
	if region != "us-east-1" {
		command += " --create-bucket-configuration LocationConstraint=" + region
	}
	return command
}
