package sandbox

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// everyService makes one plain call to each service and returns the codes.
func everyService(cfg aws.Config) map[string]string {
	codes := map[string]string{}
	_, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
	codes["sts"] = code(err)
	_, err = iam.NewFromConfig(cfg).ListRoles(ctx, nil)
	codes["iam"] = code(err)
	_, err = ec2.NewFromConfig(cfg).DescribeVpcs(ctx, nil)
	codes["ec2"] = code(err)
	_, err = s3Client(cfg).ListBuckets(ctx, nil)
	codes["s3"] = code(err)
	_, err = kms.NewFromConfig(cfg).ListKeys(ctx, nil)
	codes["kms"] = code(err)
	_, err = organizations.NewFromConfig(cfg).ListAccounts(ctx, nil)
	codes["organizations"] = code(err)
	_, err = cloudformation.NewFromConfig(cfg).DescribeStackResources(ctx, &cloudformation.DescribeStackResourcesInput{PhysicalResourceId: aws.String("none")})
	codes["cloudformation"] = code(err)
	return codes
}

func wantCodes(t *testing.T, got map[string]string, query, ec2, s3, json string) {
	t.Helper()
	want := map[string]string{"sts": query, "iam": query, "cloudformation": query, "ec2": ec2, "s3": s3, "kms": json, "organizations": json}
	if query == "" {
		want["cloudformation"] = "ValidationError" // no stack owns what the call asks for
	}
	for service, code := range want {
		if got[service] != code {
			t.Errorf("%s answers %q, want %q", service, got[service], code)
		}
	}
}

// What AWS answers for each fault of the credentials (https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html).
func TestCredentialFaults(t *testing.T) {
	key, secret := (&Sandbox{}).Credentials()
	with := func(l *lab, key, secret, token string) aws.Config {
		cfg := l.as(managementAccount, homeRegion)
		cfg.Credentials = credentials.NewStaticCredentialsProvider(key, secret, token)
		return cfg
	}
	t.Run("right", func(t *testing.T) {
		wantCodes(t, everyService(with(newLab(t), key, secret, "")), "", "", "", "")
	})
	t.Run("unknown key", func(t *testing.T) {
		wantCodes(t, everyService(with(newLab(t), "AKIANOBODY", secret, "")), "InvalidClientTokenId", "AuthFailure", "InvalidAccessKeyId", "UnrecognizedClientException")
	})
	t.Run("wrong secret", func(t *testing.T) {
		wantCodes(t, everyService(with(newLab(t), key, "wrong", "")), "SignatureDoesNotMatch", "AuthFailure", "SignatureDoesNotMatch", "InvalidSignatureException")
	})
	t.Run("token that nobody gave", func(t *testing.T) {
		wantCodes(t, everyService(with(newLab(t), "ASIANOBODY", secret, "bm9uc2Vuc2U=")), "InvalidClientTokenId", "AuthFailure", "InvalidToken", "UnrecognizedClientException")
	})
	t.Run("token of another session", func(t *testing.T) {
		l := newLab(t)
		one, _ := l.as(archiveAccount, homeRegion).Credentials.Retrieve(ctx)
		two, _ := l.as(paymentsAccount, homeRegion).Credentials.Retrieve(ctx)
		wantCodes(t, everyService(with(l, one.AccessKeyID, one.SecretAccessKey, two.SessionToken)), "InvalidClientTokenId", "AuthFailure", "InvalidToken", "UnrecognizedClientException")
	})
	t.Run("expired session", func(t *testing.T) {
		l := newLab(t)
		cfg := l.as(archiveAccount, homeRegion)
		l.pass(time.Hour)
		wantCodes(t, everyService(cfg), "ExpiredToken", "RequestExpired", "ExpiredToken", "ExpiredTokenException")
	})
	t.Run("session whose role was made again", func(t *testing.T) {
		l := newLab(t)
		cfg := l.as(archiveAccount, homeRegion)
		l.s.w.Accounts[archiveAccount].Roles[strings.ToLower(memberRole)].ID = "AROANEWNEWNEWNEWNEWNE"
		wantCodes(t, everyService(cfg), "InvalidClientTokenId", "AuthFailure", "InvalidAccessKeyId", "UnrecognizedClientException")
	})
}

// AWSRevokeOlderSessions denies what was issued before a time, and nothing after it.
func TestRevokedSessions(t *testing.T) {
	l := newLab(t)
	old := l.as(paymentsAccount, homeRegion)
	l.pass(time.Minute)
	_, err := iam.NewFromConfig(old).PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String(memberRole), PolicyName: aws.String("AWSRevokeOlderSessions"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"` +
			l.now.UTC().Format(time.RFC3339) + `"}}}}`)})
	l.must(err)
	_, err = iam.NewFromConfig(old).ListRoles(ctx, nil)
	l.want(err, "AccessDenied")
	_, err = iam.NewFromConfig(l.as(paymentsAccount, homeRegion)).ListRoles(ctx, nil)
	l.must(err)
}

// send signs a request as the starting user at a time, lets change spoil it, and returns the status and body.
func (l *lab) send(service, method, url, body string, at time.Time, change func(*http.Request)) (int, string) {
	l.t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	l.must(err)
	return l.sendSigned(r, service, body, at, change)
}

// sendTarget is send for the JSON protocol, where target is not empty.
func (l *lab) sendTarget(service, method, url, body, target string) (int, string) {
	l.t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	l.must(err)
	if target != "" {
		r.Header.Set("X-Amz-Target", target)
	}
	return l.sendSigned(r, service, body, time.Now(), func(*http.Request) {})
}

func (l *lab) sendSigned(r *http.Request, service, body string, at time.Time, change func(*http.Request)) (int, string) {
	l.t.Helper()
	if service != "s3" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	key, secret := l.s.Credentials()
	hash := hexHash([]byte(body))
	r.Header.Set("X-Amz-Content-Sha256", hash)
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	err := signer.SignHTTP(ctx, aws.Credentials{AccessKeyID: key, SecretAccessKey: secret}, r, hash, service, homeRegion, at)
	l.must(err)
	change(r)
	resp, err := l.s.RoundTrip(r)
	l.must(err)
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

func TestSignature(t *testing.T) {
	l := newLab(t)
	const identity = "Action=GetCallerIdentity&Version=2011-06-15"
	for _, test := range []struct {
		name, service, method, url, body string
		at                               time.Duration
		change                           func(*http.Request)
		status                           int
		text                             string
	}{
		{"fresh", "sts", "POST", "https://sts.amazonaws.com/", identity, 0, nil, 200, "user/admin"},
		{"four minutes off", "sts", "POST", "https://sts.amazonaws.com/", identity, -4 * time.Minute, nil, 200, "user/admin"},
		{"seven minutes old", "sts", "POST", "https://sts.amazonaws.com/", identity, -7 * time.Minute, nil, 403, "- 5 min"},
		{"seven minutes early", "sts", "POST", "https://sts.amazonaws.com/", identity, 7 * time.Minute, nil, 403, "Signature not yet current"},
		{"ten minutes old for EC2", "ec2", "POST", "https://ec2.us-east-1.amazonaws.com/", "Action=DescribeVpcs", -10 * time.Minute, nil, 200, "vpcSet"},
		{"ten minutes early for S3", "s3", "GET", "https://s3.us-east-1.amazonaws.com/", "", 10 * time.Minute, nil, 200, "ListAllMyBucketsResult"},
		{"sixteen minutes old", "sts", "POST", "https://sts.amazonaws.com/", identity, -16 * time.Minute, nil, 403, "SignatureDoesNotMatch"},
		{"from the future", "s3", "GET", "https://s3.us-east-1.amazonaws.com/", "", 16 * time.Minute, nil, 403, "RequestTimeTooSkewed"},
		{"old for EC2", "ec2", "POST", "https://ec2.us-east-1.amazonaws.com/", "Action=DescribeVpcs", -16 * time.Minute, nil, 400, "RequestExpired"},
		{"odd characters in path and query", "s3", "GET", "https://s3.us-east-1.amazonaws.com/archive-existing/a%20b%2Bc/%C3%A4?x=1&X-y=a%2Fb&a-b=2&a=3", "", 0, nil, 403, "AccessDenied"},
		{"other body", "sts", "POST", "https://sts.amazonaws.com/", identity, 0, func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(identity + "&x=y"))
		}, 403, "SignatureDoesNotMatch"},
		{"other query", "s3", "GET", "https://s3.us-east-1.amazonaws.com/?a=b", "", 0, func(r *http.Request) { r.URL.RawQuery = "a=c" }, 403, "SignatureDoesNotMatch"},
		{"other signed header", "s3", "GET", "https://s3.us-east-1.amazonaws.com/", "", 0, func(r *http.Request) { r.Host = "s3.eu-west-1.amazonaws.com" }, 403, "SignatureDoesNotMatch"},
		{"other service", "ec2", "POST", "https://sts.amazonaws.com/", identity, 0, nil, 400, "InvalidAction"},
		{"no signature", "sts", "POST", "https://sts.amazonaws.com/", identity, 0, func(r *http.Request) { r.Header.Del("Authorization") }, 403, "MissingAuthenticationToken"},
		{"anonymous S3", "s3", "GET", "https://s3.us-east-1.amazonaws.com/archive-existing/audit/readme.txt", "", 0, func(r *http.Request) { r.Header.Del("Authorization") }, 403, "AccessDenied"},
		{"half a header", "sts", "POST", "https://sts.amazonaws.com/", identity, 0, func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x") }, 400, "IncompleteSignature"},
		{"other algorithm", "sts", "POST", "https://sts.amazonaws.com/", identity, 0, func(r *http.Request) { r.Header.Set("Authorization", "Basic eDp5") }, 400, "IncompleteSignature"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.change == nil {
				test.change = func(*http.Request) {}
			}
			status, text := l.send(test.service, test.method, test.url, test.body, time.Now().Add(test.at), test.change)
			if status != test.status || !strings.Contains(text, test.text) {
				t.Errorf("answer is %d %s, want %d with %s", status, text, test.status, test.text)
			}
		})
	}
}

func TestPresigned(t *testing.T) {
	l := newLab(t)
	signer := s3.NewPresignClient(l.s3(archiveAccount, homeRegion))
	signed, err := signer.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("archive-existing"), Key: aws.String("audit/readme.txt")})
	l.must(err)
	get := func(url string) (int, string) {
		resp, err := (&http.Client{Transport: l.s}).Get(url)
		l.must(err)
		text, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(text)
	}
	if status, text := get(signed.URL); status != 200 || !strings.Contains(text, "audit team") {
		t.Errorf("presigned URL answers %d %s", status, text)
	}
	if status, text := get(strings.Replace(signed.URL, "readme", "readyou", 1)); status != 403 || !strings.Contains(text, "SignatureDoesNotMatch") {
		t.Errorf("presigned URL of another object answers %d %s", status, text)
	}
}

// The token issue time, the tags of the role and the organization reach the conditions.
func TestConditionsOfTheCaller(t *testing.T) {
	l := newLab(t)
	for _, test := range []struct {
		condition string
		allowed   bool
	}{
		{`"StringEquals":{"aws:PrincipalOrgID":"o-sandbox001"}`, true},
		{`"StringEquals":{"aws:PrincipalOrgID":"o-other"}`, false},
		{`"StringEquals":{"aws:RequestedRegion":"us-east-1"}`, true},
		{`"StringEquals":{"aws:RequestedRegion":"eu-west-1"}`, false},
		{`"Bool":{"aws:SecureTransport":"true"}`, true},
		{`"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}`, true},
		{`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/*"}`, true},
		{`"StringEquals":{"aws:username":"someone"}`, true},
		{`"DateGreaterThan":{"aws:CurrentTime":"2026-11-02T10:01:59Z"}`, true},
		{`"DateGreaterThan":{"aws:CurrentTime":"2026-11-02T10:02:01Z"}`, false},
	} {
		cfg := l.user(paymentsAccount, homeRegion, "someone", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*","Condition":{`+test.condition+`}}}`)
		_, err := iam.NewFromConfig(cfg).ListRoles(ctx, nil)
		if (err == nil) != test.allowed {
			t.Errorf("%s: %v", test.condition, err)
		}
	}
}

// A client that says so is on plain HTTP.
func TestInsecureTransport(t *testing.T) {
	l := newLab(t)
	cfg := l.user(paymentsAccount, homeRegion, "someone", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},`+
		`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`)
	_, err := iam.NewFromConfig(cfg).ListRoles(ctx, nil)
	l.must(err)
	cfg.HTTPClient = &http.Client{Transport: insecure{l.s}}
	_, err = iam.NewFromConfig(cfg).ListRoles(ctx, nil)
	l.want(err, "AccessDenied")
}

type insecure struct{ http.RoundTripper }

func (i insecure) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Sandbox-Insecure", "1")
	return i.RoundTripper.RoundTrip(r)
}
