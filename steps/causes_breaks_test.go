package steps_test

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/steps"
)

// broken is one way in which a set-up stops working.
type broken struct {
	id      string
	file    func(*lab) string        // nil: the central set-up with key and prefix
	before  func(*lab)               // before the set-up is applied
	breakIt func(*lab, steps.Setup)  // after it works
	byHand  func(*lab, *steps.Setup) // what only a person can do about it
	status  steps.ReportStatus       // of the diagnosis; empty: failed
	changed []string                 // what kinds of line the fix, or the break, may leave different
}

func (l *lab) editBucketPolicy(bucket string, edit func(string) string) {
	l.Helper()
	a := l.admin(archive)
	text, err := a.BucketPolicy(l.Context(), "us-east-1", bucket)
	l.must(err)
	now := edit(text)
	if now == text {
		l.Fatalf("the edit changes nothing of %s", text)
	}
	l.must(a.PutBucketPolicy(l.Context(), "us-east-1", bucket, now))
}

func (l *lab) addToBucketPolicy(bucket, statement string) {
	l.editBucketPolicy(bucket, func(text string) string {
		return parsed(text).With(parsed(`{"Version":"2012-10-17","Statement":[` + statement + `]}`).Statements...).String()
	})
}

func (l *lab) editTrust(edit func(string) string) {
	l.Helper()
	a := l.admin(archive)
	text, err := a.Trust(l.Context(), hubRole)
	l.must(err)
	l.must(a.PutTrust(l.Context(), hubRole, edit(text)))
}

func (l *lab) encrypt(bucket, key string) {
	l.Helper()
	by := &s3types.ServerSideEncryptionByDefault{SSEAlgorithm: s3types.ServerSideEncryptionAwsKms}
	if key != "" {
		by.KMSMasterKeyID = aws.String(key)
	}
	_, err := l.sdk(archive, "us-east-1").s3().PutBucketEncryption(l.Context(), &s3.PutBucketEncryptionInput{Bucket: aws.String(bucket),
		ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{Rules: []s3types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: by}}}})
	l.must(err)
}

// onExisting is the central set-up on the bucket that was there before, encrypted with the customer key.
func onExisting(l *lab) string { return central("central-flow-logs", "archive-existing") }

func deletesReplaced(l *lab) string {
	return strings.Replace(keyedFile(l.flowLogsKey()), "regions: [us-east-1]}", "regions: [us-east-1], delete_replaced: true}", 1)
}

func keyOnExisting(l *lab) {
	l.must(l.admin(archive).Encrypt(l.Context(), "us-east-1", "archive-existing", l.flowLogsKey()))
}

// breaks are further ways, beside those that the sandbox offers.
var breaks = []broken{
	{id: "key-aws-managed-cross-account", file: onExisting, before: keyOnExisting, breakIt: func(l *lab, _ steps.Setup) { l.encrypt("archive-existing", "") },
		changed: []string{"encryption "}},
	{id: "key-by-id", file: onExisting, before: keyOnExisting, breakIt: func(l *lab, _ steps.Setup) {
		l.encrypt("archive-existing", l.flowLogsKey()[strings.LastIndex(l.flowLogsKey(), "/")+1:])
	}},
	{id: "key-by-alias", file: onExisting, before: keyOnExisting, breakIt: func(l *lab, _ steps.Setup) { l.encrypt("archive-existing", "alias/flow-logs") }},
	{id: "key-other-region", file: onExisting, before: keyOnExisting, breakIt: func(l *lab, _ steps.Setup) {
		out, err := l.sdk(archive, "eu-west-1").kms().CreateKey(l.Context(), &kms.CreateKeyInput{})
		l.must(err)
		l.encrypt("archive-existing", aws.ToString(out.KeyMetadata.Arn))
	}, changed: []string{"encryption "}},
	{id: "bucket-recreated", breakIt: func(l *lab, _ steps.Setup) {
		l.deleteBucket(hubBucket)
		time.Sleep(time.Minute)
		l.must(l.admin(archive).CreateBucket(l.Context(), awsops.NewBucket{Name: hubBucket, Region: "us-east-1"}))
	}, changed: []string{"bucket ", `bucket-policy {"Sid":"Flowgrant8da31fffTlsOnly"`}},
	{id: "layout-hive", breakIt: func(l *lab, _ steps.Setup) {
		l.editBucketPolicy(hubBucket, func(text string) string { return strings.ReplaceAll(text, "AWSLogs/", "AWSLogs/aws-account-id=") })
	}},
	{id: "reader-explicit-deny", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.admin(archive).PutInline(l.Context(), hubRole, "Lockdown", `{"Version":"2012-10-17","Statement":[{"Sid":"No","Effect":"Deny","Action":"s3:GetObject","Resource":"*"}]}`))
	}},
	{id: "source-ip-deny", breakIt: func(l *lab, _ steps.Setup) {
		l.addToBucketPolicy(hubBucket, `{"Sid":"OurNetwork","Effect":"Deny","Principal":"*","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::central-flow-logs/*","Condition":{"NotIpAddress":{"aws:SourceIp":"198.51.100.0/24"}}}`)
	}, changed: []string{"bucket-policy "}},
	{id: "trust-loose", breakIt: func(l *lab, _ steps.Setup) { // one of several IDs
		l.editTrust(func(text string) string {
			return strings.Replace(text, `"xs-7f3a91"`, `["xs-7f3a91","xs-of-another"]`, 1)
		})
	}},
	{id: "trust-loose", breakIt: func(l *lab, _ steps.Setup) { // the whole account, with the ID
		l.editTrust(func(text string) string {
			return strings.Replace(text, vendorRole, "arn:aws:iam::999988887777:root", 1)
		})
	}, changed: []string{"trust "}},
	{id: "trust-loose", breakIt: func(l *lab, _ steps.Setup) { // the whole account, without one, beside ours
		l.editTrust(func(text string) string {
			return parsed(text).With(parsed(`{"Version":"2012-10-17","Statement":[{"Sid":"Test","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"sts:AssumeRole"}]}`).Statements...).String()
		})
	}},
	{id: "trust-wrong", breakIt: func(l *lab, _ steps.Setup) { // a Deny
		l.editTrust(func(text string) string {
			return parsed(text).With(parsed(`{"Version":"2012-10-17","Statement":[{"Sid":"Stop","Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}`).Statements...).String()
		})
	}},
	{id: "reader-excess", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.admin(archive).PutInline(l.Context(), hubRole, "Keys", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:Decrypt","ec2:DescribeVpcs"],"Resource":"*"}]}`))
	}, changed: []string{`inline Keys`}},
	{id: "reader-excess", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.admin(archive).AttachPolicy(l.Context(), hubRole, "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"))
	}},
	{id: "reader-excess", breakIt: func(l *lab, _ steps.Setup) { // in the managed policy itself
		p, err := l.admin(archive).Policy(l.Context(), hubPolicy)
		l.must(err)
		_, err = l.admin(archive).CreatePolicyVersion(l.Context(), hubPolicy, strings.Replace(p.Document, `"s3:GetObject"`, `"s3:GetObject","s3:PutObject"`, 1))
		l.must(err)
	}},
	{id: "bucket-policy-unscoped", file: onExisting, before: keyOnExisting, breakIt: func(l *lab, _ steps.Setup) {
		l.addToBucketPolicy("archive-existing", `{"Sid":"Anyone","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::archive-existing/*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:logs:*:*:*"}}}`)
	}, changed: []string{`bucket-policy {"Sid":"Anyone"`}},
}

func (l *lab) editKeyPolicy(edit func(policy.Document) policy.Document) {
	l.Helper()
	key := l.flowLogsKey()
	text, err := l.admin(archive).KeyPolicy(l.Context(), key)
	l.must(err)
	l.must(l.admin(archive).PutKeyPolicy(l.Context(), key, edit(parsed(text)).String()))
}

func (l *lab) deleteBucket(name string) {
	l.Helper()
	client := l.sdk(archive, "us-east-1").s3()
	for {
		out, err := client.ListObjectsV2(l.Context(), &s3.ListObjectsV2Input{Bucket: aws.String(name)})
		l.must(err)
		for _, o := range out.Contents {
			_, err := client.DeleteObject(l.Context(), &s3.DeleteObjectInput{Bucket: aws.String(name), Key: o.Key})
			l.must(err)
		}
		if len(out.Contents) == 0 {
			break
		}
	}
	_, err := client.DeleteBucket(l.Context(), &s3.DeleteBucketInput{Bucket: aws.String(name)})
	l.must(err)
}
