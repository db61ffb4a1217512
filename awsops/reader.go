package awsops

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// portalPath is where an endpoint with a portal offers the reader's own verification.
const portalPath = "/_portal/verify"

// portalTimeout bounds one request to the portal; a verification reads real objects.
const portalTimeout = 30 * time.Second

// Reader is the third party itself, where the endpoint can play it.
type Reader interface {
	// Shows is what the reader's portal shows.
	Shows() ReaderIdentity
	// Verify lets the reader use its access for real.
	Verify(ctx context.Context, in ReaderRequest) (ReaderReport, error)
}

// ReaderIdentity is what the reader's portal shows.
type ReaderIdentity struct {
	Account    string `json:"account"`     // the reader's 12-digit account ID
	Role       string `json:"role"`        // the role's name that it acts with
	ExternalID string `json:"external_id"` // what it presents when it assumes a role
}

// ReaderRequest is what is entered in the reader's portal.
type ReaderRequest struct {
	AccountID  string   `json:"account_id"` // 12 digits
	RoleName   string   `json:"role_name"`
	ExternalID string   `json:"external_id"`
	BucketARN  string   `json:"bucket_arn"` // may carry a key prefix
	Mode       string   `json:"mode"`       // centralized or per-account
	Accounts   []string `json:"accounts"`   // whose logs are to be readable; empty: those that have any
	Granted    []string `json:"granted"`    // ARNs of objects and keys that the role was granted by other set-ups
}

// ReaderReport is what the reader could and could not do.
type ReaderReport struct {
	OK     bool          `json:"verified"`
	Checks []ReaderCheck `json:"checks"`
}

// ReaderCheck is one thing that the reader tried.
type ReaderCheck struct {
	ID       string `json:"check"`
	OK       bool   `json:"ok"`
	Code     string `json:"code"`    // of AWS, where it was refused
	Message  string `json:"message"` // of AWS, as it came: not fit for a terminal
	Evidence string `json:"evidence"`
}

// portalProbe remembers whether the endpoint has a portal.
type portalProbe struct {
	mu     sync.Mutex
	asked  bool
	reader Reader
}

// Reader is the reader as the endpoint plays it; only custom and embedded endpoints are asked, once.
func (c *Cloud) Reader(ctx context.Context) (Reader, bool) {
	c.portal.mu.Lock()
	defer c.portal.mu.Unlock()
	if !c.portal.asked {
		reader, answered := c.findPortal(ctx)
		c.portal.asked = answered
		c.portal.reader = reader
	}
	return c.portal.reader, c.portal.reader != nil
}

// findPortal asks the endpoint for a portal; answered is false where the caller gave up before anybody knew.
func (c *Cloud) findPortal(ctx context.Context) (reader Reader, answered bool) {
	base, _ := c.Endpoint()
	if base == "" {
		return nil, true
	}
	p := &portal{cloud: c, url: strings.TrimSuffix(base, "/") + portalPath, client: c.start.config.HTTPClient}
	if err := p.call(ctx, http.MethodGet, nil, &p.shows); err != nil || p.shows.Account == "" {
		return nil, ctx.Err() == nil
	}
	return p, true
}

// portal is a Reader behind an endpoint.
type portal struct {
	cloud  *Cloud
	url    string
	client aws.HTTPClient
	shows  ReaderIdentity
}

func (p *portal) Shows() ReaderIdentity { return p.shows }

func (p *portal) Verify(ctx context.Context, in ReaderRequest) (ReaderReport, error) {
	var report ReaderReport
	if err := p.cloud.reach(ctx, func() error { return p.call(ctx, http.MethodPost, in, &report) }); err != nil {
		return ReaderReport{}, &Error{
			Operation: "reader:Verify", Target: in.BucketARN, Account: in.AccountID, Meaning: Unreachable, Message: err.Error(), Err: err,
			Fix: "check that the endpoint is running and try again",
		}
	}
	return report, nil
}

// call sends in as JSON, where there is any, and reads the JSON answer into out.
func (p *portal) call(ctx context.Context, method string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, portalTimeout)
	defer cancel()
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, p.url, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := p.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return err
	}
	var refusal struct {
		Message string `json:"message"`
	}
	if response.StatusCode != http.StatusOK && json.Unmarshal(answer, &refusal) == nil && refusal.Message != "" {
		return fmt.Errorf("%s %s: %s: %s", method, p.url, response.Status, refusal.Message)
	}
	if response.StatusCode != http.StatusOK || !strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") {
		return fmt.Errorf("%s %s: %s", method, p.url, response.Status)
	}
	return json.Unmarshal(answer, out)
}
