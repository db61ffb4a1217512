package wizard

import (
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
)

const usualEntryRole = "OrganizationAccountAccessRole" // AWS Organizations makes it in every account that it creates

// answers is what the person has said so far, in the shape in which it is asked. setup makes the set-up of it.
type answers struct {
	touched bool // there is something to lose
	mode    steps.Mode
	loaded  *steps.Setup // a set-up known from before, taken as it is
	base    *steps.Setup // the set-up that these are the answers of: what no question asks for is taken from it

	reader     string // 12-digit account ID of the reader
	externalID string
	readerRole string
	account    string // 12-digit ID of the account that holds the bucket
	label      string
	way        wayIn // into that account
	role       map[steps.Mode]string

	bucket       string // full ARN
	bucketExists bool
	bucketRegion string
	ownKey       bool   // a bucket to be created is encrypted with key
	key          string // full ARN
	tlsOnly      bool
	expire       int // days

	resources   []steps.ResourceAccount // ID and Name only
	resourceWay wayIn
	profiles    map[string]string                  // resource account ID → profile, where each has its own
	ways        map[string]steps.CredentialAnswers // resource account ID → the way in that a set-up from before gives it

	regions []string
	vpcs    map[string][]string // account ID → chosen VPC ids, nil for all of the account; a nil map: all, also those made later

	traffic        string
	aggregation    int
	scope          steps.DeliveryScope
	leftOut        []string // VPC ids that a run went on without
	deleteReplaced bool
	name           string

	names map[string]string // account ID → name, of those seen so far
}

// wayIn is how calls get into an account.
type wayIn struct {
	by      string // role or profile
	role    string
	profile string
}

const (
	byRole    = "role"
	byProfile = "profile"
)

func newAnswers() answers {
	d := steps.NewSetup(steps.Centralized)
	return answers{
		readerRole: d.Reader.Role,
		way:        wayIn{by: byRole, role: usualEntryRole}, resourceWay: wayIn{by: byRole, role: usualEntryRole},
		role:    map[steps.Mode]string{steps.Centralized: d.Account.Role, steps.PerAccount: steps.NewSetup(steps.PerAccount).Account.Role},
		tlsOnly: d.Bucket.TLSOnly, traffic: d.FlowLogs.Traffic, aggregation: d.FlowLogs.AggregationSeconds, scope: d.DeliveryScope,
		profiles: map[string]string{}, names: map[string]string{},
	}
}

// credentials are those for an account; the one that the starting credentials belong to needs none.
func (w wayIn) credentials(account string, start steps.Identity) steps.CredentialAnswers {
	switch {
	case account == start.Account:
		return steps.CredentialAnswers{}
	case w.by == byProfile:
		return steps.CredentialAnswers{Profile: w.profile}
	default:
		return steps.CredentialAnswers{AssumeRole: w.role}
	}
}

// accountAnswers is the account that holds the bucket, as steps take it.
func (a answers) accountAnswers(start steps.Identity) steps.AccountAnswers {
	return steps.AccountAnswers{ID: a.account, Name: a.label, Role: a.role[a.mode], Credentials: a.way.credentials(a.account, start)}
}

func (a answers) resourceCredentials(id string, start steps.Identity) steps.CredentialAnswers {
	if c, given := a.ways[id]; given {
		return c
	}
	way := a.resourceWay
	way.profile = a.profiles[id]
	return way.credentials(id, start)
}

// setup makes the set-up of the answers: the same value as its file gives.
func (a answers) setup(start steps.Identity) steps.Setup {
	if a.loaded != nil {
		return *a.loaded
	}
	s := steps.NewSetup(a.mode)
	create, tlsOnly := true, s.Bucket.TLSOnly
	if a.base != nil && a.base.Mode == a.mode {
		s = *a.base
		s.ResourceAccounts = nil
		create, tlsOnly = s.Bucket.Create || s.Bucket.ARN != a.bucket, s.Bucket.TLSOnly // another bucket is made where its name is free, as the question says
	}
	s.Name = a.name
	s.Reader.Account = a.reader
	s.Reader.ExternalID = a.externalID
	if a.mode == steps.Centralized {
		s.Reader.Role = a.readerRole
		s.DeliveryScope = a.scope
	}
	s.Account = a.accountAnswers(start)
	s.Bucket = steps.BucketAnswers{ARN: a.bucket, Create: create, Region: a.bucketRegion, TLSOnly: tlsOnly}
	if !a.bucketExists || a.base != nil {
		s.Bucket.KMSKeyARN, s.Bucket.TLSOnly, s.Bucket.ExpireAfterDays = a.key, a.tlsOnly, a.expire
	}
	s.FlowLogs = steps.FlowLogAnswers{Traffic: a.traffic, AggregationSeconds: a.aggregation, Regions: slices.Clone(a.regions),
		VPCs: steps.VPCChoice{All: true}, LeaveOut: a.leftOut, DeleteReplaced: a.deleteReplaced, Destination: s.FlowLogs.Destination, LogGroup: s.FlowLogs.LogGroup}
	if a.mode == steps.PerAccount {
		if ids := a.vpcs[a.account]; ids != nil {
			s.FlowLogs.VPCs = steps.VPCChoice{IDs: slices.Clone(ids)}
		}
		return s
	}
	for _, r := range a.resources {
		ids, some := a.vpcs[r.ID]
		if a.vpcs != nil && !some {
			continue // none of its VPCs was chosen
		}
		r.Credentials = a.resourceCredentials(r.ID, start)
		if ids != nil {
			r.VPCs = &steps.VPCChoice{IDs: slices.Clone(ids)}
		}
		s.ResourceAccounts = append(s.ResourceAccounts, r)
	}
	return s
}

// logged are the accounts whose VPCs can be chosen from.
func (a answers) logged(start steps.Identity) []steps.LoggedAccount {
	a.vpcs = nil
	return a.setup(start).Logged()
}

// suggestedName names the set-up until the person does.
func (a answers) suggestedName() string {
	if a.mode == steps.PerAccount {
		return "flow-logs-" + a.account
	}
	return "central-flow-logs"
}

// suggestedBucket names a bucket that is not likely to be taken: names are unique in all of AWS.
func (a answers) suggestedBucket() string { return "flow-logs-" + a.account }

// accountName gives the name that is known for an account, or "".
func (a answers) accountName(id string) string {
	if id == a.account && a.label != "" {
		return a.label
	}
	for _, r := range a.resources {
		if r.ID == id && r.Name != "" {
			return r.Name
		}
	}
	if a.loaded != nil {
		for _, l := range append(a.loaded.Logged(), steps.LoggedAccount{ID: a.loaded.Account.ID, Name: a.loaded.Account.Name}) {
			if l.ID == id && l.Name != "" {
				return l.Name
			}
		}
	}
	return a.names[id]
}

// bucketName is the bucket's name in its ARN, without a prefix.
func bucketName(arn string) string {
	name, _, _ := strings.Cut(arn[strings.LastIndex(arn, ":")+1:], "/")
	return name
}
