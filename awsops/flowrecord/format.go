package flowrecord

import (
	"fmt"
	"slices"
	"strings"
)

// DefaultV2 are the fields of the default record format, in its order; it has no tcp-flags.
var DefaultV2 = []string{
	"version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport",
	"protocol", "packets", "bytes", "start", "end", "action", "log-status",
}

// V2WithTCPFlags are all fields of version 2 and tcp-flags: what Xshield needs.
var V2WithTCPFlags = append(slices.Clone(DefaultV2), "tcp-flags")

// knownFields are the fields of all versions known so far; a header that names none of them belongs to something else.
var knownFields = append(slices.Clone(DefaultV2), strings.Fields(`
	vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr
	region az-id sublocation-type sublocation-id
	pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path
	ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id ecs-container-id ecs-second-container-id
	ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id
	reject-reason resource-id encryption-status
	instance-tag instance-tag-2 interface-tag interface-tag-2 asg-tag asg-tag-2 interface-type next-hop-interface-id next-hop-subnet-id
	next-hop-az-id next-hop-vpc-id next-hop-interface-type`)...)

// Format writes fields as a log format: "${version} ${account-id} …".
func Format(fields ...string) string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = "${" + f + "}"
	}
	return strings.Join(out, " ")
}

// ParseFormat reads the fields of a log format. "" is the default format, as CreateFlowLogs takes it. The error says what is no field.
func ParseFormat(format string) ([]string, error) {
	words := strings.Fields(format)
	if len(words) == 0 {
		return slices.Clone(DefaultV2), nil
	}
	out := make([]string, 0, len(words))
	for _, w := range words {
		name, ok := strings.CutPrefix(w, "${")
		if name, ok = cutSuffixIf(name, "}", ok); !ok || !isField(name) {
			return nil, fmt.Errorf("log format: %q is no field of the form ${field-name}", w)
		}
		if slices.Contains(out, name) {
			return nil, fmt.Errorf("log format: the field %s stands twice", name)
		}
		out = append(out, name)
	}
	return out, nil
}

func cutSuffixIf(s, suffix string, ok bool) (string, bool) {
	if !ok {
		return s, false
	}
	return strings.CutSuffix(s, suffix)
}

// Missing are the fields of the log format need that the log format have lacks, in the order of need; "" is the default format. A format that
// cannot be read has no fields.
func Missing(have, need string) []string {
	got, err := ParseFormat(have)
	if err != nil {
		got = nil
	}
	want, err := ParseFormat(need)
	if err != nil {
		return nil
	}
	return MissingFields(got, want)
}

// MissingFields are the fields of need that have lacks, in the order of need.
func MissingFields(have, need []string) []string {
	var out []string
	for _, f := range need {
		if !slices.Contains(have, f) {
			out = append(out, f)
		}
	}
	return out
}

// isField tells whether the name could be a field: small letters, digits and hyphens.
func isField(name string) bool {
	if name == "" || len(name) > 64 {
		return false
	}
	for _, r := range name {
		if r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return false
		}
	}
	return true
}
