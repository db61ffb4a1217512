package steps_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// handmade is what somebody did to a set-up that worked, with what AWS's rules make of it.
type handmade struct {
	name        string
	file        func(*lab) string // nil: the central set-up with key and prefix
	before      func(*lab)
	do          func(*lab)
	wait        time.Duration // 0: two minutes
	fails, open []string      // the checks of verify that fail, and those that are unknown
	finds       string        // the cause that doctor names first; "": none
	says        string        // in its evidence
}

const teamObjects = `"arn:aws:s3:::central-flow-logs/team/*"`

// addSCP attaches a service control policy to the flow log account, which no call of the embedded AWS does.
func (l *lab) addSCP(document string) {
	l.Helper()
	text, err := os.ReadFile(l.file)
	l.must(err)
	var world map[string]any
	l.must(json.Unmarshal(text, &world))
	inner := world
	if w, nested := world["world"].(map[string]any); nested {
		inner = w
	}
	inner["organization"].(map[string]any)["policies"] = []any{map[string]any{"id": "p-handmade1", "name": "Handmade", "document": document, "targets": []string{archive}}}
	text, err = json.Marshal(world)
	l.must(err)
	l.must(os.WriteFile(l.file+".new", text, 0o600))
	l.must(os.Rename(l.file+".new", l.file))
}

func (l *lab) inline(statements ...string) {
	l.must(l.admin(archive).PutInline(l.Context(), hubRole, "More", policyOf(statements...)))
}

// grants replaces the reader's policy.
func (l *lab) grants(edit func(string) string) {
	l.Helper()
	p, err := l.admin(archive).Policy(l.Context(), hubPolicy)
	l.must(err)
	now := edit(p.Document)
	if now == p.Document {
		l.Fatalf("the edit changes nothing of %s", now)
	}
	_, err = l.admin(archive).CreatePolicyVersion(l.Context(), hubPolicy, now)
	l.must(err)
}

// withinBoundary gives the role a permissions boundary.
func (l *lab) withinBoundary(statements ...string) {
	arn, err := l.admin(archive).CreatePolicy(l.Context(), newPolicy("Boundary", policyOf(statements...)))
	l.must(err)
	_, err = l.sdk(archive, "us-east-1").iam().PutRolePermissionsBoundary(l.Context(), &iam.PutRolePermissionsBoundaryInput{RoleName: aws.String(hubRole), PermissionsBoundary: aws.String(arn)})
	l.must(err)
}

// ownKeyRules leaves to the accounts of a key's policy what is given; the key's own account may always manage it.
func (l *lab) ownKeyRules(statements ...string) {
	l.Helper()
	key := l.flowLogsKey()
	text, err := l.admin(archive).KeyPolicy(l.Context(), key)
	l.must(err)
	kept := parsed(text)
	kept.Statements = kept.Statements[:0:0]
	for _, st := range parsed(text).Statements {
		if strings.HasPrefix(st.Sid, "Flowgrant") && strings.Contains(st.String(), "delivery.logs") {
			kept.Statements = append(kept.Statements, st)
		}
	}
	manage := statement("Manage", "Allow", `{"AWS":"arn:aws:iam::444455556666:root"}`, `["kms:GetKeyPolicy","kms:PutKeyPolicy","kms:DescribeKey","kms:List*","kms:Get*"]`, `"*"`, "")
	l.must(l.admin(archive).PutKeyPolicy(l.Context(), key, kept.With(parsed(policyOf(append(statements, manage)...)).Statements...).String()))
}

// flowLogsGone deletes the flow logs of Payments.
func (l *lab) flowLogsGone() {
	logs, err := l.admin(payments).FlowLogs(l.Context(), "us-east-1")
	l.must(err)
	var ids []string
	for _, f := range logs {
		ids = append(ids, f.ID)
	}
	_, err = l.sdk(payments, "us-east-1").ec2().DeleteFlowLogs(l.Context(), &ec2.DeleteFlowLogsInput{FlowLogIds: ids})
	l.must(err)
}

// everyVPC makes a flow log of each VPC of Payments as somebody would who does not know of the set-up.
func (l *lab) everyVPC(destination string, edit func(*ec2.CreateFlowLogsInput)) {
	l.Helper()
	vpcs, err := l.admin(payments).VPCs(l.Context(), "us-east-1")
	l.must(err)
	for _, v := range vpcs {
		l.beside(destination, func(in *ec2.CreateFlowLogsInput) {
			in.ResourceIds = []string{v.ID}
			in.LogFormat = aws.String(strings.TrimSuffix(aws.ToString(in.LogFormat), " ${vpc-id}"))
			edit(in)
		})
	}
}

func (l *lab) expireAll(bucket, prefix string, days int32) {
	l.Helper()
	_, err := l.s3(archive).PutBucketLifecycleConfiguration(l.Context(), &s3.PutBucketLifecycleConfigurationInput{Bucket: aws.String(bucket), LifecycleConfiguration: &s3types.BucketLifecycleConfiguration{
		Rules: []s3types.LifecycleRule{{ID: aws.String("tidy"), Status: s3types.ExpirationStatusEnabled, Filter: &s3types.LifecycleRuleFilter{Prefix: aws.String(prefix)}, Expiration: &s3types.LifecycleExpiration{Days: aws.Int32(days)}}}}})
	l.must(err)
}

// trustAlso adds a statement to the trust policy of the role.
func (l *lab) trustAlso(statement string) {
	l.editTrust(func(text string) string { return parsed(text).With(parsed(policyOf(statement)).Statements...).String() })
}

// trustAsks compares the external ID otherwise.
func trustAsks(replace ...string) func(*lab) {
	return func(l *lab) {
		l.editTrust(func(text string) string { return strings.NewReplacer(replace...).Replace(text) })
	}
}

func onTeam(sid, effect, principal, action, condition string) string {
	return statement(sid, effect, principal, action, teamObjects, condition)
}

const (
	everybody = `"*"`
	hub       = `{"AWS":"` + hubARN + `"}`
	ownRoot   = `{"AWS":"arn:aws:iam::444455556666:root"}`
)

// Each expectation follows from the rules of AWS (IAM user guide, reference_policies_evaluation-logic and reference_policies_elements; S3 user guide,
// bucket policies; KMS developer guide, key policies), not from what the program says.
var handmadeWorlds = []handmade{
	// What the role's own policies grant.
	{name: "everything with another bucket", do: func(l *lab) {
		l.inline(`{"Sid":"Payroll","Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::payroll","arn:aws:s3:::payroll/*"]}`)
	}, fails: []string{"access.beyond"}, finds: "reader-excess"},
	{name: "everything but IAM", do: func(l *lab) {
		l.inline(`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`)
	}, fails: []string{"access.beyond", "access.real"}, finds: "reader-excess"},
	{name: "another bucket in the reader's own statement", do: func(l *lab) {
		l.grants(func(text string) string {
			return strings.Replace(text, `"arn:aws:s3:::central-flow-logs/team/AWSLogs/111122223333/*"`, `"arn:aws:s3:::central-flow-logs/team/AWSLogs/111122223333/*","arn:aws:s3:::payroll/*"`, 1)
		})
	}, fails: []string{"access.beyond"}, finds: "reader-excess"},
	{name: "a bucket that may not be looked at in the reader's own statement", before: func(l *lab) {
		l.must(l.admin(archive).CreateBucket(l.Context(), awsops.NewBucket{Name: "other-logs-of-ours", Region: "us-east-1"}))
	}, do: func(l *lab) {
		l.grants(func(text string) string {
			return strings.Replace(text, `"arn:aws:s3:::central-flow-logs/team/AWSLogs/111122223333/*"`, `"arn:aws:s3:::central-flow-logs/team/AWSLogs/111122223333/*","arn:aws:s3:::other-logs-of-ours/AWSLogs/111122223333/*"`, 1)
		})
		l.must(l.admin(archive).PutInline(l.Context(), "OrganizationAccountAccessRole", "Closed", policyOf(`{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::other-logs-of-ours"}`)))
	}, open: []string{"access.beyond"}},
	{name: "the whole of our bucket in the reader's own statement", do: func(l *lab) {
		l.grants(func(text string) string {
			return strings.Replace(text, `"arn:aws:s3:::central-flow-logs/team/AWSLogs/111122223333/*"`, `"arn:aws:s3:::central-flow-logs/team/AWSLogs/111122223333/*","arn:aws:s3:::central-flow-logs/*"`, 1)
		})
	}, fails: []string{"access.beyond", "access.real"}, finds: "reader-excess"},
	{name: "another key in the reader's own statement", do: func(l *lab) {
		l.grants(func(text string) string {
			key := l.flowLogsKey()
			return strings.Replace(text, `"`+key+`"`, `["`+key+`","arn:aws:kms:us-east-1:444455556666:key/00000000-1111-2222-3333-444444444444"]`, 1)
		})
	}, fails: []string{"access.beyond"}, finds: "reader-excess"},
	{name: "the grant only from one address", do: func(l *lab) {
		l.grants(func(text string) string {
			d := parsed(text)
			for i := range d.Statements {
				if d.Statements[i].Action.Has("s3:GetObject") {
					d.Statements[i].Condition = parsed(policyOf(statement("", "Allow", everybody, `"*"`, `"*"`, `{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`))).Statements[0].Condition
				}
			}
			return d.String()
		})
	}, fails: []string{"permissions", "access.real"}, open: []string{"access.get"}, finds: "permissions-missing"},
	{name: "listing denied but below the logs", do: func(l *lab) {
		l.inline(`{"Effect":"Deny","Action":"s3:ListBucket","Resource":"*","Condition":{"StringNotLike":{"s3:prefix":"team/*"}}}`)
	}},
	{name: "a boundary without the key", do: func(l *lab) {
		l.withinBoundary(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)
	}, fails: []string{"access.decrypt", "access.real"}, finds: "role-boundary"},
	{name: "an SCP that spares tagged roles", do: func(l *lab) {
		l.addSCP(policyOf(`{"Sid":"TaggedOnly","Effect":"Deny","Action":"s3:GetObject","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalTag/share":"yes"},"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/OrganizationAccountAccessRole"}}}`))
	}, fails: []string{"access.denies", "access.get", "access.real"}, finds: "scp-deny", says: `statement TaggedOnly of the service control policy Handmade: {"Sid":"TaggedOnly","Effect":"Deny"`},
	{name: "an SCP that spares roles with the tag that this one has", do: func(l *lab) {
		l.addSCP(policyOf(`{"Sid":"TaggedOnly","Effect":"Deny","Action":"s3:GetObject","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalTag/flowgrant:setup":"central-logs"},"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/OrganizationAccountAccessRole"}}}`))
	}},

	// Who comes in.
	{name: "a role of another account in the reader's statement", do: trustAsks(`"`+vendorRole+`"`, `["`+vendorRole+`","arn:aws:iam::222233334444:root"]`),
		fails: []string{"access.beyond", "trust"}, finds: "trust-others"},
	{name: "another account in a statement of its own", do: func(l *lab) {
		l.trustAlso(`{"Sid":"Audit","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222233334444:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"xs-7f3a91"}}}`)
	}, fails: []string{"access.beyond"}, finds: "trust-others"},
	{name: "any external ID", do: trustAsks("StringEquals", "StringLike", "xs-7f3a91", "*"), fails: []string{"trust", "access.assume", "access.real"}, finds: "trust-loose"},
	{name: "the external ID in any case", do: trustAsks("StringEquals", "StringEqualsIgnoreCase"), fails: []string{"trust", "access.assume"}, finds: "trust-loose"},
	{name: "ForAllValues, which none satisfies too", do: trustAsks("StringEquals", "ForAllValues:StringEquals"), fails: []string{"trust", "access.assume", "access.real"}, finds: "trust-loose"},
	{name: "ForAnyValue, which needs one", do: trustAsks("StringEquals", "ForAnyValue:StringEquals")},
	{name: "the account by its number", do: trustAsks(`"`+vendorRole+`"`, `"999988887777"`), fails: []string{"trust"}, finds: "trust-loose"},
	{name: "a trust that has run out", do: trustAsks(`"StringEquals":{`, `"DateLessThan":{"aws:CurrentTime":"1999-01-01T00:00:00Z"},"StringEquals":{`),
		fails: []string{"trust", "access.assume", "access.real"}, finds: "trust-wrong"},

	// What the bucket policy does.
	{name: "nobody but one role may read", do: func(l *lab) {
		l.addToBucketPolicy(hubBucket, `{"Sid":"OnlyAdmins","Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::444455556666:root","arn:aws:iam::444455556666:role/OrganizationAccountAccessRole"]},"Action":"s3:GetObject","Resource":`+teamObjects+`}`)
	}, fails: []string{"access.denies", "access.get", "access.real"}, finds: "reader-explicit-deny"},
	{name: "reading only from a VPC", do: func(l *lab) {
		l.addToBucketPolicy(hubBucket, onTeam("FromOurVPC", "Deny", hub, `"s3:GetObject"`, `{"StringNotEquals":{"aws:SourceVpc":"vpc-0aaaaaaaaaaaaaaaa"}}`))
	}, fails: []string{"access.real"}, open: []string{"access.denies", "access.get"}, finds: "vpce-deny"},
	{name: "only the organization, services forgotten", wait: 2 * time.Hour, do: func(l *lab) {
		l.addToBucketPolicy(hubBucket, onTeam("OurOrganization", "Deny", everybody, `"s3:*"`, `{"StringNotEquals":{"aws:PrincipalOrgID":"o-sandbox001"}}`))
	}, fails: []string{"bucket-policy", "delivery"}, finds: "bucket-policy-denies"},
	{name: "only TLS 1.3", do: func(l *lab) {
		l.addToBucketPolicy(hubBucket, onTeam("Tls13", "Deny", hub, `"s3:*"`, `{"NumericLessThan":{"s3:TlsVersion":"1.3"}}`)) // which this reader speaks, and its own calls show
	}},
	{name: "half of the public access block taken off", do: func(l *lab) {
		_, err := l.s3(archive).PutPublicAccessBlock(l.Context(), &s3.PutPublicAccessBlockInput{Bucket: aws.String(hubBucket), PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{BlockPublicAcls: aws.Bool(true), IgnorePublicAcls: aws.Bool(true)}})
		l.must(err)
	}, fails: []string{"bucket"}, finds: "public-access", says: "BlockPublicPolicy, RestrictPublicBuckets are off"},
	{name: "plain HTTP denied once more", do: func(l *lab) {
		l.addToBucketPolicy(hubBucket, onTeam("Tls", "Deny", everybody, `"s3:*"`, `{"BoolIfExists":{"aws:SecureTransport":"false"}}`))
	}},
	{name: "one account's logs denied", do: func(l *lab) {
		l.addToBucketPolicy(hubBucket, statement("NotTheirs", "Deny", hub, `"s3:GetObject"`, `"arn:aws:s3:::central-flow-logs/team/AWSLogs/222233334444/*"`, ""))
	}, fails: []string{"access.denies", "access.get", "access.real"}, finds: "reader-explicit-deny"},
	{name: "the logs of this month denied", do: func(l *lab) {
		l.addToBucketPolicy(hubBucket, statement("Frozen", "Deny", hub, `"s3:GetObject"`, `"arn:aws:s3:::central-flow-logs/team/AWSLogs/*/vpcflowlogs/*/2000/01/*"`, ""))
	}, fails: []string{"access.denies", "access.get", "access.real"}, finds: "reader-explicit-deny"},
	{name: "the vendor's account granted past the role", do: func(l *lab) {
		l.addToBucketPolicy(hubBucket, onTeam("Direct", "Allow", `{"AWS":"arn:aws:iam::999988887777:root"}`, `"s3:GetObject"`, ""))
	}, fails: []string{"access.beyond"}, finds: "bucket-policy-excess"},
	{name: "everybody of the vendor's account", do: func(l *lab) {
		l.addToBucketPolicy(hubBucket, onTeam("Direct", "Allow", `{"AWS":"*"}`, `"s3:GetObject"`, `{"StringEquals":{"aws:PrincipalAccount":"999988887777"}}`))
	}, fails: []string{"access.beyond"}, finds: "bucket-policy-excess"},
	{name: "everybody of our organization may write", do: func(l *lab) {
		l.addToBucketPolicy(hubBucket, onTeam("Members", "Allow", `{"AWS":"*"}`, `"s3:PutObject"`, `{"StringEquals":{"aws:PrincipalOrgID":"o-sandbox001"}}`)) // the key does not let it
	}, fails: []string{"access.beyond"}, finds: "bucket-policy-excess"},
	{name: "everybody through our endpoint", do: func(l *lab) {
		l.addToBucketPolicy(hubBucket, onTeam("Endpoint", "Allow", `{"AWS":"*"}`, `"s3:GetObject"`, `{"StringEquals":{"aws:SourceVpce":"vpce-0aaaaaaaaaaaaaaaa"}}`))
	}},
	{name: "everybody from every address", do: func(l *lab) {
		l.openToPublic(hubBucket)
		l.addToBucketPolicy(hubBucket, onTeam("World", "Allow", everybody, `"s3:GetObject"`, `{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}`))
	}, fails: []string{"bucket", "bucket.public", "access.beyond", "access.real"}, finds: "public-access"},

	// What the key policy does.
	{name: "a key for another account only", do: func(l *lab) {
		l.ownKeyRules(statement("Theirs", "Allow", `{"AWS":"arn:aws:iam::222233334444:root"}`, `"kms:*"`, everybody, ""))
	}, fails: []string{"access.decrypt", "key-policy", "access.real"}, open: []string{"delivery"}, finds: "key-policy-missing"},
	{name: "a key for S3 of another region", do: func(l *lab) {
		l.ownKeyRules(statement("ByS3", "Allow", ownRoot, `"kms:Decrypt"`, everybody, `{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}`))
	}, fails: []string{"access.decrypt", "key-policy", "access.real"}, open: []string{"delivery"}, finds: "key-policy-missing"},
	{name: "a key for S3 of this region", do: func(l *lab) {
		l.ownKeyRules(statement("ByS3", "Allow", ownRoot, `"kms:Decrypt"`, everybody, `{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}`))
	}},
	{name: "the vendor decrypts past the role", do: func(l *lab) {
		l.editKeyPolicy(func(d policy.Document) policy.Document {
			return d.With(parsed(policyOf(statement("Past", "Allow", `{"AWS":"arn:aws:iam::999988887777:root"}`, `"kms:Decrypt"`, everybody, ""))).Statements...)
		})
	}, fails: []string{"access.beyond"}, finds: "key-policy-excess"},

	// What is delivered.
	{name: "Hive flow logs where the policy names the other layout", wait: 30 * time.Minute, do: func(l *lab) {
		l.flowLogsGone()
		l.addToBucketPolicy(hubBucket, onTeam("Wide", "Allow", `{"Service":"delivery.logs.amazonaws.com"}`, `"s3:PutObject"`, `{"StringEquals":{"aws:SourceAccount":"111122223333"}}`))
		l.everyVPC(hubBucket+"/team/", func(in *ec2.CreateFlowLogsInput) {
			in.DestinationOptions = &ec2types.DestinationOptionsRequest{HiveCompatiblePartitions: aws.Bool(true)}
		})
		l.editBucketPolicy(hubBucket, func(text string) string { return parsed(text).Without("Wide").String() })
	}, fails: []string{"flow-logs", "delivery"}, finds: "layout-hive"},
	{name: "rejected traffic only", wait: 30 * time.Minute, do: func(l *lab) {
		l.flowLogsGone()
		l.everyVPC(hubBucket+"/team/", func(in *ec2.CreateFlowLogsInput) { in.TrafficType = ec2types.TrafficTypeReject })
	}, fails: []string{"flow-logs", "delivery"}, finds: "traffic-type"},
	{name: "the right flow logs made by hand", wait: 30 * time.Minute, do: func(l *lab) {
		l.flowLogsGone()
		l.everyVPC(hubBucket+"/team/", func(*ec2.CreateFlowLogsInput) {})
	}},
	{name: "a second set of flow logs to another prefix", wait: 30 * time.Minute, do: func(l *lab) {
		l.addToBucketPolicy(hubBucket, statement("Wide", "Allow", `{"Service":"delivery.logs.amazonaws.com"}`, `"s3:PutObject"`, `"arn:aws:s3:::central-flow-logs/audit/AWSLogs/111122223333/*"`, `{"StringEquals":{"aws:SourceAccount":"111122223333"}}`))
		l.everyVPC(hubBucket+"/audit/", func(in *ec2.CreateFlowLogsInput) { in.TrafficType = ec2types.TrafficTypeReject })
	}},
	{name: "flow logs to another prefix only", wait: 30 * time.Minute, do: func(l *lab) {
		l.addToBucketPolicy(hubBucket, statement("Wide", "Allow", `{"Service":"delivery.logs.amazonaws.com"}`, `"s3:PutObject"`, `"arn:aws:s3:::central-flow-logs/audit/AWSLogs/111122223333/*"`, `{"StringEquals":{"aws:SourceAccount":"111122223333"}}`))
		l.flowLogsGone()
		l.everyVPC(hubBucket+"/audit/", func(*ec2.CreateFlowLogsInput) {})
	}, fails: []string{"flow-logs", "delivery"}, finds: "prefix-mismatch"},
	{name: "the bucket made again in another region", wait: 30 * time.Minute, do: func(l *lab) {
		l.deleteBucket(hubBucket)
		l.must(l.admin(archive).CreateBucket(l.Context(), awsops.NewBucket{Name: hubBucket, Region: "eu-west-1"}))
	}, fails: []string{"bucket", "bucket-policy", "delivery", "key-policy"}, finds: "bucket-recreated"},
	{name: "logs that go after a day, by a rule of somebody else", file: as(centralFile, "central-flow-logs", existing), do: func(l *lab) { l.expireAll(existing, "", 1) }},
	{name: "logs that go after a day, where the set-up says 30", do: func(l *lab) { l.expireAll(hubBucket, "", 1) }, fails: []string{"bucket"}, finds: "bucket-expiry"},
}

func TestHandmadeWorlds(t *testing.T) {
	for _, w := range handmadeWorlds {
		inBubble(t, w.name, func(t *testing.T) {
			options := sandbox.Options{State: filepath.Join(t.TempDir(), "sandbox.json")}
			l := newLab(t, options)
			l.file = options.State
			if w.before != nil {
				w.before(l)
			}
			file := keyedFile(l.flowLogsKey())
			if w.file != nil {
				file = w.file(l)
			}
			s := setup(t, file)
			l.expect(l.apply(s), steps.ResultVerified)
			w.do(l)
			if w.wait == 0 {
				w.wait = 2 * time.Minute
			}
			time.Sleep(w.wait)
			v, r := l.verify(s), l.diagnose(s)
			fails, open := withStatus(v, steps.Fail), withStatus(v, steps.Unknown)
			slices.Sort(w.fails)
			slices.Sort(w.open)
			found := ""
			if len(r.Causes) > 0 {
				found = r.Causes[0].ID
				if !strings.Contains(r.Causes[0].Evidence, w.says) {
					t.Errorf("the evidence is %s", r.Causes[0].Evidence)
				}
			}
			if !slices.Equal(fails, w.fails) || !slices.Equal(open, w.open) || found != w.finds {
				t.Errorf("fails %v, open %v, want %v and %v; doctor says %s, want %s", fails, open, w.fails, w.open, found, w.finds)
				l.Log(causeIDs(r))
				l.blame(v)
			}
		})
	}
}

// withStatus lists the checks of a report that have a status, but the portal's.
func withStatus(r steps.Report, status steps.CheckStatus) []string {
	var ids []string
	for _, c := range r.Checks {
		if c.Status == status && c.ID != "portal" && !slices.Contains(ids, c.ID) {
			ids = append(ids, c.ID)
		}
	}
	slices.Sort(ids)
	return ids
}
