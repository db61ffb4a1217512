package sandbox

import (
	"net/http"
	"net/url"
	"time"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// call is one request on its way through the sandbox, its caller already known.
// Handlers run one at a time under the world's lock.
type call struct {
	w         *World
	now       time.Time
	clock     time.Time // the machine's clock, not the world's: the client signs with that one; off by Options.Skew
	lapsed    func(accessKey string) bool
	service   string // ec2, iam, sts, s3, kms, organizations, cloudformation, logs, cloudtrail
	operation string // CreateFlowLogs …
	region    string // from the credential scope
	caller    caller
	secure    bool // came over TLS, or over loopback that counts as TLS
	sourceIP  string
	r         *http.Request
	query     bool       // it came by the query protocol
	form      url.Values // query protocol
	body      []byte
	bucket    string // S3 only
	key       string // S3 only
	overlaps  bool   // another write of the same bucket's settings was in flight when it came
	requestID string
	event     *TrailEvent // what CloudTrail keeps of it
}

// caller is who signed a request.
type caller struct {
	account   string // 12-digit account ID; empty: anonymous
	principal string // user ARN, assumed-role ARN, root ARN or service principal
	issuer    string // for a session: the role's ARN
	userID    string // AIDA…, or AROA…:SESSION
	issued    time.Time
	identity  []policy.Document
	boundary  *policy.Document
	accessKey string
	user      string    // a user's name
	expires   time.Time // of a session
	by        []string  // access keys that a session was got with
}

// response is what a handler answers: a body already in the protocol of its service.
type response struct {
	status int // 0: 200
	header http.Header
	body   []byte
}

// apiError is an error of the AWS API, written by the protocol layer in the shape of the service.
type apiError struct {
	status  int
	code    string
	message string
	extra   map[string]string // more elements, e.g. BucketName, Region
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

// handler answers one operation of one service.
type handler func(*call) (response, *apiError)

// chain lists the access keys that hang together: the caller's own, and those it was got with.
func (c caller) chain() []string {
	if c.accessKey == "" {
		return nil
	}
	return append([]string{c.accessKey}, c.by...)
}
