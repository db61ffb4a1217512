package awsops

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Meaning is what an error of AWS comes down to.
type Meaning string

// What errors mean.
const (
	Denied        Meaning = "denied"
	NotFound      Meaning = "not found"
	AlreadyExists Meaning = "already exists"
	Throttled     Meaning = "throttled"
	Expired       Meaning = "expired" // credentials that are expired, missing or not valid
	NotReady      Meaning = "not ready"
	Conflict      Meaning = "conflict"
	Invalid       Meaning = "invalid"
	WrongAccount  Meaning = "wrong account"
	Unreachable   Meaning = "unreachable" // the network, or a name that does not resolve
	Limit         Meaning = "limit"
	Unknown       Meaning = "unknown"
)

// phrase is how an error's text names a meaning.
var phrase = map[Meaning]string{
	Denied: "access denied", NotFound: "not found", AlreadyExists: "already exists", Throttled: "too many requests",
	Expired: "no valid credentials", NotReady: "not ready yet", Conflict: "conflict with another change",
	Invalid: "refused as invalid", WrongAccount: "wrong account", Unreachable: "cannot be reached",
	Limit: "a limit of AWS is reached", Unknown: "failed",
}

// Error is a failed call, or credentials or configuration that no call can be made with.
type Error struct {
	Operation string // s3:PutBucketPolicy
	Target    string // what it was done on: a name or an ARN; may be empty
	Account   string // 12-digit account ID; may be empty
	Region    string // may be empty
	Meaning   Meaning
	Code      string // of AWS; may be empty
	Message   string // of AWS, as it came: not fit for a terminal
	RequestID string
	Fix       string // what to do about it; may be empty
	Err       error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Operation)
	if e.Target != "" {
		b.WriteString(" on " + e.Target)
	}
	if e.Account != "" {
		b.WriteString(" in account " + e.Account)
	}
	if e.Region != "" {
		b.WriteString(" in " + e.Region)
	}
	b.WriteString(": " + phrase[e.Meaning])
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	var origin []string
	if e.Code != "" {
		origin = append(origin, e.Code)
	}
	if e.RequestID != "" {
		origin = append(origin, "request id "+e.RequestID)
	}
	if len(origin) > 0 {
		b.WriteString(" (" + strings.Join(origin, ", ") + ")")
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// PartialError is a call that AWS accepted but did not do for every resource (Unsuccessful[] of CreateFlowLogs and
// DeleteFlowLogs, which answer 200 even when every resource failed).
type PartialError struct {
	Operation string
	Account   string
	Region    string
	RequestID string
	Failed    []FailedResource
}

// FailedResource is one resource of a partial failure.
type FailedResource struct {
	ID      string
	Code    string // often only "400"
	Message string // of AWS, as it came: not fit for a terminal
	Meaning Meaning
	Fix     string // what to do about it; may be empty
}

func (e *PartialError) Error() string {
	var failed []string
	for _, f := range e.Failed {
		failed = append(failed, fmt.Sprintf("%s: %s (%s)", f.ID, f.Message, f.Code))
	}
	text := fmt.Sprintf("%s in account %s in %s: refused for %d: %s", e.Operation, e.Account, e.Region, len(e.Failed), strings.Join(failed, "; "))
	if e.RequestID != "" {
		text += " (request id " + e.RequestID + ")"
	}
	return text
}

// MeaningOf says what an error comes down to; a partial failure means what its first resource does. No error: "".
func MeaningOf(err error) Meaning {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Meaning
	}
	var partial *PartialError
	if errors.As(err, &partial) && len(partial.Failed) > 0 {
		return partial.Failed[0].Meaning
	}
	meaning, _, _ := classify(err)
	return meaning
}

// meanings are AWS's error codes, by service API references and
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html,
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html and
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
var meanings = map[Meaning][]string{
	Denied: {
		"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden", "AllAccessDisabled", "MethodNotAllowed",
		"OptInRequired", "NotSignedUp", "SubscriptionRequiredException", "RegionDisabledException", "AccountProblem",
		"UnmodifiableEntity", "UnmodifiableEntityException", "Client.UnauthorizedOperation", "NotAuthorized", "Blocked",
		"PendingVerification", "InvalidPayer", "LogDestinationPermissionIssueException",
	},
	NotFound: {
		"NotFound", "NotFoundException", "NoSuchBucket", "NoSuchKey", "NoSuchEntity", "NoSuchEntityException", "NoSuchBucketPolicy",
		"NoSuchTagSet", "NoSuchPublicAccessBlockConfiguration", "ServerSideEncryptionConfigurationNotFoundError",
		"OwnershipControlsNotFoundError", "NoSuchLifecycleConfiguration", "NoSuchVersion", "InvalidVpcID.NotFound",
		"InvalidSubnetID.NotFound", "InvalidNetworkInterfaceID.NotFound", "InvalidFlowLogId.NotFound", "LogDestinationNotFoundException",
		"AWSOrganizationsNotInUseException", "ResourceNotFoundException", "AccountNotFoundException", "KMS.NotFoundException",
	},
	AlreadyExists: {
		"EntityAlreadyExists", "EntityAlreadyExistsException", "BucketAlreadyOwnedByYou", "BucketAlreadyExists", "FlowLogAlreadyExists",
		"AlreadyExistsException", "ResourceAlreadyExistsException",
	},
	Throttled: {
		"RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "TooManyRequests",
		"SlowDown", "EC2ThrottledException", "RequestThrottled", "RequestThrottledException", "BandwidthLimitExceeded",
		"PriorRequestNotComplete",
	},
	Expired: {
		"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "InvalidAccessKeyId", "UnrecognizedClientException",
		"SignatureDoesNotMatch", "InvalidSignatureException", "InvalidToken", "InvalidIdentityToken", "InvalidIdentityTokenException",
		"AuthFailure", "MissingAuthenticationToken", "MissingAuthenticationTokenException", "IncompleteSignature", "TokenRefreshRequired",
		"UnauthorizedException", "InvalidGrantException", "ExpiredTokenId", "RequestTimeTooSkewed", "InvalidSecurity",
	},
	NotReady: {
		"ServiceUnavailable", "ServiceUnavailableException", "InternalError", "InternalFailure", "InternalServerError", "ServiceFailure",
		"ServiceFailureException", "KMSInternalException", "DependencyTimeoutException", "KeyUnavailableException", "Unavailable",
		"PolicyChangesInProgressException",
	},
	Conflict: {
		"OperationAborted", "OperationAbortedException", "ConcurrentModification", "ConcurrentModificationException", "DeleteConflict", "DeleteConflictException",
		"EntityTemporarilyUnmodifiable", "EntityTemporarilyUnmodifiableException", "IdempotentParameterMismatch", "ConflictException",
		"KMSInvalidStateException", "DisabledException", "KMS.KMSInvalidStateException", "KMS.DisabledException", "BucketNotEmpty", "InvalidBucketState",
	},
	Invalid: {
		"MalformedPolicyDocument", "MalformedPolicyDocumentException", "MalformedPolicy", "InvalidInput", "InvalidInputException",
		"PolicyNotAttachable", "PolicyNotAttachableException", "InvalidParameter", "InvalidParameterValue", "MissingParameter",
		"InvalidParameterCombination", "ValidationError", "ValidationException", "InvalidBucketName", "InvalidArgument", "InvalidRequest",
		"InvalidArnException", "MalformedXML", "IllegalLocationConstraintException", "InvalidLocationConstraint", "TagPolicyViolation",
		"TagPolicyException", "InvalidTag", "TagException", "UnsupportedOperationException", "UnsupportedOperation", "InvalidFlowLogId.Malformed",
		"InvalidVpcID.Malformed", "PermanentRedirect", "MovedPermanently", "AuthorizationHeaderMalformed", "BadRequest", "InvalidAction",
		"UnknownOperationException", "NotImplemented", "PackedPolicyTooLarge", "InvalidTagParameter", "EntityTooLarge",
		"400",
	},
	Limit: {
		"LimitExceeded", "LimitExceededException", "FlowLogsLimitExceeded", "FlowLogLimitExceeded", "TooManyBuckets", "PolicyTooLarge",
		"PolicySizeLimitExceeded", "TooManyTagsException", "ResourceLimitExceeded",
	},
}

var meaningOfCode = func() map[string]Meaning {
	byCode := map[string]Meaning{}
	for meaning, codes := range meanings {
		for _, code := range codes {
			byCode[code] = meaning
		}
	}
	return byCode
}()

// passingConflict says whether another write was under way, so that the same call may succeed soon.
func passingConflict(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains([]string{
		"OperationAborted", "OperationAbortedException", "ConcurrentModification", "ConcurrentModificationException",
		"EntityTemporarilyUnmodifiable", "EntityTemporarilyUnmodifiableException",
	}, api.ErrorCode())
}

// hasCode says whether an error of AWS has one of the codes.
func hasCode(err error, codes ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}

// classify finds what an SDK error means, with AWS's code and message where there are any.
func classify(err error) (meaning Meaning, code, message string) {
	var api smithy.APIError
	if errors.As(err, &api) {
		code, message = api.ErrorCode(), api.ErrorMessage()
		if strings.EqualFold(message, "UnknownError") {
			message = "" // what the SDK says of an answer without a body
		}
		if known, ok := meaningOfCode[code]; ok {
			return refine(known, code, message), code, message
		}
		return byStatus(err, code), code, message
	}
	if meaning := withoutCode(err); meaning != Unknown {
		return meaning, "", innermost(err)
	}
	return byStatus(err, ""), "", innermost(err)
}

// refine tells apart what AWS says with one code.
func refine(meaning Meaning, code, message string) Meaning {
	text := strings.ToLower(message)
	switch {
	case meaning == Invalid && strings.Contains(text, "access denied for logdestination"):
		return Denied
	case meaning == Invalid && strings.Contains(text, "logdestination") && strings.Contains(text, "does not exist"):
		return NotFound
	case meaning == Invalid && strings.Contains(text, "undeliverable"):
		return Denied
	case meaning == Invalid && strings.Contains(text, "unable to assume given iam role"):
		return NotReady // the role may be a few seconds old (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html)
	case code == "ValidationError" && strings.Contains(text, "does not exist"):
		return NotFound
	}
	return meaning
}

// byStatus falls back on the HTTP status for codes that nobody listed; NotFound and Exists endings are AWS's habit.
func byStatus(err error, code string) Meaning {
	switch {
	case strings.HasSuffix(code, ".NotFound") || strings.HasPrefix(code, "NoSuch"):
		return NotFound
	case strings.HasSuffix(code, ".Duplicate"):
		return AlreadyExists
	case strings.HasSuffix(code, "LimitExceeded"):
		return Limit
	case strings.HasPrefix(code, "Expired"):
		return Expired
	}
	var answer *smithyhttp.ResponseError
	if !errors.As(err, &answer) || answer.Response == nil {
		return Unknown
	}
	switch status := answer.HTTPStatusCode(); {
	case status == 401:
		return Expired
	case status == 403:
		return Denied
	case status == 404:
		return NotFound
	case status == 429:
		return Throttled
	case status >= 500:
		return NotReady
	}
	return Unknown
}

// withoutCode finds what an error means that no AWS API answered: credentials that cannot be had, and the network.
func withoutCode(err error) Meaning {
	var (
		noProfile config.SharedConfigProfileNotExistError
		noToken   config.AssumeRoleTokenProviderNotSetError
		sso       *ssocreds.InvalidTokenError
		process   *processcreds.ProviderError
		mfa       *mfaError
		send      *smithyhttp.RequestSendError
		network   net.Error
	)
	text := err.Error()
	switch {
	case errors.Is(err, context.Canceled):
		return Unknown
	case errors.As(err, &noProfile), errors.As(err, &noToken), errors.As(err, &sso), errors.As(err, &process), errors.As(err, &mfa):
		return Expired
	case loginExpired(err), strings.Contains(text, "EC2 IMDS"), strings.Contains(text, "SSO token"):
		return Expired
	case errors.As(err, &send), errors.As(err, &network), errors.Is(err, context.DeadlineExceeded):
		return Unreachable
	case strings.Contains(text, "get credentials"), strings.Contains(text, "refresh cached credentials"),
		strings.Contains(text, "static credentials are empty"), strings.Contains(text, "failed to retrieve credentials"):
		return Expired
	}
	return Unknown
}

// loginExpired says whether a session of `aws login` is over; the SDK gives these errors no type.
func loginExpired(err error) bool {
	text := err.Error()
	return strings.Contains(text, "please reauthenticate") || strings.Contains(text, "load login token") || strings.Contains(text, "validate login token")
}

// requestIDOf is the request id that came with an error; "" if none did.
func requestIDOf(err error) string {
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) {
		return answer.ServiceRequestID()
	}
	return ""
}

// innermost is the end of a chain of SDK errors, which is the part that says something.
func innermost(err error) string {
	var operation *smithy.OperationError
	if errors.As(err, &operation) && operation.Err != nil {
		return operation.Err.Error()
	}
	return err.Error()
}
