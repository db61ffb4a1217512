package awsops

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// callLog writes one JSON line per AWS call. Parameters and answers stay out of it: they may hold secrets.
type callLog struct {
	mu sync.Mutex
	w  io.Writer
}

// loggedCall is a line of the call log.
type loggedCall struct {
	Time      string `json:"time"` // of the start, RFC 3339 with milliseconds
	Service   string `json:"service"`
	Operation string `json:"operation"`
	Account   string `json:"account"` // where it went; for AssumeRole the role's; empty where nobody knows yet
	Region    string `json:"region"`
	Status    int    `json:"status"` // HTTP status of the last answer; 0: none came
	RequestID string `json:"request_id"`
	Attempts  int    `json:"attempts"`
	MS        int64  `json:"ms"` // all attempts and the pauses between them, in milliseconds
	Write     bool   `json:"write"`
}

// leftKey finds where the time is kept at which a call's first attempt left, which it may have had to wait for.
type leftKey struct{}

func noteLeft(ctx context.Context) {
	if left, ok := ctx.Value(leftKey{}).(*atomic.Pointer[time.Time]); ok {
		now := time.Now()
		left.CompareAndSwap(nil, &now)
	}
}

// middleware logs the calls of one client; account is where they go, where that is known.
func (l *callLog) middleware(account string) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("flowgrantCallLog",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				start := time.Now()
				var left atomic.Pointer[time.Time]
				out, metadata, err := next.HandleInitialize(context.WithValue(ctx, leftKey{}, &left), in)
				if t := left.Load(); t != nil {
					start = *t
				}
				operation := awsmiddleware.GetOperationName(ctx)
				status, requestID := answered(metadata, err)
				l.write(loggedCall{
					Time:      start.UTC().Format("2006-01-02T15:04:05.000Z07:00"),
					Service:   serviceName(awsmiddleware.GetServiceID(ctx)),
					Operation: operation,
					Account:   accountOf(account, in.Parameters, out.Result),
					Region:    awsmiddleware.GetRegion(ctx),
					Status:    status,
					RequestID: requestID,
					Attempts:  attempts(metadata),
					MS:        time.Since(start).Milliseconds(),
					Write:     isWrite(operation),
				})
				return out, metadata, err
			}), middleware.After)
	}
}

func (l *callLog) write(line loggedCall) {
	data, err := json.Marshal(line)
	if err != nil {
		return // strings and numbers always marshal
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.w.Write(append(data, '\n')) // a full disk must not stop the work that is logged
}

// answered is the HTTP status and request id of a call's last answer.
func answered(metadata middleware.Metadata, err error) (status int, requestID string) {
	requestID, _ = awsmiddleware.GetRequestIDMetadata(metadata)
	if raw, ok := awsmiddleware.GetRawResponse(metadata).(*smithyhttp.Response); ok && raw != nil && raw.Response != nil {
		status = raw.StatusCode
	}
	var failed *smithyhttp.ResponseError
	if errors.As(err, &failed) && failed.Response != nil && failed.Response.Response != nil {
		status = failed.HTTPStatusCode()
	}
	if requestID == "" {
		requestID = requestIDOf(err)
	}
	return status, requestID
}

func attempts(metadata middleware.Metadata) int {
	results, ok := retry.GetAttemptResults(metadata)
	if !ok {
		return 0
	}
	return len(results.Results)
}

// accountOf finds where an STS call goes, which has no account of its own.
func accountOf(account string, in, out any) string {
	if account != "" {
		return account
	}
	if in, ok := in.(*sts.AssumeRoleInput); ok && in.RoleArn != nil {
		if part := strings.Split(*in.RoleArn, ":"); len(part) > 4 {
			return part[4]
		}
	}
	if out, ok := out.(*sts.GetCallerIdentityOutput); ok && out != nil && out.Account != nil {
		return *out.Account
	}
	return ""
}

// serviceName is the IAM prefix of a service, from the SDK's service id.
func serviceName(id string) string {
	return strings.ReplaceAll(strings.ToLower(id), " ", "")
}

// readPrefixes start the names of operations that change nothing.
var readPrefixes = []string{"Get", "List", "Describe", "Head", "Filter", "Select", "Lookup", "Simulate", "Decode", "Assume"}

// isWrite says whether an operation changes something, by its name: what is not known to read writes.
func isWrite(operation string) bool {
	for _, prefix := range readPrefixes {
		if strings.HasPrefix(operation, prefix) {
			return false
		}
	}
	return !slices.Contains([]string{"CreateToken", "CreateOAuth2Token"}, operation) // logins
}
