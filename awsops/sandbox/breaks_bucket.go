package sandbox

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

const strangerAccount = "000000000001" // that nobody here has

// What is done to the bucket.
var bucketBreakers = []breaker{
	{Break{"bucket-policy-missing", "takes the delivery statements out of the bucket policy"}, aimBucket, func(t *target) {
		t.editBucketPolicy(func(d *policy.Document) { d.Statements = slices.DeleteFunc(d.Statements, deliveryStatement) })
	}},
	{Break{"bucket-policy-denies", "denies uploads by everybody outside the bucket's account, log delivery included"}, aimBucket, func(t *target) {
		t.denyInBucket("DenyOutsideUploads", "s3:PutObject", policy.Everyone(), policy.Test{Operator: "StringNotEquals", Key: "aws:PrincipalAccount", Values: policy.One(t.home.ID)})
	}},
	{Break{"bucket-policy-wrong-account", "lets another account deliver instead"}, aimBucket, func(t *target) {
		t.retest("aws:SourceAccount", policy.Test{Operator: "StringEquals", Key: "aws:SourceAccount", Values: policy.One(strangerAccount)}, "aws:SourceOrgID", "aws:SourceOrgPaths")
	}},
	{Break{"bucket-policy-wrong-organization", "lets another organization deliver instead"}, aimBucket, func(t *target) {
		t.retest("aws:SourceOrgID", policy.Test{Operator: "StringEquals", Key: "aws:SourceOrgID", Values: policy.One("o-elsewhere1")})
	}},
	{Break{"bucket-policy-source-arn", "asks for the flow log's EC2 ARN as source, which log delivery does not have"}, aimBucket, func(t *target) {
		var arns []string
		for _, id := range t.accounts() {
			arns = append(arns, "arn:aws:ec2:*:"+id+":vpc-flow-log/*")
		}
		t.retest("aws:SourceArn", policy.Test{Operator: "ArnLike", Key: "aws:SourceArn", Values: policy.OneOrList(arns...)})
	}},
	{Break{"bucket-policy-full", "puts another statement of 20 KB in the place of the delivery statements"}, aimBucket, func(t *target) {
		t.editBucketPolicy(func(d *policy.Document) {
			d.Statements = slices.DeleteFunc(d.Statements, deliveryStatement)
			d.Statements = append(d.Statements, policy.Statement{Sid: "Hoard", Effect: policy.Allow, Principal: policy.AWSPrincipal("arn:aws:iam::" + t.home.ID + ":root"),
				Action: policy.One("s3:GetObject"), Resource: policy.One(t.bucket.arn() + "/" + strings.Repeat("x", 900))})
			const almost = 20<<10 - 1000 // bytes, of the 20 KB that S3 takes
			last := &d.Statements[len(d.Statements)-1]
			for n := 0; len(d.String()) < almost; n++ {
				last.Resource = last.Resource.Add(fmt.Sprintf("%s/%03d%s", t.bucket.arn(), n, strings.Repeat("x", 300)))
			}
			last.Resource = last.Resource.Add(t.bucket.arn() + "/" + strings.Repeat("y", max(1, 20<<10-100-len(d.String()))))
		})
	}},
	{Break{"bucket-policy-excess", "lets the reader's role write into the bucket by the bucket policy"}, aimBucket, func(t *target) {
		t.editBucketPolicy(func(d *policy.Document) {
			d.Statements = append(d.Statements, policy.Statement{Sid: "ReaderWrites", Effect: policy.Allow, Principal: policy.AWSPrincipal(t.role.ARN),
				Action: policy.One("s3:PutObject"), Resource: policy.One(t.bucket.arn() + "/*")})
		})
	}},
	{Break{"bucket-expiry", "lets the lifecycle rule of the set-up delete logs after a day"}, aimBucket, func(t *target) {
		t.bucket.Lifecycle = `<LifecycleConfiguration xmlns="` + s3Namespace + `"><Rule><ID>flowgrant-expire</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>`
	}},
	{Break{"bucket-policy-unscoped", "lets the delivery service write for any account of AWS"}, aimBucket, func(t *target) {
		t.editBucketPolicy(func(d *policy.Document) {
			for i, s := range d.Statements {
				if deliveryStatement(s) {
					d.Statements[i].Resource = policy.OneOrList(t.bucket.arn(), t.bucket.arn()+"/*")
					d.Statements[i].Condition = nil
				}
			}
		})
	}},
	{Break{"bucket-deleted", "deletes the bucket and what is in it"}, aimBucket, func(t *target) {
		delete(t.w.Buckets, t.bucket.Name)
		t.w.changedBucket(t.bucket.Name)
	}},
	{Break{"bucket-recreated", "deletes the bucket, and another account takes its name"}, aimBucket, func(t *target) {
		owner := managementAccount
		if t.bucket.Owner == owner {
			owner = storefrontAccount
		}
		b := &Bucket{Name: t.bucket.Name, Owner: owner, Region: t.bucket.Region, Created: t.now.UTC(), Ownership: "BucketOwnerEnforced",
			PublicBlock: &PublicBlock{true, true, true, true}, Encryption: &Encryption{Algorithm: "AES256"}}
		b.complete()
		t.w.Buckets[b.Name] = b
	}},
	{Break{"object-ownership", "lets whoever writes an object own it (ObjectWriter)"}, aimBucket, func(t *target) { t.bucket.Ownership = "ObjectWriter" }},
	{Break{"public-access", "switches the bucket's public access block off"}, aimBucket, func(t *target) { t.bucket.PublicBlock = &PublicBlock{} }},
	{Break{"tls-deny", "denies reading unless aws:SecureTransport is \"True\", which it never is: the value is \"true\""}, aimBucket, func(t *target) {
		t.denyInBucket("DenyInsecureTransport", "s3:GetObject", policy.Everyone(), policy.Test{Operator: "StringNotEquals", Key: "aws:SecureTransport", Values: policy.One("True")})
	}},
	{Break{"vpce-deny", "denies reading unless it comes through a VPC endpoint"}, aimBucket, func(t *target) {
		t.denyInBucket("OnlyThroughEndpoint", "s3:GetObject", policy.Everyone(), policy.Test{Operator: "StringNotEquals", Key: "aws:SourceVpce", Values: policy.One("vpce-0a1b2c3d4e5f67890")})
	}},
	{Break{"source-ip-deny", "denies reading from outside the office's addresses"}, aimBucket, func(t *target) {
		t.denyInBucket("OnlyFromTheOffice", "s3:GetObject", policy.Everyone(), policy.Test{Operator: "NotIpAddress", Key: "aws:SourceIp", Values: policy.One("203.0.113.0/24")})
	}},
	{Break{"reader-explicit-deny", "denies reading to the reader's role"}, aimBucket, func(t *target) {
		t.denyInBucket("DenyReader", "s3:GetObject", policy.Everyone(), policy.Test{Operator: "ArnEquals", Key: "aws:PrincipalArn", Values: policy.One(t.role.ARN)})
	}},
}

// deliveryStatement tells a statement that lets the log delivery service in.
func deliveryStatement(s policy.Statement) bool {
	return s.Effect == policy.Allow && s.Principal != nil && s.Principal.Service.Has(deliveryService)
}

func (t *target) denyInBucket(sid, action string, who *policy.Principals, test policy.Test) {
	t.editBucketPolicy(func(d *policy.Document) {
		d.Statements = append(d.Statements, policy.Statement{Sid: sid, Effect: policy.Deny, Principal: who, Action: policy.One(action),
			Resource: policy.One(t.bucket.arn() + "/*"), Condition: policy.Condition{test}})
	})
}

// retest puts a test in the place of the one on key in every delivery statement, and drops those on the others.
func (t *target) retest(key string, test policy.Test, others ...string) {
	t.editBucketPolicy(func(d *policy.Document) {
		for i, s := range d.Statements {
			if deliveryStatement(s) {
				d.Statements[i].Condition = append(slices.DeleteFunc(s.Condition, func(old policy.Test) bool {
					return slices.ContainsFunc(append(others, key), func(k string) bool { return strings.EqualFold(k, old.Key) })
				}), test)
			}
		}
	})
}
