package sandbox

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// setupTag is on everything that a set-up of flowgrant makes; its value is the set-up's name.
const setupTag = "flowgrant:setup"

// placed is a flow log with where it is.
type placed struct {
	*FlowLog
	account, region string
	rd              *RegionData
}

// target is what a break works on: the flow logs of one set-up and what they and its reader need.
type target struct {
	w      *World
	now    time.Time
	logs   []placed
	home   *Account // of bucket and reader, or of the role that delivers
	bucket *Bucket  // S3 only
	role   *Role    // the reader's, or the one that delivers to the log group
	key    *Key     // once it was looked for
}

// target finds what a break is done to; nil where there is nothing yet that works.
func (w *World) target(a aim, now time.Time) *target {
	t := &target{w: w, now: now}
	switch a {
	case aimWorld:
		t.logs = w.setupLogs("s3")
	case aimLogs:
		t.logs = w.setupLogs("cloud-watch-logs")
		if !t.delivers() {
			return nil
		}
		t.home = w.Accounts[t.logs[0].account]
		if t.role = roleByARN(t.home, t.logs[0].RoleARN); t.role == nil {
			return nil
		}
	default:
		t.logs = w.setupLogs("s3")
		if !t.delivers() {
			return nil
		}
		name, _, _ := logDestination(t.logs[0].Destination)
		if t.bucket = w.Buckets[name]; t.bucket == nil || w.Accounts[t.bucket.Owner] == nil {
			return nil
		}
		t.home = w.Accounts[t.bucket.Owner]
		if t.role = t.reader(); t.role == nil {
			return nil
		}
	}
	return t
}

// setupLogs are the flow logs of the first set-up to a kind of destination, all to the same one. Flow logs to CloudWatch Logs may have been
// made by hand.
func (w *World) setupLogs(kind string) []placed {
	var all []placed
	for _, account := range sortedKeys(w.Accounts) {
		regions := sortedKeys(w.Accounts[account].Regions)
		if at := slices.Index(regions, homeRegion); at > 0 { // the home region first
			regions = append([]string{homeRegion}, slices.Delete(regions, at, at+1)...)
		}
		for _, region := range regions {
			rd := w.Accounts[account].Regions[region]
			for _, f := range rd.FlowLogs {
				if f.DestinationType == kind {
					all = append(all, placed{f, account, region, rd})
				}
			}
		}
	}
	at := slices.IndexFunc(all, func(p placed) bool { return p.Tags[setupTag] != "" })
	if at < 0 && kind == "s3" || len(all) == 0 {
		return nil
	}
	first := all[max(at, 0)]
	return slices.DeleteFunc(all, func(p placed) bool {
		return p.Tags[setupTag] != first.Tags[setupTag] || kind == "s3" && p.Destination != first.Destination
	})
}

// delivers tells whether the flow logs have begun to deliver.
func (t *target) delivers() bool {
	return slices.ContainsFunc(t.logs, func(p placed) bool { return p.Delivered > 0 })
}

// reader is the role that a set-up made, or the one that was there and may read the bucket.
func (t *target) reader() *Role {
	var found *Role
	for _, name := range sortedKeys(t.home.Roles) {
		role := t.home.Roles[name]
		if strings.Contains(role.Trust, flowLogsService) {
			continue
		}
		if role.Tags[setupTag] != "" {
			return role
		}
		if slices.ContainsFunc(t.w.identity(t.home, role.Inline, role.Attached), t.grants) && found == nil {
			found = role
		}
	}
	return found
}

// grants tells whether a document is about the bucket.
func (t *target) grants(d policy.Document) bool { return slices.ContainsFunc(d.Statements, t.onBucket) }

func (t *target) onBucket(s policy.Statement) bool {
	return slices.ContainsFunc(s.Resource.Values(), func(r string) bool { return r == t.bucket.arn() || strings.HasPrefix(r, t.bucket.arn()+"/") })
}

// findKey finds the key of the bucket, or one of its account that would do; encrypted tells whether the bucket uses it.
func (t *target) findKey() (encrypted bool) {
	if t.key = t.w.key(t.w.encryptionKey(t.bucket)); t.key != nil && t.key.Manager == "CUSTOMER" {
		return true
	}
	for _, arn := range sortedKeys(t.home.Keys) {
		if k := t.home.Keys[arn]; k.Manager == "CUSTOMER" && k.State == "Enabled" && k.Region == t.bucket.Region {
			t.key = k
			return false
		}
	}
	t.key = t.makeKey(t.bucket.Region)
	return false
}

// encrypt finds the key of the bucket. A bucket without one gets one; delivery and reader get their rights to it.
func (t *target) encrypt() {
	if t.findKey() {
		return
	}
	t.bucket.Encryption = &Encryption{Algorithm: "aws:kms", Key: t.key.ARN, BucketKey: true}
	t.editKeyPolicy(func(d *policy.Document) {
		d.Statements = append(d.Statements, policy.Statement{Sid: "PracticeDelivery", Effect: policy.Allow, Principal: policy.ServicePrincipal(deliveryService), Resource: policy.One("*"),
			Action:    policy.List("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"),
			Condition: policy.Condition{{Operator: "StringEquals", Key: "aws:SourceAccount", Values: policy.List(t.accounts()...)}}})
	})
	given := false
	t.editGrants(func(d *policy.Document) {
		if !given && t.grants(*d) {
			d.Statements = append(d.Statements, policy.DecryptStatement("PracticeDecrypt", t.key.ARN))
			given = true
		}
	})
}

// makeKey makes a customer key of the home account.
func (t *target) makeKey(region string) *Key {
	id := seededUUID(t.home.ID, t.w.nextID("key-"))
	k := &Key{ID: id, ARN: "arn:aws:kms:" + region + ":" + t.home.ID + ":key/" + id, Region: region, Manager: "CUSTOMER", State: "Enabled",
		Policy: defaultKeyPolicy(t.home.ID), Created: t.now.UTC(), Tags: map[string]string{}}
	t.home.Keys[k.ARN] = k
	return k
}

// accounts are those whose flow logs deliver.
func (t *target) accounts() []string {
	var list []string
	for _, p := range t.logs {
		if !slices.Contains(list, p.account) {
			list = append(list, p.account)
		}
	}
	return list
}

// edit changes a policy text and gives it with the ids of its principals; "" where no statement is left.
func (t *target) edit(text string, change func(*policy.Document)) (string, map[string]string) {
	d := policy.New()
	if old := parsed(text); old != nil {
		d = old.Clone()
	}
	change(&d)
	if len(d.Statements) == 0 {
		return "", nil
	}
	return d.String(), t.w.principalIDs(d)
}

// editBucketPolicy changes the policy of the bucket.
func (t *target) editBucketPolicy(change func(*policy.Document)) {
	t.bucket.Policy, t.bucket.PolicyIDs = t.edit(t.bucket.Policy, change)
}

// editTrust changes the trust policy of the role.
func (t *target) editTrust(change func(*policy.Document)) {
	t.role.Trust, t.role.TrustIDs = t.edit(t.role.Trust, change)
}

// editGrants changes the role's own policies, inline and customer managed. What loses its last statement goes, or grants nothing.
func (t *target) editGrants(change func(*policy.Document)) {
	for _, name := range sortedKeys(t.role.Inline) {
		if text, _ := t.edit(t.role.Inline[name], change); text == "" {
			delete(t.role.Inline, name)
		} else {
			t.role.Inline[name] = text
		}
	}
	for _, arn := range t.role.Attached {
		p := t.home.Policies[arn]
		if p == nil {
			continue
		}
		text, _ := t.edit(p.document(), change)
		if text == "" {
			text = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"}]}`
		}
		if d, old := parsed(text), parsed(p.document()); d != nil && old != nil && d.Equal(*old) {
			continue
		}
		if len(p.Versions) == 5 {
			p.Versions = slices.DeleteFunc(p.Versions, func(v PolicyVersion) bool { return v.ID == oldestVersion(p) })
		}
		p.Latest++
		p.Default, p.Updated = "v"+strconv.Itoa(p.Latest), t.now.UTC()
		p.Versions = append(p.Versions, PolicyVersion{ID: p.Default, Document: text, Created: t.now.UTC()})
	}
}

func oldestVersion(p *Policy) string {
	for _, v := range p.Versions {
		if v.ID != p.Default {
			return v.ID
		}
	}
	return ""
}
