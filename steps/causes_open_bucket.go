package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// findOpenBucket looks at what lets others at the logs beside the policies.
func findOpenBucket(d *diagnosis) []Cause {
	if d.l.bucket.State != awsops.BucketOurs {
		return nil
	}
	var causes []Cause
	own := d.l.ownBucket(d.s) && d.mendOf(StepBucket) == MendApply
	for _, check := range d.report.Checks {
		c := Cause{Account: d.s.Account.ID, Region: d.l.region, Target: d.s.bucketName(), Evidence: check.Evidence, Fix: check.Fix, Mend: MendChange}
		switch {
		case check.ID == "bucket.ownership" && check.Status == Fail:
			if c.ID = "object-ownership"; own {
				c.Mend, c.Fix = MendApply, "flowgrant apply -f FILE, or: "+check.Fix
				break
			}
			c.repair = d.setBucket("let the bucket's owner own what is delivered", "object ownership "+d.l.bucket.Ownership,
				"object ownership BucketOwnerEnforced", "access lists of buckets and objects do not count any more", d.l.home.EnforceOwner, (*requester).ownership)
		case check.ID == "bucket.public" && check.Status == Fail:
			c.ID = "public-access"
			c.repair = slices.Concat(d.setBucket("block public access to the bucket", blockOff(d.l.bucket.PublicAccess),
				"all public access blocked", "who reads it without credentials is kept out", d.l.home.BlockPublicAccess, (*requester).privacy), d.dropPublic())
			c.Fix = "take that statement out of the bucket policy, and block public access: " + check.Fix
		default:
			continue
		}
		causes = append(causes, c)
	}
	if own && !d.l.bucket.PublicAccess.All() && !slices.ContainsFunc(causes, func(c Cause) bool { return c.ID == "public-access" }) {
		causes = append(causes, Cause{ID: "public-access", Account: d.s.Account.ID, Region: d.l.region, Target: d.s.bucketName(), Mend: MendApply,
			Evidence: "of the public access block of the bucket " + blockOff(d.l.bucket.PublicAccess), Fix: "flowgrant apply -f FILE, or: " + blockCommand(d.s.bucketName())})
	}
	if own && d.l.expiry != d.s.Bucket.ExpireAfterDays {
		says := func(days int) string {
			if days == 0 {
				return "no lifecycle rule that deletes logs"
			}
			return "a lifecycle rule that deletes logs after " + count(days, "day")
		}
		causes = append(causes, Cause{ID: "bucket-expiry", Account: d.s.Account.ID, Region: d.l.region, Target: d.s.bucketName(), Mend: MendApply,
			Evidence: fmt.Sprintf("of this set-up the bucket has %s, and it should have %s (bucket.expire_after_days)", says(d.l.expiry), says(d.s.Bucket.ExpireAfterDays)),
			Fix:      "flowgrant apply -f FILE sets it; where the bucket is right, change bucket.expire_after_days"})
	}
	return causes
}

// blockOff says which settings of a public access block are off.
func blockOff(p awsops.PublicAccess) string {
	switch off := p.Off(); len(off) {
	case 0:
		return "all settings are on"
	case 1:
		return off[0] + " is off"
	default:
		return strings.Join(off, ", ") + " are off"
	}
}

// dropPublic takes the statements out of the bucket policy that let everybody in: with them S3 refuses every further change of the policy once
// public policies are blocked. Source: S3 user guide, access-control-block-public-access.
func (d *diagnosis) dropPublic() []PlannedStep {
	mend := func(now policy.Document) (policy.Document, error) {
		now = now.Clone()
		for _, i := range slices.Backward(policy.Public(now)) {
			now.Statements = slices.Delete(now.Statements, i, i+1)
		}
		return now, nil
	}
	current, err := parseOrEmpty(d.l.bucket.Policy)
	if err != nil {
		return nil
	}
	wanted, _ := mend(current)
	if wanted.Equal(current) {
		return nil
	}
	return d.changeBucketPolicy("take out of the bucket policy what lets everybody in", current, wanted, mend)
}

// changeBucketPolicy is a step that changes statements of the bucket policy which this set-up did not make; a policy without statements goes.
func (d *diagnosis) changeBucketPolicy(summary string, current, wanted policy.Document, mend func(policy.Document) (policy.Document, error)) []PlannedStep {
	home, region, name := d.l.home, d.l.region, d.s.bucketName()
	return changeStep(StepBucketPolicy, d.s.Account.ID, region, name, summary, current, wanted, func(ctx context.Context, t *task) error {
		document := t.bucketPolicyDocument(ctx)
		document.mend = mend
		document.write = func(now policy.Document) error {
			if len(now.Statements) == 0 {
				return home.DeleteBucketPolicy(ctx, region, name)
			}
			return home.PutBucketPolicy(ctx, region, name, now.String())
		}
		_, err := t.rewrite(ctx, document)
		return err
	})
}

// policyFull tells that the statements which are missing do not fit into the bucket policy.
func (d *diagnosis) policyFull(current policy.Document) (Cause, bool) {
	_, err := d.s.wantedBucketPolicy(current, d.l.organization, d.l.tlsOnly)
	if err == nil {
		return Cause{}, false
	}
	c := Cause{ID: "bucket-policy-full", Account: d.s.Account.ID, Region: d.l.region, Target: d.s.bucketName(), Mend: MendHand, Evidence: err.Error()}
	foreign := slices.DeleteFunc(slices.Clone(current.Statements), func(st policy.Statement) bool { return strings.HasPrefix(st.Sid, d.s.sid("")) })
	slices.SortFunc(foreign, func(a, b policy.Statement) int { return len(b.String()) - len(a.String()) })
	var largest []string
	for _, st := range foreign[:min(3, len(foreign))] {
		at := slices.IndexFunc(current.Statements, st.Equal)
		largest = append(largest, fmt.Sprintf("%s (%d bytes)", orIndex(policy.Reason{Sid: st.Sid, Index: at}), len(st.String())))
	}
	room := len(policy.New(policy.DeliveryStatements(d.s.deliverySpec(d.l.organization))...).String())
	c.Fix = fmt.Sprintf("make room for %d bytes: take out or shorten what is no longer needed, the largest are %s; then flowgrant apply -f FILE. Or name another bucket in bucket.arn", room, strings.Join(largest, ", "))
	return c, true
}
