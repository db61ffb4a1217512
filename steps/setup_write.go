package steps

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// YAML writes the set-up as a file that ParseSetup reads back to the same value. Defaults that seldom matter are left out.
func (s Setup) YAML() []byte {
	w := &fileWriter{}
	usual := NewSetup(s.Mode)
	w.line("# A flowgrant set-up: flowgrant plan -f FILE shows what it would change, flowgrant apply -f FILE does it.")
	w.line("version: %d", s.Version)
	w.line("name: %s", scalar(s.Name))
	if s.Source != usual.Source {
		w.line("source: %s", scalar(s.Source))
	}
	w.line("mode: %s", scalar(string(s.Mode)))
	if s.toGroups() {
		usual = NewGroupSetup()
		w.account(s)
	} else {
		w.reader(s.Reader, usual.Reader)
		w.account(s)
		w.bucket(s.Bucket, usual.Bucket)
	}
	if s.DeliveryScope != usual.DeliveryScope {
		w.line("delivery_scope: %s", scalar(string(s.DeliveryScope)))
	}
	w.flowLogs(s.FlowLogs)
	if len(s.ResourceAccounts) > 0 {
		w.line("resource_accounts:")
		for _, a := range s.ResourceAccounts {
			w.resourceAccount(a)
		}
	}
	if s.Grant != "" {
		w.line("grant: %s", scalar(string(s.Grant)))
	}
	return []byte(w.text.String())
}

type fileWriter struct{ text strings.Builder }

func (w *fileWriter) line(format string, args ...any) {
	fmt.Fprintf(&w.text, format+"\n", args...)
}

func (w *fileWriter) reader(r, usual ReaderAnswers) {
	w.line("reader:")
	if r.Kind != usual.Kind {
		w.line("  kind: %s", scalar(r.Kind))
	}
	w.line("  account: %s  # the reader's AWS account, shown in its portal", scalar(r.Account))
	if r.ExternalID != "" {
		w.line("  external_id: %s  # shown in its portal", scalar(r.ExternalID))
	}
	if r.Role != usual.Role {
		w.line("  role: %s", scalar(r.Role))
	}
}

func (w *fileWriter) account(s Setup) {
	comment := "the flow log account"
	if s.Mode == PerAccount {
		comment = "the workload account"
	}
	w.line("account:  # %s", comment)
	w.line("  id: %s", scalar(s.Account.ID))
	if s.Account.Name != "" {
		w.line("  name: %s", scalar(s.Account.Name))
	}
	if s.Account.Role != "" {
		w.line("  role: %s", scalar(s.Account.Role))
	}
	if c := credentialKeys(s.Account.Credentials); c != "" {
		w.line("  credentials: %s", c)
	}
}

func (w *fileWriter) bucket(b, usual BucketAnswers) {
	w.line("bucket:")
	w.line("  arn: %s", scalar(b.ARN))
	w.line("  create: %t", b.Create)
	if b.Region != "" {
		w.line("  region: %s", scalar(b.Region))
	}
	if b.KMSKeyARN != "" {
		w.line("  kms_key_arn: %s", scalar(b.KMSKeyARN))
	}
	if b.TLSOnly != usual.TLSOnly {
		w.line("  tls_only: %t", b.TLSOnly)
	}
	if b.ExpireAfterDays != 0 {
		w.line("  expire_after_days: %d", b.ExpireAfterDays)
	}
}

func (w *fileWriter) flowLogs(f FlowLogAnswers) {
	w.line("flow_logs:")
	if f.Destination == ToGroups {
		w.line("  destination: %s", f.Destination)
		w.line("  log_group:")
		w.line("    name: %s", scalar(f.LogGroup.Name))
		w.line("    role: %s", scalar(f.LogGroup.Role))
		if f.LogGroup.Retention != nil {
			w.line("    retention_days: %d  # 0: for ever", *f.LogGroup.Retention)
		}
	}
	w.line("  traffic: %s", scalar(f.Traffic))
	w.line("  aggregation_seconds: %d", f.AggregationSeconds)
	if len(f.Regions) > 0 {
		w.line("  regions: %s", flowList(f.Regions))
	}
	w.line("  vpcs: %s", vpcWords(f.VPCs))
	if len(f.LeaveOut) > 0 {
		w.line("  leave_out: %s  # chosen, and not logged for now", flowList(f.LeaveOut))
	}
	if f.DeleteReplaced {
		w.line("  delete_replaced: true")
	}
}

func (w *fileWriter) resourceAccount(a ResourceAccount) {
	keys := []string{"id: " + scalar(a.ID)}
	if a.Name != "" {
		keys = append(keys, "name: "+scalar(a.Name))
	}
	if c := credentialKeys(a.Credentials); c != "" {
		keys = append(keys, "credentials: "+c)
	}
	simple := len(keys)
	if a.Regions != nil {
		keys = append(keys, "regions: "+flowList(a.Regions))
	}
	if a.VPCs != nil {
		keys = append(keys, "vpcs: "+vpcWords(*a.VPCs))
	}
	if len(keys) == simple {
		w.line("  - {%s}", strings.Join(keys, ", "))
		return
	}
	w.line("  - %s", strings.Join(keys, "\n    "))
}

func credentialKeys(c CredentialAnswers) string {
	var keys []string
	if c.AssumeRole != "" {
		keys = append(keys, "assume_role: "+scalar(c.AssumeRole))
	}
	if c.Profile != "" {
		keys = append(keys, "profile: "+scalar(c.Profile))
	}
	if keys == nil {
		return ""
	}
	return "{" + strings.Join(keys, ", ") + "}"
}

func vpcWords(c VPCChoice) string {
	if c.All && len(c.IDs) == 0 {
		return "all"
	}
	return flowList(c.IDs)
}

func flowList(values []string) string {
	written := make([]string, len(values))
	for i, v := range values {
		written[i] = scalar(v)
	}
	return "[" + strings.Join(written, ", ") + "]"
}

var (
	plainScalar = regexp.MustCompile(`^[A-Za-z](?:[A-Za-z0-9/._:@-]*[A-Za-z0-9/._@-])?(?: [A-Za-z0-9/._@:-]*[A-Za-z0-9/._@])*$`)
	notText     = regexp.MustCompile(`(?i)^(?:null|true|false|yes|no|on|off|y|n|nan|inf)$`)
)

// scalar writes text so that every reader of YAML takes it for text; digits always stand in quotes.
func scalar(text string) string {
	if plainScalar.MatchString(text) && !notText.MatchString(text) {
		return text
	}
	return quoted(text)
}

// quoted writes text in double quotes, with the escapes that YAML and JSON have in common.
func quoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case strconv.IsPrint(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
