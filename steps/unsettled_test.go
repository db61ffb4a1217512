package steps_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// wire changes what the sandbox answers; operation is the name of the call, send makes it.
type wire func(operation string, send func() (*http.Response, error)) (*http.Response, error)

// behind puts a wire between the engine and the sandbox.
func (l *lab) behind(w wire) {
	l.Helper()
	key, secret := l.world.Credentials()
	cloud, err := awsops.Open(l.Context(), awsops.Config{Embedded: tapped{l.world, w}, EmbeddedKey: key, EmbeddedSecret: secret, CallLog: l.calls, Version: "test"})
	l.must(err)
	l.engine = steps.NewEngine(cloud)
}

type tapped struct {
	world *sandbox.Sandbox
	wire  wire
}

func (t tapped) RoundTrip(r *http.Request) (*http.Response, error) {
	operation := r.Header.Get("X-Amz-Target")
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") != "" {
			operation = form.Get("Action")
		}
	}
	return t.wire(operation, func() (*http.Response, error) { return t.world.RoundTrip(r) })
}

// edited changes the text of an answer.
func edited(r *http.Response, err error, edit func(string) string) (*http.Response, error) {
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	return answer(r.StatusCode, r.Header.Get("Content-Type"), edit(string(text))), nil
}

func answer(status int, kind, text string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text))}
}

// A role made a moment ago is no principal for KMS yet.
func TestKeyPolicyWaitsForTheNewRole(t *testing.T) {
	inBubble(t, "invalid principal twice", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		a, key := l.admin(archive), l.flowLogsKey()
		l.must(a.PutKeyPolicy(t.Context(), key, `{"Version":"2012-10-17","Statement":[{"Sid":"Own","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},
			"Action":["kms:Describe*","kms:Get*","kms:Put*","kms:List*"],"Resource":"*"}]}`))
		var refusals atomic.Int32
		l.behind(func(operation string, send func() (*http.Response, error)) (*http.Response, error) {
			if operation == "TrentService.PutKeyPolicy" && refusals.Add(1) < 3 {
				return answer(http.StatusBadRequest, "application/x-amz-json-1.1", `{"__type":"MalformedPolicyDocumentException","message":"Policy contains a statement with one or more invalid principals."}`), nil
			}
			return send()
		})
		s := setup(t, keyedFile(key))
		l.expect(l.apply(s), steps.ResultVerified)
		if refusals.Load() != 3 {
			t.Errorf("the key policy was written %d times", refusals.Load())
		}
	})
}

// What EC2 just made may be missing from its next answers.
func TestFlowLogsAreReadBackUntilTheyShow(t *testing.T) {
	inBubble(t, "stale twice", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		var made, reads atomic.Int32
		l.behind(func(operation string, send func() (*http.Response, error)) (*http.Response, error) {
			if operation == "CreateFlowLogs" {
				made.Add(1)
			}
			r, err := send()
			if operation == "DescribeFlowLogs" && made.Load() > 0 && reads.Add(1) < 3 {
				return edited(r, err, func(text string) string {
					from, to := strings.Index(text, "<flowLogSet>"), strings.Index(text, "</flowLogSet>")
					return text[:from] + "<flowLogSet>" + text[to:]
				})
			}
			return r, err
		})
		s := setup(t, perAccountFile)
		l.expect(l.apply(s), steps.ResultVerified)
		l.noDuplicates(s)
	})
}
