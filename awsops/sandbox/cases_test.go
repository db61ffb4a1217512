package sandbox

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// accessCase is one decision of testdata/cases.json.gz of awsops/policy.
type accessCase struct {
	Name    string
	Request struct {
		Principal, Action, Resource, ResourceAccount string
		Context                                      map[string]string
	}
	IdentityPolicies       []json.RawMessage
	ResourcePolicy         json.RawMessage
	PermissionBoundary     json.RawMessage
	ServiceControlPolicies []json.RawMessage
	Verdict                policy.Verdict
}

// staged is a case as the sandbox can play it.
type staged struct {
	accessCase
	w        *World
	creds    aws.Credentials
	request  policy.Request
	policies policy.Policies
}

func document(t *testing.T, text json.RawMessage) policy.Document {
	t.Helper()
	d, err := policy.Parse(string(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return d
}

// TestCasesThroughTheSDK plays the decisions of the independent simulator over HTTP and the real SDK: what is decided of a call is what the
// evaluator says of its documents. Left out is what depends on conditions that a call to the sandbox cannot carry, such as MFA or an address.
func TestCasesThroughTheSDK(t *testing.T) {
	f, err := os.Open("../policy/testdata/cases.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var cases []accessCase
	if err := json.NewDecoder(zip).Decode(&cases); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	s := openTest(t, Options{Now: func() time.Time { return now }})
	server, err := Serve(context.Background(), s, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	played := map[policy.Verdict]int{}
	actions := map[string]int{}
	for _, c := range cases {
		s.mu.Lock()
		p := stage(t, s, c, now)
		s.mu.Unlock()
		if p == nil || policy.Evaluate(p.request, p.policies).Verdict != c.Verdict {
			continue
		}
		played[c.Verdict]++
		actions[c.Request.Action]++
		err := p.call(server.URL)
		var refused smithy.APIError
		denied := errors.As(err, &refused) && strings.HasPrefix(refused.ErrorCode(), "AccessDenied")
		switch {
		case err != nil && !denied:
			t.Errorf("%s: %s on %s failed otherwise: %v", c.Name, c.Request.Action, c.Request.Resource, err)
		case denied == (c.Verdict == policy.Allowed):
			t.Errorf("%s: %s on %s by %s is to be %s, and came back as %v", c.Name, c.Request.Action, c.Request.Resource, c.Request.Principal, c.Verdict, err)
		case denied && strings.HasPrefix(c.Request.Action, "s3:") && strings.Contains(refused.ErrorMessage(), "explicit deny") != (c.Verdict == policy.ExplicitlyDenied):
			t.Errorf("%s is %s, and AWS says %s", c.Name, c.Verdict, refused.ErrorMessage())
		}
	}
	t.Logf("%d of %d cases: %v, %v", played[policy.Allowed]+played[policy.ExplicitlyDenied]+played[policy.ImplicitlyDenied], len(cases), played, actions)
	for verdict, least := range map[policy.Verdict]int{policy.Allowed: 30, policy.ExplicitlyDenied: 60, policy.ImplicitlyDenied: 60} {
		if played[verdict] < least {
			t.Errorf("only %d cases that are %s could be played", played[verdict], verdict)
		}
	}
	if len(actions) != 9 {
		t.Errorf("played are %v", actions)
	}
}

// stage makes a world with the documents of a case, and what the sandbox will see of the call; nil where it has no place for them.
func stage(t *testing.T, s *Sandbox, c accessCase, now time.Time) *staged {
	t.Helper()
	w := s.newWorld()
	s.w = w
	p := &staged{accessCase: c, w: w}
	part := strings.SplitN(c.Request.Principal, ":", 6)
	home, kind, name := w.Accounts[part[4]], "", ""
	if kind, name, _ = strings.Cut(part[5], "/"); home == nil {
		return nil
	}
	owner := w.Accounts[c.Request.ResourceAccount]
	if owner == nil {
		return nil
	}
	ctx := map[string][]string{"aws:SourceIp": {"127.0.0.1"}, "aws:SecureTransport": {"true"}, "aws:ViaAWSService": {"false"}, "aws:CurrentTime": {now.Format(time.RFC3339)},
		"aws:EpochTime": {strconv.FormatInt(now.Unix(), 10)}, "aws:RequestedRegion": {homeRegion}, "aws:PrincipalIsAWSService": {"false"}}
	if c.Request.Context["aws:SecureTransport"] == "false" {
		ctx["aws:SecureTransport"] = []string{"false"}
	}
	w.Organization.Members = []string{w.Organization.Management}
	if id := c.Request.Context["aws:PrincipalOrgID"]; id != "" || len(c.ServiceControlPolicies) > 0 {
		if id != "" {
			w.Organization.ID = id
		}
		w.Organization.Members = append(w.Organization.Members, home.ID)
		ctx["aws:PrincipalOrgID"] = []string{w.Organization.ID}
		if owner == home {
			ctx["aws:ResourceOrgID"] = []string{w.Organization.ID}
		}
	}
	full := document(t, json.RawMessage(fullAccess.Document))
	if len(c.ServiceControlPolicies) > 0 {
		level := []policy.Document{full}
		for i, text := range c.ServiceControlPolicies {
			w.Organization.Policies = append(w.Organization.Policies, ServiceControlPolicy{ID: fmt.Sprint("p-case", i), Document: string(text), Targets: []string{home.ID}})
			level = append(level, document(t, text))
		}
		p.policies.SCPs = [][]policy.Document{{full}, level}
	}
	inline := map[string]string{}
	for i, text := range c.IdentityPolicies {
		inline[fmt.Sprintf("p%d", i)] = string(text)
		p.policies.Identity = append(p.policies.Identity, document(t, text))
	}
	principal := c.Request.Principal
	var role *Role
	switch kind {
	case "user":
		if c.PermissionBoundary != nil {
			return nil // a user of the sandbox has none
		}
		u := &User{Name: name, ID: seededID("AIDA", home.ID, name), AccessKeys: map[string]string{"AKIACASE": "secret"}, Inline: inline, Created: now}
		home.Users[name] = u
		p.creds = aws.Credentials{AccessKeyID: "AKIACASE", SecretAccessKey: "secret"}
		ctx["aws:userid"] = []string{u.ID}
	case "role":
		role = w.seedRole(home, name, trustOf(rootARN(home.ID), ""), inline)
		if c.PermissionBoundary != nil {
			role.Boundary = (&target{w: w, home: home, now: now}).makePolicy("CaseBoundary", string(c.PermissionBoundary))
			d := document(t, c.PermissionBoundary)
			p.policies.Boundary = &d
		}
		ctx["aws:MultiFactorAuthPresent"], ctx["aws:PrincipalArn"] = []string{"false"}, []string{role.ARN}
		ctx["aws:TokenIssueTime"] = []string{now.Format(time.RFC3339)}
	}
	text := string(c.ResourcePolicy)
	resource := policy.Document{}
	if text != "" {
		resource = document(t, c.ResourcePolicy)
		p.policies.Resource = &resource
	}
	switch service, _, _ := strings.Cut(c.Request.Action, ":"); service {
	case "s3":
		bucket, key, _ := strings.Cut(strings.TrimPrefix(c.Request.Resource, "arn:aws:s3:::"), "/")
		b := &Bucket{Name: bucket, Owner: owner.ID, Region: homeRegion, Created: now, Policy: text, Ownership: "BucketOwnerPreferred"}
		b.complete()
		if key != "" {
			b.put(&Object{Key: key, Body: []byte("x"), Modified: now})
		}
		w.Buckets[bucket] = b
	case "kms":
		if text == "" {
			return nil // every key has a policy
		}
		_, id, _ := strings.Cut(c.Request.Resource, "key/")
		owner.Keys[c.Request.Resource] = &Key{ID: id, ARN: c.Request.Resource, Region: homeRegion, Manager: "CUSTOMER", State: "Enabled", Policy: text, Created: now}
	case "sts":
		if text == "" {
			return nil // every role has a trust policy
		}
		_, entered, _ := strings.Cut(c.Request.Resource, "role/")
		if t := owner.Roles[strings.ToLower(entered)]; t != nil {
			t.Trust = text
		} else {
			w.seedRole(owner, entered, text, nil)
		}
		if id := c.Request.Context["sts:ExternalId"]; len(id) > 1 {
			ctx["sts:ExternalId"] = []string{id}
		}
	}
	if _, given := c.Request.Context["s3:x-amz-acl"]; given {
		return nil // a call with an access list needs s3:PutObjectAcl besides
	}
	if v, given := c.Request.Context["s3:prefix"]; given {
		ctx["s3:prefix"] = []string{v}
	}
	w.complete()
	if role != nil {
		session := w.mint(role, home.ID, "case", now, time.Hour, caller{})
		p.creds = aws.Credentials{AccessKeyID: session.AccessKey, SecretAccessKey: session.Secret, SessionToken: session.Token}
		principal = session.ARN
		ctx["aws:userid"] = []string{role.ID + ":case"}
	}
	p.request = policy.Request{Principal: principal, Action: c.Request.Action, Resource: c.Request.Resource, ResourceAccount: owner.ID, Context: ctx}
	return p
}

// plain marks requests as sent without TLS.
type plain struct{ insecure bool }

func (p plain) Do(r *http.Request) (*http.Response, error) {
	if p.insecure {
		r.Header.Set("X-Sandbox-Insecure", "1")
	}
	return http.DefaultClient.Do(r)
}

// call makes the call of a case.
func (p *staged) call(url string) error {
	ctx := context.Background()
	cfg := aws.Config{Region: homeRegion, RetryMaxAttempts: 1, BaseEndpoint: aws.String(url), HTTPClient: plain{p.request.Context["aws:SecureTransport"][0] == "false"},
		Credentials: credentials.NewStaticCredentialsProvider(p.creds.AccessKeyID, p.creds.SecretAccessKey, p.creds.SessionToken)}
	name, key, _ := strings.Cut(strings.TrimPrefix(p.request.Resource, "arn:aws:s3:::"), "/")
	bucket, object := aws.String(name), aws.String(key)
	value := func(key string) string {
		if v := p.request.Context[key]; len(v) > 0 {
			return v[0]
		}
		return ""
	}
	var err error
	switch p.request.Action {
	case "s3:GetObject":
		_, err = s3Client(cfg).GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: object})
	case "s3:PutObject":
		_, err = s3Client(cfg).PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: object, Body: bytes.NewReader([]byte("x"))})
	case "s3:ListBucket":
		in := &s3.ListObjectsV2Input{Bucket: bucket}
		if v, given := p.request.Context["s3:prefix"]; given {
			in.Prefix = aws.String(v[0])
		}
		_, err = s3Client(cfg).ListObjectsV2(ctx, in)
	case "s3:GetBucketLocation":
		_, err = s3Client(cfg).GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: bucket})
	case "s3:GetBucketAcl":
		_, err = s3Client(cfg).GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: bucket})
	case "kms:DescribeKey":
		_, err = kms.NewFromConfig(cfg).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(p.request.Resource)})
	case "kms:GenerateDataKey":
		_, err = kms.NewFromConfig(cfg).GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: aws.String(p.request.Resource), NumberOfBytes: aws.Int32(32)})
	case "kms:Decrypt":
		sealed := p.w.seal(p.w.key(p.request.Resource), []byte("x"), nil)
		_, err = kms.NewFromConfig(cfg).Decrypt(ctx, &kms.DecryptInput{KeyId: aws.String(p.request.Resource), CiphertextBlob: sealed})
	case "sts:AssumeRole":
		in := &sts.AssumeRoleInput{RoleArn: aws.String(p.request.Resource), RoleSessionName: aws.String("case")}
		if id := value("sts:ExternalId"); id != "" {
			in.ExternalId = aws.String(id)
		}
		_, err = sts.NewFromConfig(cfg).AssumeRole(ctx, in)
	default:
		err = fmt.Errorf("no call for %s", p.request.Action)
	}
	return err
}
