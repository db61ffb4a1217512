package sandbox

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestCreateBucket(t *testing.T) {
	l := newLab(t)
	constraint := func(region types.BucketLocationConstraint) *types.CreateBucketConfiguration {
		return &types.CreateBucketConfiguration{LocationConstraint: region}
	}
	for _, c := range []struct {
		account, region, bucket string
		configuration           *types.CreateBucketConfiguration
		code                    string
	}{
		{archiveAccount, homeRegion, "one", nil, ""},
		{archiveAccount, homeRegion, "one", nil, ""},
		{paymentsAccount, homeRegion, "one", nil, "BucketAlreadyExists"},
		{archiveAccount, homeRegion, "two", constraint("us-east-1"), "InvalidLocationConstraint"},
		{archiveAccount, homeRegion, "two", constraint("eu-west-1"), ""},
		{archiveAccount, homeRegion, "two", constraint("eu-west-1"), "BucketAlreadyOwnedByYou"},
		{archiveAccount, secondRegion, "three", nil, "IllegalLocationConstraintException"},
		{archiveAccount, secondRegion, "three", constraint("eu-west-2"), "IllegalLocationConstraintException"},
		{archiveAccount, secondRegion, "three", constraint("EU"), ""},
		{archiveAccount, homeRegion, "Bad_Name", nil, "InvalidBucketName"},
		{archiveAccount, homeRegion, "10.0.0.1", nil, "InvalidBucketName"},
	} {
		_, err := l.s3(c.account, c.region).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &c.bucket, CreateBucketConfiguration: c.configuration})
		if code(err) != c.code {
			t.Errorf("%s in %s: %v, want %q", c.bucket, c.region, err, c.code)
		}
	}
	client := l.s3(archiveAccount, homeRegion)
	_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("tagged"), ObjectOwnership: types.ObjectOwnershipObjectWriter,
		CreateBucketConfiguration: &types.CreateBucketConfiguration{Tags: []types.Tag{{Key: aws.String("flowgrant:setup"), Value: aws.String("central")}}}})
	l.must(err)
	tags, err := client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: aws.String("tagged")})
	l.must(err)
	ownership, err := client.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: aws.String("tagged")})
	l.must(err)
	if *tags.TagSet[0].Key != "flowgrant:setup" || ownership.OwnershipControls.Rules[0].ObjectOwnership != types.ObjectOwnershipObjectWriter {
		t.Errorf("made with %+v, %+v", tags.TagSet, ownership.OwnershipControls.Rules)
	}
	// The region of a bucket shows even to those who asked elsewhere.
	elsewhere := l.s3(archiveAccount, "eu-central-1")
	_, err = elsewhere.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String("two")})
	l.want(err, "PermanentRedirect")
	_, err = elsewhere.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String("two")})
	if err == nil || !strings.Contains(err.Error(), "301") {
		t.Errorf("HeadBucket in the wrong region: %v", err)
	}
	_, err = client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String("no-such-bucket")})
	l.want(err, "NotFound")
	_, err = client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String("no-such-bucket")})
	l.want(err, "NoSuchBucket")
	_, err = l.s3(storefrontAccount, homeRegion).HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String("one")})
	l.want(err, "Forbidden")
	_, err = client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String("one"), ExpectedBucketOwner: aws.String(paymentsAccount)})
	l.want(err, "Forbidden")
	head, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String("one"), ExpectedBucketOwner: aws.String(archiveAccount)})
	l.must(err)
	if *head.BucketRegion != homeRegion {
		t.Errorf("region is %s", *head.BucketRegion)
	}
	location, err := l.s3(archiveAccount, secondRegion).GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: aws.String("two")})
	l.must(err)
	if location.LocationConstraint != "eu-west-1" {
		t.Errorf("location is %s", location.LocationConstraint)
	}
	var names []string
	pages := s3.NewListBucketsPaginator(client, &s3.ListBucketsInput{MaxBuckets: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		l.must(err)
		for _, b := range page.Buckets {
			names = append(names, *b.Name)
		}
	}
	if !slices.Equal(names, []string{"archive-existing", "one", "tagged", "three", "two"}) {
		t.Errorf("buckets are %v", names)
	}
}

func TestFreshBucket(t *testing.T) {
	l := newLab(t)
	l.bucket("fresh")
	client, name := l.s3(archiveAccount, homeRegion), aws.String("fresh")
	encryption, err := client.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: name})
	l.must(err)
	block, err := client.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: name})
	l.must(err)
	ownership, err := client.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: name})
	l.must(err)
	if encryption.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm != "AES256" || !*block.PublicAccessBlockConfiguration.BlockPublicPolicy ||
		!*block.PublicAccessBlockConfiguration.RestrictPublicBuckets || ownership.OwnershipControls.Rules[0].ObjectOwnership != "BucketOwnerEnforced" {
		t.Error("a fresh bucket has not AWS's defaults")
	}
	_, err = client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: name})
	l.want(err, "NoSuchBucketPolicy")
	_, err = client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: name})
	l.want(err, "NoSuchTagSet")
	_, err = client.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: name})
	l.want(err, "NoSuchLifecycleConfiguration")
	_, err = client.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: name, LifecycleConfiguration: &types.BucketLifecycleConfiguration{
		Rules: []types.LifecycleRule{{ID: aws.String("x"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("AWSLogs/")}, Expiration: &types.LifecycleExpiration{Days: aws.Int32(90)}}}}})
	l.must(err)
	lifecycle, err := client.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: name})
	l.must(err)
	if r := lifecycle.Rules[0]; *r.Expiration.Days != 90 || *r.Filter.Prefix != "AWSLogs/" {
		t.Errorf("lifecycle is %+v", r)
	}
	_, err = client.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: name})
	l.must(err)
	_, err = client.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: name})
	l.want(err, "NoSuchPublicAccessBlockConfiguration")
	_, err = client.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: name})
	l.must(err)
	_, err = client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: name})
	l.must(err)
	_, err = client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: name, VersioningConfiguration: &types.VersioningConfiguration{Status: "Enabled"}})
	l.want(err, "NotImplemented")
	_, err = client.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: name})
	l.want(err, "NotImplemented")
}

func TestPutBucketPolicy(t *testing.T) {
	l := newLab(t)
	l.bucket("policied")
	client := l.s3(archiveAccount, homeRegion)
	statement := func(principal, action, resource, more string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":` + action + `,"Resource":` + resource + more + `}]}`
	}
	const service, object, bucket = `{"Service":"delivery.logs.amazonaws.com"}`, `"arn:aws:s3:::policied/*"`, `"arn:aws:s3:::policied"`
	for _, c := range []struct{ name, policy, code, message string }{
		{"good", statement(service, `"s3:PutObject"`, object, ""), "", ""},
		{"no JSON", "policy", "MalformedPolicy", "valid JSON"},
		{"no principal", `{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":` + object + `}]}`, "MalformedPolicy", "Principal"},
		{"no resource", `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*"}]}`, "MalformedPolicy", "Resource"},
		{"effect", strings.Replace(statement(service, `"s3:PutObject"`, object, ""), "Allow", "allow", 1), "MalformedPolicy", "Effect"},
		{"action of KMS", statement(service, `"kms:Decrypt"`, object, ""), "MalformedPolicy", "Policy has invalid action"},
		{"no such action", statement(service, `"s3:ReadObject"`, object, ""), "MalformedPolicy", "Policy has invalid action"},
		{"other bucket", statement(service, `"s3:PutObject"`, `"arn:aws:s3:::other/*"`, ""), "MalformedPolicy", "Policy has invalid resource"},
		{"object action on bucket", statement(service, `"s3:PutObject"`, bucket, ""), "MalformedPolicy", "Action does not apply to any resource(s) in statement"},
		{"bucket action on object", statement(service, `"s3:ListBucket"`, object, ""), "MalformedPolicy", "Action does not apply to any resource(s) in statement"},
		{"unknown role", statement(`{"AWS":"arn:aws:iam::444455556666:role/Nobody"}`, `"s3:GetObject"`, object, ""), "MalformedPolicy", "Invalid principal in policy"},
		{"unknown account", statement(`{"AWS":"000000000001"}`, `"s3:GetObject"`, object, ""), "MalformedPolicy", "Invalid principal in policy"},
		{"operator", statement(service, `"s3:PutObject"`, object, `,"Condition":{"StringSame":{"aws:SourceAccount":"1"}}`), "MalformedPolicy", "Invalid Condition type"},
		{"public", statement(`"*"`, `"s3:GetObject"`, object, ""), "AccessDenied", "BlockPublicPolicy"},
		{"public by wildcard", statement(`{"AWS":"*"}`, `"s3:GetObject"`, object, `,"Condition":{"StringLike":{"aws:PrincipalOrgID":"o-*"}}`), "AccessDenied", "BlockPublicPolicy"},
		{"fixed", statement(`"*"`, `"s3:GetObject"`, object, `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-sandbox001"}}`), "", ""},
		{"long", statement(service, `"s3:PutObject"`, object, strings.Repeat(" ", 20480)), "PolicyTooLarge", "maximum allowed document size"},
		{"last", statement(`{"AWS":"arn:aws:iam::444455556666:role/OrganizationAccountAccessRole"}`, `["s3:GetObject"]`, "[ "+object+" ]", ""), "", ""},
	} {
		_, err := client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("policied"), Policy: &c.policy})
		if code(err) != c.code || err != nil && !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: %v, want %s %q", c.name, err, c.code, c.message)
		}
		if c.name == "last" {
			got, err := client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String("policied")})
			l.must(err)
			if *got.Policy != c.policy {
				t.Errorf("put %s, got %s", c.policy, *got.Policy)
			}
		}
	}
	// A role that is made again under its name is another principal, and the policy shows the old one's id.
	role := l.s.w.Accounts[archiveAccount].Roles[strings.ToLower(memberRole)]
	old := role.ID
	role.Attached = nil // so that only the bucket policy lets it in
	read := func() error {
		_, err := l.s3(archiveAccount, homeRegion).GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("policied"), Key: aws.String("k")})
		return err
	}
	l.s.w.Buckets["policied"].put(&Object{Key: "k", ETag: "0"})
	l.want(read(), "")
	role.ID = "AROANEWNEWNEWNEWNEWNE"
	l.want(read(), "AccessDenied")
	role.Attached = []string{awsPolicyARN("AdministratorAccess")}
	got, err := l.s3(archiveAccount, homeRegion).GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String("policied")})
	l.must(err)
	if !strings.Contains(*got.Policy, old) || strings.Contains(*got.Policy, "OrganizationAccountAccessRole") {
		t.Errorf("policy is %s", *got.Policy)
	}
	// Only the owner's account handles the policy, whatever the policy says.
	l.s.w.Buckets["policied"].Policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["s3:PutBucketPolicy","s3:GetBucketPolicy"],"Resource":"arn:aws:s3:::policied"}]}`
	for account, want := range map[string]string{paymentsAccount: "MethodNotAllowed", storefrontAccount: "AccessDenied"} {
		_, err := l.s3(account, homeRegion).GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String("policied")})
		l.want(err, want)
		_, err = l.s3(account, homeRegion).PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("policied"), Policy: aws.String(statement(service, `"s3:PutObject"`, object, ""))})
		l.want(err, want)
	}
}

// A public policy opens a bucket to the world unless the bucket restricts it to its own account.
func TestPublicBuckets(t *testing.T) {
	l := newLab(t)
	l.bucket("open-house")
	b := l.s.w.Buckets["open-house"]
	b.Policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::open-house/*"}]}`
	b.put(&Object{Key: "k", ETag: "0"})
	for restrict, want := range map[bool]string{true: "AccessDenied", false: ""} {
		b.PublicBlock = &PublicBlock{RestrictPublicBuckets: restrict}
		anonymous := s3Client(aws.Config{Region: homeRegion, Credentials: aws.AnonymousCredentials{}, HTTPClient: &http.Client{Transport: l.s}})
		visitors := map[string]*s3.Client{"anybody": anonymous, "the vendor": s3Client(l.user(vendorAccount, homeRegion, "v", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))}
		for who, client := range visitors {
			_, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("open-house"), Key: aws.String("k")})
			if code(err) != want {
				t.Errorf("%s, restricted %t: %v", who, restrict, err)
			}
		}
	}
	status, err := l.s3(archiveAccount, homeRegion).GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: aws.String("open-house")})
	l.must(err)
	if !*status.PolicyStatus.IsPublic {
		t.Error("the policy is not called public")
	}
}

func TestObjects(t *testing.T) {
	l := newLab(t)
	l.bucket("things")
	client, bucket := l.s3(archiveAccount, homeRegion), aws.String("things")
	content := strings.Repeat("0123456789", 200_000)
	put, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("a b/ключ+1"), Body: strings.NewReader(content[:10]), Metadata: map[string]string{"colour": "red"}})
	l.must(err)
	got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("a b/ключ+1")})
	l.must(err)
	if body, _ := io.ReadAll(got.Body); string(body) != "0123456789" || *got.ETag != *put.ETag || got.Metadata["colour"] != "red" || got.ServerSideEncryption != "AES256" {
		t.Errorf("got %q %+v", body, got)
	}
	_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("big"), Body: strings.NewReader(content)})
	l.must(err)
	for header, want := range map[string]string{"bytes=0-3": "0123", "bytes=8-11": "8901", "bytes=-2": "89", "bytes=1999999-": "9", "bytes=1999999-9999999": "9"} {
		got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("big"), Range: &header})
		l.must(err)
		if body, _ := io.ReadAll(got.Body); string(body) != want {
			t.Errorf("%s gave %q", header, body)
		}
	}
	_, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("big"), Range: aws.String("bytes=2000000-")})
	l.want(err, "InvalidRange")
	_, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("none")})
	l.want(err, "NoSuchKey")
	_, err = client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: aws.String("none")})
	l.want(err, "NotFound")
	blind := s3Client(l.user(archiveAccount, homeRegion, "blind", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`))
	_, err = blind.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("none")})
	l.want(err, "AccessDenied")
	_, err = blind.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("big")})
	l.want(err, "")
	_, err = blind.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("big"), Body: strings.NewReader("x")})
	l.want(err, "AccessDenied")
	l.s.w.Buckets["things"].Encryption = &Encryption{Algorithm: "aws:kms", Key: "alias/flow-logs"}
	writer := s3Client(l.user(archiveAccount, homeRegion, "writer", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`))
	_, err = writer.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("big"), Body: strings.NewReader("x")})
	l.want(err, "AccessDenied")
	l.s.w.Buckets["things"].Encryption = nil
	_, err = writer.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("big"), Body: strings.NewReader("x")})
	l.want(err, "")
	_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("public"), ACL: types.ObjectCannedACLPublicRead, Body: strings.NewReader("x")})
	l.want(err, "AccessControlListNotSupported")
	_, err = client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: bucket})
	l.want(err, "BucketNotEmpty")
	deleted, err := client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: aws.String("a b/ключ+1")}, {Key: aws.String("big")}}}})
	l.must(err)
	if len(deleted.Deleted) != 2 {
		t.Errorf("deleted %+v", deleted)
	}
	_, err = client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: bucket})
	l.want(err, "")
}

// A damaged body is refused, not stored.
func TestChecksum(t *testing.T) {
	l := newLab(t)
	l.bucket("things")
	cfg := l.as(archiveAccount, homeRegion)
	cfg.HTTPClient = &http.Client{Transport: damage{l.s}}
	for _, algorithm := range []types.ChecksumAlgorithm{"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
		in := func() *s3.PutObjectInput {
			return &s3.PutObjectInput{Bucket: aws.String("things"), Key: aws.String("k"), Body: strings.NewReader("payload"), ChecksumAlgorithm: algorithm}
		}
		_, err := s3Client(cfg).PutObject(ctx, in())
		l.want(err, "BadDigest")
		_, err = l.s3(archiveAccount, homeRegion).PutObject(ctx, in())
		l.want(err, "")
	}
}

// damage changes a byte of every chunk that it carries.
type damage struct{ to http.RoundTripper }

func (d damage) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(bytes.Replace(body, []byte("payload"), []byte("payloat"), 1)))
	return d.to.RoundTrip(r)
}

func TestOverlappingSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openTest(t, Options{RTT: 80 * time.Millisecond})
		cfg := s.config(homeRegion)
		cfg.RetryMaxAttempts = 1
		client := s3Client(cfg)
		for _, name := range []string{"one", "two"} {
			if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name}); err != nil {
				t.Fatal(err)
			}
		}
		encrypt := func(name string) error {
			_, err := client.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{Bucket: &name, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
				Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: "AES256"}}}}})
			return err
		}
		block := func(name string) error {
			_, err := client.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{Bucket: &name, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{}})
			return err
		}
		read := func(name string) error {
			_, err := client.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: &name})
			return err
		}
		object := func(name string) error {
			_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &name, Key: aws.String("k"), Body: strings.NewReader("x")})
			return err
		}
		both := func(later time.Duration, first, second func(string) error, a, b string) (error, error) {
			var one, two error
			var wait sync.WaitGroup
			wait.Go(func() { one = first(a) })
			wait.Go(func() { time.Sleep(later); two = second(b) })
			wait.Wait()
			return one, two
		}
		for _, c := range []struct {
			name          string
			later         time.Duration
			first, second func(string) error
			a, b          string
			want          string
		}{
			{"while the first is on its way", 10 * time.Millisecond, encrypt, block, "one", "one", "OperationAborted"},
			{"while the first's answer is on its way", 70 * time.Millisecond, encrypt, block, "one", "one", "OperationAborted"},
			{"after the answer", 90 * time.Millisecond, encrypt, block, "one", "one", ""},
			{"on another bucket", 10 * time.Millisecond, encrypt, block, "one", "two", ""},
			{"a read", 10 * time.Millisecond, encrypt, read, "one", "one", ""},
			{"an object", 10 * time.Millisecond, encrypt, object, "one", "one", ""},
		} {
			first, second := both(c.later, c.first, c.second, c.a, c.b)
			if first != nil || code(second) != c.want {
				t.Errorf("%s: %v, %v, want %q", c.name, first, second, c.want)
			}
		}
	})
}
