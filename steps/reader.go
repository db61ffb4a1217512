package steps

import (
	"fmt"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// reader is a third party that reads logs: its names and texts. Only this value knows which one it is.
type reader struct {
	Kind             string
	Name             string
	Role             string         // its own role that assumes ours
	FlowLogRole      string         // default name of the dedicated role, centralized
	CrossAccountRole string         // default name of the existing role, per-account
	ManagedPolicy    string         // name of the customer managed policy, centralized
	HubSids          policy.HubSids // statements of that policy
	DirectSid        string         // per-account: reading the objects
	DirectKeySid     string         // per-account: decrypting them
	DirectPolicy     string         // per-account: inline policy made where the role has no S3 statement to extend
}

var xshield = reader{
	Kind:             "xshield",
	Name:             "Xshield",
	Role:             "ColorTokensFlowLogsCloudSecurityServiceRole",
	FlowLogRole:      "ColortokensHubFlowLogsRole",
	CrossAccountRole: "ColorTokensCrossAccountAccessRole",
	ManagedPolicy:    "ColorTokensHubAccountAccessRole",
	HubSids:          policy.HubSids{List: "HubFlowLogBucketListScoped", Objects: "HubFlowLogObjectReadScoped", Decrypt: "HubFlowLogKMSDecrypt"},
	DirectSid:        "ColorTokensS3SpecificReadAccess",
	DirectKeySid:     "ColorTokensFlowLogKMSDecrypt",
	DirectPolicy:     "ColorTokensFlowLogsReadAccess",
}

var readers = map[string]reader{xshield.Kind: xshield}

func (s Setup) reader() reader { return readers[s.Reader.Kind] }

// readerPrincipal is the ARN of the reader's own role.
func (s Setup) readerPrincipal() string {
	role := s.Reader.Role
	if role == "" {
		role = s.reader().Role
	}
	return fmt.Sprintf("arn:%s:iam::%s:role/%s", s.partition(), s.Reader.Account, role)
}

// managedPolicyName names the nth customer managed policy, counted from 0.
func (r reader) managedPolicyName(n int) string {
	if n == 0 {
		return r.ManagedPolicy
	}
	return fmt.Sprintf("%s-%d", r.ManagedPolicy, n+1)
}
