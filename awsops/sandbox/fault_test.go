package sandbox

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestParseFault(t *testing.T) {
	for text, want := range map[string]Fault{
		"s3:PutBucketPolicy#1=deny":       {"s3:PutBucketPolicy", 1, faultDeny},
		"ec2:CreateFlowLogs=throttle":     {"ec2:CreateFlowLogs", 0, faultThrottle},
		"iam:CreateRole#12=500":           {"iam:CreateRole", 12, fault500},
		"kms:PutKeyPolicy=drop":           {"kms:PutKeyPolicy", 0, faultDrop},
		"organizations:ListAccounts=slow": {"organizations:ListAccounts", 0, faultSlow},
	} {
		got, err := ParseFault(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v %v", text, got, err)
		}
	}
	for _, text := range []string{"", "s3", "s3:PutBucketPolicy", "s3:PutBucketPolicy=gone", "s3:PutBucketPolicy#0=deny", "s3:PutBucketPolicy#x=deny",
		"S3:PutBucketPolicy=deny", "s3:PutBucketPolicies=deny", "dynamodb:GetItem=deny", "s3:PutBucketPolicy#99999999999999999999=deny"} {
		if f, err := ParseFault(text); err == nil || !strings.Contains(err.Error(), "SERVICE:Operation[#N]=deny|throttle|500|drop|slow") {
			t.Errorf("%q: %+v %v, want an error with the accepted form", text, f, err)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	f.Add("s3:PutBucketPolicy#1=deny")
	f.Fuzz(func(t *testing.T, text string) {
		if fault, err := ParseFault(text); err == nil {
			if again, err := ParseFault(fault.String()); err != nil || again != fault {
				t.Errorf("%q reads as %v, which reads as %v %v", text, fault, again, err)
			}
		}
	})
}

func faulty(t *testing.T, texts ...string) *Sandbox {
	t.Helper()
	var list []Fault
	for _, text := range texts {
		f, err := ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, f)
	}
	return openTest(t, Options{Faults: list})
}

// Each kind of refusal in the words of each service.
func TestFaultsByService(t *testing.T) {
	calls := map[string]func(aws.Config) error{
		"sts:GetCallerIdentity":      func(c aws.Config) error { _, err := sts.NewFromConfig(c).GetCallerIdentity(ctx, nil); return err },
		"iam:ListRoles":              func(c aws.Config) error { _, err := iam.NewFromConfig(c).ListRoles(ctx, nil); return err },
		"ec2:DescribeVpcs":           func(c aws.Config) error { _, err := ec2.NewFromConfig(c).DescribeVpcs(ctx, nil); return err },
		"s3:ListBuckets":             func(c aws.Config) error { _, err := s3Client(c).ListBuckets(ctx, nil); return err },
		"kms:ListKeys":               func(c aws.Config) error { _, err := kms.NewFromConfig(c).ListKeys(ctx, nil); return err },
		"organizations:ListAccounts": func(c aws.Config) error { _, err := organizations.NewFromConfig(c).ListAccounts(ctx, nil); return err },
	}
	for kind, codes := range map[FaultKind]map[string]string{
		faultDeny:     {"sts": "AccessDenied", "iam": "AccessDenied", "ec2": "UnauthorizedOperation", "s3": "AccessDenied", "kms": "AccessDeniedException", "organizations": "AccessDeniedException"},
		faultThrottle: {"sts": "Throttling", "iam": "Throttling", "ec2": "RequestLimitExceeded", "s3": "SlowDown", "kms": "ThrottlingException", "organizations": "TooManyRequestsException"},
		faultExpired:  {"sts": "ExpiredToken", "iam": "ExpiredToken", "ec2": "RequestExpired", "s3": "ExpiredToken", "kms": "ExpiredTokenException", "organizations": "ExpiredTokenException"},
		fault500:      {"sts": "InternalFailure", "iam": "InternalFailure", "ec2": "InternalError", "s3": "InternalError", "kms": "InternalFailure", "organizations": "InternalFailure"},
	} {
		for operation, call := range calls {
			cfg := faulty(t, operation+"="+string(kind)).config(homeRegion)
			cfg.RetryMaxAttempts = 1
			service, _, _ := strings.Cut(operation, ":")
			if got := code(call(cfg)); got != codes[service] {
				t.Errorf("%s=%s answers %q, want %q", operation, kind, got, codes[service])
			}
		}
	}
}

// A refused call has no effect, a dropped one has; only the Nth is broken.
func TestFaultsAndEffects(t *testing.T) {
	for _, test := range []struct {
		fault  string
		first  bool // whether the first call took effect
		second string
	}{
		{"iam:CreateRole#1=deny", false, ""},
		{"iam:CreateRole#1=throttle", false, ""},
		{"iam:CreateRole#1=500", false, ""},
		{"iam:CreateRole#1=drop", true, "EntityAlreadyExists"},
		{"iam:CreateRole#2=deny", true, "AccessDenied"},
	} {
		t.Run(test.fault, func(t *testing.T) {
			s := faulty(t, test.fault)
			create := func() error {
				cfg := s.config(homeRegion)
				cfg.RetryMaxAttempts = 1
				_, err := iam.NewFromConfig(cfg).CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("R"), AssumeRolePolicyDocument: aws.String(trustOf(rootARN(vendorAccount), ""))})
				return err
			}
			if err := create(); (err == nil) != strings.Contains(test.fault, "#2") {
				t.Errorf("first call: %v", err)
			}
			if hasRole(t, s, "R") != test.first {
				t.Errorf("after the first call the role is there: %v", !test.first)
			}
			if got := code(create()); got != test.second {
				t.Errorf("second call answers %q, want %q", got, test.second)
			}
		})
	}
}

// A client sees a dropped answer as a broken connection, which the SDK tries again.
func TestDropOverHTTP(t *testing.T) {
	s := faulty(t, "sts:GetCallerIdentity#1=drop")
	server, err := Serve(t.Context(), s, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	cfg := s.config(homeRegion)
	cfg.BaseEndpoint, cfg.HTTPClient = &server.URL, &http.Client{}
	cfg.RetryMaxAttempts = 1
	if _, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil); err == nil || !strings.Contains(err.Error(), "EOF") {
		t.Errorf("dropped call: %v", err)
	}
	if _, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil); err != nil {
		t.Error(err)
	}
}

// Delays cost time, not throughput: 128 calls of 80 ms take 80 ms together.
func TestDelaysRunTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, _ := ParseFault("sts:GetCallerIdentity#1=slow")
		s := openTest(t, Options{RTT: 80 * time.Millisecond, Faults: []Fault{f}})
		start := time.Now()
		var wg sync.WaitGroup
		for range 128 {
			wg.Go(func() {
				if _, err := iam.NewFromConfig(s.config(homeRegion)).ListRoles(ctx, nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); took != 80*time.Millisecond {
			t.Errorf("128 calls at the same time take %s, want 80ms", took)
		}
		start = time.Now()
		if _, err := sts.NewFromConfig(s.config(homeRegion)).GetCallerIdentity(ctx, nil); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != 5080*time.Millisecond {
			t.Errorf("a slow call takes %s, want 5.08s", took)
		}
	})
}

// Writes of one bucket's settings that overlap are refused, others not.
func TestOverlappingBucketSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openTest(t, Options{RTT: 80 * time.Millisecond})
		cfg := assumed(t, s.config(homeRegion), archiveAccount)
		cfg.RetryMaxAttempts = 1
		put := func(bucket string) error {
			_, err := s3Client(cfg).DeleteBucketTagging(ctx, &s3.DeleteBucketTaggingInput{Bucket: &bucket})
			return err
		}
		if _, err := s3Client(cfg).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("other")}); err != nil {
			t.Fatal(err)
		}
		codes := make([]string, 3)
		var wg sync.WaitGroup
		for i, bucket := range []string{"archive-existing", "archive-existing", "other"} {
			wg.Go(func() { codes[i] = code(put(bucket)) })
		}
		wg.Wait()
		if got := codes[0] + codes[1] + codes[2]; got != "OperationAborted" || codes[2] != "" {
			t.Errorf("codes are %q, want one OperationAborted for the bucket written twice", codes)
		}
		if err := put("archive-existing"); err != nil {
			t.Errorf("after the others: %v", err)
		}
	})
}

// Credentials that expire take those with them that they were got with: a session for good, a user's keys for a while.
func TestExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fault, err := ParseFault("iam:CreateRole#1=expired")
		if err != nil {
			t.Fatal(err)
		}
		s := openTest(t, Options{Faults: []Fault{fault}, Lapse: time.Minute})
		start := s.config(homeRegion)
		out, err := sts.NewFromConfig(start).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::" + paymentsAccount + ":role/" + memberRole), RoleSessionName: aws.String("me")})
		if err != nil {
			t.Fatal(err)
		}
		session := start.Copy()
		session.Credentials = credentials.NewStaticCredentialsProvider(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
		create := func() error {
			_, err := iam.NewFromConfig(session).CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("R"), AssumeRolePolicyDocument: aws.String(trustOf(rootARN(vendorAccount), ""))})
			return err
		}
		who := func(c aws.Config) string {
			_, err := sts.NewFromConfig(c).GetCallerIdentity(ctx, nil)
			return code(err)
		}
		if got := code(create()); got != "ExpiredToken" || who(session) != "ExpiredToken" || who(start) != "ExpiredToken" {
			t.Errorf("the call answers %q, then the session %q and the user %q", got, who(session), who(start))
		}
		time.Sleep(2 * time.Minute)
		if who(session) != "ExpiredToken" || who(start) != "" {
			t.Errorf("later the session answers %q and the user %q", who(session), who(start))
		}
		if hasRole(t, s, "R") {
			t.Error("the refused call took effect")
		}
	})
}
