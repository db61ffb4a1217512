package steps_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// world is something that goes wrong in a way of its own.
type world struct {
	name    string
	file    func(*lab) string // nil: the central set-up with key and prefix
	before  func(*lab)
	breakIt func(*lab, steps.Setup)
	wait    time.Duration            // 0: two minutes
	finds   string                   // the cause that is named first
	byHand  bool                     // only a person can mend it
	hand    func(l *lab, fix string) // what that person does
}

func statement(sid, effect, principal, action, resource, condition string) string {
	text := fmt.Sprintf(`{"Sid":%q,"Effect":%q,"Principal":%s,"Action":%s,"Resource":%s`, sid, effect, principal, action, resource)
	if condition != "" {
		text += `,"Condition":` + condition
	}
	return text + "}"
}

func policyOf(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func groups(replace ...string) func(*lab) string {
	return as(groupFile, append([]string{"[us-east-1, eu-west-1]", "[us-east-1]"}, replace...)...)
}

var worlds = []world{
	{name: "an external ID with a wildcard", finds: "trust-loose", breakIt: func(l *lab, _ steps.Setup) {
		l.editTrust(func(text string) string {
			return strings.NewReplacer("StringEquals", "StringLike", "xs-7f3a91", "xs-*").Replace(text)
		})
	}},
	{name: "the log delivery role may not write events", file: groups(), finds: "cwl-role-denies", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.admin(payments).PutInline(l.Context(), deliveryRole, "Freeze", `{"Version":"2012-10-17","Statement":[{"Sid":"Freeze","Effect":"Deny","Action":"logs:PutLogEvents","Resource":"*"}]}`))
	}},
	{name: "the log delivery role may not write events, half an hour ago", file: groups(), wait: 30 * time.Minute, finds: "cwl-role-denies", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.admin(payments).PutInline(l.Context(), deliveryRole, "Freeze", `{"Version":"2012-10-17","Statement":[{"Sid":"Freeze","Effect":"Deny","Action":"logs:PutLogEvents","Resource":"*"}]}`))
	}},
	{name: "trust of the delivery role without conditions", file: groups(), finds: "cwl-role-open", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.admin(payments).PutTrust(l.Context(), deliveryRole, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"vpc-flow-logs.amazonaws.com"},"Action":"sts:AssumeRole"}]}`))
	}},
	{name: "the delivery role lets Lambda in instead", file: groups(), finds: "cwl-role-trust", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.admin(payments).PutTrust(l.Context(), deliveryRole, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`))
	}},
	{name: "the delivery role is denied, and lets Lambda in", file: groups(), finds: "cwl-role-trust", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.admin(payments).PutTrust(l.Context(), deliveryRole, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`))
		l.must(l.world.Break("cwl-role-denies"))
	}},
	{name: "the delivery role and the log group are gone", file: groups(), finds: "cwl-role-missing", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.admin(payments).DeleteInline(l.Context(), deliveryRole, deliveryPolicy))
		l.must(l.admin(payments).DeleteRole(l.Context(), deliveryRole))
		_, err := l.sdk(payments, "us-east-1").logs().DeleteLogGroup(l.Context(), &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("/vpc/flow-logs")})
		l.must(err)
	}},
	{name: "the delivery role within a boundary", file: groups(), finds: "role-boundary", byHand: true, breakIt: func(l *lab, _ steps.Setup) {
		arn, err := l.admin(payments).CreatePolicy(l.Context(), newPolicy("Boundary", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}`))
		l.must(err)
		_, err = l.sdk(payments, "us-east-1").iam().PutRolePermissionsBoundary(l.Context(), &iam.PutRolePermissionsBoundaryInput{RoleName: aws.String(deliveryRole), PermissionsBoundary: aws.String(arn)})
		l.must(err)
	}, hand: func(l *lab, fix string) { // what is said to be needed is enough
		_, document, _ := strings.Cut(fix, "\n")
		_, err := l.admin(payments).CreatePolicyVersion(l.Context(), "arn:aws:iam::111122223333:policy/Boundary", document)
		l.must(err)
	}},
	{name: "the delivery role lets EC2 in, too", file: groups(), finds: "cwl-role-open", breakIt: func(l *lab, _ steps.Setup) {
		text, err := l.admin(payments).Trust(l.Context(), deliveryRole)
		l.must(err)
		l.must(l.admin(payments).PutTrust(l.Context(), deliveryRole, parsed(text).With(parsed(`{"Version":"2012-10-17","Statement":[{"Sid":"Ec2","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`).Statements...).String()))
	}},
	{name: "the delivery role may do everything with logs", file: groups(), finds: "cwl-role-excess", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.admin(payments).PutInline(l.Context(), deliveryRole, "All", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}`))
	}},
	{name: "the delivery role's own policy widened", file: groups(), finds: "cwl-role-excess", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.admin(payments).PutInline(l.Context(), deliveryRole, deliveryPolicy, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}`))
	}},
	{name: "the log group keeps its events for ever", file: groups(), finds: "cwl-retention", breakIt: func(l *lab, _ steps.Setup) {
		_, err := l.sdk(payments, "us-east-1").logs().DeleteRetentionPolicy(l.Context(), &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: aws.String("/vpc/flow-logs")})
		l.must(err)
	}},
	{name: "retention that the file names changed", file: groups("{name: /vpc/flow-logs}", "{name: /vpc/flow-logs, retention_days: 14}"), finds: "cwl-retention", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.admin(payments).SetRetention(l.Context(), "us-east-1", "/vpc/flow-logs", 365))
	}},
	{name: "the log group deleted seconds ago", file: groups(), wait: time.Second, finds: "cwl-group-missing", breakIt: func(l *lab, s steps.Setup) {
		l.must(l.world.Break("cwl-group-missing"))
	}},
	{name: "a quota of events", file: groups(), wait: 30 * time.Minute, finds: "cwl-throttled", byHand: true, breakIt: func(l *lab, _ steps.Setup) { l.must(l.world.Break("cwl-throttled")) }},
	{name: "the bucket made again by the same account, seconds ago", wait: 10 * time.Second, finds: "bucket-recreated", breakIt: func(l *lab, _ steps.Setup) {
		time.Sleep(time.Minute)
		l.deleteBucket(hubBucket)
		l.must(l.admin(archive).CreateBucket(l.Context(), awsops.NewBucket{Name: hubBucket, Region: "us-east-1"}))
	}},
	{name: "a bucket policy without room", file: onExisting, before: func(l *lab) {
		keyOnExisting(l)
	}, finds: "bucket-policy-full", byHand: true, breakIt: func(l *lab, s steps.Setup) {
		l.editBucketPolicy(existing, func(text string) string {
			d := parsed(text)
			d.Statements = slices.DeleteFunc(d.Statements, func(st policy.Statement) bool { return strings.HasPrefix(st.Sid, "Flowgrant") })
			fill := strings.Repeat("x", 19850)
			return d.With(parsed(policyOf(statement("Filler", "Allow", `{"AWS":"arn:aws:iam::444455556666:root"}`, `"s3:GetObject"`, `"arn:aws:s3:::archive-existing/`+fill+`/*"`, ""))).Statements...).String()
		})
	}},
	{name: "a bucket open to everybody", file: onExisting, before: keyOnExisting, finds: "public-access", breakIt: func(l *lab, _ steps.Setup) {
		l.openToPublic(existing)
		l.addToBucketPolicy(existing, statement("Open", "Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::archive-existing/audit/*"`, ""))
	}},
	{name: "half of the public access block", finds: "public-access", breakIt: func(l *lab, _ steps.Setup) {
		_, err := l.s3(archive).PutPublicAccessBlock(l.Context(), &s3.PutPublicAccessBlockInput{Bucket: aws.String(hubBucket), PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{BlockPublicAcls: aws.Bool(true), IgnorePublicAcls: aws.Bool(true)}})
		l.must(err)
	}},
	{name: "ownership of our own bucket", finds: "object-ownership", breakIt: func(l *lab, _ steps.Setup) { l.must(l.world.Break("object-ownership")) }},
	{name: "a role with a path that may do too much", finds: "role-path", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.world.Break("reader-excess"))
		l.must(l.world.Break("role-path"))
	}},
	{name: "a Deny that asks for the organization of the source", file: onExisting, before: keyOnExisting, finds: "bucket-policy-denies", breakIt: func(l *lab, _ steps.Setup) {
		l.addToBucketPolicy(existing, statement("Perimeter", "Deny", `"*"`, `"s3:PutObject"`, `"arn:aws:s3:::archive-existing/*"`, `{"StringNotEquals":{"AWS:sourceorgid":"o-elsewhere1"}}`))
	}},
	{name: "the delivery statement asks for another account, keys in odd case", file: as(centralFile, "central-flow-logs", existing), finds: "bucket-policy-wrong-account", breakIt: func(l *lab, _ steps.Setup) {
		l.editBucketPolicy(existing, func(text string) string {
			return strings.NewReplacer("aws:SourceAccount", "AWS:sourceACCOUNT", payments, "555566667777", "222233334444", "555566667777").Replace(text)
		})
	}},
	{name: "a grant to the reader in the bucket policy", file: onExisting, before: keyOnExisting, finds: "bucket-policy-excess", breakIt: func(l *lab, _ steps.Setup) {
		l.addToBucketPolicy(existing, statement("Write", "Allow", `{"AWS":"`+hubARN+`"}`, `["s3:PutObject","s3:GetObject"]`, `"arn:aws:s3:::archive-existing/*"`, ""))
	}},
	{name: "a grant to the vendor in the bucket policy", file: onExisting, before: keyOnExisting, finds: "bucket-policy-excess", breakIt: func(l *lab, _ steps.Setup) {
		l.addToBucketPolicy(existing, statement("Direct", "Allow", `{"AWS":"`+vendorRole+`"}`, `"s3:GetObject"`, `"arn:aws:s3:::archive-existing/*"`, ""))
	}},
	{name: "flow logs of one account deleted", finds: "flow-log-deleted", breakIt: func(l *lab, _ steps.Setup) {
		logs, err := l.admin("222233334444").FlowLogs(l.Context(), "us-east-1")
		l.must(err)
		var ids []string
		for _, f := range logs {
			ids = append(ids, f.ID)
		}
		_, err = l.sdk("222233334444", "us-east-1").ec2().DeleteFlowLogs(l.Context(), &ec2.DeleteFlowLogsInput{FlowLogIds: ids})
		l.must(err)
	}},
	{name: "bucket deleted that apply may not make", file: as(centralFile, "central-flow-logs", existing, "create: true", "create: false"), finds: "bucket-deleted", byHand: true, breakIt: func(l *lab, _ steps.Setup) {
		l.deleteBucket(existing)
	}},
	{name: "the key that the set-up names is not the bucket's", file: func(l *lab) string { return keyedFile(l.flowLogsKey()) }, finds: "key-other", breakIt: func(l *lab, _ steps.Setup) {
		l.must(l.admin(archive).Encrypt(l.Context(), "us-east-1", hubBucket, ""))
	}},
}

// cureWorld sets up, lets the world go wrong, wants the cause and takes it away as it says.
func cureWorld(t *testing.T, w world) causeRow {
	l := newLab(t, sandbox.Options{})
	if w.before != nil {
		w.before(l)
	}
	file := keyedFile(l.flowLogsKey())
	if w.file != nil {
		file = w.file(l)
	}
	s := setup(t, file)
	l.expect(l.apply(s), steps.ResultVerified)
	beside := s
	if s.GrantsNobody() {
		beside.Account.Role = deliveryRole
	}
	others := l.bystanders(beside)
	w.breakIt(l, s)
	broken := l.bystanders(beside)
	if w.wait == 0 {
		w.wait = 2 * time.Minute
	}
	time.Sleep(w.wait)
	r := l.diagnose(s)
	v := l.verify(s)
	if v.Status == steps.ReportVerified {
		t.Error("verify passes")
	}
	if len(r.Causes) == 0 || r.Causes[0].ID != w.finds || r.Causes[0].Mend == "" || r.Causes[0].Fix == "" {
		t.Errorf("found are %s, %s", r.Status, causeIDs(r))
		l.blame(r)
		return causeRow{}
	}
	row := causeRow{w.finds, steps.CauseTitle(w.finds), failing(v), "first", offers[r.Causes[0].Mend]}
	if byHand := r.Causes[0].Mend == steps.MendHand; byHand != w.byHand {
		t.Errorf("it is mended by %s: %s", r.Causes[0].Mend, r.Causes[0].Fix)
	}
	if w.hand != nil {
		w.hand(l, r.Causes[0].Fix)
		time.Sleep(30 * time.Minute)
	} else if w.byHand {
		return row
	}
	l.mend(s, r)
	time.Sleep(2 * time.Minute)
	if after := l.diagnose(s); after.Status != steps.ReportVerified || len(after.Causes) > 0 {
		t.Errorf("after the fix it is %s, %s", after.Status, causeIDs(after))
		l.blame(after)
	}
	l.unchanged(others, broken, l.bystanders(beside))
	return row
}
