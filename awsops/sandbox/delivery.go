package sandbox

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops/flowrecord"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// deliveryService is the principal that writes flow logs to S3.
const deliveryService = "delivery.logs.amazonaws.com"

const (
	firstDelivery = 3 * time.Second // after the flow log's creation
	keptSlots     = 20              // after a long pause only the newest deliveries are made up for
)

// cadence is the time between two deliveries: AWS's, shortened so that nobody waits long for a practice run.
func (f *FlowLog) cadence() time.Duration {
	if f.Interval == 60 {
		return 10 * time.Second
	}
	return 30 * time.Second
}

// slotTime is when the nth delivery of a flow log is due.
func (f *FlowLog) slotTime(n int) time.Time {
	return f.Created.Add(f.first() + time.Duration(n)*f.cadence()).UTC()
}

// first is the time between a flow log's creation and its first delivery.
func (f *FlowLog) first() time.Duration {
	if f.First > 0 {
		return f.First
	}
	return firstDelivery
}

// slotsDue is how many deliveries are due at a time since the flow log was made.
func (f *FlowLog) slotsDue(now time.Time) int {
	since := now.Sub(f.Created) - f.first()
	if since < 0 {
		return 0
	}
	return int(since/f.cadence()) + 1
}

// advance makes every delivery that is due, and tells whether anything changed. The same world gives the same objects.
func (w *World) advance(now time.Time) bool {
	changed := false
	for _, id := range slices.Sorted(maps.Keys(w.Accounts)) {
		regions := w.Accounts[id].Regions
		for _, region := range sortedKeys(regions) {
			rd := regions[region]
			for _, f := range rd.FlowLogs {
				if due := f.slotsDue(now); due > f.Delivered && w.inRegion(id, region) {
					w.deliver(f, rd, id, region, due)
					w.changedAccount(id)
					changed = true
				}
			}
		}
	}
	return changed
}

// deliver uses up the slots before due.
func (w *World) deliver(f *FlowLog, rd *RegionData, account, region string, due int) {
	first := max(f.Delivered, due-keptSlots)
	f.Delivered = due
	vpc, interfaces, _ := rd.traced(f.ResourceID)
	if len(interfaces) == 0 || vpc.Quiet {
		return
	}
	if f.DestinationType == "cloud-watch-logs" {
		w.deliverEvents(f, rd, account, region, first, due, interfaces)
		return
	}
	keys := make([]string, 0, due-first)
	for n := first; n < due; n++ {
		keys = append(keys, f.objectKey(account, region, f.slotTime(n), n))
	}
	bucket, fault := w.deliveryFault(f, account, region, keys[len(keys)-1], f.slotTime(due-1))
	if fault != nil {
		f.Status, f.StatusMessage = "FAILED", accessError
		w.reportDelivery(f, account, region, keys[len(keys)-1], f.slotTime(due-1))
		return
	}
	f.Status, f.StatusMessage = "SUCCESS", ""
	w.changedBucket(bucket.Name)
	keyARN := w.encryptionKey(bucket)
	for i, key := range keys {
		at := f.slotTime(first + i)
		bucket.put(&Object{
			Key: key, Modified: at, FlowLog: true, KeyARN: keyARN, BucketKey: bucket.usesBucketKey(),
		})
	}
}

// objectKey names the object of the nth delivery (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html).
func (f *FlowLog) objectKey(account, region string, at time.Time, n int) string {
	hash := fmt.Sprintf("%08x", uint32(hash64(f.ID, fmt.Sprint(n))))
	return flowrecord.ObjectKey(f.layout(), account, region, f.ID, at.UTC().Truncate(5*time.Minute), hash)
}

func (f *FlowLog) layout() flowrecord.Layout {
	_, prefix, _ := logDestination(f.Destination)
	return flowrecord.Layout{Prefix: prefix, Hive: f.Hive, Hourly: f.Hourly, Parquet: f.Parquet}
}

// deliveryFault finds the bucket of a flow log, or why the delivery service may not write key there.
func (w *World) deliveryFault(f *FlowLog, account, region, key string, at time.Time) (*Bucket, *apiError) {
	name, _, _ := logDestination(f.Destination)
	bucket := w.Buckets[name]
	if bucket == nil {
		return nil, ec2Errorf(400, "LogDestinationNotFoundException", "LogDestination: %s does not exist", name)
	}
	denied := ec2Errorf(400, "400", "Access Denied for LogDestination: %s. Please check LogDestination permission", name)
	// Delivery keeps to the owner it saw first, so that nobody inherits logs with a bucket's name.
	if f.BucketOwner != "" && f.BucketOwner != bucket.Owner {
		return nil, denied
	}
	ctx := w.deliveryContext(account, region, bucket.Region, at)
	ctx["s3:x-amz-acl"] = []string{"bucket-owner-full-control"}
	if !w.serviceAllowed(deliveryService, "s3:PutObject", bucket.arn()+"/"+key, bucket.Owner, w.bucketPolicy(bucket), ctx) {
		return nil, denied
	}
	if !w.keyTakesDelivery(bucket, account, region, key, at) {
		return nil, ec2Errorf(400, "400", "LogDestination: %s is undeliverable", name)
	}
	return bucket, nil
}

// reportDelivery shows a denied delivery to who denied it: the owner of the bucket, or of the key. That PutObject was denied is a data
// event, which the event history does not have.
func (w *World) reportDelivery(f *FlowLog, account, region, key string, at time.Time) {
	name, _, _ := logDestination(f.Destination)
	b := w.Buckets[name]
	if b == nil || f.BucketOwner != "" && f.BucketOwner != b.Owner {
		return
	}
	e := TrailEvent{Region: b.Region, By: deliveryService, From: deliveryService, Reads: true, Code: "AccessDenied",
		Source: "s3.amazonaws.com", Name: "GetBucketAcl", Message: "Access Denied", Resources: []TrailResource{{"AWS::S3::Bucket", b.Name}}}
	if !w.serviceAllowed(deliveryService, "s3:GetBucketAcl", b.arn(), b.Owner, w.bucketPolicy(b), w.deliveryContext(account, region, b.Region, at)) {
		w.reportDenial(f, b.Owner, at, e)
		return
	}
	if k := w.key(w.encryptionKey(b)); k != nil && !w.keyTakesDelivery(b, account, region, key, at) {
		e.Source, e.Name, e.Resources = "kms.amazonaws.com", "GenerateDataKey", []TrailResource{{"AWS::KMS::Key", k.ARN}}
		switch k.State {
		case "Enabled":
			e.Message = "User: " + deliveryService + " is not authorized to perform: kms:GenerateDataKey on resource: " + k.ARN
		case "Disabled":
			e.Code, e.Message = "DisabledException", k.ARN+" is disabled."
		default:
			e.Code, e.Message = "KMSInvalidStateException", k.ARN+" is pending deletion."
		}
		w.reportDenial(f, arnAccount(k.ARN), at, e)
	}
}

// deliveryContext is what the delivery service tells about the flow log that it writes for.
func (w *World) deliveryContext(account, region, requested string, at time.Time) map[string][]string {
	ctx := map[string][]string{
		"aws:SourceAccount":   {account},
		"aws:SourceArn":       {fmt.Sprintf("arn:aws:logs:%s:%s:*", region, account)},
		"aws:SecureTransport": {"true"},
		"aws:RequestedRegion": {requested},
		"aws:CurrentTime":     {at.UTC().Format(time.RFC3339)},
	}
	if slices.Contains(w.Organization.Members, account) {
		ctx["aws:SourceOrgID"] = []string{w.Organization.ID}
	}
	return ctx
}

// keyTakesDelivery tells whether the bucket's default encryption lets the delivery service write for account.
func (w *World) keyTakesDelivery(b *Bucket, account, region, objectKey string, at time.Time) bool {
	if b.Encryption == nil || b.Encryption.Algorithm == "AES256" {
		return true
	}
	if b.Encryption.Key == "" || strings.HasSuffix(b.Encryption.Key, "alias/aws/s3") {
		return account == b.Owner
	}
	// Anything but a full key ARN would be looked for in the account of the delivery service.
	key := w.key(b.Encryption.Key)
	if key == nil || key.State != "Enabled" || key.Region != b.Region {
		return false
	}
	if key.Manager == "AWS" {
		return account == b.Owner
	}
	doc := w.keyPolicy(key)
	ctx := w.deliveryContext(account, region, b.Region, at)
	ctx["kms:ViaService"] = []string{"s3." + b.Region + ".amazonaws.com"}
	ctx["kms:EncryptionContext:aws:s3:arn"] = []string{b.encryptionContext(objectKey)}
	return w.serviceAllowed(deliveryService, "kms:GenerateDataKey", key.ARN, arnAccount(key.ARN), doc, ctx)
}

// checkDestination says why CreateFlowLogs refuses to deliver to the destination; AWS adds the missing statements to a bucket
// policy of the caller's own account where the caller may write it.
func (c *call) checkDestination(f *FlowLog) *apiError {
	name, _, _ := logDestination(f.Destination)
	bucket := c.w.Buckets[name]
	probe := *f
	probe.ID = "fl-0123456789abcdef0"
	key := probe.objectKey(c.caller.account, c.region, c.now, 0)
	permitted := func() *apiError {
		b, fault := c.w.deliveryFault(&probe, c.caller.account, c.region, key, c.now)
		if fault != nil {
			return fault
		}
		if ctx := c.w.deliveryContext(c.caller.account, c.region, b.Region, c.now); !c.w.serviceAllowed(deliveryService, "s3:GetBucketAcl", b.arn(), b.Owner, c.w.bucketPolicy(b), ctx) {
			return ec2Errorf(400, "400", "Access Denied for LogDestination: %s. Please check LogDestination permission", name)
		}
		return nil
	}
	fault := permitted()
	if fault == nil || bucket == nil || !strings.HasPrefix(fault.message, "Access Denied") || bucket.Owner != c.caller.account {
		return fault
	}
	before, ids := bucket.Policy, bucket.PolicyIDs
	if err := c.addDeliveryStatements(bucket, f.layout()); err != nil {
		return err
	}
	// Where a deny still stands in the way nothing was gained, so nothing is left behind.
	if fault := permitted(); fault != nil && strings.HasPrefix(fault.message, "Access Denied") {
		bucket.Policy, bucket.PolicyIDs = before, ids
		return fault
	} else if fault != nil {
		return fault
	}
	return nil
}

// addDeliveryStatements appends the statements that AWS writes itself
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html).
func (c *call) addDeliveryStatements(b *Bucket, layout flowrecord.Layout) *apiError {
	denied := ec2Errorf(400, "400", "Access Denied for LogDestination: %s. Please check LogDestination permission", b.Name)
	for _, action := range []string{"s3:GetBucketPolicy", "s3:PutBucketPolicy"} {
		if c.s3Verdict(b, action, "", nil).Verdict != policy.Allowed {
			return denied
		}
	}
	doc := policy.Document{Version: policy.Version2012, ID: "AWSLogDeliveryWrite20150319"}
	if b.Policy != "" {
		doc = c.w.bucketPolicy(b).Clone()
	}
	for _, s := range doc.Statements {
		if s.NotAction.IsSet() || s.NotPrincipal != nil {
			return denied
		}
	}
	source := policy.Test{Operator: "ArnLike", Key: "aws:SourceArn", Values: policy.One(fmt.Sprintf("arn:aws:logs:%s:%s:*", c.region, c.caller.account))}
	account := policy.Test{Operator: "StringEquals", Key: "aws:SourceAccount", Values: policy.One(c.caller.account)}
	acl := policy.Test{Operator: "StringEquals", Key: "s3:x-amz-acl", Values: policy.One("bucket-owner-full-control")}
	for _, s := range []policy.Statement{
		{Sid: "AWSLogDeliveryWrite", Action: policy.One("s3:PutObject"), Resource: policy.One(b.arn() + "/" + layout.AccountPrefix(c.caller.account) + "*"),
			Condition: policy.Condition{account, acl, source}},
		{Sid: "AWSLogDeliveryAclCheck", Action: policy.One("s3:GetBucketAcl"), Resource: policy.One(b.arn()), Condition: policy.Condition{account, source}},
	} {
		s.Effect, s.Principal = policy.Allow, policy.ServicePrincipal(deliveryService)
		if slices.ContainsFunc(doc.Statements, s.Equal) {
			continue
		}
		for n, sid := 1, s.Sid; ; n++ {
			if _, at := doc.Statement(s.Sid); at < 0 {
				break
			}
			s.Sid = fmt.Sprint(sid, n)
		}
		doc.Statements = append(doc.Statements, s)
	}
	text := doc.String()
	if policy.CheckSize(policy.BucketPolicy, text) != nil {
		return ec2Errorf(400, "LogDestinationPermissionIssueException",
			"LogDestination: %s: the bucket policy would exceed the maximum allowed document size of %d bytes", b.Name, policy.Limit(policy.BucketPolicy))
	}
	b.Policy, b.PolicyIDs = text, c.w.principalIDs(doc)
	c.w.changedBucket(b.Name)
	return nil
}

// hash64 is a stable hash of its parts.
func hash64(parts ...string) uint64 {
	h := fnv.New64a()
	for _, part := range parts {
		_, _ = h.Write([]byte(part))
		_, _ = h.Write([]byte{0})
	}
	// FNV leaves the last bytes poorly mixed; names that differ in one digit must look unrelated.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
