package steps

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ParseSetup reads a set-up file, YAML or JSON, and fills in the defaults. file is its name as messages should show it.
// The error is Faults: everything wrong with the file, each with its line, its field and the accepted form.
func ParseSetup(file string, data []byte) (Setup, error) {
	tree, faults := readNodes(data)
	if tree == nil {
		return Setup{}, faults.in(file)
	}
	r := &fileReader{faults: faults, lines: map[string]int{"": max(tree.line, 1)}, spoilt: map[string]bool{}, holders: map[string]bool{}}
	s := r.setup(tree)
	if tree.kind == nodeMapping {
		r.check(s)
	}
	if len(r.faults) > 0 {
		return Setup{}, r.faults.in(file)
	}
	return s, nil
}

// in names the file of the faults and puts them in the order of its lines.
func (f Faults) in(file string) Faults {
	for i := range f {
		f[i].File = file
	}
	slices.SortStableFunc(f, func(a, b Fault) int { return a.Line - b.Line })
	return f
}

func (r *fileReader) setup(tree *node) Setup {
	top := r.object(tree, "", "version", "name", "source", "mode", "reader", "account", "bucket", "delivery_scope", "flow_logs", "resource_accounts", "grant")
	mode := ""
	r.text(top, "mode", &mode)
	s := NewSetup(Mode(mode))
	if s.Account.Role == "" {
		s = NewSetup(Centralized) // an unknown mode is a fault of its own: the rest is still checked
		s.Mode = Mode(mode)
	}
	r.destination(top, &s)
	s.Version = 0
	if top.get("version") == nil {
		r.missing("version", "1")
	} else {
		r.integer(top, "version", &s.Version)
	}
	r.text(top, "name", &s.Name)
	r.text(top, "source", &s.Source)
	r.reader(top, &s.Reader)
	r.account(top, &s.Account)
	r.bucket(top, &s.Bucket)
	scope, grant := string(s.DeliveryScope), string(s.Grant)
	r.text(top, "delivery_scope", &scope)
	r.text(top, "grant", &grant)
	s.DeliveryScope, s.Grant = DeliveryScope(scope), Grant(grant)
	s.forgetUnused()
	r.flowLogs(top, &s.FlowLogs)
	r.foreign(s)
	r.resourceAccounts(top, &s)
	if s.Mode == Centralized && s.Account.Name == "" && !r.has("account.name") && !s.toGroups() {
		s.Account.Name = s.Name
		r.spoil("account.name") // without a name of the set-up it has no fault of its own
	}
	return s
}

func (r *fileReader) reader(top object, a *ReaderAnswers) {
	o := r.group(top, "reader", "kind", "account", "external_id", "role")
	r.text(o, "kind", &a.Kind)
	r.accountID(o, "account", &a.Account)
	r.text(o, "external_id", &a.ExternalID)
	r.text(o, "role", &a.Role)
}

func (r *fileReader) account(top object, a *AccountAnswers) {
	o := r.group(top, "account", "id", "name", "role", "credentials")
	r.accountID(o, "id", &a.ID)
	r.text(o, "name", &a.Name)
	r.text(o, "role", &a.Role)
	r.credentials(o, &a.Credentials)
}

func (r *fileReader) credentials(parent object, a *CredentialAnswers) {
	o := r.group(parent, "credentials", "assume_role", "profile")
	r.text(o, "assume_role", &a.AssumeRole)
	r.text(o, "profile", &a.Profile)
	for key, value := range map[string]string{"assume_role": a.AssumeRole, "profile": a.Profile} {
		if n := o.get(key); n != nil && n.kind == nodeText && value == "" {
			r.fault(o.at(key), n.line, "a name, or no such key", "is empty")
		}
	}
}

func (r *fileReader) bucket(top object, a *BucketAnswers) {
	o := r.group(top, "bucket", "arn", "create", "region", "kms_key_arn", "tls_only", "expire_after_days")
	r.text(o, "arn", &a.ARN)
	a.ARN = strings.TrimSuffix(a.ARN, "/")
	r.boolean(o, "create", &a.Create)
	r.text(o, "region", &a.Region)
	r.text(o, "kms_key_arn", &a.KMSKeyARN)
	r.boolean(o, "tls_only", &a.TLSOnly)
	r.integer(o, "expire_after_days", &a.ExpireAfterDays)
}

func (r *fileReader) flowLogs(top object, a *FlowLogAnswers) {
	o := r.group(top, "flow_logs", "traffic", "aggregation_seconds", "regions", "vpcs", "leave_out", "delete_replaced", "destination", "log_group")
	r.text(o, "traffic", &a.Traffic)
	r.integer(o, "aggregation_seconds", &a.AggregationSeconds)
	r.texts(o, "regions", &a.Regions)
	r.vpcs(o, &a.VPCs)
	r.texts(o, "leave_out", &a.LeaveOut)
	r.boolean(o, "delete_replaced", &a.DeleteReplaced)
	destination := string(a.Destination)
	r.text(o, "destination", &destination)
	a.Destination = Destination(destination)
	group := r.group(o, "log_group", "name", "role", "retention_days")
	r.text(group, "name", &a.LogGroup.Name)
	r.text(group, "role", &a.LogGroup.Role)
	if group.get("retention_days") != nil {
		a.LogGroup.Retention = new(int)
		r.integer(group, "retention_days", a.LogGroup.Retention)
	}
}

// destination reads where the logs go before everything else: the defaults hang on it.
func (r *fileReader) destination(top object, s *Setup) {
	flowLogs := top.get("flow_logs")
	if flowLogs == nil || flowLogs.kind != nodeMapping {
		return
	}
	for _, e := range flowLogs.entries {
		if e.key == "destination" && e.value.kind == nodeText && Destination(e.value.text) == ToGroups {
			s.useGroups()
			return
		}
	}
}

// foreign refuses the groups of keys that belong to the other destination.
func (r *fileReader) foreign(s Setup) {
	refuse := func(field, why string) {
		if line, stands := r.lines[field]; stands {
			r.fault(field, line, "no such key with this destination", "%s", why)
		}
	}
	if s.toGroups() {
		refuse("reader", noReader)
		refuse("bucket", noBucket)
	} else if s.FlowLogs.Destination == ToS3 {
		refuse("flow_logs.log_group", noLogGroup)
	}
}

func (r *fileReader) vpcs(o object, choice *VPCChoice) {
	n := o.get("vpcs")
	switch {
	case n == nil:
	case n.kind == nodeText && n.text == "all":
		*choice = VPCChoice{All: true}
	case n.kind == nodeList:
		*choice = VPCChoice{}
		r.texts(o, "vpcs", &choice.IDs)
	default:
		r.fault(o.at("vpcs"), n.line, "all, or a list of VPC IDs", "%s is neither", n.describe())
	}
}

func (r *fileReader) resourceAccounts(top object, s *Setup) {
	n := top.get("resource_accounts")
	if n == nil {
		return
	}
	if n.kind != nodeList {
		r.fault("resource_accounts", n.line, "a list of accounts, each {id: \"12 digits\"}", "%s is not a list", n.describe())
		return
	}
	for i, item := range n.items {
		var a ResourceAccount
		path := fmt.Sprintf("resource_accounts[%d]", i)
		r.lines[path] = item.line
		o := r.object(item, path, "id", "name", "credentials", "regions", "vpcs", "flow_logs")
		r.accountID(o, "id", &a.ID)
		r.text(o, "name", &a.Name)
		r.credentials(o, &a.Credentials)
		for _, from := range []object{o, r.group(o, "flow_logs", "regions", "vpcs")} { // as at the top, or short
			r.texts(from, "regions", &a.Regions)
			if from.get("vpcs") != nil {
				a.VPCs = &VPCChoice{}
				r.vpcs(from, a.VPCs)
			}
		}
		s.ResourceAccounts = append(s.ResourceAccounts, a)
	}
}

// check adds what the check of the values finds, with the line each of them stands on.
func (r *fileReader) check(s Setup) {
	for _, f := range s.Check() {
		if r.isSpoilt(f.Field) {
			continue
		}
		if line, stands := r.lines[f.Field]; stands {
			f.Line = line
			if f.Problem == "is missing" || strings.HasPrefix(f.Problem, "is missing or empty") {
				f.Problem = "is empty"
			}
		} else {
			f.Line = r.nearest(f.Field)
		}
		r.faults = append(r.faults, f)
	}
}

// isSpoilt says whether a field could not be read, or holds or lies in one that could not: its value then says nothing.
func (r *fileReader) isSpoilt(field string) bool {
	for at := field; at != ""; at = parentOf(at) {
		if r.spoilt[at] {
			return true
		}
	}
	return r.holders[field]
}

func (r *fileReader) nearest(field string) int {
	for at := field; at != ""; at = parentOf(at) {
		if line, ok := r.lines[at]; ok {
			return line
		}
	}
	return r.lines[""]
}

// parentOf gives the path a field lies in: a.b[1] → a.b → a → "".
func parentOf(field string) string {
	return field[:max(strings.LastIndexAny(field, ".["), 0)]
}

func wholeNumber(text string) (int, bool) {
	number, err := strconv.Atoi(text)
	return number, err == nil && strconv.Itoa(number) == text
}

// forgetUnused drops what a file may say in any mode, since it is the default, and only the other mode uses.
func (s *Setup) forgetUnused() {
	switch s.Mode {
	case Centralized:
		if s.Grant == GrantDirect {
			s.Grant = ""
		}
	case PerAccount:
		s.Reader.Role = ""
		if s.toGroups() && s.Grant == GrantDirect {
			s.Grant = ""
		}
	}
}
