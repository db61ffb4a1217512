package steps

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// failing says whether a check of one of the steps does not pass.
func (d *diagnosis) failing(steps ...string) bool {
	return slices.ContainsFunc(d.report.Checks, func(c Check) bool {
		return c.Status != Pass && slices.ContainsFunc(steps, func(id string) bool { return c.ID == id || strings.HasPrefix(c.ID, id+".") })
	})
}

// mendOf says who can do what a step of the plan would.
func (d *diagnosis) mendOf(step StepName) Mend {
	if d.run == nil {
		return MendHand // there is no set-up
	}
	for _, p := range d.run.plan.Steps {
		if p.Step == step && p.Change.writes() {
			return MendApply
		}
	}
	return MendHand
}

// findBucketKey tells how a bucket's default encryption keeps deliveries or readers out.
// Source: VPC user guide, flow-logs-s3-permissions; S3 user guide, UsingKMSEncryption.
func findBucketKey(d *diagnosis) []Cause {
	b := d.l.bucket
	if b.State != awsops.BucketOurs || !d.failing("bucket", "key-policy", "delivery", "access") {
		return nil
	}
	key := b.Encryption.Key
	c := Cause{Account: d.s.Account.ID, Region: d.l.region, Target: b.Name, Evidence: "the default encryption of the bucket is " + describeEncryption(b.Encryption)}
	switch {
	case !b.Encryption.KMS() && d.s.Bucket.KMSKeyARN != "":
		c.ID = "key-other"
		c.Evidence += ", and bucket.kms_key_arn is " + d.s.Bucket.KMSKeyARN
	case !b.Encryption.KMS():
		return nil
	case key == "" || strings.HasSuffix(key, "alias/aws/s3") || d.l.key != nil && d.l.keyARN == key && d.l.key.Manager == "AWS":
		c.ID = "key-aws-managed-cross-account"
	case strings.Contains(key, "alias/"):
		c.ID = "key-by-alias"
		c.Evidence += ": an alias is looked up in the account that delivers"
	case !strings.HasPrefix(key, "arn:"):
		c.ID = "key-by-id"
		c.Evidence += ": an ID is looked up in the account that delivers"
	case arnPart(key, 3) != d.l.region:
		c.ID = "key-other-region"
		c.Evidence += fmt.Sprintf(", and the bucket is in %s: S3 takes only keys of its own region", d.l.region)
	case d.s.Bucket.KMSKeyARN != "" && d.s.Bucket.KMSKeyARN != key:
		c.ID = "key-other"
		c.Evidence += ", and bucket.kms_key_arn is " + d.s.Bucket.KMSKeyARN
		if d.keyGone != nil {
			c.ID, c.Evidence = "key-unavailable", c.Evidence+": "+d.keyGone.Error()
		}
	default:
		return nil
	}
	if c.Mend = d.mendOf(StepBucket); c.Mend == MendApply {
		c.Fix = "flowgrant apply -f FILE sets " + encryptionWith(d.l.keyARN)
		return []Cause{c}
	}
	c.Mend = MendChange
	c.Fix = "set the bucket's default encryption to " + encryptionWith(d.rightKey) + ": " + encryptCommand(b.Name, d.rightKey)
	c.repair = d.encryptAnew(d.rightKey)
	return []Cause{c}
}

func encryptionWith(key string) string {
	if key == "" {
		return "SSE-S3"
	}
	return "SSE-KMS with " + key
}

func encryptCommand(bucket, key string) string {
	rule := `{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}`
	if key != "" {
		rule = fmt.Sprintf(`{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":%q},"BucketKeyEnabled":true}`, key)
	}
	return fmt.Sprintf(`aws s3api put-bucket-encryption --bucket %s --server-side-encryption-configuration '{"Rules":[%s]}'`, bucket, rule)
}

// findKeyState looks at the key itself. Source: KMS developer guide, key-state.
func findKeyState(d *diagnosis) []Cause {
	if !fullKeyARN(d.l.keyARN) {
		return nil
	}
	c := Cause{Account: arnPart(d.l.keyARN, 4), Region: arnPart(d.l.keyARN, 3), Target: d.l.keyARN, Mend: MendHand}
	if d.l.keyErr != nil {
		if m := awsops.MeaningOf(d.l.keyErr); m != awsops.NotFound {
			return nil
		}
		c.ID, c.Evidence = "key-unavailable", d.l.keyErr.Error()
		if c.Fix = "give the bucket a key that exists: " + encryptCommand(d.s.bucketName(), d.rightKey); d.l.bucket.Encryption.Key == d.l.keyARN {
			c.Mend, c.repair = MendChange, d.encryptAnew(d.rightKey)
		}
		return []Cause{c}
	}
	if d.l.key == nil || d.l.key.State == "Enabled" {
		return nil
	}
	c.Evidence = "the key is " + d.l.key.State
	enable := fmt.Sprintf("aws kms enable-key --region %s --key-id %s", c.Region, c.Target)
	switch d.l.key.State {
	case "Disabled":
		c.ID, c.Fix = "key-disabled", enable
	case "PendingDeletion":
		c.ID = "key-pending-deletion"
		c.Fix = fmt.Sprintf("aws kms cancel-key-deletion --region %s --key-id %s && %s", c.Region, c.Target, enable)
	default:
		c.ID, c.Fix = "key-unavailable", "wait until the key is Enabled, or give the bucket another one"
		return []Cause{c}
	}
	if c.Account == d.s.Account.ID {
		c.Mend, c.repair = MendChange, d.enableKey(c.ID == "key-pending-deletion")
	}
	return []Cause{c}
}

// findKeyPolicy tells what the key policy keeps out: deliveries, and the reader where the policy leaves nothing to IAM.
func findKeyPolicy(d *diagnosis) []Cause {
	if !fullKeyARN(d.l.keyARN) || d.l.keyErr != nil || d.l.key == nil || d.l.key.Manager == "AWS" || d.l.key.Region != d.l.region {
		return nil
	}
	c := Cause{Account: d.l.key.Account, Region: d.l.key.Region, Target: d.l.key.ARN}
	if d.l.key.Denied != nil {
		if !d.deliveryFails() || len(d.policyDenials()) > 0 || d.l.key.State != "Enabled" {
			return nil
		}
		c.ID, c.Mend = "key-policy-missing", MendHand
		c.Evidence = "the bucket policy lets the logs in, and delivery fails all the same; the key policy cannot be read from account " + d.s.Account.ID
		c.Fix = "the owner of the key puts these statements into its policy:\n" + policy.New(d.s.keyDelivery(d.l.organization), d.s.keyReader(d.l.roleARN)).Pretty()
		return []Cause{c}
	}
	current, err := policy.Parse(d.l.key.Policy)
	if err != nil {
		return nil
	}
	var causes []Cause
	add := func(r policy.Request, decision policy.Decision, who string) {
		c := c
		if decision.Verdict == policy.ExplicitlyDenied {
			why := decision.Why[0]
			c.ID, c.Evidence = "key-policy-denies", fmt.Sprintf("statement %s of the key policy denies %s %s: %s", orIndex(why), who, r.Action, current.Statements[why.Index].String())
			c.Mend, c.Fix = MendChange, exceptFix(current.Statements[why.Index], "key policy", d.keyRequests())
			c.repair = d.exceptFromKeyPolicy()
		} else {
			c.ID, c.Evidence = "key-policy-missing", decision.Missing
			c.Mend, c.Fix = d.mendOf(StepKeyPolicy), "flowgrant apply -f FILE adds the statement; what else stands in the policy stays"
		}
		causes = mergeCause(causes, c)
	}
	for _, at := range d.l.sites {
		r := d.keyDelivery(at)
		if decision := d.delivers(r, current); decision.Verdict != policy.Allowed {
			add(r, decision, d.s.source().Service)
		}
	}
	if d.l.roleARN == "" {
		return causes
	}
	r, p := d.readerDecrypts(&current)
	if decision := policy.Evaluate(r, p); decision.Verdict != policy.Allowed {
		add(r, decision, d.l.roleARN)
	}
	return causes
}

// keyDelivery is the request by which delivery uses the key.
func (d *diagnosis) keyDelivery(at *site) policy.Request {
	return policy.Request{Principal: d.s.source().Service, Action: "kms:GenerateDataKey", Resource: d.l.key.ARN, ResourceAccount: d.l.key.Account,
		Context: d.s.keyDeliveryContext(at.account.ID, at.region, d.l.organization, d.l)}
}

// readerDecrypts is the request by which a role that may decrypt uses the key: one that the key policy does not allow, where there is one.
func (d *diagnosis) readerDecrypts(key *policy.Document) (policy.Request, policy.Policies) {
	allowed := policy.New(policy.DecryptStatement("", d.l.key.ARN))
	p := d.l.asMember(policy.Policies{Identity: []policy.Document{allowed}, Resource: key})
	r := policy.Request{Principal: d.l.roleARN, Action: "kms:Decrypt", Resource: d.l.key.ARN, ResourceAccount: d.l.key.Account}
	for _, r.Context = range d.s.decryptCalls(d.l.key.ARN, d.l) {
		if policy.Evaluate(r, p).Verdict != policy.Allowed {
			break
		}
	}
	return r, p
}

// deliveryFails says whether a flow log that serves the reader is FAILED.
func (d *diagnosis) deliveryFails() bool {
	if d.run == nil {
		return slices.ContainsFunc(d.toBucket(), func(f awsops.FlowLog) bool { return f.Status == "FAILED" })
	}
	for _, at := range d.l.sites {
		for _, v := range at.vpcs {
			if f := d.s.flowLogOf(at, v.ID); f != nil && f.Status == "FAILED" {
				return true
			}
		}
	}
	return false
}
