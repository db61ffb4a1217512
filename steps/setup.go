package steps

import "slices"

// Mode says where the logs stay and who reads them there.
type Mode string

// The two modes.
const (
	PerAccount  Mode = "per-account" // logs stay in the workload account; its existing cross-account role gets access
	Centralized Mode = "centralized" // many resource accounts deliver to one bucket in a flow log account
)

// Grant says how the per-account role gets its access.
type Grant string

// The ways to grant.
const (
	GrantDirect Grant = "direct" // flowgrant edits the role's policy
	GrantScript Grant = "script" // the vendor's deployment script updates the stack
	GrantPortal Grant = "portal" // the vendor's portal updates the stack
)

// DeliveryScope says whom bucket and key policy let deliver.
type DeliveryScope string

// The delivery scopes.
const (
	ScopeAccounts     DeliveryScope = "accounts"
	ScopeOrganization DeliveryScope = "organization"
)

// Destination says where flow logs go.
type Destination string

// The destinations.
const (
	ToS3     Destination = "s3"               // a bucket, which a third party reads
	ToGroups Destination = "cloud-watch-logs" // a log group of the account in each region; nobody is granted access
)

// Setup holds the answers of one set-up, complete with defaults: the set-up file as a value.
type Setup struct {
	Version          int
	Name             string // letters, digits, '-'
	Source           string // vpc-flow-logs
	Mode             Mode
	Reader           ReaderAnswers
	Account          AccountAnswers
	Bucket           BucketAnswers
	DeliveryScope    DeliveryScope
	FlowLogs         FlowLogAnswers
	ResourceAccounts []ResourceAccount // centralized only
	Grant            Grant             // per-account only

	lingers []lingering // what still delivers to the bucket under earlier answers, as it was found; no answer of this set-up
}

// ReaderAnswers say who will read.
type ReaderAnswers struct {
	Kind       string // xshield
	Account    string // the reader's 12-digit account ID, shown in its portal
	ExternalID string // shown in its portal; may be empty for per-account
	Role       string // name of the reader's own role; centralized only
}

// AccountAnswers name the flow log account (centralized) or the workload account (per-account).
type AccountAnswers struct {
	ID          string // 12-digit account ID
	Name        string // label for the portal
	Role        string // role name
	Credentials CredentialAnswers
}

// CredentialAnswers say how to act in an account; both empty: the starting credentials.
type CredentialAnswers struct {
	AssumeRole string // role name in that account
	Profile    string
}

// BucketAnswers name the bucket and, where it is to be created, how.
type BucketAnswers struct {
	ARN             string // full ARN, with a key prefix behind the name where there is one
	Create          bool
	Region          string
	KMSKeyARN       string
	TLSOnly         bool
	ExpireAfterDays int // 0: keep
}

// FlowLogAnswers say what is logged.
type FlowLogAnswers struct {
	Traffic            string // ALL, ACCEPT or REJECT
	AggregationSeconds int    // 60 or 600
	Regions            []string
	VPCs               VPCChoice
	LeaveOut           []string // VPC ids that are chosen and not logged for now
	DeleteReplaced     bool
	Destination        Destination
	LogGroup           LogGroupAnswers // cloud-watch-logs only
}

// LogGroupAnswers name the log group that flow logs go to in each region, and the role that delivers.
type LogGroupAnswers struct {
	Name      string
	Role      string // role name
	Retention *int   // days that the group keeps its events, 0: for ever; nil: a group that is there keeps its own, one that is made gets 30
}

// toGroups says whether the flow logs of the set-up go to CloudWatch Logs.
func (s Setup) toGroups() bool { return s.FlowLogs.Destination == ToGroups }

// GrantsNobody says whether the set-up only delivers: there is no reader, no bucket, and nothing to do in a portal.
func (s Setup) GrantsNobody() bool { return s.toGroups() }

// VPCChoice is either all VPCs or a list of ids.
type VPCChoice struct {
	All bool
	IDs []string
}

// Has says whether a VPC id is chosen.
func (c VPCChoice) Has(id string) bool {
	if c.All {
		return true
	}
	for _, v := range c.IDs {
		if v == id {
			return true
		}
	}
	return false
}

// ResourceAccount is an account whose VPCs deliver to the central bucket.
type ResourceAccount struct {
	ID          string
	Name        string
	Credentials CredentialAnswers
	Regions     []string   // nil: those of the set-up
	VPCs        *VPCChoice // nil: those of the set-up
}

// LoggedAccount is an account whose VPCs are logged, with what is chosen there.
type LoggedAccount struct {
	ID          string
	Name        string
	Credentials CredentialAnswers
	Regions     []string
	VPCs        VPCChoice
	LeftOut     []string // VPC ids of the whole set-up that are not logged, though they are chosen
}

// Logs says whether a VPC id is chosen and not left out.
func (l LoggedAccount) Logs(id string) bool { return l.VPCs.Has(id) && !slices.Contains(l.LeftOut, id) }

// Logged lists the accounts whose VPCs are logged: the resource accounts, or for per-account the account itself.
func (s Setup) Logged() []LoggedAccount {
	if s.Mode == PerAccount {
		return []LoggedAccount{{ID: s.Account.ID, Name: s.Account.Name, Credentials: s.Account.Credentials,
			Regions: s.FlowLogs.Regions, VPCs: s.FlowLogs.VPCs, LeftOut: s.FlowLogs.LeaveOut}}
	}
	logged := make([]LoggedAccount, 0, len(s.ResourceAccounts))
	for _, r := range s.ResourceAccounts {
		l := LoggedAccount{ID: r.ID, Name: r.Name, Credentials: r.Credentials, Regions: s.FlowLogs.Regions, VPCs: s.FlowLogs.VPCs, LeftOut: s.FlowLogs.LeaveOut}
		if r.Regions != nil {
			l.Regions = r.Regions
		}
		if r.VPCs != nil {
			l.VPCs = *r.VPCs
		}
		logged = append(logged, l)
	}
	return logged
}
