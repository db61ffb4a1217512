package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxBody is the largest request body that is read, in bytes.
const maxBody = 64 << 20

// errDropped is what a caller sees of a call whose answer a fault swallowed.
var errDropped = errors.New("connection reset by peer: the sandbox dropped the answer")

// Options say how a sandbox is opened.
type Options struct {
	State  string           // path of the state file; empty: in memory only
	Now    func() time.Time // nil: time.Now
	RTT    time.Duration    // added to every call, half before and half after it takes effect
	Slow   time.Duration    // how long a call with a "slow" fault is held up; 0: five seconds
	Faults []Fault          // what to break
	Lapse  time.Duration    // how long a user's keys are refused after an "expired" fault; 0: ten seconds
	Skew   time.Duration    // how far its clock is ahead of the machine's; below zero: behind
	Seed   *Scale           // accounts beside the contract's, for measuring; only for a world that is made anew
}

// Sandbox is an embedded AWS. It is an http.Handler and an http.RoundTripper over the same accounts.
type Sandbox struct {
	opts   Options
	faults *faults

	mu       sync.Mutex // guards all below
	w        *World
	store    *store         // nil: in memory only
	settling map[string]int // bucket-setting writes in flight by bucket name
	lapses   lapses
}

// Open loads the world from opts.State, or makes the contract's world where there is none.
// A state file that is damaged or of a newer version is refused with an error that says how to go on.
func Open(opts Options) (*Sandbox, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Slow == 0 {
		opts.Slow = 5 * time.Second
	}
	if opts.Lapse == 0 {
		opts.Lapse = 10 * time.Second
	}
	s := &Sandbox{opts: opts, faults: newFaults(opts.Faults), settling: map[string]int{}}
	if opts.State == "" {
		s.w = s.newWorld()
		return s, nil
	}
	s.store = newStore(opts.State)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.current(false); err != nil {
		return nil, err
	}
	return s, nil
}

// Credentials returns the starting credentials: those of user/admin in the Management account.
func (s *Sandbox) Credentials() (accessKey, secret string) { return startKey, startSecret }

// now is the world's time.
func (s *Sandbox) now() time.Time { return s.opts.Now().Add(s.opts.Skew) }

// ServeHTTP answers one request of any of the services, or of the vendor's portal.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	resp, err := s.answer(r)
	if err != nil {
		panic(http.ErrAbortHandler) // the client sees a broken connection
	}
	for k, v := range resp.header {
		w.Header()[k] = v
	}
	w.WriteHeader(resp.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(resp.body)
	}
}

// RoundTrip answers a request without a network. It honours the request's context, also while it waits.
func (s *Sandbox) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	resp, err := s.answer(r)
	if err != nil {
		return nil, err
	}
	return httpResponse(r, resp), nil
}

func httpResponse(r *http.Request, resp response) *http.Response {
	out := &http.Response{
		Status:     fmt.Sprintf("%d %s", resp.status, http.StatusText(resp.status)),
		StatusCode: resp.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        resp.header,
		Body:          http.NoBody,
		ContentLength: int64(len(resp.body)),
		Request:       r,
	}
	if n, err := strconv.ParseInt(resp.header.Get("Content-Length"), 10, 64); err == nil {
		out.ContentLength = n
	}
	if r.Method != http.MethodHead && len(resp.body) > 0 {
		out.Body = io.NopCloser(bytes.NewReader(resp.body))
	}
	return out
}

// answer runs a request with its delays and faults. The only errors are a dropped answer and a context that ended.
func (s *Sandbox) answer(r *http.Request) (response, error) {
	ctx := r.Context()
	c, p, bad := s.read(r)
	if c.service == "portal" {
		return s.portal(c), nil
	}
	if bucket := c.settles(); bucket != "" {
		c.overlaps = s.settle(bucket, 1)
		defer s.settle(bucket, -1)
	}
	if err := pause(ctx, s.opts.RTT/2); err != nil {
		return response{}, err
	}
	fault := s.faults.next(c.service + ":" + c.operation)
	if fault == faultSlow {
		if err := pause(ctx, s.opts.Slow); err != nil {
			return response{}, err
		}
	}
	if fault == faultExpired && p != nil {
		s.expire(p)
	}
	if e := fault.refusal(c); e != nil && bad == nil {
		bad = e
	}
	var resp response
	if bad != nil {
		resp = c.finish(response{}, bad)
	} else {
		resp = s.handle(c, p)
	}
	if err := pause(ctx, s.opts.RTT-s.opts.RTT/2); err != nil {
		return response{}, err
	}
	if fault == faultDrop {
		return response{}, errDropped
	}
	return resp, nil
}

// pause sleeps for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// settle counts bucket-setting writes in flight and tells whether there was one already.
func (s *Sandbox) settle(bucket string, by int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.settling[bucket]
	if before+by == 0 {
		delete(s.settling, bucket)
	} else {
		s.settling[bucket] = before + by
	}
	return before > 0
}

// settles names the bucket whose settings the call writes, or "".
func (c *call) settles() string {
	if c.service != "s3" || !c.writes() || strings.Contains(c.operation, "Object") {
		return ""
	}
	return c.bucket
}

// writes tells whether the call may change the world.
func (c *call) writes() bool {
	for _, p := range []string{"Describe", "Get", "List", "Head", "AssumeRole", "Decrypt", "Encrypt", "GenerateDataKey", "Simulate", "Filter", "Lookup"} {
		if strings.HasPrefix(c.operation, p) {
			return false
		}
	}
	return true
}

// handle lets a call take effect: one at a time, on the newest state, and saved before it is answered.
func (s *Sandbox) handle(c *call, p *proof) response {
	s.mu.Lock()
	writes := c.writes() && lookup(c.service, c.operation) != nil
	if err := s.current(writes); err != nil {
		s.mu.Unlock()
		return c.finish(response{}, internal(err))
	}
	if err := s.breakWhenReady(writes); err != nil {
		s.mu.Unlock()
		return c.finish(response{}, internal(err))
	}
	resp, bad := s.dispatch(c, p)
	if c.event != nil && (writes || s.store == nil) {
		s.w.record(c.caller.account, *c.event)
	}
	if !writes || s.store == nil {
		s.mu.Unlock()
		if c.event != nil && s.store != nil { // a denied read changes nothing but the history
			_ = s.change(func(w *World) { w.record(c.caller.account, *c.event) })
		}
		return c.finish(resp, bad)
	}
	b := s.join()
	s.mu.Unlock()
	<-b.done
	if b.err != nil {
		return c.finish(response{}, internal(b.err))
	}
	return c.finish(resp, bad)
}

func internal(err error) *apiError {
	return &apiError{status: http.StatusInternalServerError, code: "InternalFailure", message: err.Error()}
}

// dispatch finds out who calls and runs the handler of the operation. The lock is held.
func (s *Sandbox) dispatch(c *call, p *proof) (resp response, bad *apiError) {
	defer func() {
		if x := recover(); x != nil {
			bad = internal(fmt.Errorf("the sandbox failed at %s:%s: %v", c.service, c.operation, x))
			s.w.changedAll() // whatever it left behind is saved, so that memory and file stay the same
		}
	}()
	c.w, c.now = s.w, s.now()
	s.w.advance(c.now)
	if bad := s.w.authenticate(c, p); bad != nil {
		return response{}, bad
	}
	if c.overlaps {
		return response{}, &apiError{status: http.StatusConflict, code: "OperationAborted",
			message: "A conflicting conditional operation is currently in progress against this resource. Please try again."}
	}
	h := lookup(c.service, c.operation)
	if h == nil {
		return response{}, c.unknown()
	}
	if c.writes() {
		s.w.changedAccount(c.caller.account)
		if c.bucket != "" {
			s.w.changedBucket(c.bucket)
		}
	}
	resp, bad = h(c)
	c.event = c.trailed(bad)
	return resp, bad
}

// lookup finds the handler of "service" and "Operation"; nil where the sandbox has none.
func lookup(service, operation string) handler {
	switch service {
	case "ec2":
		return ec2Handlers[operation]
	case "iam":
		return iamHandlers[operation]
	case "sts":
		return stsHandlers[operation]
	case "s3":
		return s3Handlers[operation]
	case "kms":
		return kmsHandlers[operation]
	case "organizations":
		return organizationsHandlers[operation]
	case "cloudformation":
		return cloudformationHandlers[operation]
	case "logs":
		return logsHandlers[operation]
	case "cloudtrail":
		return cloudtrailHandlers[operation]
	}
	return nil
}

// unknown is the refusal of an operation that the sandbox does not have, in the words of the service.
func (c *call) unknown() *apiError {
	switch {
	case c.service == "s3":
		return &apiError{status: http.StatusNotImplemented, code: "NotImplemented",
			message: "A header or query you provided implies functionality that is not implemented."}
	case c.query:
		return &apiError{status: http.StatusBadRequest, code: "InvalidAction",
			message: "The action " + c.operation + " is not valid for this web service."}
	}
	return &apiError{status: http.StatusBadRequest, code: "UnknownOperationException",
		message: "The operation " + c.operation + " is not known to the service " + c.service + "."}
}

// jsonServices are the services with the JSON protocol, by the first part of X-Amz-Target.
var jsonServices = map[string]string{"TrentService": "kms", "AWSOrganizationsV20161128": "organizations", "Logs_20140328": "logs", "CloudTrail_20131101": "cloudtrail"}

// read takes a request apart: protocol, service, operation and what it was signed with.
func (s *Sandbox) read(r *http.Request) (*call, *proof, *apiError) {
	c := &call{r: r, requestID: newRequestID(), region: "us-east-1", sourceIP: "127.0.0.1",
		secure: r.Header.Get("X-Sandbox-Insecure") != "1", clock: time.Now().Add(s.opts.Skew), lapsed: s.lapses.has}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		c.sourceIP = host
	}
	var readErr error
	if r.Body != nil {
		c.body, readErr = io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	}
	if r.URL.Path == portalPath {
		c.service = "portal"
		return c, nil, nil
	}
	p, bad := readProof(r, c.body)
	if p != nil {
		c.region, c.service = p.region, p.service
	}
	c.route()
	switch {
	case bad != nil:
		return c, nil, bad
	case readErr != nil:
		return c, nil, &apiError{status: http.StatusBadRequest, code: "RequestTimeout", message: "The request body could not be read: " + readErr.Error()}
	case len(c.body) > maxBody:
		return c, nil, &apiError{status: http.StatusBadRequest, code: "EntityTooLarge", message: "Your proposed upload exceeds the maximum allowed size"}
	}
	return c, p, nil
}

// route finds the service and operation. A request without a signature can only be for S3.
func (c *call) route() {
	if target := c.r.Header.Get("X-Amz-Target"); target != "" {
		dot := strings.LastIndexByte(target, '.')
		prefix, op := target[:max(dot, 0)], target[dot+1:]
		prefix = prefix[strings.LastIndexByte(prefix, '.')+1:] // older clients write the package before it
		if svc := jsonServices[prefix]; svc != "" {
			c.service = svc
		} else if c.service == "" || c.service == "s3" {
			c.service = prefix
		}
		c.operation = op
		return
	}
	if form := c.readForm(); form != nil && form.Has("Action") {
		c.form, c.operation, c.query = form, form.Get("Action"), true
		return
	}
	if c.service == "" || c.service == "s3" {
		c.service = "s3"
		c.operation, c.bucket, c.key = s3Operation(c.r)
		return
	}
	c.operation = c.r.Method + " " + c.r.URL.Path // a REST service that is not here
}

func (c *call) readForm() url.Values {
	kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if c.r.Method == http.MethodPost && kind == "application/x-www-form-urlencoded" {
		form, _ := url.ParseQuery(string(c.body))
		return form
	}
	if c.service != "s3" && c.r.URL.RawQuery != "" {
		return c.r.URL.Query()
	}
	return nil
}

func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
