package awsops

import (
	"strings"
	"time"
)

// Identity is who the credentials belong to.
type Identity struct {
	Account   string // 12-digit account ID
	ARN       string // of the user or the assumed-role session
	Partition string // aws, aws-cn or aws-us-gov
	Profile   string // the profile they came from; empty: environment or another link of the default chain
	Region    string // the region calls go to unless they name one
}

// Credentials say how to act in an account. Both empty: the starting credentials.
type Credentials struct {
	Profile    string // a profile of the shared configuration
	AssumeRole string // a role name in the account, assumed from the starting credentials (or from Profile's)
}

// VPC is a virtual private cloud.
type VPC struct {
	ID         string
	Name       string // its Name tag, as AWS has it: not fit for a terminal
	CIDR       string
	Region     string
	Owner      string // 12-digit account ID; another account's where it shares the VPC with this one
	Interfaces int    // network interfaces in it; -1 where they could not be counted

	InterfaceIDs []string // their ids; nil where they could not be listed
}

// FlowLog is a flow log of a VPC, subnet or interface.
type FlowLog struct {
	ID              string // fl-…
	ResourceID      string
	Region          string
	Traffic         string // ALL, ACCEPT or REJECT
	DestinationType string // s3, cloud-watch-logs or kinesis-data-firehose
	Destination     string // as AWS has it
	Bucket          string // for s3: the bucket's name
	LogGroup        string // for cloud-watch-logs: the log group's name
	Role            string // for cloud-watch-logs: ARN of the role that delivers
	Prefix          string // for s3: the key prefix without slashes at its ends; empty: none
	Format          string
	Interval        int // seconds: 60 or 600
	Parquet         bool
	Hive            bool
	Hourly          bool
	Status          string // SUCCESS, FAILED or empty
	StatusMessage   string
	Created         time.Time
	Tags            map[string]string
}

// NewFlowLogs is one CreateFlowLogs call: up to 300 VPCs of one account and region.
type NewFlowLogs struct {
	VPCs        []string
	Traffic     string
	Kind        string // s3 or cloud-watch-logs; empty: s3
	Destination string // full ARN: of the bucket, with the prefix behind its name and a closing slash, or of the log group, without ":*" at its end
	Role        string // for cloud-watch-logs: full ARN of the role that delivers, of the same account
	Format      string
	Interval    int // seconds
	Tags        map[string]string
	ClientToken string // at most 64 ASCII characters; belongs to exactly this request
}

// BucketState says whose a bucket is.
type BucketState string

// Whose a bucket may be.
const (
	BucketMissing BucketState = "missing" // no bucket of that name exists
	BucketOurs    BucketState = "ours"    // it belongs to the account that asked
	BucketForeign BucketState = "foreign" // it exists, but another account owns it or access is denied
)

// Bucket is an S3 bucket as its owner sees it.
type Bucket struct {
	Name         string
	State        BucketState
	Region       string
	Encryption   Encryption
	PublicAccess PublicAccess
	Ownership    string            // BucketOwnerEnforced …; empty: never set
	Policy       string            // JSON; empty: none
	Tags         map[string]string // nil where they could not be read
	Unreadable   []error           // parts that the caller may not read, each an *Error
}

// Encryption is a bucket's default encryption.
type Encryption struct {
	Algorithm string // AES256, aws:kms or aws:kms:dsse; empty: none reported
	Key       string // as set: a full ARN, an id, an alias, or empty for the account's aws/s3 key
	BucketKey bool
}

// KMS says whether objects are encrypted under a KMS key by default.
func (e Encryption) KMS() bool { return strings.HasPrefix(e.Algorithm, "aws:kms") }

// PublicAccess is a bucket's public access block.
type PublicAccess struct {
	BlockACLs, IgnoreACLs, BlockPolicy, RestrictBuckets bool
}

// All says whether every kind of public access is blocked.
func (p PublicAccess) All() bool {
	return p.BlockACLs && p.IgnoreACLs && p.BlockPolicy && p.RestrictBuckets
}

// Off names the settings of the block that are off, as the S3 API calls them; empty: all are on.
func (p PublicAccess) Off() []string {
	var off []string
	for _, s := range []struct {
		name string
		on   bool
	}{{"BlockPublicAcls", p.BlockACLs}, {"IgnorePublicAcls", p.IgnoreACLs}, {"BlockPublicPolicy", p.BlockPolicy}, {"RestrictPublicBuckets", p.RestrictBuckets}} {
		if !s.on {
			off = append(off, s.name)
		}
	}
	return off
}

// BucketName is a bucket in a list.
type BucketName struct {
	Name   string
	Region string // empty where the endpoint does not tell
}

// Object is an object in a listing.
type Object struct {
	Key      string
	Size     int64 // bytes
	Modified time.Time
}

// Role is an IAM role with everything attached to it.
type Role struct {
	Name        string
	ARN         string
	ID          string // AROA…
	Path        string
	Description string
	Trust       string // JSON
	Boundary    string // ARN of the permissions boundary; empty: none
	Tags        map[string]string
	Inline      []InlinePolicy
	Attached    []ManagedPolicy
	Stack       string  // name of the CloudFormation stack that owns it; empty: none known
	Unreadable  []error // parts that the caller may not read, each an *Error
}

// InlinePolicy is a policy inside a role.
type InlinePolicy struct {
	Name     string
	Document string // JSON
}

// ManagedPolicy is a managed policy with its default version.
type ManagedPolicy struct {
	Name        string
	ARN         string
	AWS         bool // owned by AWS: cannot be changed
	Default     string
	Document    string // JSON of the default version
	Attachments int    // users, groups and roles it is attached to
	Tags        map[string]string
}

// PolicyVersion is a version of a managed policy.
type PolicyVersion struct {
	ID       string
	Default  bool
	Created  time.Time
	Document string // JSON; filled only by PolicyVersionDocument
}

// RoleSummary is a role in a list, with its trust policy.
type RoleSummary struct {
	Name  string
	ARN   string
	Trust string // JSON
}

// Key is a KMS key.
type Key struct {
	ARN     string
	Account string
	Region  string
	Manager string // CUSTOMER or AWS
	State   string // Enabled, Disabled, PendingDeletion …
	Policy  string // JSON; empty where it cannot be read
	Denied  error  // why the policy could not be read, an *Error; nil where it could
}

// OrganizationAccount is an account of the organization.
type OrganizationAccount struct {
	ID    string
	Name  string
	State string // ACTIVE, SUSPENDED …
}
