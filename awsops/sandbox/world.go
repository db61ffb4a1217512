package sandbox

import "time"

// World is everything the embedded AWS remembers. It is saved as JSON.
type World struct {
	Version      int                 `json:"version"`
	Created      time.Time           `json:"created"`
	Organization Organization        `json:"organization"`
	Accounts     map[string]*Account `json:"accounts,omitempty"` // by 12-digit account ID
	Buckets      map[string]*Bucket  `json:"buckets,omitempty"`  // bucket names are global
	Portal       Portal              `json:"portal"`
	NextID       int64               `json:"next_id"`           // feeds every generated id, so that a world replays alike
	Pending      []string            `json:"pending,omitempty"` // ids of breaks that wait for something to break

	dirtyAccounts map[string]bool // account IDs to be saved
	dirtyBuckets  map[string]bool // bucket names to be saved
}

// Organization is the AWS organization that the accounts belong to.
type Organization struct {
	ID         string   `json:"id"`         // o-…
	Management string   `json:"management"` // 12-digit account ID
	Members    []string `json:"members"`    // 12-digit account IDs, management included
	// Policies are the service control policies beside FullAWSAccess, which is attached to everything.
	Policies []ServiceControlPolicy `json:"policies,omitempty"`
}

// ServiceControlPolicy is a policy of the organization with the levels that it is attached to.
type ServiceControlPolicy struct {
	ID          string   `json:"id"` // p-…
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Document    string   `json:"document"`
	Targets     []string `json:"targets"` // the root's id or 12-digit account IDs
}

// Portal is what the vendor's portal shows.
type Portal struct {
	Account    string `json:"account"`     // the vendor's 12-digit account ID
	Role       string `json:"role"`        // the vendor's role name
	ExternalID string `json:"external_id"` // what the vendor presents when it assumes a role
}

// Account is one AWS account.
type Account struct {
	ID       string                 `json:"id"`
	Name     string                 `json:"name"`
	Users    map[string]*User       `json:"users"`
	Roles    map[string]*Role       `json:"roles"`    // by lower-case name: names are unique without regard to case
	Policies map[string]*Policy     `json:"policies"` // customer managed policies by ARN
	Keys     map[string]*Key        `json:"keys"`     // by key ARN
	Regions  map[string]*RegionData `json:"regions"`  // EC2 data by region name
	Stacks   map[string]*Stack      `json:"stacks"`   // CloudFormation stacks by name
	// Events are the newest events of CloudTrail, oldest first.
	Events []TrailEvent `json:"events,omitempty"`
	// RegionsOff are regions that the account has not enabled beside those that nobody has.
	RegionsOff []string `json:"regions_off,omitempty"`
}

// TrailEvent is one event that CloudTrail recorded.
type TrailEvent struct {
	ID        string          `json:"id"`
	Time      time.Time       `json:"time"`
	Region    string          `json:"region"`
	Source    string          `json:"source"` // iam.amazonaws.com
	Name      string          `json:"name"`   // CreateRole
	By        string          `json:"by"`     // ARN of the caller, or a service principal
	Issuer    string          `json:"issuer,omitempty"`
	UserID    string          `json:"user_id,omitempty"`
	AccessKey string          `json:"access_key,omitempty"`
	From      string          `json:"from"` // IP address or service principal
	Reads     bool            `json:"reads,omitempty"`
	Code      string          `json:"code,omitempty"` // errorCode
	Message   string          `json:"message,omitempty"`
	RequestID string          `json:"request_id,omitempty"`
	Resources []TrailResource `json:"resources,omitempty"`
}

// TrailResource is a resource that an event is about.
type TrailResource struct {
	Type string `json:"type"` // AWS::S3::Bucket
	Name string `json:"name"` // a name, an id or an ARN
}

// User is an IAM user with its long-term keys.
type User struct {
	Name       string            `json:"name"`
	ID         string            `json:"id"`          // AIDA…
	AccessKeys map[string]string `json:"access_keys"` // access key ID to secret
	Inline     map[string]string `json:"inline"`      // policy name to document
	Attached   []string          `json:"attached"`    // policy ARNs
	Created    time.Time         `json:"created"`
}

// Role is an IAM role.
type Role struct {
	Name        string            `json:"name"`
	ID          string            `json:"id"` // AROA…
	Path        string            `json:"path"`
	ARN         string            `json:"arn"`
	Description string            `json:"description"`
	Trust       string            `json:"trust"`     // document as put
	TrustIDs    map[string]string `json:"trust_ids"` // unique ids of its principals when it was put, by ARN (see withoutDeleted)
	Inline      map[string]string `json:"inline"`    // policy name to document
	Attached    []string          `json:"attached"`
	Boundary    string            `json:"boundary"` // policy ARN, may be empty
	Tags        map[string]string `json:"tags"`
	MaxSession  int               `json:"max_session"` // seconds
	Created     time.Time         `json:"created"`
}

// Policy is a managed policy.
type Policy struct {
	Name        string            `json:"name"`
	ID          string            `json:"id"` // ANPA…
	ARN         string            `json:"arn"`
	Path        string            `json:"path"`
	Description string            `json:"description"`
	Versions    []PolicyVersion   `json:"versions"` // oldest first, at most five
	Default     string            `json:"default"`  // v1…
	Latest      int               `json:"latest"`   // number of the newest version ever made
	Tags        map[string]string `json:"tags"`
	Created     time.Time         `json:"created"`
	Updated     time.Time         `json:"updated"`
}

// PolicyVersion is one version of a managed policy.
type PolicyVersion struct {
	ID       string    `json:"id"`
	Document string    `json:"document"`
	Created  time.Time `json:"created"`
}

// Session is a set of temporary credentials. It lives in its own token only.
type Session struct {
	AccessKey string    `json:"-"`
	Secret    string    `json:"-"`
	Token     string    `json:"-"`
	Account   string    `json:"account"`
	Role      string    `json:"role"` // lower-case role name
	RoleID    string    `json:"role_id"`
	Name      string    `json:"name"`
	ARN       string    `json:"arn"` // assumed-role ARN
	Expires   time.Time `json:"expires"`
	Issued    time.Time `json:"issued"`
	Chained   bool      `json:"chained"`
	By        []string  `json:"by,omitempty"` // access keys that it was got with
	Nonce     string    `json:"nonce"`        // makes every session's keys its own
}

// Key is a KMS key.
type Key struct {
	ID          string            `json:"id"`
	ARN         string            `json:"arn"`
	Region      string            `json:"region"`
	Policy      string            `json:"policy"`
	PolicyIDs   map[string]string `json:"policy_ids,omitempty"` // as for a bucket
	Manager     string            `json:"manager"`              // CUSTOMER or AWS
	State       string            `json:"state"`                // Enabled, Disabled, PendingDeletion …
	Aliases     []string          `json:"aliases"`              // alias/…
	Description string            `json:"description,omitempty"`
	Deletion    *time.Time        `json:"deletion,omitempty"` // when a key that is pending deletion goes
	Tags        map[string]string `json:"tags"`
	Created     time.Time         `json:"created"`
}

// RegionData is what EC2 knows in one region of one account.
type RegionData struct {
	VPCs         []*VPC                  `json:"vpcs"`
	FlowLogs     []*FlowLog              `json:"flow_logs"`
	Former       []*FlowLog              `json:"former,omitempty"`        // deleted flow logs: what they delivered is still made from them
	ClientTokens map[string]*ClientToken `json:"client_tokens,omitempty"` // by token
	LogGroups    map[string]*LogGroup    `json:"log_groups,omitempty"`    // CloudWatch Logs by name
	LogsQuota    float64                 `json:"logs_quota,omitempty"`    // calls of PutLogEvents a minute; 0: more than anything here needs
}

// LogGroup is a log group of CloudWatch Logs.
type LogGroup struct {
	Name      string                `json:"name"`
	Created   time.Time             `json:"created"`
	Retention int                   `json:"retention,omitempty"` // days; 0: for ever
	KeyARN    string                `json:"key_arn,omitempty"`
	Class     string                `json:"class,omitempty"`
	Tags      map[string]string     `json:"tags,omitempty"`
	Streams   map[string]*LogStream `json:"streams,omitempty"` // by name
}

// LogStream is a log stream. Its events are made again when they are read.
type LogStream struct {
	Name    string     `json:"name"`
	Created time.Time  `json:"created"`
	Batches []LogBatch `json:"batches"` // oldest first
}

// LogBatch is what one delivery of a flow log put into a stream.
type LogBatch struct {
	FlowLog string    `json:"flow_log"` // fl-…
	At      time.Time `json:"at"`
}

// ClientToken is what an idempotency token's request was and what it was answered.
type ClientToken struct {
	Hash         string            `json:"hash"` // of the request's parameters
	IDs          []string          `json:"ids"`  // the flow logs it made
	Unsuccessful []ec2Unsuccessful `json:"unsuccessful,omitempty"`
}

// VPC is a virtual private cloud with its interfaces.
type VPC struct {
	ID         string            `json:"id"`
	CIDR       string            `json:"cidr"`
	Default    bool              `json:"default"`
	Tags       map[string]string `json:"tags"`
	Interfaces []Interface       `json:"interfaces"`
	Quiet      bool              `json:"quiet,omitempty"` // nothing talks: its flow logs have nothing to deliver
}

// Interface is a network interface.
type Interface struct {
	ID       string `json:"id"` // eni-…
	SubnetID string `json:"subnet_id"`
	IP       string `json:"ip"`
}

// FlowLog is a flow log; nothing of it but its tags can change after it was made.
type FlowLog struct {
	ID              string            `json:"id"` // fl-…
	ResourceID      string            `json:"resource_id"`
	Traffic         string            `json:"traffic"`
	DestinationType string            `json:"destination_type"`
	Destination     string            `json:"destination"`
	LogGroup        string            `json:"log_group"`
	RoleARN         string            `json:"role_arn"`
	Format          string            `json:"format"`
	Interval        int               `json:"interval"` // seconds: 60 or 600
	Parquet         bool              `json:"parquet"`
	Hive            bool              `json:"hive"`
	Hourly          bool              `json:"hourly"`
	Tags            map[string]string `json:"tags"`
	Created         time.Time         `json:"created"`
	Status          string            `json:"status"`             // DeliverLogsStatus: SUCCESS, FAILED or empty
	StatusMessage   string            `json:"status_message"`     // DeliverLogsErrorMessage
	Delivered       int               `json:"delivered"`          // delivery slots used so far
	BucketOwner     string            `json:"bucket_owner"`       // the owner that delivery saw first
	First           time.Duration     `json:"first,omitempty"`    // between creation and first delivery; 0: firstDelivery
	Reported        time.Time         `json:"reported,omitempty"` // when CloudTrail last showed that delivery was denied
}

// Bucket is an S3 bucket with its settings and objects.
type Bucket struct {
	Name        string             `json:"name"`
	Owner       string             `json:"owner"` // 12-digit account ID
	Region      string             `json:"region"`
	Created     time.Time          `json:"created"`
	Policy      string             `json:"policy"`
	PolicyIDs   map[string]string  `json:"policy_ids,omitempty"` // unique ids of the principals, by ARN, from when the policy was put
	Ownership   string             `json:"ownership"`            // BucketOwnerEnforced …; empty: never set
	PublicBlock *PublicBlock       `json:"public_block"`
	Encryption  *Encryption        `json:"encryption"`
	Lifecycle   string             `json:"lifecycle"` // the XML as put
	Tags        map[string]string  `json:"tags"`
	Objects     map[string]*Object `json:"objects"` // by key

	sorted []string // keys in order, as far as listed already
	fresh  []string // keys not yet in sorted
}

// PublicBlock is a bucket's public access block.
type PublicBlock struct {
	BlockPublicACLs       bool `json:"block_public_acls"`
	IgnorePublicACLs      bool `json:"ignore_public_acls"`
	BlockPublicPolicy     bool `json:"block_public_policy"`
	RestrictPublicBuckets bool `json:"restrict_public_buckets"`
}

// Encryption is a bucket's default encryption.
type Encryption struct {
	Algorithm string `json:"algorithm"` // AES256 or aws:kms
	Key       string `json:"key"`       // as put: an ARN, an id or an alias
	BucketKey bool   `json:"bucket_key"`
}

// Object is a stored object. A delivered one carries no bytes: its content is made again when it is read.
type Object struct {
	Key      string    `json:"-"` // stands in the bucket already
	Body     []byte    `json:"body,omitempty"`
	FlowLog  bool      `json:"flow_log,omitempty"` // delivered: made from its key and time
	Size     int64     `json:"size,omitempty"`
	ETag     string    `json:"etag,omitempty"`
	Modified time.Time `json:"modified"`
	KeyARN   string    `json:"key_arn,omitempty"` // the KMS key it is encrypted under, empty for SSE-S3
	Type     string    `json:"type,omitempty"`
	// BucketKey tells that the KMS key was used through a bucket key: its encryption context is then the bucket's ARN.
	BucketKey bool              `json:"bucket_key,omitempty"`
	Meta      map[string]string `json:"meta,omitempty"` // user metadata by lower-case name
}

// Stack is a CloudFormation stack, known only by what it owns.
type Stack struct {
	Name      string            `json:"name"`
	ID        string            `json:"id"`
	Resources map[string]string `json:"resources"` // physical resource ID to type, e.g. AWS::IAM::Role
}
