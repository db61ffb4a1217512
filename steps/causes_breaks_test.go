package steps_test

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
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

// otherFlowLog puts a flow log of another kind in the place of those of Payments' first VPC with interfaces.
func (l *lab) otherFlowLog(bucket string, edit func(*ec2.CreateFlowLogsInput)) {
	l.Helper()
	ctx, client := l.Context(), l.sdk(payments, "us-east-1").ec2()
	logs, err := l.admin(payments).FlowLogs(ctx, "us-east-1")
	l.must(err)
	if len(logs) == 0 {
		l.Fatal("there is no flow log")
	}
	_, err = client.DeleteFlowLogs(ctx, &ec2.DeleteFlowLogsInput{FlowLogIds: []string{logs[0].ID}})
	l.must(err)
	in := &ec2.CreateFlowLogsInput{ResourceIds: []string{logs[0].ResourceID}, ResourceType: ec2types.FlowLogsResourceTypeVpc, TrafficType: ec2types.TrafficTypeAll,
		LogDestinationType: ec2types.LogDestinationTypeS3, LogDestination: aws.String(logs[0].Destination), LogFormat: aws.String(logs[0].Format), MaxAggregationInterval: aws.Int32(600)}
	edit(in)
	out, err := client.CreateFlowLogs(ctx, in)
	l.must(err)
	if len(out.Unsuccessful) > 0 {
		l.Fatalf("flow log: %s", aws.ToString(out.Unsuccessful[0].Error.Message))
	}
}

var breaks = []broken{
	{id: "bucket-policy-missing", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.admin(archive).DeleteBucketPolicy(l.Context(), "us-east-1", hubBucket))
	}},
	{id: "bucket-policy-denies", breakIt: func(l *lab, _ steps.Setup) {
		l.addToBucketPolicy(hubBucket, `{"Sid":"Freeze","Effect":"Deny","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::central-flow-logs/*"}`)
	}},
	{id: "bucket-policy-wrong-account", breakIt: func(l *lab, _ steps.Setup) {
		l.editBucketPolicy(hubBucket, func(text string) string { return strings.ReplaceAll(text, payments, "555566667777") })
	}},
	{id: "bucket-policy-wrong-organization", file: func(l *lab) string { return keyedFile(l.flowLogsKey()) + "delivery_scope: organization\n" }, breakIt: func(l *lab, _ steps.Setup) {
		l.editBucketPolicy(hubBucket, func(text string) string { return strings.ReplaceAll(text, "o-sandbox001", "o-anotherone") })
	}},
	{id: "bucket-policy-source-arn", breakIt: func(l *lab, _ steps.Setup) {
		l.editBucketPolicy(hubBucket, func(text string) string { return strings.ReplaceAll(text, "arn:aws:logs:*:", "arn:aws:ec2:*:") })
	}},
	{id: "key-policy-missing", breakIt: func(l *lab, _ steps.Setup) {
		l.editKeyPolicy(func(d policy.Document) policy.Document {
			d.Statements = slices.DeleteFunc(d.Statements, func(s policy.Statement) bool { return strings.HasPrefix(s.Sid, "Flowgrant") })
			return d
		})
	}},
	{id: "key-policy-denies", breakIt: func(l *lab, _ steps.Setup) {
		l.editKeyPolicy(func(d policy.Document) policy.Document {
			return d.With(parsed(`{"Version":"2012-10-17","Statement":[{"Sid":"NoServices","Effect":"Deny","Principal":"*","Action":"kms:GenerateDataKey*","Resource":"*","Condition":{"Bool":{"aws:PrincipalIsAWSService":"true"}}}]}`).Statements...)
		})
	}, changed: []string{`key-policy {"Sid":"NoServices"`}},
	{id: "key-disabled", breakIt: func(l *lab, _ steps.Setup) {
		_, err := l.sdk(archive, "us-east-1").kms().DisableKey(l.Context(), &kms.DisableKeyInput{KeyId: aws.String(l.flowLogsKey())})
		l.must(err)
	}},
	{id: "key-pending-deletion", breakIt: func(l *lab, _ steps.Setup) {
		_, err := l.sdk(archive, "us-east-1").kms().ScheduleKeyDeletion(l.Context(), &kms.ScheduleKeyDeletionInput{KeyId: aws.String(l.flowLogsKey()), PendingWindowInDays: aws.Int32(7)})
		l.must(err)
	}},
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
	{id: "bucket-deleted", breakIt: func(l *lab, _ steps.Setup) { l.deleteBucket(hubBucket) }},
	{id: "bucket-recreated", breakIt: func(l *lab, _ steps.Setup) {
		l.deleteBucket(hubBucket)
		time.Sleep(time.Minute)
		l.must(l.admin(archive).CreateBucket(l.Context(), awsops.NewBucket{Name: hubBucket, Region: "us-east-1"}))
	}, changed: []string{"bucket ", `bucket-policy {"Sid":"Flowgrant8da31fffTlsOnly"`}},
	{id: "layout-hive", breakIt: func(l *lab, _ steps.Setup) {
		l.editBucketPolicy(hubBucket, func(text string) string { return strings.ReplaceAll(text, "AWSLogs/", "AWSLogs/aws-account-id=") })
	}},
	{id: "prefix-mismatch", breakIt: func(l *lab, _ steps.Setup) {
		l.addToBucketPolicy(hubBucket, `{"Sid":"Typo","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::central-flow-logs/taem/AWSLogs/111122223333/*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}`)
		l.otherFlowLog(hubBucket, func(in *ec2.CreateFlowLogsInput) {
			in.LogDestination = aws.String("arn:aws:s3:::central-flow-logs/taem/")
		})
	}, changed: []string{`bucket-policy {"Sid":"Typo"`, "flow-log vpc-01cb501258d2b6f14arn:aws:s3:::central-flow-logs/taem/"}},
	{id: "format-without-tcp-flags", file: deletesReplaced, breakIt: func(l *lab, _ steps.Setup) {
		l.otherFlowLog(hubBucket, func(in *ec2.CreateFlowLogsInput) {
			in.LogFormat = aws.String(flowrecord.Format(flowrecord.DefaultV2...))
		})
	}},
	{id: "layout-hourly", file: deletesReplaced, breakIt: func(l *lab, _ steps.Setup) {
		l.otherFlowLog(hubBucket, func(in *ec2.CreateFlowLogsInput) {
			in.DestinationOptions = &ec2types.DestinationOptionsRequest{PerHourPartition: aws.Bool(true)}
		})
	}},
	{id: "traffic-type", file: deletesReplaced, breakIt: func(l *lab, _ steps.Setup) {
		l.otherFlowLog(hubBucket, func(in *ec2.CreateFlowLogsInput) { in.TrafficType = ec2types.TrafficTypeReject })
	}},
	{id: "flow-log-deleted", breakIt: func(l *lab, _ steps.Setup) {
		logs, err := l.admin(payments).FlowLogs(l.Context(), "us-east-1")
		l.must(err)
		l.must(l.admin(payments).DeleteFlowLogs(l.Context(), "us-east-1", []string{logs[0].ID}))
	}},
	{id: "role-missing", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.admin(archive).DetachPolicy(l.Context(), hubRole, hubPolicy))
		l.must(l.admin(archive).DeleteRole(l.Context(), hubRole))
	}},
	{id: "role-path", breakIt: func(l *lab, _ steps.Setup) {
		client, a := l.sdk(archive, "us-east-1").iam(), l.admin(archive)
		role, err := a.Role(l.Context(), hubRole)
		l.must(err)
		l.must(a.DetachPolicy(l.Context(), hubRole, hubPolicy))
		l.must(a.DeleteRole(l.Context(), hubRole))
		_, err = client.CreateRole(l.Context(), &iam.CreateRoleInput{RoleName: aws.String(hubRole), Path: aws.String("/vendors/"), AssumeRolePolicyDocument: aws.String(role.Trust), Tags: iamTags(role.Tags), Description: aws.String(role.Description)})
		l.must(err)
		l.must(a.AttachPolicy(l.Context(), hubRole, hubPolicy))
	}},
	{id: "principal-recreated", breakIt: func(l *lab, _ steps.Setup) {
		a := l.admin(payments)
		_, err := a.CreateRole(l.Context(), awsops.NewRole{Name: "Reader", Trust: policy.AssumeRoleTrust("arn:aws:iam::123456789012:root", "").String()})
		l.must(err)
		l.editTrust(func(text string) string {
			return strings.ReplaceAll(text, vendorRole, "arn:aws:iam::"+payments+":role/Reader")
		})
		l.must(a.DeleteRole(l.Context(), "Reader"))
	}},
	{id: "external-id-whitespace", breakIt: func(l *lab, _ steps.Setup) {
		l.editTrust(func(text string) string { return strings.ReplaceAll(text, "xs-7f3a91", "xs-7f3a91 ") })
	}},
	{id: "external-id-case", breakIt: func(l *lab, _ steps.Setup) {
		l.editTrust(func(text string) string { return strings.ReplaceAll(text, "xs-7f3a91", "XS-7F3A91") })
	}},
	{id: "external-id-mismatch", breakIt: func(l *lab, _ steps.Setup) {
		l.editTrust(func(text string) string { return strings.ReplaceAll(text, "xs-7f3a91", "xs-000000") })
	}},
	{id: "trust-wrong", breakIt: func(l *lab, _ steps.Setup) {
		l.editTrust(func(string) string { return policy.AssumeRoleTrust(vendorRole, "").String() })
	}},
	{id: "role-boundary", breakIt: func(l *lab, _ steps.Setup) {
		arn, err := l.admin(archive).CreatePolicy(l.Context(), newPolicy("Boundary", `{"Version":"2012-10-17","Statement":[{"Sid":"Only","Effect":"Allow","Action":"ec2:*","Resource":"*"}]}`))
		l.must(err)
		_, err = l.sdk(archive, "us-east-1").iam().PutRolePermissionsBoundary(l.Context(), &iam.PutRolePermissionsBoundaryInput{RoleName: aws.String(hubRole), PermissionsBoundary: aws.String(arn)})
		l.must(err)
	}},
	{id: "reader-explicit-deny", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.admin(archive).PutInline(l.Context(), hubRole, "Lockdown", `{"Version":"2012-10-17","Statement":[{"Sid":"No","Effect":"Deny","Action":"s3:GetObject","Resource":"*"}]}`))
	}},
	{id: "reader-explicit-deny", breakIt: func(l *lab, _ steps.Setup) {
		l.addToBucketPolicy(hubBucket, `{"Sid":"NoReader","Effect":"Deny","Principal":{"AWS":"arn:aws:iam::444455556666:role/`+hubRole+`"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::central-flow-logs/*"}`)
	}},
	{id: "tls-deny", breakIt: func(l *lab, _ steps.Setup) {
		l.addToBucketPolicy(hubBucket, `{"Sid":"Tls","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::central-flow-logs/*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`)
	}, changed: []string{"bucket-policy "}},
	{id: "vpce-deny", breakIt: func(l *lab, _ steps.Setup) {
		l.addToBucketPolicy(hubBucket, `{"Sid":"OurEndpoint","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::central-flow-logs/*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-0123456789abcdef0"}}}`)
	}, changed: []string{"bucket-policy "}},
	{id: "source-ip-deny", breakIt: func(l *lab, _ steps.Setup) {
		l.addToBucketPolicy(hubBucket, `{"Sid":"OurNetwork","Effect":"Deny","Principal":"*","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::central-flow-logs/*","Condition":{"NotIpAddress":{"aws:SourceIp":"198.51.100.0/24"}}}`)
	}, changed: []string{"bucket-policy "}},
	{id: "permissions-missing", breakIt: func(l *lab, _ steps.Setup) {
		p, err := l.admin(archive).Policy(l.Context(), hubPolicy)
		l.must(err)
		_, err = l.admin(archive).CreatePolicyVersion(l.Context(), hubPolicy, strings.ReplaceAll(p.Document, payments, "555566667777"))
		l.must(err)
	}, changed: []string{"policy "}},
	{id: "permissions-detached", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.admin(archive).DetachPolicy(l.Context(), hubRole, hubPolicy))
	}},
	{id: "decrypt-missing", breakIt: func(l *lab, _ steps.Setup) {
		p, err := l.admin(archive).Policy(l.Context(), hubPolicy)
		l.must(err)
		d := parsed(p.Document)
		d.Statements = slices.DeleteFunc(d.Statements, func(s policy.Statement) bool { return s.Action.Has("kms:Decrypt") })
		_, err = l.admin(archive).CreatePolicyVersion(l.Context(), hubPolicy, d.String())
		l.must(err)
	}},
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
