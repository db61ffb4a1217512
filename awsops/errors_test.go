package awsops_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
)

// Error answers in the shapes of each protocol.
func ec2Error(status int, code, message string) *http.Response {
	return answer(status, fmt.Sprintf(`<?xml version="1.0"?><Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>req-ec2</RequestID></Response>`, code, message))
}

func queryError(status int, code, message string) *http.Response {
	return answer(status, fmt.Sprintf(`<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>req-query</RequestId></ErrorResponse>`, code, message))
}

func s3Error(status int, code, message string) *http.Response {
	return answer(status, fmt.Sprintf(`<?xml version="1.0"?><Error><Code>%s</Code><Message>%s</Message></Error>`, code, message), "X-Amz-Request-Id", "req-s3", "X-Amz-Id-2", "host")
}

func jsonError(status int, code, message string) *http.Response {
	return answer(status, fmt.Sprintf(`{"__type":%q,"message":%q}`, code, message), "X-Amzn-Requestid", "req-json", "Content-Type", "application/x-amz-json-1.1")
}

func TestErrorsMeanTheSameInEveryProtocol(t *testing.T) {
	vpcs := func(ctx context.Context, a *awsops.Account) error { _, err := a.FlowLogs(ctx, "us-east-1"); return err }
	role := func(ctx context.Context, a *awsops.Account) error { _, err := a.Role(ctx, "reader"); return err }
	putPolicy := func(ctx context.Context, a *awsops.Account) error {
		return a.PutBucketPolicy(ctx, "us-east-1", "central-flow-logs", "{}")
	}
	createBucket := func(ctx context.Context, a *awsops.Account) error {
		return a.CreateBucket(ctx, awsops.NewBucket{Name: "central-flow-logs", Region: "us-east-1"})
	}
	createRole := func(ctx context.Context, a *awsops.Account) error {
		_, err := a.CreateRole(ctx, awsops.NewRole{Name: "reader", Trust: "{}"})
		return err
	}
	key := func(ctx context.Context, a *awsops.Account) error {
		return a.PutKeyPolicy(ctx, "arn:aws:kms:eu-west-1:123456789012:key/k", "{}")
	}
	organization := func(ctx context.Context, a *awsops.Account) error { _, err := a.Organization(ctx); return err }

	for _, c := range []struct {
		name    string
		do      func(context.Context, *awsops.Account) error
		answer  func() *http.Response
		meaning awsops.Meaning
		text    string // in Error()
		fix     string // in Fix
		request string
	}{
		{"ec2 denied", vpcs, func() *http.Response { return ec2Error(403, "UnauthorizedOperation", "You are not authorized") }, awsops.Denied,
			"ec2:DescribeFlowLogs in account 123456789012 in us-east-1: access denied: You are not authorized (UnauthorizedOperation, request id req-ec2)",
			"give arn:aws:iam::123456789012:user/admin the permission ec2:DescribeFlowLogs", "req-ec2"},
		{"ec2 region off", vpcs, func() *http.Response {
			return ec2Error(401, "AuthFailure", "AWS was not able to validate the provided access credentials")
		}, awsops.Expired, "AuthFailure", "region us-east-1 is enabled", "req-ec2"},
		{"ec2 expired", vpcs, func() *http.Response { return ec2Error(400, "RequestExpired", "Request has expired.") }, awsops.Expired, "no valid credentials", "", "req-ec2"},
		{"ec2 unlisted not found", vpcs, func() *http.Response { return ec2Error(400, "InvalidThing.NotFound", "no") }, awsops.NotFound, "not found", "", "req-ec2"},
		{"ec2 throttled", vpcs, func() *http.Response { return ec2Error(503, "RequestLimitExceeded", "Request limit exceeded.") }, awsops.Throttled, "too many requests", "wait", "req-ec2"},
		{"iam missing", role, func() *http.Response {
			return queryError(404, "NoSuchEntity", "The role with name reader cannot be found.")
		}, awsops.NotFound, "iam:GetRole on reader in account 123456789012: not found", "", "req-query"},
		{"iam denied by SCP", role, func() *http.Response {
			return queryError(403, "AccessDenied", "User: x is not authorized to perform: iam:GetRole with an explicit deny in a service control policy")
		}, awsops.Denied, "access denied", "policy of the organization forbids it", "req-query"},
		{"iam exists", createRole, func() *http.Response {
			return queryError(409, "EntityAlreadyExists", "Role with name reader already exists.")
		}, awsops.AlreadyExists, "already exists", "", "req-query"},
		{"iam principal", createRole, func() *http.Response {
			return queryError(400, "MalformedPolicyDocument", `Invalid principal in policy: "AWS":"arn:aws:iam::999988887777:role/none"`)
		}, awsops.Invalid, "Invalid principal", "does not exist", "req-query"},
		{"iam limit", createRole, func() *http.Response {
			return queryError(409, "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000")
		}, awsops.Limit, "a limit of AWS", "Service Quotas", "req-query"},
		{"iam invalid token", role, func() *http.Response {
			return queryError(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
		}, awsops.Expired, "InvalidClientTokenId", "", "req-query"},
		{"iam unlisted 403", role, func() *http.Response { return queryError(403, "SomethingNew", "no") }, awsops.Denied, "SomethingNew", "", "req-query"},
		{"s3 denied", putPolicy, func() *http.Response { return s3Error(403, "AccessDenied", "Access Denied") }, awsops.Denied,
			"s3:PutBucketPolicy on central-flow-logs in account 123456789012 in us-east-1: access denied: Access Denied (AccessDenied, request id req-s3)",
			"give arn:aws:iam::123456789012:user/admin the permission s3:PutBucketPolicy on central-flow-logs", "req-s3"},
		{"s3 not the owner", putPolicy, func() *http.Response {
			return s3Error(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
		}, awsops.Denied, "MethodNotAllowed", "account that owns the bucket", "req-s3"},
		{"s3 malformed", putPolicy, func() *http.Response { return s3Error(400, "MalformedPolicy", "Invalid principal in policy") }, awsops.Invalid, "refused as invalid", "does not exist", "req-s3"},
		{"s3 overlap", putPolicy, func() *http.Response {
			return s3Error(409, "OperationAborted", "A conflicting conditional operation is currently in progress")
		}, awsops.Conflict, "OperationAborted", "again in a minute", "req-s3"},
		{"s3 taken", createBucket, func() *http.Response {
			return s3Error(409, "BucketAlreadyExists", "The requested bucket name is not available.")
		}, awsops.AlreadyExists, "already exists", "", "req-s3"},
		{"s3 expired", putPolicy, func() *http.Response { return s3Error(400, "ExpiredToken", "The provided token has expired.") }, awsops.Expired, "The provided token has expired.", "", "req-s3"},
		{"s3 clock", putPolicy, func() *http.Response { return s3Error(403, "RequestTimeTooSkewed", "The difference is too large.") }, awsops.Expired, "RequestTimeTooSkewed", "clock", "req-s3"},
		{"kms denied", key, func() *http.Response { return jsonError(400, "AccessDeniedException", "no kms:PutKeyPolicy") }, awsops.Denied, "kms:PutKeyPolicy on arn:aws:kms:eu-west-1:123456789012:key/k in account 123456789012 in eu-west-1", "kms:PutKeyPolicy", "req-json"},
		{"kms lockout", key, func() *http.Response {
			return jsonError(400, "MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.")
		}, awsops.Invalid, "refused as invalid", "lock its owner out", "req-json"},
		{"kms missing", key, func() *http.Response { return jsonError(400, "NotFoundException", "Key does not exist") }, awsops.NotFound, "not found", "", "req-json"},
		{"kms namespaced", key, func() *http.Response { return jsonError(400, "com.amazonaws.kms#DisabledException", "disabled") }, awsops.Conflict, "DisabledException", "", "req-json"},
		{"no organization", organization, func() *http.Response { return jsonError(400, "AWSOrganizationsNotInUseException", "not a member") }, awsops.NotFound, "AWSOrganizationsNotInUseException", "", "req-json"},
		{"server error", organization, func() *http.Response { return jsonError(500, "ServiceException", "oops") }, awsops.NotReady, "ServiceException", "wait", "req-json"},
		{"a page that is no AWS", role, func() *http.Response { return answer(502, "<html>bad gateway</html>", "Content-Type", "text/html") }, awsops.NotReady, "iam:GetRole", "wait", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // retries wait on a clock that costs nothing
				cloud := recorded(t, awsops.Config{}, func(*http.Request) *http.Response { return c.answer() })
				a := account(t, cloud)
				err := c.do(t.Context(), a)
				var e *awsops.Error
				if !errors.As(err, &e) {
					t.Fatalf("not an *Error: %v", err)
				}
				if e.Meaning != c.meaning || awsops.MeaningOf(fmt.Errorf("more: %w", err)) != c.meaning {
					t.Errorf("meaning %q, want %q: %v", e.Meaning, c.meaning, err)
				}
				if !strings.Contains(e.Error(), c.text) {
					t.Errorf("text %q lacks %q", e.Error(), c.text)
				}
				if !strings.Contains(e.Fix, c.fix) {
					t.Errorf("fix %q lacks %q", e.Fix, c.fix)
				}
				if e.RequestID != c.request {
					t.Errorf("request id %q, want %q", e.RequestID, c.request)
				}
				if e.Unwrap() == nil {
					t.Error("the SDK's error is lost")
				}
			})
		})
	}
	if got := awsops.MeaningOf(nil); got != "" {
		t.Errorf("no error means %q", got)
	}
}

// An answer without an organization is none: its empty id must not be taken for one.
func TestNoOrganizationIsNotFound(t *testing.T) {
	cloud, err := awsops.Open(t.Context(), awsops.Config{
		Embedded: answers(func(r *http.Request) *http.Response {
			if strings.HasPrefix(r.Header.Get("X-Amz-Target"), "AWSOrganizations") {
				return answer(200, "{}", "Content-Type", "application/x-amz-json-1.1")
			}
			return answer(200, `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/admin</Arn><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
		}),
		EmbeddedKey: "AKIA", EmbeddedSecret: "secret",
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := cloud.Account(t.Context(), "", "", awsops.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	if id, err := a.Organization(t.Context()); id != "" || awsops.MeaningOf(err) != awsops.NotFound {
		t.Errorf("got %q, %v", id, err)
	}
}

func TestAnExpiredSessionOfTheStartingCredentialsNamesItsProfile(t *testing.T) {
	cloud, err := awsops.Open(t.Context(), awsops.Config{
		Embedded: answers(func(*http.Request) *http.Response {
			return queryError(403, "ExpiredToken", "The security token included in the request is expired")
		}),
		EmbeddedKey: "AKIA", EmbeddedSecret: "secret", EmbeddedProfiles: map[string]string{"payments": "arn:aws:iam::111122223333:role/R"}, Profile: "payments",
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = cloud.Start(t.Context())
	if awsops.MeaningOf(err) != awsops.Expired || !strings.Contains(err.Error(), "is expired") {
		t.Errorf("got %v", err)
	}
}

func TestOverlappingWritesAreTriedAgain(t *testing.T) {
	for _, c := range []struct {
		name   string
		refuse func() *http.Response
		do     func(context.Context, *awsops.Account) error
	}{
		{"bucket settings", func() *http.Response { return s3Error(409, "OperationAborted", "A conflicting conditional operation") },
			func(ctx context.Context, a *awsops.Account) error {
				return a.PutBucketPolicy(ctx, "us-east-1", "b", "{}")
			}},
		{"role", func() *http.Response { return queryError(409, "ConcurrentModification", "multiple requests") },
			func(ctx context.Context, a *awsops.Account) error { return a.PutInline(ctx, "r", "p", "{}") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				a := account(t, recorded(t, awsops.Config{}, func(*http.Request) *http.Response {
					if calls++; calls < 4 {
						return c.refuse()
					}
					return answer(200, `<R xmlns="x"></R>`)
				}))
				if err := c.do(t.Context(), a); err != nil || calls != 4 {
					t.Errorf("%d calls, %v", calls, err)
				}
			})
		})
	}
}

func TestSettleWaitsForWhatWasJustMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, tries := time.Now(), 0
		err := awsops.Settle(t.Context(), func(context.Context) error {
			if tries++; tries < 5 {
				return &awsops.Error{Meaning: awsops.NotFound}
			}
			return nil
		})
		if err != nil || tries != 5 || time.Since(start) > 5*time.Second {
			t.Errorf("%d tries in %v: %v", tries, time.Since(start), err)
		}

		start, tries = time.Now(), 0
		err = awsops.Settle(t.Context(), func(context.Context) error { tries++; return &awsops.Error{Meaning: awsops.NotFound} })
		if waited := time.Since(start); awsops.MeaningOf(err) != awsops.NotFound || waited < 25*time.Second || waited > 30*time.Second {
			t.Errorf("gave up after %v: %v", waited, err)
		}

		tries = 0
		err = awsops.Settle(t.Context(), func(context.Context) error { tries++; return &awsops.Error{Meaning: awsops.Denied} })
		if tries != 1 || awsops.MeaningOf(err) != awsops.Denied {
			t.Errorf("a denial was tried %d times: %v", tries, err)
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		_ = awsops.Settle(ctx, func(context.Context) error { return &awsops.Error{Meaning: awsops.NotReady} })
		if waited := time.Since(start); waited > time.Second {
			t.Errorf("an ended context was waited out for %v", waited)
		}
	})
}
