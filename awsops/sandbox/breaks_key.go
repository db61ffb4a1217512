package sandbox

import (
	"slices"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// What is done to the key of the bucket.
var keyBreakers = []breaker{
	{Break{"key-policy-missing", "takes the delivery statements out of the key policy"}, aimKey, func(t *target) {
		t.editKeyPolicy(func(d *policy.Document) { d.Statements = slices.DeleteFunc(d.Statements, deliveryStatement) })
	}},
	{Break{"key-policy-denies", "denies the key to everybody outside its account, log delivery included"}, aimKey, func(t *target) {
		t.editKeyPolicy(func(d *policy.Document) {
			d.Statements = append(d.Statements, policy.Statement{Sid: "DenyOutside", Effect: policy.Deny, Principal: policy.Everyone(),
				Action: policy.One("kms:GenerateDataKey*"), Resource: policy.One("*"),
				Condition: policy.Condition{{Operator: "StringNotEquals", Key: "aws:PrincipalAccount", Values: policy.One(t.home.ID)}}})
		})
	}},
	{Break{"key-policy-excess", "lets the reader's role encrypt with the key and manage it"}, aimKey, func(t *target) {
		t.editKeyPolicy(func(d *policy.Document) {
			d.Statements = append(d.Statements, policy.Statement{Sid: "ReaderKey", Effect: policy.Allow, Principal: policy.AWSPrincipal(t.role.ARN), Action: policy.One("kms:*"), Resource: policy.One("*")})
		})
	}},
	{Break{"key-disabled", "disables the key"}, aimKey, func(t *target) { t.key.State = "Disabled" }},
	{Break{"key-pending-deletion", "schedules the deletion of the key"}, aimKey, func(t *target) {
		at := t.now.UTC().Add(30 * 24 * time.Hour)
		t.key.State, t.key.Deletion = "PendingDeletion", &at
	}},
	{Break{"key-aws-managed-cross-account", "encrypts with the aws/s3 key, which other accounts cannot use"}, aimBucket, func(t *target) {
		t.bucket.Encryption = &Encryption{Algorithm: "aws:kms"}
	}},
	{Break{"key-by-id", "names the key by its ID instead of its ARN"}, aimBucket, func(t *target) {
		t.findKey()
		t.bucket.Encryption = &Encryption{Algorithm: "aws:kms", Key: t.key.ID, BucketKey: true}
	}},
	{Break{"key-by-alias", "names the key by an alias instead of its ARN"}, aimBucket, func(t *target) {
		t.findKey()
		if len(t.key.Aliases) == 0 {
			t.key.Aliases = []string{"alias/flow-logs-" + t.key.ID[:8]}
		}
		t.bucket.Encryption = &Encryption{Algorithm: "aws:kms", Key: t.key.Aliases[0], BucketKey: true}
	}},
	{Break{"key-other-region", "encrypts with a key of another region than the bucket's"}, aimBucket, func(t *target) {
		region := secondRegion
		if t.bucket.Region == region {
			region = homeRegion
		}
		k := t.makeKey(region)
		t.bucket.Encryption = &Encryption{Algorithm: "aws:kms", Key: k.ARN, BucketKey: true}
	}},
	{Break{"key-unavailable", "encrypts with a key that does not exist"}, aimBucket, func(t *target) {
		t.findKey()
		gone := strings.Replace(t.key.ARN, t.key.ID, seededUUID(t.key.ID, "gone"), 1)
		t.bucket.Encryption = &Encryption{Algorithm: "aws:kms", Key: gone, BucketKey: true}
	}},
	{Break{"decrypt-missing", "takes the right to decrypt from the reader"}, aimKey, func(t *target) {
		t.editGrants(func(d *policy.Document) { d.Statements = slices.DeleteFunc(d.Statements, decrypts) })
		t.editKeyPolicy(func(d *policy.Document) {
			d.Statements = slices.DeleteFunc(d.Statements, func(s policy.Statement) bool {
				return s.Principal != nil && s.Principal.AWS.Has(t.role.ARN) && decrypts(s)
			})
		})
	}},
}

// decrypts tells a statement that grants the use of a key for reading.
func decrypts(s policy.Statement) bool {
	return s.Effect == policy.Allow && slices.ContainsFunc(s.Action.Values(), func(a string) bool { return strings.EqualFold(a, "kms:Decrypt") })
}

func (t *target) editKeyPolicy(change func(*policy.Document)) {
	t.key.Policy, t.key.PolicyIDs = t.edit(t.key.Policy, change)
}
