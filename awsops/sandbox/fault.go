package sandbox

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// FaultKind is how a call is broken.
type FaultKind string

const (
	faultDeny     FaultKind = "deny"     // refused as if a policy denied it, before it takes effect
	faultThrottle FaultKind = "throttle" // refused as too frequent, before it takes effect
	fault500      FaultKind = "500"      // fails inside the service, before it takes effect
	faultDrop     FaultKind = "drop"     // takes effect, but the answer never arrives
	faultSlow     FaultKind = "slow"     // held up for Options.Slow, then answered
	faultExpired  FaultKind = "expired"  // refused, as every call with the same credentials from then on
)

// Fault breaks calls of one operation.
type Fault struct {
	Operation string // service:Operation, as in IAM actions but with the API's operation name
	N         int    // only the Nth such call, from 1; 0: every one
	Kind      FaultKind
}

const faultForm = "SERVICE:Operation[#N]=deny|throttle|500|drop|slow|expired, for example s3:PutBucketPolicy#1=deny"

var faultPattern = regexp.MustCompile(`^([a-z][a-z0-9-]*):([A-Za-z][A-Za-z0-9]*)(#([0-9]+))?=(deny|throttle|500|drop|slow|expired)$`)

// ParseFault reads SERVICE:Operation[#N]=deny|throttle|500|drop|slow|expired. Errors name the accepted form, and an operation that
// the sandbox does not have.
func ParseFault(text string) (Fault, error) {
	m := faultPattern.FindStringSubmatch(text)
	if m == nil {
		return Fault{}, fmt.Errorf("fault %q: the form is %s", text, faultForm)
	}
	f := Fault{Operation: m[1] + ":" + m[2], Kind: FaultKind(m[5])}
	if m[3] != "" {
		n, err := strconv.Atoi(m[4])
		if err != nil || n < 1 {
			return Fault{}, fmt.Errorf("fault %q: #N counts calls from 1; the form is %s", text, faultForm)
		}
		f.N = n
	}
	if lookup(m[1], m[2]) == nil {
		return Fault{}, fmt.Errorf("fault %q: the sandbox has no operation %s of service %s; the form is %s", text, m[2], m[1], faultForm)
	}
	return f, nil
}

// String writes a fault as ParseFault reads it.
func (f Fault) String() string {
	n := ""
	if f.N > 0 {
		n = "#" + strconv.Itoa(f.N)
	}
	return f.Operation + n + "=" + string(f.Kind)
}

// faults counts calls and says which to break.
type faults struct {
	mu    sync.Mutex
	list  []Fault
	calls map[string]int
}

func newFaults(list []Fault) *faults { return &faults{list: list, calls: map[string]int{}} }

// next counts one call of an operation and returns how to break it, "" for not at all.
func (f *faults) next(operation string) FaultKind {
	if len(f.list) == 0 {
		return ""
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[operation]++
	for _, fault := range f.list {
		if fault.Operation == operation && (fault.N == 0 || fault.N == f.calls[operation]) {
			return fault.Kind
		}
	}
	return ""
}

// refusal is the error of a kind that refuses, in the words of the call's service; nil for the others.
func (k FaultKind) refusal(c *call) *apiError {
	switch k {
	case faultDeny:
		c.caller.principal = "the caller"
		e := c.denied(c.service+":"+c.operation, "*", nil)
		e.message = strings.ReplaceAll(e.message, "User: the caller", "The caller") + " with an explicit deny in a service control policy"
		return e
	case faultThrottle:
		switch c.service {
		case "ec2":
			return &apiError{status: http.StatusServiceUnavailable, code: "RequestLimitExceeded", message: "Request limit exceeded."}
		case "s3":
			return &apiError{status: http.StatusServiceUnavailable, code: "SlowDown", message: "Please reduce your request rate."}
		case "organizations":
			return &apiError{status: http.StatusBadRequest, code: "TooManyRequestsException", message: "You have sent too many requests in too short a period of time."}
		case "kms", "logs", "cloudtrail":
			return &apiError{status: http.StatusBadRequest, code: "ThrottlingException", message: "Rate exceeded"}
		}
		return &apiError{status: http.StatusBadRequest, code: "Throttling", message: "Rate exceeded"}
	case fault500:
		code := "InternalFailure"
		if c.service == "ec2" || c.service == "s3" {
			code = "InternalError"
		}
		return &apiError{status: http.StatusInternalServerError, code: code, message: "We encountered an internal error. Please try again."}
	}
	return nil
}
