package sandbox

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var setupTags = []types.TagSpecification{{ResourceType: types.ResourceTypeVpcFlowLog, Tags: []types.Tag{{Key: aws.String(setupTag), Value: aws.String("practice")}}}}

const practiceRequest = `{"account_id":"444455556666","role_name":"Reader","external_id":"xs-7f3a91","bucket_arn":"arn:aws:s3:::practice","accounts":["111122223333","222233334444"]}`

// setup makes a centralized set-up as flowgrant does: bucket, reader and tagged flow logs of two accounts, one of them in two regions.
func (l *lab) setup() {
	l.t.Helper()
	l.bucket("practice", paymentsAccount, storefrontAccount)
	client := l.iam(archiveAccount)
	_, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("Reader"), Tags: []iamtypes.Tag{{Key: aws.String(setupTag), Value: aws.String("practice")}},
		AssumeRolePolicyDocument: aws.String(trustOf("arn:aws:iam::"+vendorAccount+":role/"+vendorRole, portalExternalID))})
	l.must(err)
	made, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("ReaderAccess"),
		PolicyDocument: aws.String(readerPolicy("practice", "arn:aws:s3:::practice/AWSLogs/"+paymentsAccount+"/*", "arn:aws:s3:::practice/AWSLogs/"+storefrontAccount+"/*"))})
	l.must(err)
	_, err = client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("Reader"), PolicyArn: made.Policy.Arn})
	l.must(err)
	for _, at := range [][2]string{{paymentsAccount, homeRegion}, {paymentsAccount, secondRegion}, {storefrontAccount, homeRegion}} {
		in := flowLogInput("practice", l.vpcs(at[0], at[1])[0])
		in.MaxAggregationInterval, in.TagSpecifications = aws.Int32(60), setupTags
		l.flowLogs(at[0], at[1], in)
	}
}

// effect is what a break does, as seen from outside.
type effect struct {
	status string // of the flow logs of Payments in us-east-1
	portal string // the portal's checks that fail
	quiet  bool   // nothing new arrives from Payments in us-east-1
}

const delivers = "SUCCESS"

var failed = "FAILED " + accessError

// effects holds what is seen of each break of a set-up to S3; what cannot be seen so is in TestBreaksOfSettings.
var effects = map[string]effect{
	"bucket-policy-missing":            {failed, "", true},
	"bucket-policy-denies":             {failed, "", true},
	"bucket-policy-wrong-account":      {failed, "", true},
	"bucket-policy-wrong-organization": {failed, "", true},
	"bucket-policy-source-arn":         {failed, "", true},
	"bucket-deleted":                   {failed, "get-bucket-location NoSuchBucket, list-objects NoSuchBucket, put-object NoSuchBucket, get-object-outside NoSuchBucket, get-object-outside NoSuchBucket", true},
	"bucket-recreated":                 {failed, "get-bucket-location AccessDenied, list-objects AccessDenied", true},
	"object-ownership":                 {delivers, "", false},
	"public-access":                    {delivers, "", false},
	"tls-deny":                         {delivers, "get-object AccessDenied, get-object AccessDenied", false},
	"vpce-deny":                        {delivers, "get-object AccessDenied, get-object AccessDenied", false},
	"source-ip-deny":                   {delivers, "get-object AccessDenied, get-object AccessDenied", false},
	"reader-explicit-deny":             {delivers, "get-object AccessDenied, get-object AccessDenied", false},
	"key-policy-missing":               {failed, "", true},
	"key-policy-denies":                {failed, "", true},
	"key-disabled":                     {failed, "", true},
	"key-pending-deletion":             {failed, "", true},
	"key-aws-managed-cross-account":    {failed, "", true},
	"key-by-id":                        {failed, "", true},
	"key-by-alias":                     {failed, "", true},
	"key-other-region":                 {failed, "", true},
	"key-unavailable":                  {failed, "", true},
	"decrypt-missing":                  {delivers, "get-object AccessDenied, get-object AccessDenied", false},
	"layout-hive":                      {failed, "", true},
	"layout-hourly":                    {delivers, "", false},
	"prefix-mismatch":                  {failed, "", true},
	"format-without-tcp-flags":         {delivers, "get-object NoTCPFlags, get-object NoTCPFlags", false},
	"format-parquet":                   {delivers, "get-object NotGzip, get-object NotGzip", false},
	"traffic-type":                     {delivers, "", false},
	"no-traffic":                       {delivers, "get-object NoObject", true},
	"too-early":                        {delivers, "get-object NoObject", true},
	"flow-log-deleted":                 {"", "", true},
	"region-not-enabled":               {delivers, "", false},
	"external-id-mismatch":             {delivers, "assume-role AccessDenied", false},
	"external-id-case":                 {delivers, "assume-role AccessDenied", false},
	"external-id-whitespace":           {delivers, "assume-role AccessDenied", false},
	"principal-recreated":              {delivers, "assume-role AccessDenied", false},
	"trust-wrong":                      {delivers, "assume-role AccessDenied", false},
	"trust-loose":                      {delivers, "assume-role-without-external-id ", false},
	"reader-excess":                    {delivers, "put-object , put-object , put-object , get-object-outside NoSuchKey, get-object-outside NoSuchKey", false},
	"bucket-policy-unscoped":           {delivers, "", false},
	"bucket-policy-full":               {failed, "", true},
	"bucket-policy-excess":             {delivers, "put-object , put-object , put-object ", false},
	"trust-others":                     {delivers, "", false},
	"key-policy-excess":                {delivers, "", false},
	"bucket-expiry":                    {delivers, "", false},
	"role-missing":                     {delivers, "assume-role AccessDenied", false},
	"role-path":                        {delivers, "assume-role AccessDenied", false},
	"role-boundary":                    {delivers, "get-bucket-location AccessDenied, list-objects AccessDenied", false},
	"permissions-missing":              {delivers, "get-object AccessDenied, get-object AccessDenied", false},
	"permissions-detached":             {delivers, "get-bucket-location AccessDenied, list-objects AccessDenied", false},
	"scp-deny":                         {delivers, "get-object AccessDenied, get-object AccessDenied", false},
}

// arrived are the objects of Payments in us-east-1.
func (l *lab) arrived() (keys []string) {
	for _, key := range sortedKeys(l.s.w.Buckets["practice"].Objects) {
		if strings.Contains(key, paymentsAccount) && strings.Contains(key, homeRegion) {
			keys = append(keys, key)
		}
	}
	return keys
}

func (l *lab) breakIt(id string) {
	l.t.Helper()
	l.must(l.s.Break(id))
}

func TestBreaks(t *testing.T) {
	for _, b := range Breaks() {
		want, known := effects[b.ID]
		if strings.HasPrefix(b.ID, "cwl-") {
			continue
		}
		if !known {
			t.Errorf("no test of %s", b.ID)
		}
		for _, pending := range []bool{false, true} {
			if pending && b.ID == "region-not-enabled" {
				continue // it waits for nothing
			}
			name := b.ID
			if pending {
				name += " before"
			}
			t.Run(name, func(t *testing.T) {
				l := newLab(t)
				if pending {
					l.breakIt(b.ID)
				}
				l.setup()
				if pending && len(l.s.w.Pending) != 1 {
					t.Fatalf("the break does not wait: %v", l.s.w.Pending)
				}
				l.pass(time.Minute)
				if !pending {
					if verified, failed, _ := l.verify(practiceRequest); !verified {
						t.Fatalf("the set-up is not well: %v", failed)
					}
					l.breakIt(b.ID)
				}
				l.status(paymentsAccount, homeRegion) // any call does what waits
				if len(l.s.w.Pending) != 0 {
					t.Fatalf("still waiting: %v", l.s.w.Pending)
				}
				before := 0
				if l.s.w.Buckets["practice"] != nil {
					before = len(l.arrived())
				}
				l.pass(time.Minute)
				if got := l.status(paymentsAccount, homeRegion); got != want.status {
					t.Errorf("status is %q, want %q", got, want.status)
				}
				if l.s.w.Buckets["practice"] != nil {
					if after := len(l.arrived()); (after == before) != want.quiet {
						t.Errorf("%d objects before, %d after", before, after)
					}
				}
				if _, failed, _ := l.verify(practiceRequest); strings.Join(failed, ", ") != want.portal {
					t.Errorf("the portal fails %q, want %q", strings.Join(failed, ", "), want.portal)
				}
			})
		}
	}
}

// What neither delivery nor portal show.
func TestBreaksOfSettings(t *testing.T) {
	broken := func(id string) *lab {
		l := newLab(t)
		l.setup()
		l.pass(time.Minute)
		l.breakIt(id)
		l.pass(time.Minute)
		return l
	}
	l := broken("object-ownership")
	owner, err := l.s3(archiveAccount, homeRegion).GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: aws.String("practice")})
	l.must(err)
	if owner.OwnershipControls.Rules[0].ObjectOwnership != s3types.ObjectOwnershipObjectWriter {
		t.Errorf("ownership is %v", owner.OwnershipControls.Rules)
	}
	l = broken("public-access")
	block, err := l.s3(archiveAccount, homeRegion).GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: aws.String("practice")})
	l.must(err)
	if *block.PublicAccessBlockConfiguration.BlockPublicPolicy {
		t.Error("public access is blocked")
	}
	l = broken("region-not-enabled")
	_, err = l.ec2(paymentsAccount, secondRegion).DescribeFlowLogs(ctx, nil)
	l.want(err, "AuthFailure")
	_, err = l.ec2(storefrontAccount, secondRegion).DescribeFlowLogs(ctx, nil)
	l.must(err)
	_, err = l.logs(paymentsAccount, secondRegion).DescribeLogGroups(ctx, nil)
	l.want(err, "UnrecognizedClientException")
	regions, err := l.ec2(paymentsAccount, homeRegion).DescribeRegions(ctx, &ec2.DescribeRegionsInput{AllRegions: aws.Bool(true), RegionNames: []string{secondRegion}})
	l.must(err)
	if *regions.Regions[0].OptInStatus != "not-opted-in" {
		t.Errorf("region is %+v", regions.Regions[0])
	}
	l = broken("layout-hourly")
	l.status(paymentsAccount, homeRegion)
	if keys := l.arrived(); !slices.ContainsFunc(keys, func(k string) bool { return strings.Contains(k, "/2026/11/02/10/") }) {
		t.Errorf("keys are %v", keys)
	}
	l = broken("traffic-type")
	out, err := l.ec2(paymentsAccount, homeRegion).DescribeFlowLogs(ctx, nil)
	l.must(err)
	if out.FlowLogs[0].TrafficType != types.TrafficTypeReject {
		t.Errorf("traffic is %s", out.FlowLogs[0].TrafficType)
	}
	l = broken("key-policy-missing")
	if events := l.events(archiveAccount, homeRegion, "EventName", "GenerateDataKey"); len(events) == 0 || !strings.Contains(events[0], deliveryService) {
		t.Errorf("events are %v", events)
	}
	l = broken("too-early")
	l.pass(10 * time.Minute)
	if verified, failed, _ := l.verify(practiceRequest); !verified {
		t.Errorf("after ten minutes: %v", failed)
	}
	if err := l.s.Break("none"); err == nil {
		t.Errorf("an unknown break: %v", err)
	}
}

func TestBreaksOfLogGroups(t *testing.T) {
	want := map[string]string{"cwl-throttled": "FAILED Rate limited", "cwl-role-open": delivers, "cwl-role-excess": delivers, "cwl-retention": delivers}
	for _, b := range Breaks() {
		if !strings.HasPrefix(b.ID, "cwl-") {
			continue
		}
		t.Run(b.ID, func(t *testing.T) {
			l := newLab(t)
			in := l.logsSetup()
			l.flowLogs(paymentsAccount, homeRegion, in)
			l.pass(time.Minute)
			if got := l.status(paymentsAccount, homeRegion); got != delivers {
				t.Fatalf("the set-up is not well: %s", got)
			}
			l.breakIt(b.ID)
			l.pass(time.Minute)
			expected := want[b.ID]
			if expected == "" {
				expected = failed
			}
			if got := l.status(paymentsAccount, homeRegion); got != expected {
				t.Errorf("status is %q, want %q", got, expected)
			}
			groups, err := l.logs(paymentsAccount, homeRegion).DescribeLogGroups(ctx, &logs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(groupName)})
			l.must(err)
			if (len(groups.LogGroups) == 0) != (b.ID == "cwl-group-missing") {
				t.Errorf("groups are %v", groups.LogGroups)
			}
		})
	}
	// The quota leaves room for flow logs with ten-minute intervals.
	l := newLab(t)
	in := l.logsSetup()
	ids := l.flowLogs(paymentsAccount, homeRegion, in)
	l.pass(time.Minute)
	l.breakIt("cwl-throttled")
	_, err := l.ec2(paymentsAccount, homeRegion).DeleteFlowLogs(ctx, &ec2.DeleteFlowLogsInput{FlowLogIds: ids})
	l.must(err)
	in.MaxAggregationInterval = aws.Int32(600)
	l.flowLogs(paymentsAccount, homeRegion, in)
	l.pass(2 * time.Minute)
	if got := l.status(paymentsAccount, homeRegion); got != delivers {
		t.Errorf("status is %s", got)
	}
}

// A break that waits is in the state, so that another process does it.
func TestBreakWaitsInTheState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world.json")
	now := time.Date(2026, 11, 2, 10, 2, 0, 0, time.UTC)
	open := func() *lab {
		l := &lab{t: t, now: now}
		l.s = openTest(t, Options{State: path, Now: func() time.Time { return l.now }})
		return l
	}
	open().breakIt("role-missing")
	l := open()
	l.setup()
	now = now.Add(time.Minute)
	third := open()
	third.status(paymentsAccount, homeRegion)
	_, err := open().iam(archiveAccount).GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("Reader")})
	l.want(err, "NoSuchEntity")
}
