package sandbox

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// events looks events up by an attribute and gives the records' text, newest first.
func (l *lab) events(account, region, key, value string) []string {
	l.t.Helper()
	in := &cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKey(key), AttributeValue: &value}}}
	pages := cloudtrail.NewLookupEventsPaginator(cloudtrail.NewFromConfig(l.as(account, region)), in)
	var list []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		l.must(err)
		for _, e := range page.Events {
			list = append(list, *e.CloudTrailEvent)
		}
	}
	return list
}

func TestEventHistory(t *testing.T) {
	l := newLab(t)
	l.bucket("logs", paymentsAccount)
	client := l.iam(archiveAccount)
	l.role(client, "Reader", trustOf(rootARN(vendorAccount), "x-1"))
	for range 60 {
		l.pass(time.Second)
		_, err := client.TagRole(ctx, &iam.TagRoleInput{RoleName: aws.String("Reader"), Tags: []iamtypes.Tag{{Key: aws.String("k"), Value: aws.String("v")}}})
		l.must(err)
	}
	if n := len(l.events(archiveAccount, homeRegion, "EventName", "TagRole")); n != 60 {
		t.Errorf("%d events over two pages", n)
	}
	by := l.events(archiveAccount, homeRegion, "ResourceName", "logs")
	if len(by) != 2 || !strings.Contains(by[0], `"PutBucketPolicy"`) || !strings.Contains(by[1], `"CreateBucket"`) || !strings.Contains(by[0], memberRole) {
		t.Errorf("events of the bucket: %v", by)
	}
	// Reads and objects are no events, denied calls are, each in its own account and region.
	_, err := l.s3(archiveAccount, homeRegion).PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("logs"), Key: aws.String("k"), Body: strings.NewReader("x")})
	l.must(err)
	if got := l.events(archiveAccount, homeRegion, "EventName", "PutObject"); len(got) != 0 {
		t.Errorf("data events: %v", got)
	}
	nobody := iam.NewFromConfig(l.user(archiveAccount, homeRegion, "nobody", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`))
	_, err = nobody.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("Reader")})
	l.want(err, "AccessDenied")
	denied := l.events(archiveAccount, homeRegion, "EventName", "GetRole")
	if len(denied) != 1 || !strings.Contains(denied[0], `"errorCode":"AccessDenied"`) || !strings.Contains(denied[0], "user/nobody") {
		t.Errorf("denied: %v", denied)
	}
	if got := len(l.events(archiveAccount, secondRegion, "EventName", "GetRole")) + len(l.events(paymentsAccount, homeRegion, "EventName", "GetRole")); got != 0 {
		t.Errorf("%d elsewhere", got)
	}
	trail := cloudtrail.NewFromConfig(l.as(archiveAccount, homeRegion))
	last, err := trail.LookupEvents(ctx, &cloudtrail.LookupEventsInput{StartTime: aws.Time(l.now.Add(-5 * time.Second)), EndTime: aws.Time(l.now.Add(-time.Second)), MaxResults: aws.Int32(50)})
	l.must(err)
	if len(last.Events) != 5 || !last.Events[0].EventTime.After(*last.Events[4].EventTime) {
		t.Errorf("%d events in a span of time", len(last.Events))
	}
	for _, test := range []struct {
		in   cloudtrail.LookupEventsInput
		code string
	}{
		{cloudtrail.LookupEventsInput{MaxResults: aws.Int32(51)}, "InvalidMaxResultsException"},
		{cloudtrail.LookupEventsInput{NextToken: aws.String("x")}, "InvalidNextTokenException"},
		{cloudtrail.LookupEventsInput{StartTime: aws.Time(l.now), EndTime: aws.Time(l.now.Add(-time.Hour))}, "InvalidTimeRangeException"},
		{cloudtrail.LookupEventsInput{LookupAttributes: make([]types.LookupAttribute, 0)}, ""},
	} {
		_, err := trail.LookupEvents(ctx, &test.in)
		l.want(err, test.code)
	}
	_, err = cloudtrail.NewFromConfig(l.user(archiveAccount, homeRegion, "blind", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`)).LookupEvents(ctx, &cloudtrail.LookupEventsInput{})
	l.want(err, "AccessDeniedException")
	// They are forgotten after ninety days, and the oldest go when there are too many.
	l.pass(91 * 24 * time.Hour)
	if got := l.events(archiveAccount, homeRegion, "EventName", "TagRole"); len(got) != 0 {
		t.Errorf("%d events after 91 days", len(got))
	}
	for range trailKept {
		l.s.w.record(archiveAccount, TrailEvent{})
	}
	if n := len(l.s.w.Accounts[archiveAccount].Events); n != trailKept {
		t.Errorf("%d events are kept", n)
	}
}

// What the delivery service was denied stands in the history of the account that denied it.
func TestDeniedDeliveryIsRecorded(t *testing.T) {
	l := newLab(t)
	l.bucket("logs", paymentsAccount)
	l.flowLogs(paymentsAccount, homeRegion, flowLogInput("logs", l.vpcs(paymentsAccount, homeRegion)[0]))
	l.pass(time.Minute)
	if got := l.events(archiveAccount, homeRegion, "EventName", "GetBucketAcl"); len(got) != 0 {
		t.Errorf("events while all is well: %v", got)
	}
	_, err := l.s3(archiveAccount, homeRegion).DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: aws.String("logs")})
	l.must(err)
	for range 8 {
		l.pass(time.Minute)
		l.status(paymentsAccount, homeRegion)
	}
	got := l.events(archiveAccount, homeRegion, "ResourceName", "logs")
	n := 0
	for _, e := range got {
		if strings.Contains(e, `"invokedBy":"delivery.logs.amazonaws.com"`) && strings.Contains(e, `"errorCode":"AccessDenied"`) {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d denials in eight minutes: %v", n, got)
	}
}

// A denied read is in the history even where another process asks for it.
func TestHistoryIsShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world.json")
	one, two := openTest(t, Options{State: path}), openTest(t, Options{State: path})
	l := &lab{t: t, s: one, now: time.Now()}
	cfg := one.config(homeRegion)
	cfg.RetryMaxAttempts = 1
	_, err := iam.NewFromConfig(l.as(paymentsAccount, homeRegion)).PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String(memberRole), PolicyName: aws.String("no"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:GetRole","Resource":"*"}]}`)})
	l.must(err)
	_, err = l.iam(paymentsAccount).GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(memberRole)})
	l.want(err, "AccessDenied")
	l.s = two
	if got := l.events(paymentsAccount, homeRegion, "EventName", "GetRole"); len(got) != 1 {
		t.Errorf("the other process sees %v", got)
	}
}
