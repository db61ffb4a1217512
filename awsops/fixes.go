package awsops

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
)

// place is where a call went, and on whose behalf: what an error must tell.
type place struct {
	account, region string
	principal       string // ARN; empty where nobody knows yet
	profile         string
	embedded        bool
	profiles        func() []string // names in the shared configuration; may be nil
}

// explain turns an SDK error into an *Error with what to do about it; nil stays nil, and what is explained stays so.
func explain(err error, operation, target string, at place) error {
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	meaning, code, message := classify(err)
	e := &Error{
		Operation: operation, Target: target, Account: at.account, Region: at.region,
		Meaning: meaning, Code: code, Message: message, RequestID: requestIDOf(err), Err: err,
	}
	var lapse *lapseError
	var outage *outageError
	switch {
	case errors.As(err, &lapse):
		e.Meaning, e.Message, e.Fix = Expired, lapse.why, lapse.fix
		return e
	case errors.As(err, &outage):
		e.Meaning, e.Message = Unreachable, fmt.Sprintf("no answer since %s, for %s: %s", outage.since.Local().Format(time.TimeOnly), outageWait, innermost(outage.err))
	case errors.Is(err, ErrStopped):
		e.Message = ErrStopped.Error() + ": " + message
	}
	e.Fix = fix(e, at)
	return e
}

// fix says what to do about an error; "" where nothing general can be said.
func fix(e *Error, at place) string {
	switch e.Meaning {
	case Expired:
		return credentialsFix(e, at)
	case Denied:
		return deniedFix(e, at)
	case Invalid:
		switch {
		case strings.Contains(e.Message, "Invalid principal"):
			return "a principal that the document names does not exist: check the account ID and the role name (a role made a few seconds ago may need a moment)"
		case strings.Contains(e.Message, "will not allow you to update the key policy"):
			return "the key policy would lock its owner out: keep a statement that lets the key's account use kms:PutKeyPolicy"
		}
	case Limit:
		return "ask AWS for a higher limit (Service Quotas), or remove what is no longer needed"
	case Throttled:
		return "wait a minute and try again: something else is calling AWS in this account as well"
	case NotReady:
		if strings.Contains(e.Message, "assume given IAM role") {
			return "check that the trust policy of the role lets vpc-flow-logs.amazonaws.com in for flow logs of this account; a role made a few seconds ago may need a moment"
		}
		return "wait a minute and try again"
	case Unreachable:
		return "check the network, a proxy (HTTPS_PROXY), AWS_ENDPOINT_URL and that the region " + cmp.Or(e.Region, "in use") + " exists"
	case Conflict:
		if e.Code == "OperationAborted" || strings.HasPrefix(e.Code, "ConcurrentModification") {
			return "somebody else is changing it at this moment: try again in a minute"
		}
	}
	return ""
}

// credentialsFix names the profile and the command that mends it.
func credentialsFix(e *Error, at place) string {
	var (
		sso  *ssocreds.InvalidTokenError
		mfa  *mfaError
		text = e.Error()
	)
	if e.Err != nil {
		text += " " + e.Err.Error()
	}
	flag := ""
	if at.profile != "" {
		flag = " --profile " + at.profile
	}
	switch {
	case e.Code == "RequestTimeTooSkewed":
		return "set this computer's clock: AWS refuses requests that are more than some minutes off"
	case errors.As(e.Err, &mfa):
		return "run it on a terminal, where the code can be typed, or put temporary credentials into the environment"
	case e.Code == "AuthFailure" && e.Region != "" && at.account != "":
		return fmt.Sprintf("check that region %s is enabled in account %s; if it is, the credentials%s are not valid any more", e.Region, at.account, ofProfile(at.profile))
	case at.embedded:
		return "the embedded AWS has forgotten these credentials: start again"
	case strings.Contains(text, "failed to get shared config profile"):
		return "name a profile that exists" + known(at.profiles) + ", or make one with `aws configure sso" + flag + "`"
	case errors.As(e.Err, &sso), strings.Contains(text, "SSO"), e.Code == "UnauthorizedException", e.Code == "InvalidGrantException":
		return "run `aws sso login" + flag + "` and try again"
	case loginExpired(errors.New(text)):
		return "run `aws login" + flag + "` and try again"
	case strings.Contains(text, "EC2 IMDS"), strings.Contains(text, "static credentials are empty"):
		return "no credentials were found" + ofProfile(at.profile) + ": run `aws configure sso` or `aws login`, or choose a profile with --profile NAME or AWS_PROFILE" +
			known(at.profiles) + ", or try everything without an AWS account: --sandbox"
	case at.profile != "":
		return fmt.Sprintf("renew the credentials of profile %s: `aws sso login --profile %s` or `aws login --profile %s`, or new keys with `aws configure --profile %s`",
			at.profile, at.profile, at.profile, at.profile)
	}
	return "renew the credentials in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), or unset them and run `aws sso login` or " +
		"`aws login`, or choose a profile with --profile NAME or AWS_PROFILE" + known(at.profiles)
}

func ofProfile(profile string) string {
	if profile == "" {
		return ""
	}
	return " of profile " + profile
}

// known lists the profiles there are, at most ten.
func known(profiles func() []string) string {
	if profiles == nil {
		return ""
	}
	names := profiles()
	if len(names) == 0 {
		return ""
	}
	more := ""
	if len(names) > 10 {
		names, more = names[:10], " …"
	}
	return " (there are: " + strings.Join(names, ", ") + more + ")"
}

// permissions are the IAM actions that an operation needs where they are not named like it
// (https://docs.aws.amazon.com/service-authorization/latest/reference/).
var permissions = map[string]string{
	"s3:HeadBucket":                      "s3:ListBucket",
	"s3:ListObjectsV2":                   "s3:ListBucket",
	"s3:ListBuckets":                     "s3:ListAllMyBuckets",
	"s3:CreateBucket":                    "s3:CreateBucket, s3:PutBucketOwnershipControls and s3:TagResource",
	"s3:GetBucketEncryption":             "s3:GetEncryptionConfiguration",
	"s3:PutBucketEncryption":             "s3:PutEncryptionConfiguration",
	"s3:GetPublicAccessBlock":            "s3:GetBucketPublicAccessBlock",
	"s3:PutPublicAccessBlock":            "s3:PutBucketPublicAccessBlock",
	"s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
	"s3:GetObject":                       "s3:GetObject (and, where the object is encrypted with a KMS key, kms:Decrypt)",
	"ec2:CreateFlowLogs":                 "ec2:CreateFlowLogs, ec2:CreateTags and logs:CreateLogDelivery (to CloudWatch Logs: iam:PassRole on the role instead of the last)",
	"logs:CreateLogGroup":                "logs:CreateLogGroup and logs:TagResource",
	"ec2:DeleteFlowLogs":                 "ec2:DeleteFlowLogs and logs:DeleteLogDelivery",
	"iam:CreateRole":                     "iam:CreateRole and iam:TagRole",
	"iam:CreatePolicy":                   "iam:CreatePolicy and iam:TagPolicy",
}

// deniedFix says which permission is wanted, on what, by whom.
func deniedFix(e *Error, at place) string {
	who := "the caller"
	if at.principal != "" {
		who = grantee(at.principal)
	}
	text := strings.ToLower(e.Message)
	switch {
	case e.Operation == "sts:AssumeRole":
		return fmt.Sprintf("check three things, which AWS does not tell apart: that %s exists, that its trust policy admits %s, and that %s may sts:AssumeRole on it",
			e.Target, who, who)
	case e.Code == "MethodNotAllowed":
		return "only principals of the account that owns the bucket may do that: use credentials of that account"
	case e.Code == "OptInRequired" || e.Code == "NotSignedUp" || e.Code == "SubscriptionRequiredException" || e.Code == "RegionDisabledException":
		return fmt.Sprintf("enable the service, or region %s, in account %s", cmp.Or(e.Region, "in use"), e.Account)
	case strings.HasPrefix(e.Code, "UnmodifiableEntity"):
		return "AWS owns it and lets nobody change it"
	case strings.Contains(text, "explicit deny in a service control policy"), strings.Contains(text, "explicit deny in a resource control policy"):
		return "a policy of the organization forbids it: ask those who manage the organization for an exception for " + who
	case strings.Contains(text, "with an explicit deny"):
		return "a policy forbids it by an explicit Deny, which no Allow outweighs: find that statement and except " + who
	case strings.Contains(text, "permissions boundary"):
		return "the permissions boundary of " + who + " does not allow it: let it allow " + permission(e.Operation)
	}
	on := ""
	if e.Target != "" {
		on = " on " + e.Target
	}
	return fmt.Sprintf("give %s the permission %s%s", who, permission(e.Operation), on)
}

func permission(operation string) string {
	if p := permissions[operation]; p != "" {
		return p
	}
	return operation
}

// grantee is whom a permission is given to: for a session its role.
func grantee(arn string) string {
	part := strings.SplitN(arn, ":", 6)
	if len(part) == 6 && part[2] == "sts" {
		if name := strings.Split(part[5], "/"); name[0] == "assumed-role" && len(name) > 1 {
			return fmt.Sprintf("the role %s of account %s", name[1], part[4])
		}
	}
	return arn
}
