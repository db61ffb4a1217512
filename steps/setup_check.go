package steps

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Check finds everything wrong with a set-up, in the order of the set-up file; nil: nothing. Wizard answers and files pass the same check.
func (s Setup) Check() Faults {
	c := &checker{}
	c.head(s)
	if s.toGroups() {
		c.onlyDelivers(s)
		return c.faults
	}
	c.reader(s)
	c.account(s)
	c.bucket(s)
	c.flowLogs(s)
	c.resourceAccounts(s)
	c.grant(s)
	return c.faults
}

type checker struct{ faults Faults }

func (c *checker) fault(field, accepted, problem string, args ...any) {
	c.faults = append(c.faults, Fault{Field: field, Problem: fmt.Sprintf(problem, args...), Accepted: accepted})
}

// value checks one value by its field check, and that it stands in its normal form already.
func (c *checker) value(field, value string, check func(string) (string, error)) bool {
	normal, err := check(value)
	switch {
	case err != nil:
		c.faults = append(c.faults, faultOf(field, err))
	case normal != value:
		c.fault(field, normal, "%s is not the plain form", shown(value))
	default:
		return true
	}
	return false
}

func (c *checker) oneOf(field, value string, choices ...string) {
	if slices.Contains(choices, value) {
		return
	}
	accepted := strings.Join(choices, ", ")
	if n := len(choices); n > 1 {
		accepted = strings.Join(choices[:n-1], ", ") + " or " + choices[n-1]
	}
	if value == "" {
		c.fault(field, accepted, "is missing")
		return
	}
	c.fault(field, accepted, "%s is not known", shown(value))
}

func (c *checker) head(s Setup) {
	switch {
	case s.Version > fileVersion:
		c.fault("version", "1", "%d is newer than this flowgrant understands", s.Version)
	case s.Version != fileVersion:
		c.fault("version", "1", "%d is not a version of the set-up file", s.Version)
	}
	c.value("name", s.Name, CheckSetupName)
	c.oneOf("source", s.Source, slices.Sorted(maps.Keys(sources))...)
	c.oneOf("mode", string(s.Mode), string(Centralized), string(PerAccount))
}

func (c *checker) reader(s Setup) {
	c.oneOf("reader.kind", s.Reader.Kind, slices.Sorted(maps.Keys(readers))...)
	c.value("reader.account", s.Reader.Account, CheckAccountID)
	if s.Mode == Centralized || s.Reader.ExternalID != "" {
		c.value("reader.external_id", s.Reader.ExternalID, CheckExternalID)
	}
	if s.Mode == Centralized {
		c.value("reader.role", s.Reader.Role, CheckRoleName)
	}
}

func (c *checker) account(s Setup) {
	if c.value("account.id", s.Account.ID, CheckAccountID) && s.Account.ID == s.Reader.Account {
		c.fault("account.id", "the ID of your own account", "%s is the reader's account too; the logs lie in an account of yours", shown(s.Account.ID))
	}
	if s.Mode == Centralized && s.Account.Name == "" {
		c.fault("account.name", acceptedLabel, "is missing; the reader's portal shows the account under it")
	}
	c.label("account.name", s.Account.Name)
	c.value("account.role", s.Account.Role, CheckRoleName)
	c.credentials("account.credentials", s.Account.Credentials)
}

const acceptedLabel = "a name of at most 128 printable characters"

func (c *checker) label(field, name string) {
	odd := func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }
	switch {
	case strings.ContainsFunc(name, odd):
		c.fault(field, acceptedLabel, "%s holds a character that cannot be shown", shown(name))
	case strings.TrimSpace(name) != name:
		c.fault(field, acceptedLabel, "%s has spaces around it", shown(name))
	case len([]rune(name)) > 128:
		c.fault(field, acceptedLabel, "has %d characters, too many", len([]rune(name)))
	}
}

func (c *checker) credentials(field string, creds CredentialAnswers) {
	if creds.AssumeRole != "" && creds.Profile != "" {
		c.fault(field, "either assume_role or profile", "has both assume_role and profile")
	}
	if creds.AssumeRole != "" {
		c.value(field+".assume_role", creds.AssumeRole, CheckRoleName)
	}
	if odd := func(r rune) bool { return !unicode.IsPrint(r) || r == ']' || r == unicode.ReplacementChar }; strings.ContainsFunc(creds.Profile, odd) ||
		strings.TrimSpace(creds.Profile) != creds.Profile || len(creds.Profile) > 256 {
		c.fault(field+".profile", "the name of a profile of the AWS configuration", "%s cannot be a profile's name", shown(creds.Profile))
	}
}

func (c *checker) bucket(s Setup) {
	partition := ""
	if c.value("bucket.arn", s.Bucket.ARN, CheckBucketARN) {
		partition = strings.SplitN(s.Bucket.ARN, ":", 3)[1]
	}
	region := s.Bucket.Region
	switch {
	case region == "" && s.Bucket.Create:
		c.fault("bucket.region", acceptedRegion, "is missing; a bucket that may be created needs one (or say create: false)")
	case region != "" && c.value("bucket.region", region, CheckRegion):
		c.inPartition("bucket.region", region, partition)
	default:
		region = ""
	}
	if s.Bucket.KMSKeyARN != "" && c.value("bucket.kms_key_arn", s.Bucket.KMSKeyARN, CheckKeyARN) {
		parts := strings.Split(s.Bucket.KMSKeyARN, ":")
		switch {
		case partition != "" && parts[1] != partition:
			c.fault("bucket.kms_key_arn", "a key whose ARN starts with arn:"+partition+":kms:", "lies in partition %s, the bucket in %s", shown(parts[1]), shown(partition))
		case region != "" && parts[3] != region:
			c.fault("bucket.kms_key_arn", "a key in "+region, "lies in %s, the bucket in %s; S3 takes keys of the bucket's region only", parts[3], region)
		}
	}
	if days := s.Bucket.ExpireAfterDays; days < 0 || days > 36500 {
		c.fault("bucket.expire_after_days", "0 (keep) to 36500", "%d is not possible", days)
	}
}

// inPartition finds a region that the bucket's partition does not have: nothing is delivered from one partition to another.
func (c *checker) inPartition(field, region, partition string) {
	if partition != "" && partitionOf(region) != partition {
		c.fault(field, "a region of partition "+partition, "%s is a region of partition %s, the bucket's ARN is in %s", region, partitionOf(region), partition)
	}
}

func (c *checker) flowLogs(s Setup) {
	c.oneOf("delivery_scope", string(s.DeliveryScope), string(ScopeAccounts), string(ScopeOrganization))
	c.oneOf("flow_logs.destination", string(s.FlowLogs.Destination), string(ToS3), string(ToGroups))
	if s.FlowLogs.LogGroup != (LogGroupAnswers{}) {
		c.fault("flow_logs.log_group", "no such key with this destination", "%s", noLogGroup)
	}
	inherits := func(r ResourceAccount) bool { return r.Regions == nil }
	c.logged(s, len(s.FlowLogs.Regions) > 0 || s.Mode != Centralized || len(s.ResourceAccounts) == 0 || slices.ContainsFunc(s.ResourceAccounts, inherits))
}

// logged checks what is logged; regions says whether regions are needed here.
func (c *checker) logged(s Setup, regions bool) {
	f := s.FlowLogs
	c.oneOf("flow_logs.traffic", f.Traffic, "ALL", "ACCEPT", "REJECT")
	if f.AggregationSeconds != shortAggregation && f.AggregationSeconds != longAggregation {
		c.fault("flow_logs.aggregation_seconds", "60 or 600", "%d is not possible", f.AggregationSeconds)
	}
	if regions {
		c.regions("flow_logs.regions", f.Regions, s)
	}
	c.vpcs("flow_logs.vpcs", f.VPCs)
	c.leaveOut(s)
}

func (c *checker) regions(field string, regions []string, s Setup) {
	if len(regions) == 0 {
		c.fault(field, "a list of one or more region codes, such as [us-east-1]", "is missing or empty")
	}
	partition := ""
	if _, err := CheckBucketARN(s.Bucket.ARN); err == nil && !s.toGroups() {
		partition = strings.SplitN(s.Bucket.ARN+"::", ":", 3)[1]
	}
	known := map[string]bool{}
	for i, region := range regions {
		at := fmt.Sprintf("%s[%d]", field, i)
		if !c.value(at, region, CheckRegion) {
			continue
		}
		if known[region] {
			c.fault(at, "each region once", "%s stands in the list twice", region)
			continue
		}
		known[region] = true
		if first := s.partition(); s.toGroups() && partitionOf(region) != first {
			c.fault(at, "regions of one partition", "%s is a region of partition %s, %s of %s, and an account is in one partition", region, partitionOf(region), regions[0], first)
		}
		c.inPartition(at, region, partition)
	}
}

func (c *checker) vpcs(field string, vpcs VPCChoice) {
	const accepted = "all, or a list of VPC IDs"
	switch {
	case vpcs.All && len(vpcs.IDs) > 0:
		c.fault(field, accepted, "says all and lists VPCs too")
	case !vpcs.All && len(vpcs.IDs) == 0:
		c.fault(field, accepted, "chooses no VPC")
	}
	c.vpcIDs(field, vpcs.IDs)
}

func (c *checker) vpcIDs(field string, ids []string) {
	known := map[string]bool{}
	for i, id := range ids {
		at := fmt.Sprintf("%s[%d]", field, i)
		if c.value(at, id, CheckVPCID) && known[id] {
			c.fault(at, "each VPC once", "%s stands in the list twice", id)
		}
		known[id] = true
	}
}

// leaveOut checks which VPCs are left out: of lists of VPCs something must be left.
func (c *checker) leaveOut(s Setup) {
	c.vpcIDs("flow_logs.leave_out", s.FlowLogs.LeaveOut)
	left := func(l LoggedAccount) bool {
		return l.VPCs.All || len(l.VPCs.IDs) == 0 || slices.ContainsFunc(l.VPCs.IDs, l.Logs)
	}
	if logged := s.Logged(); len(s.FlowLogs.LeaveOut) > 0 && len(logged) > 0 && !slices.ContainsFunc(logged, left) {
		c.fault("flow_logs.leave_out", "some of the chosen VPCs, or no such key", "leaves out every VPC that is chosen")
	}
}

func (c *checker) resourceAccounts(s Setup) {
	if s.Mode == PerAccount && len(s.ResourceAccounts) > 0 {
		c.fault("resource_accounts", "no such key in this mode", "belongs to mode centralized only; per-account, the logs stay in account.id")
		return
	}
	if s.Mode == Centralized && len(s.ResourceAccounts) == 0 {
		c.fault("resource_accounts", "a list of one or more accounts, each {id: \"12 digits\"}", "is missing or empty")
	}
	first := map[string]int{}
	for i, r := range s.ResourceAccounts {
		at := fmt.Sprintf("resource_accounts[%d]", i)
		if c.value(at+".id", r.ID, CheckAccountID) {
			if earlier, again := first[r.ID]; again {
				c.fault(at+".id", "each account once", "%s stands in resource_accounts[%d] already", shown(r.ID), earlier)
			} else {
				first[r.ID] = i
			}
			if r.ID == s.Reader.Account {
				c.fault(at+".id", "the ID of your own account", "%s is the reader's account", shown(r.ID))
			}
		}
		c.label(at+".name", r.Name)
		c.credentials(at+".credentials", r.Credentials)
		if r.Regions != nil {
			c.regions(at+".regions", r.Regions, s)
		}
		if r.VPCs != nil {
			c.vpcs(at+".vpcs", *r.VPCs)
		}
	}
}

func (c *checker) grant(s Setup) {
	switch {
	case s.Mode == PerAccount:
		c.oneOf("grant", string(s.Grant), string(GrantDirect), string(GrantScript), string(GrantPortal))
	case s.Mode == Centralized && s.Grant != "":
		c.fault("grant", "no such key in this mode", "belongs to mode per-account only; centralized, flowgrant makes the role itself")
	}
}

// Err gives the faults as an error; nil where there are none.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// FaultsIn gives the faults in an error; nil where it has none.
func FaultsIn(err error) Faults {
	var faults Faults
	errors.As(err, &faults)
	return faults
}
