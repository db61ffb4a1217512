package steps

import "slices"

// causeKind is one kind of cause.
type causeKind struct {
	id       string
	title    string
	explains []string // the checks that it keeps from passing
	hides    []string // causes that only follow from it
	find     func(*diagnosis) []Cause
}

// What bucket and key do to delivery and reading.
var (
	delivering = []string{"bucket-policy", "delivery", "flow-logs", "flow-logs.destination"}
	using      = []string{"access", "access.read", "access.list", "access.locate", "access.get", "access.decrypt", "access.denies", "access.real"}
	encrypting = slices.Concat([]string{"bucket", "key-policy", "delivery", "flow-logs", "flow-logs.destination", "permissions"}, using)
	entering   = []string{"trust", "access", "access.assume", "access.real"}
	toGroups   = []string{"flow-logs.cloud-watch-logs", "role", "trust", "permissions", "flow-logs", "delivery", "access", "access.assume", "access.write"}
	gaining    = slices.Concat([]string{"permissions"}, using)
)

// quiet are the causes that are none as long as another explains why nothing arrives.
var quiet = []string{"no-traffic", "too-early"}

// causeKinds are all causes, those first that bring others with them. A finder may give causes of another kind of the table, which then has
// none of its own.
var causeKinds []causeKind

func init() { // the finders name kinds of the table
	none := func(*diagnosis) []Cause { return nil }
	policyCauses := []string{"bucket-policy-missing", "bucket-policy-denies", "bucket-policy-wrong-account", "bucket-policy-wrong-organization", "bucket-policy-source-arn"}
	causeKinds = []causeKind{
		{"region-not-enabled", "a region of the set-up is not enabled in the account", []string{"flow-logs", "identity"}, quiet, none},
		{"scp-deny", "a service control policy of the organization denies it", slices.Concat(gaining, entering, toGroups), nil, findSCP},
		{"not-set-up", "the set-up has not been applied yet", slices.Concat([]string{"bucket", "role", "log-group"}, encrypting, delivering, entering, toGroups), append([]string{"role-missing", "bucket-deleted", "flow-log-deleted", "permissions-missing", "decrypt-missing", "key-policy-missing", "cwl-group-missing"}, slices.Concat(quiet, policyCauses)...), findNotSetUp},
		{"bucket-deleted", "the bucket does not exist any more", append([]string{"bucket"}, delivering...), append([]string{"bucket-recreated"}, slices.Concat(quiet, policyCauses)...), findBucketDeleted},
		{"bucket-recreated", "the bucket is not the one that the flow logs were made for", append([]string{"bucket"}, delivering...), append([]string{"bucket-policy-missing"}, quiet...), findBucketRecreated},
		{"key-aws-managed-cross-account", "the bucket encrypts with the aws/s3 key, which other accounts cannot use", encrypting, quiet, findBucketKey},
		{"key-by-id", "the bucket names its key by its ID, not by its full ARN", encrypting, quiet, none},
		{"key-by-alias", "the bucket names its key by an alias, not by its full ARN", encrypting, quiet, none},
		{"key-other-region", "the key is in another region than the bucket", encrypting, quiet, none},
		{"key-other", "the bucket encrypts otherwise than the set-up says", encrypting, nil, none},
		{"key-pending-deletion", "the key waits for its deletion", encrypting, quiet, findKeyState},
		{"key-disabled", "the key is disabled", encrypting, quiet, none},
		{"key-unavailable", "the key cannot be used", encrypting, quiet, none},
		{"key-policy-denies", "a statement of the key policy denies it", encrypting, quiet, findKeyPolicy},
		{"key-policy-missing", "the key policy does not let the logs be encrypted or decrypted", encrypting, quiet, none},
		{"vpce-deny", "a statement lets nobody in but through a VPC endpoint", slices.Concat(delivering, gaining), quiet, none},
		{"source-ip-deny", "a statement lets nobody in but from certain addresses", slices.Concat(delivering, gaining), quiet, none},
		{"tls-deny", "a statement about TLS denies it", slices.Concat(delivering, gaining), quiet, none},
		{"bucket-policy-denies", "a statement of the bucket policy denies the delivery", delivering, quiet, findBucketPolicy},
		{"bucket-policy-wrong-account", "the bucket policy lets other accounts deliver", delivering, quiet, none},
		{"bucket-policy-wrong-organization", "the bucket policy lets another organization deliver", delivering, quiet, none},
		{"bucket-policy-source-arn", "the bucket policy expects a source ARN that log delivery does not have", delivering, quiet, none},
		{"bucket-policy-missing", "the bucket policy does not let the logs be delivered", delivering, quiet, none},
		{"bucket-policy-full", "the bucket policy has no room for what lets the logs be delivered", delivering, quiet, none},
		{"public-access", "public access to the bucket is not blocked", []string{"bucket", "bucket.public", "access.beyond", "access.real"}, nil, findOpenBucket},
		{"object-ownership", "whoever writes an object owns it, not the bucket's owner", []string{"bucket", "bucket.ownership"}, nil, none},
		{"bucket-expiry", "the bucket deletes logs after another time than the set-up says", []string{"bucket"}, nil, none},
		{"bucket-policy-unscoped", "the bucket policy lets any account of AWS deliver", []string{"bucket-policy", "bucket-policy.scoped"}, nil, findUnscoped},
		{"layout-hive", "the flow log writes Hive-compatible prefixes, and policies and reader go by the default layout", delivering, quiet, findFlowLogs},
		{"prefix-mismatch", "flow log, bucket policy and set-up name different prefixes", delivering, quiet, none},
		{"format-without-tcp-flags", "the record format lacks fields that the reader needs", delivering, quiet, none},
		{"format-parquet", "the flow log writes Parquet files, which the reader cannot read", delivering, quiet, none},
		{"layout-hourly", "the flow log writes hourly prefixes, and the reader goes by the default layout", delivering, quiet, none},
		{"traffic-type", "the flow log records only part of the traffic that is wanted", delivering, quiet, none},
		{"flow-log-deleted", "there is no flow log to the bucket", []string{"flow-logs", "delivery"}, quiet, none},
		{"role-missing", "the role that the reader assumes does not exist", []string{"role", "trust", "permissions", "access"}, nil, findRole},
		{"role-path", "the role has a path, which the portal does not know", entering, nil, none},
		{"principal-recreated", "the trust policy names a principal that was deleted", entering, nil, findTrust},
		{"external-id-whitespace", "the external IDs differ in white space", entering, nil, none},
		{"external-id-case", "the external IDs differ in upper and lower case", entering, nil, none},
		{"external-id-mismatch", "the trust policy asks for another external ID", entering, nil, none},
		{"trust-wrong", "the trust policy does not let the reader in", entering, nil, none},
		{"trust-loose", "the trust policy lets in more than the reader's role with exactly its external ID", entering, nil, none},
		{"trust-others", "the trust policy lets others than the reader into a role that the set-up made", []string{"trust", "access.beyond"}, nil, findStrangers},
		{"role-boundary", "the permissions boundary of the role does not let it do what it is for", slices.Concat(gaining, toGroups), nil, findPermissions},
		{"reader-explicit-deny", "a statement denies the reader", gaining, nil, none},
		{"permissions-detached", "the reader's policy is not attached to its role", gaining, []string{"permissions-missing", "decrypt-missing"}, none},
		{"decrypt-missing", "the role may not decrypt with the bucket's key", gaining, nil, none},
		{"permissions-missing", "the role's policies do not let it read the logs", gaining, []string{"decrypt-missing"}, none},
		{"reader-excess", "the reader can do more than it is granted", []string{"access.beyond", "access.real"}, nil, findExcess},
		{"bucket-policy-excess", "the bucket policy lets the reader do more than it is granted", []string{"access.beyond", "access.real"}, nil, findBucketExcess},
		{"key-policy-excess", "the key policy lets the reader do more than it is granted", []string{"access.beyond"}, nil, findKeyExcess},
		{"cwl-role-other-account", "the flow log to CloudWatch Logs names a role of another account", toGroups, quiet, findLogGroups},
		{"cwl-group-other-region", "the flow log to CloudWatch Logs names a log group of another region or account", append([]string{"log-group"}, toGroups...), quiet, none},
		{"cwl-role-missing", "the role that delivers to CloudWatch Logs does not exist", toGroups, quiet, none},
		{"cwl-role-trust", "the role that delivers to CloudWatch Logs does not trust the flow logs service", toGroups, quiet, none},
		{"cwl-role-trust-source", "the role that delivers to CloudWatch Logs trusts the service for other flow logs only", toGroups, quiet, none},
		{"cwl-describe-scope", "logs:DescribeLogGroups is scoped to a log group, where it never applies", toGroups, quiet, none},
		{"cwl-group-missing", "the log group does not exist, and the role may not make it", append([]string{"log-group"}, toGroups...), quiet, none},
		{"cwl-role-denies", "a statement denies the role that delivers to CloudWatch Logs what it needs", toGroups, quiet, none},
		{"cwl-role-permissions", "the role may not write into the log group", toGroups, quiet, none},
		{"cwl-throttled", "CloudWatch Logs limits the rate of the flow logs", toGroups, quiet, none},
		{"cwl-role-open", "the role that delivers to CloudWatch Logs can be used by others than the flow logs of its account", []string{"trust", "access.assume"}, nil, findDeliveryRole},
		{"cwl-role-excess", "the role that delivers to CloudWatch Logs may do more than that", []string{"permissions", "access.beyond"}, nil, none},
		{"cwl-retention", "the log group keeps its events for another time than the set-up says", []string{"log-group"}, nil, none},
		{unexplained, "a check of the proof fails, and none of the causes known here accounts for it", nil, nil, none},
		{"no-traffic", "there is nothing to log: no traffic has passed", []string{"delivery"}, nil, findQuiet},
		{"too-early", "it is too early to say", []string{"delivery"}, nil, none},
	}
}

func causeOrder(id string) int {
	return slices.IndexFunc(causeKinds, func(k causeKind) bool { return k.id == id })
}

func kindOf(id string) causeKind {
	if at := causeOrder(id); at >= 0 {
		return causeKinds[at]
	}
	return causeKind{id: id}
}
