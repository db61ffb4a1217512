package steps

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// further are the proofs beside the one that a step has nothing left to change.
func (r *run) further(t *task) []Check {
	if r.plan.revokes || r.plan.repairs || r.plan.live == nil || r.plan.live.bucket.State != awsops.BucketOurs {
		return nil
	}
	switch t.step().Step {
	case StepBucket:
		return []Check{r.publicCheck(t), r.ownershipCheck(t)}
	case StepBucketPolicy:
		return r.scopeCheck(t)
	}
	return nil
}

func (r *run) unreadable(operation string) error {
	for _, err := range r.plan.live.bucket.Unreadable {
		if isOperation(err, operation) {
			return err
		}
	}
	return nil
}

// publicCheck proves that a bucket lets nobody in whom no statement names.
// Source: S3 user guide, access-control-block-public-access.
func (r *run) publicCheck(t *task) Check {
	b := r.plan.live.bucket
	c := t.check("bucket.public", Pass, "the bucket is not public", "", "")
	block := b.PublicAccess
	current, err := parseOrEmpty(r.plan.live.bucketPolicy())
	open := policy.Public(current)
	denied := r.unreadable("s3:GetPublicAccessBlock")
	switch {
	case block.All():
		c.Evidence = "all four kinds of public access are blocked"
	case err == nil && r.unreadable("s3:GetBucketPolicy") == nil && len(open) > 0 && !block.RestrictBuckets:
		st := current.Statements[open[0]]
		c.Status, c.Summary, c.Evidence = Fail, "the bucket is public", fmt.Sprintf("statement %s of its policy lets everybody in: %s", orIndex(policy.Reason{Sid: st.Sid, Index: open[0]}), st.String())
		c.Fix = blockCommand(b.Name)
	case denied != nil:
		c.Status, c.Summary, c.Evidence = Unknown, "whether public access is blocked is not known", denied.Error()
		c.Fix = "let the acting principal use s3:GetPublicAccessBlock"
	default:
		c.Evidence = "no statement of its policy lets everybody in, though public access is not fully blocked"
		if b.Ownership != "BucketOwnerEnforced" && !block.IgnoreACLs {
			c.Evidence += "; access lists are not looked at"
		}
	}
	return c
}

func blockCommand(bucket string) string {
	return fmt.Sprintf("aws s3api put-public-access-block --bucket %s --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true", bucket)
}

// ownershipCheck proves that no access list decides beside the policies, and that the logs belong to the bucket's owner.
// Source: S3 user guide, about-object-ownership.
func (r *run) ownershipCheck(t *task) Check {
	b := r.plan.live.bucket
	c := t.check("bucket.ownership", Pass, "what is delivered belongs to the bucket's owner", "object ownership is "+orNone(b.Ownership), "")
	if denied := r.unreadable("s3:GetBucketOwnershipControls"); denied != nil {
		c.Status, c.Summary, c.Evidence = Unknown, "who owns what is delivered is not known", denied.Error()
		c.Fix = "let the acting principal use s3:GetBucketOwnershipControls"
		return c
	}
	switch {
	case b.Ownership == "BucketOwnerEnforced":
		return c
	case b.Ownership == "ObjectWriter", b.Ownership != "" && r.plan.live.ownBucket(r.plan.Setup):
		c.Status, c.Summary = Fail, "what is delivered does not belong to the bucket's owner alone"
		c.Fix = ownershipCommand(b.Name)
		return c
	}
	c.Evidence += ": delivery asks for full control by the owner"
	if !b.PublicAccess.IgnoreACLs {
		c.Evidence += "; access lists may let others read"
	}
	return c
}

func ownershipCommand(bucket string) string {
	return fmt.Sprintf("aws s3api put-bucket-ownership-controls --bucket %s --ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'", bucket)
}

// stranger is an account that no set-up names.
const stranger = "000000000000"

// scopeCheck proves that the bucket policy lets only the accounts deliver that it is for: the service principal alone acts for every account
// of AWS. Source: VPC user guide, flow-logs-s3-permissions; IAM user guide, confused-deputy.
func (r *run) scopeCheck(t *task) []Check {
	s, l := r.plan.Setup, r.plan.live
	current, err := parseOrEmpty(l.bucketPolicy())
	if err != nil || r.unreadable("s3:GetBucketPolicy") != nil {
		return nil // the step's own check says so
	}
	c := t.check("bucket-policy.scoped", Pass, "only accounts that are named may deliver", "", "")
	if decision := s.strangersDelivery(current, l.region); decision != nil {
		c.Status, c.Summary, c.Evidence = Fail, "any account of AWS can deliver into the bucket", reasons(standing(*decision, "the bucket policy"))+" lets "+s.source().Service+" write for account "+stranger
		c.Fix = "give that statement a condition on aws:SourceAccount, or on aws:SourceOrgID: where it is one of AWS's own for these accounts, flowgrant's statements stand in for it"
		return []Check{c}
	}
	var named []string
	for _, st := range current.Statements {
		if _, about := misfit(st, policy.Request{Principal: s.source().Service, Action: "s3:PutObject", Resource: s.deliveryObject(stranger, l.region), ResourceAccount: s.Account.ID}); !about {
			continue
		}
		for _, test := range st.Condition {
			if key := strings.ToLower(test.Key); key == "aws:sourceaccount" || key == "aws:sourceorgid" {
				named = append(named, test.Key+" "+strings.Join(test.Values.Values(), ", "))
			}
		}
	}
	slices.Sort(named)
	c.Evidence = "a delivery for account " + stranger + " is refused; its delivery statements ask for " + orNone(strings.Join(slices.Compact(named), "; "))
	return []Check{c}
}

// strangersDelivery gives the decision by which an account that no set-up names may deliver; nil: it may not.
func (s Setup) strangersDelivery(d policy.Document, region string) *policy.Decision {
	for _, object := range []string{s.deliveryObject(stranger, region), s.bareBucketARN() + "/AWSLogs/" + stranger + "/vpcflowlogs/" + region + "/object.log.gz"} {
		decision := policy.Evaluate(policy.Request{Principal: s.source().Service, Action: "s3:PutObject", Resource: object, ResourceAccount: s.Account.ID,
			Context: s.deliveryContext(stranger, region, "")}, policy.Policies{Resource: &d})
		if decision.Verdict == policy.Allowed {
			return &decision
		}
	}
	return nil
}

// flowLogEvidence describes the flow logs that serve the VPCs of a step.
func (r *run) flowLogEvidence(step *PlannedStep) string {
	s := r.plan.Setup
	var lines []string
	for _, at := range r.plan.live.sites {
		if at.account.ID != step.Account || at.region != step.Region {
			continue
		}
		for _, v := range at.vpcs {
			f := s.flowLogOf(at, v.ID)
			if f == nil {
				continue
			}
			by := "default layout"
			if s.toGroups() {
				by = "with role " + f.Role
			}
			line := fmt.Sprintf("%s of %s: to %s, %s, %s traffic, every %d s, %s", f.ID, v.ID, f.Destination, by, f.Traffic, f.Interval, orNone(f.Status))
			if f.StatusMessage != "" {
				line += " (" + f.StatusMessage + ")"
			}
			if f.Format != s.source().Format {
				line += ", format " + f.Format
			}
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "; ") + "; the records have " + strings.Join(s.source().Needed, " ")
}
