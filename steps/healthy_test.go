package steps_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// healthy is a world in which a set-up works, however odd it looks.
type healthy struct {
	name    string
	file    func(*lab) string
	prepare func(*lab)              // before the set-up is applied
	after   func(*lab, steps.Setup) // after it
}

func as(file string, replace ...string) func(*lab) string {
	return func(*lab) string { return strings.NewReplacer(replace...).Replace(file) }
}

// beside makes a further flow log of Payments' first VPC, as another team would.
func (l *lab) beside(bucket string, edit func(*ec2.CreateFlowLogsInput)) {
	l.Helper()
	vpcs, err := l.admin(payments).VPCs(l.Context(), "us-east-1")
	l.must(err)
	in := &ec2.CreateFlowLogsInput{ResourceIds: []string{vpcs[0].ID}, ResourceType: ec2types.FlowLogsResourceTypeVpc, TrafficType: ec2types.TrafficTypeAll,
		LogDestinationType: ec2types.LogDestinationTypeS3, LogDestination: aws.String("arn:aws:s3:::" + bucket), MaxAggregationInterval: aws.Int32(600),
		LogFormat: aws.String("${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status} ${tcp-flags} ${vpc-id}")}
	edit(in)
	out, err := l.sdk(payments, "us-east-1").ec2().CreateFlowLogs(l.Context(), in)
	l.must(err)
	if len(out.Unsuccessful) > 0 {
		l.Fatalf("flow log: %s", aws.ToString(out.Unsuccessful[0].Error.Message))
	}
}

func (l *lab) object(account, bucket, key, body string) {
	l.Helper()
	_, err := l.sdk(account, "us-east-1").s3().PutObject(l.Context(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String(key), Body: strings.NewReader(body)})
	l.must(err)
}

func (l *lab) denyInKeyPolicy(principal, action, condition string) {
	l.Helper()
	deny := parsed(policyOf(statement("D", "Deny", principal, action, `"*"`, condition)))
	l.editKeyPolicy(func(d policy.Document) policy.Document { return d.With(deny.Statements...) })
}

const (
	hubARN   = "arn:aws:iam::444455556666:role/ColortokensHubFlowLogsRole"
	existing = "archive-existing"
)

var healthyWorlds = []healthy{
	{name: "central, new bucket", file: as(centralFile)},
	{name: "per account", file: as(perAccountFile)},
	{name: "per account without external ID", file: as(perAccountFile, ", external_id: xs-7f3a91", "")},
	{name: "KMS and prefix", file: func(l *lab) string { return keyedFile(l.flowLogsKey()) }},
	{name: "prefix of several folders", file: as(centralFile, "central-flow-logs\"", "central-flow-logs/team/network\"")},
	{name: "organization scope", file: as(centralFile + "delivery_scope: organization\n")},
	{name: "organization scope and KMS", file: func(l *lab) string { return keyedFile(l.flowLogsKey()) + "delivery_scope: organization\n" }},
	{name: "bucket that was there", file: as(centralFile, "central-flow-logs", existing)},
	{name: "bucket that was there, with KMS", file: onExisting, prepare: keyOnExisting},
	{name: "every minute", file: as(centralFile, "regions: [us-east-1]", "regions: [us-east-1], aggregation_seconds: 60")},
	{name: "rejected traffic only", file: as(centralFile, "regions: [us-east-1]", "regions: [us-east-1], traffic: REJECT")},
	{name: "two regions", file: as(centralFile, "regions: [us-east-1]", "regions: [us-east-1, eu-west-1]")},
	{name: "bucket in another region than the VPCs", file: as(centralFile, "region: us-east-1}", "region: eu-west-1}")},
	{name: "Hive and hourly flow logs of others beside ours", file: as(centralFile), after: func(l *lab, _ steps.Setup) {
		l.addToBucketPolicy(hubBucket, `{"Sid":"Athena","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::central-flow-logs/athena/AWSLogs/*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}`)
		l.beside(hubBucket+"/athena/", func(in *ec2.CreateFlowLogsInput) {
			in.DestinationOptions = &ec2types.DestinationOptionsRequest{HiveCompatiblePartitions: aws.Bool(true), PerHourPartition: aws.Bool(true)}
		})
	}},
	{name: "Hive flow log beside ours in the same folder", file: as(centralFile), after: func(l *lab, _ steps.Setup) {
		l.addToBucketPolicy(hubBucket, `{"Sid":"Athena","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::central-flow-logs/AWSLogs/aws-account-id=111122223333/*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}`)
		l.beside(hubBucket, func(in *ec2.CreateFlowLogsInput) {
			in.DestinationOptions = &ec2types.DestinationOptionsRequest{HiveCompatiblePartitions: aws.Bool(true)}
		})
	}},
	{name: "hourly flow log beside ours in the same folder", file: as(centralFile), after: func(l *lab, _ steps.Setup) {
		l.beside(hubBucket, func(in *ec2.CreateFlowLogsInput) {
			in.DestinationOptions = &ec2types.DestinationOptionsRequest{PerHourPartition: aws.Bool(true)}
		})
	}},
	{name: "flow logs to other buckets", file: as(centralFile), prepare: func(l *lab) {
		l.must(l.admin(payments).CreateBucket(l.Context(), awsops.NewBucket{Name: "payments-own", Region: "us-east-1"}))
		l.beside("payments-own", func(*ec2.CreateFlowLogsInput) {})
		l.beside("payments-own", func(in *ec2.CreateFlowLogsInput) { in.TrafficType = ec2types.TrafficTypeReject })
	}},
	{name: "Parquet and other objects of other tools", file: as(centralFile), after: func(l *lab, _ steps.Setup) {
		l.object(archive, hubBucket, "AWSLogs/111122223333/elasticloadbalancing/us-east-1/2026/11/01/x.log.gz", "x")
		l.object(archive, hubBucket, "lake/part-0000.snappy.parquet", "PAR1")
		l.object(archive, hubBucket, "AWSLogs/111122223333/vpcflowlogs/us-east-1/compacted/part-0000.parquet", "PAR1")
	}},
	{name: "only for the organization", file: as(centralFile, "central-flow-logs", existing), prepare: func(l *lab) {
		l.addToBucketPolicy(existing, `{"Sid":"Perimeter","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::archive-existing","arn:aws:s3:::archive-existing/*"],
			"Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-sandbox001"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}},
			{"Sid":"Services","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::archive-existing/*",
			"Condition":{"StringNotEqualsIfExists":{"aws:SourceOrgID":"o-sandbox001"},"Bool":{"aws:PrincipalIsAWSService":"true"}}}`)
	}},
	{name: "only in one region", file: as(centralFile, "central-flow-logs", existing), prepare: func(l *lab) {
		l.addToBucketPolicy(existing, `{"Sid":"RegionLock","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::archive-existing","arn:aws:s3:::archive-existing/*"],"Condition":{"StringNotEquals":{"aws:RequestedRegion":"us-east-1"}}}`)
	}},
	{name: "TLS only, of a version", file: as(centralFile, "central-flow-logs", existing), prepare: func(l *lab) {
		l.addToBucketPolicy(existing, `{"Sid":"Tls","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::archive-existing","arn:aws:s3:::archive-existing/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}},
			{"Sid":"Tls12","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::archive-existing","arn:aws:s3:::archive-existing/*"],"Condition":{"NumericLessThan":{"s3:TlsVersion":"1.2"}}}`)
	}},
	{name: "through an endpoint, but for the reader and services", file: as(centralFile), after: func(l *lab, _ steps.Setup) {
		l.addToBucketPolicy(hubBucket, `{"Sid":"Endpoint","Effect":"Deny","Principal":"*","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::central-flow-logs/*",
			"Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-0123456789abcdef0"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"},"ArnNotLike":{"aws:PrincipalArn":["`+hubARN+`","arn:aws:iam::*:role/OrganizationAccountAccessRole"]}}}`)
	}},
	{name: "denies for others", file: as(centralFile), after: func(l *lab, _ steps.Setup) {
		l.addToBucketPolicy(hubBucket, `{"Sid":"NotThem","Effect":"Deny","Principal":{"AWS":"arn:aws:iam::222233334444:root"},"Action":"s3:*","Resource":"arn:aws:s3:::central-flow-logs/*"},
			{"Sid":"NoDelete","Effect":"Deny","Principal":"*","Action":"s3:DeleteBucket","Resource":"arn:aws:s3:::central-flow-logs"}`)
	}},
	{name: "role that was there, with further trust and rights", file: as(centralFile), prepare: func(l *lab) {
		_, err := l.admin(archive).CreateRole(l.Context(), awsops.NewRole{Name: hubRole, Trust: `{"Version":"2012-10-17","Statement":[{"Sid":"Audit","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"},
			{"Sid":"Organization","Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-sandbox001"}}}]}`})
		l.must(err)
		l.must(l.admin(archive).PutInline(l.Context(), hubRole, "Discovery", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:Describe*","s3:GetBucketTagging"],"Resource":"*"}]}`))
	}},
	{name: "role within a boundary that lets it", file: as(centralFile), after: func(l *lab, _ steps.Setup) {
		arn, err := l.admin(archive).CreatePolicy(l.Context(), newPolicy("Boundary", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}`))
		l.must(err)
		_, err = l.sdk(archive, "us-east-1").iam().PutRolePermissionsBoundary(l.Context(), &iam.PutRolePermissionsBoundaryInput{RoleName: aws.String(hubRole), PermissionsBoundary: aws.String(arn)})
		l.must(err)
	}},
	{name: "key policy that leaves nothing to IAM but S3", file: func(l *lab) string { return keyedFile(l.flowLogsKey()) }, after: func(l *lab, _ steps.Setup) {
		l.editKeyPolicy(func(d policy.Document) policy.Document {
			return d.With(parsed(`{"Version":"2012-10-17","Statement":[{"Sid":"OnlyS3","Effect":"Deny","Principal":{"AWS":"` + hubARN + `"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringNotEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}}]}`).Statements...)
		})
	}},
	{name: "key only for the organization and services", file: func(l *lab) string { return keyedFile(l.flowLogsKey()) }, after: func(l *lab, _ steps.Setup) {
		l.denyInKeyPolicy(`"*"`, `"kms:*"`, `{"StringNotEquals":{"aws:PrincipalOrgID":"o-sandbox001"},"Bool":{"aws:PrincipalIsAWSService":"false"}}`)
	}},
	{name: "key only through S3, for whoever it is", file: func(l *lab) string { return keyedFile(l.flowLogsKey()) }, after: func(l *lab, _ steps.Setup) {
		l.denyInKeyPolicy(`"*"`, `["kms:Decrypt","kms:GenerateDataKey*"]`, `{"StringNotEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}`)
	}},
	{name: "key only for what is in the bucket", file: func(l *lab) string { return keyedFile(l.flowLogsKey()) }, after: func(l *lab, _ steps.Setup) {
		l.denyInKeyPolicy(`{"AWS":"`+hubARN+`"}`, `"kms:Decrypt"`, `{"StringNotLike":{"kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::central-flow-logs*"}}`)
	}},
	{name: "two set-ups in one bucket", file: as(centralFile, "central-flow-logs", existing), prepare: func(l *lab) {
		l.expect(l.apply(setup(l.T, centralFile, "central-flow-logs", existing, "name: central-logs", "name: second", "regions: [us-east-1]", "regions: [eu-west-1]")), steps.ResultVerified)
	}},
}

// What works is not complained about.
func TestHealthyWorldsRaiseNoAlarm(t *testing.T) {
	for _, h := range healthyWorlds {
		inBubble(t, h.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			if h.prepare != nil {
				h.prepare(l)
			}
			s := setup(t, h.file(l))
			l.expect(l.apply(s), steps.ResultVerified)
			if h.after != nil {
				h.after(l, s)
			}
			time.Sleep(2 * time.Minute)
			r := l.verify(s)
			if r.Status != steps.ReportVerified {
				t.Errorf("verify says %s", r.Status)
				l.blame(r)
			}
			decrypts := slices.ContainsFunc(r.Checks, func(c steps.Check) bool { return c.ID == "access.decrypt" })
			if said := names(r.Limits, "grants of the KMS key are not read"); said != decrypts {
				t.Errorf("that grants of the key are not read is said: %v; the logs are encrypted with one: %v", said, decrypts)
			}
			if r := l.diagnose(s); r.Status != steps.ReportVerified || len(r.Causes) > 0 {
				t.Errorf("doctor says %s: %s", r.Status, causeIDs(r))
				l.blame(r)
			}
		})
	}
}

// A Deny that asks for an organization which the acting principal may not ask about leaves open what is not known, and says how to know it.
func TestOrganizationUnseen(t *testing.T) {
	inBubble(t, "org", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile, "central-flow-logs", existing)
		l.expect(l.apply(s), steps.ResultVerified)
		l.addToBucketPolicy(existing, `{"Sid":"Perimeter","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::archive-existing","arn:aws:s3:::archive-existing/*"],
			"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-sandbox001"},"Bool":{"aws:PrincipalIsAWSService":"false"}}}`)
		l.must(l.admin(archive).PutInline(l.Context(), "OrganizationAccountAccessRole", "NoOrganization", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"organizations:*","Resource":"*"}]}`))
		for _, c := range l.verify(s).Checks {
			if c.Status == steps.Fail {
				t.Errorf("%s fails: %s (%s)", c.ID, c.Summary, c.Evidence)
			}
			if c.ID == "access.denies" {
				t.Logf("%s: %s; %s; %s", c.Status, c.Summary, c.Evidence, c.Fix)
			}
		}
	})
}
