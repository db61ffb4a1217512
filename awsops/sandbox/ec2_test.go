package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestCreateFlowLogsRefusesTheCall(t *testing.T) {
	l := newLab(t)
	l.bucket("logs", paymentsAccount)
	client, vpc := l.ec2(paymentsAccount, homeRegion), l.vpcs(paymentsAccount, homeRegion)[0]
	for name, c := range map[string]struct {
		change func(*ec2.CreateFlowLogsInput)
		code   string
	}{
		"subfolder AWSLogs": {func(in *ec2.CreateFlowLogsInput) { in.LogDestination = aws.String("arn:aws:s3:::logs/AWSLogs/") }, "InvalidParameter"},
		"deep AWSLogs":      {func(in *ec2.CreateFlowLogsInput) { in.LogDestination = aws.String("arn:aws:s3:::logs/a/AWSLogs/b") }, "InvalidParameter"},
		"no ARN":            {func(in *ec2.CreateFlowLogsInput) { in.LogDestination = aws.String("logs") }, "InvalidParameter"},
		"unknown field":     {func(in *ec2.CreateFlowLogsInput) { in.LogFormat = aws.String("${version} ${tcpflags}") }, "InvalidParameter"},
		"field twice":       {func(in *ec2.CreateFlowLogsInput) { in.LogFormat = aws.String("${version} ${version}") }, "InvalidParameter"},
		"no fields":         {func(in *ec2.CreateFlowLogsInput) { in.LogFormat = aws.String("version account-id") }, "InvalidParameter"},
		"interval":          {func(in *ec2.CreateFlowLogsInput) { in.MaxAggregationInterval = aws.Int32(300) }, "InvalidParameter"},
		"traffic":           {func(in *ec2.CreateFlowLogsInput) { in.TrafficType = "SOME" }, "InvalidParameter"},
		"no traffic":        {func(in *ec2.CreateFlowLogsInput) { in.TrafficType = "" }, "MissingParameter"},
		"other destination": {func(in *ec2.CreateFlowLogsInput) { in.LogDestinationType = "" }, "InvalidParameter"},
		"role with s3":      {func(in *ec2.CreateFlowLogsInput) { in.DeliverLogsPermissionArn = aws.String("arn:aws:iam::1:role/x") }, "InvalidParameter"},
		"301 ids":           {func(in *ec2.CreateFlowLogsInput) { in.ResourceIds = manyIDs(301) }, "InvalidParameterValue"},
		"long token":        {func(in *ec2.CreateFlowLogsInput) { in.ClientToken = aws.String(strings.Repeat("x", 65)) }, "InvalidParameterValue"},
		"token not ASCII":   {func(in *ec2.CreateFlowLogsInput) { in.ClientToken = aws.String("ключ") }, "InvalidParameterValue"},
		"tags of another kind": {func(in *ec2.CreateFlowLogsInput) {
			in.TagSpecifications = []types.TagSpecification{{ResourceType: "vpc"}}
		}, "InvalidParameterValue"},
		"dry run": {func(in *ec2.CreateFlowLogsInput) { in.DryRun = aws.Bool(true) }, "DryRunOperation"},
	} {
		in := flowLogInput("logs", vpc)
		c.change(in)
		_, err := client.CreateFlowLogs(ctx, in)
		if code(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	if made := l.s.w.Accounts[paymentsAccount].Regions[homeRegion].FlowLogs; len(made) > 0 {
		t.Errorf("%d flow logs made by refused calls", len(made))
	}
}

func manyIDs(n int) []string {
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprintf("vpc-%017x", i))
	}
	return ids
}

func TestCreateFlowLogsRefusesResources(t *testing.T) {
	l := newLab(t)
	l.bucket("logs", storefrontAccount)
	client, vpcs := l.ec2(storefrontAccount, homeRegion), l.vpcs(storefrontAccount, homeRegion)
	foreign := l.vpcs(storefrontAccount, secondRegion)[0]
	first, err := client.CreateFlowLogs(ctx, flowLogInput("logs/", vpcs[0]))
	l.must(err)
	if len(first.FlowLogIds) != 1 {
		t.Fatal(refused(first.Unsuccessful))
	}
	out, err := client.CreateFlowLogs(ctx, flowLogInput("logs", vpcs[0], foreign, vpcs[1]))
	l.must(err)
	got := refused(out.Unsuccessful)
	if len(out.FlowLogIds) != 1 || len(got) != 2 || !strings.HasPrefix(got[0], "FlowLogAlreadyExists ") || got[1] != "InvalidVpcId.NotFound The vpc ID '"+foreign+"' does not exist" ||
		*out.Unsuccessful[1].ResourceId != foreign {
		t.Errorf("made %v, refused %v", out.FlowLogIds, got)
	}
	for bucket, want := range map[string]string{
		"nowhere-to-be-found": "LogDestinationNotFoundException LogDestination: nowhere-to-be-found does not exist",
		"archive-existing":    "400 Access Denied for LogDestination: archive-existing. Please check LogDestination permission",
		"logs/other":          "400 Access Denied for LogDestination: logs. Please check LogDestination permission", // the policy has no such prefix
	} {
		out, err := client.CreateFlowLogs(ctx, flowLogInput(bucket, vpcs[2]))
		l.must(err)
		if got := refused(out.Unsuccessful); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v, want %s", bucket, got, want)
		}
	}
	// Without the right to look at the ACL nothing is made either.
	noCheck := strings.Replace(deliveryPolicy("logs", storefrontAccount), "s3:GetBucketAcl", "s3:ListBucket", 1)
	_, err = l.s3(archiveAccount, homeRegion).PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("logs"), Policy: &noCheck})
	l.must(err)
	out, err = client.CreateFlowLogs(ctx, flowLogInput("logs", vpcs[2]))
	l.must(err)
	if len(out.FlowLogIds) > 0 {
		t.Error("a flow log was made though delivery may not check the ACL")
	}
	// The organization condition of a wide grant holds for members, and only for them.
	wide := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":["s3:PutObject","s3:GetBucketAcl"],` +
		`"Resource":["arn:aws:s3:::logs","arn:aws:s3:::logs/*"],"Condition":{"StringEquals":{"aws:SourceOrgID":"%s"}}}]}`
	for org, made := range map[string]int{"o-other00000": 0, organizationID: 1} {
		_, err = l.s3(archiveAccount, homeRegion).PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("logs"), Policy: aws.String(fmt.Sprintf(wide, org))})
		l.must(err)
		out, err = client.CreateFlowLogs(ctx, flowLogInput("logs", vpcs[2]))
		l.must(err)
		if len(out.FlowLogIds) != made {
			t.Errorf("organization %s: %d made: %v", org, len(out.FlowLogIds), refused(out.Unsuccessful))
		}
	}
}

func TestFlowLogsPerResource(t *testing.T) {
	l := newLab(t)
	l.bucket("logs")
	_, err := l.s3(archiveAccount, homeRegion).PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("logs"),
		Policy: aws.String(strings.ReplaceAll(deliveryPolicy("logs", paymentsAccount), "/AWSLogs/"+paymentsAccount, ""))})
	l.must(err)
	vpc := l.vpcs(paymentsAccount, homeRegion)[0]
	for i := range flowLogLimit + 1 {
		out, err := l.ec2(paymentsAccount, homeRegion).CreateFlowLogs(ctx, flowLogInput(fmt.Sprintf("logs/%d", i), vpc))
		l.must(err)
		if got := strings.Join(refused(out.Unsuccessful), ""); (i == flowLogLimit) != strings.HasPrefix(got, "FlowLogsLimitExceeded") {
			t.Errorf("flow log %d: %q", i+1, got)
		}
	}
}

func TestCreateFlowLogsRights(t *testing.T) {
	l := newLab(t)
	l.bucket("logs", paymentsAccount)
	vpc := l.vpcs(paymentsAccount, homeRegion)[0]
	all := []string{"ec2:CreateFlowLogs", "logs:CreateLogDelivery", "ec2:CreateTags"}
	for _, missing := range append(all, "") {
		actions := strings.Join(slices.DeleteFunc(slices.Clone(all), func(a string) bool { return a == missing }), `","`)
		client := ec2.NewFromConfig(l.user(paymentsAccount, homeRegion, "maker", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["`+actions+`"],"Resource":"*"}]}`))
		in := flowLogInput("logs", vpc)
		in.TagSpecifications = []types.TagSpecification{{ResourceType: types.ResourceTypeVpcFlowLog, Tags: []types.Tag{{Key: aws.String("flowgrant:setup"), Value: aws.String("x")}}}}
		_, err := client.CreateFlowLogs(ctx, in)
		if missing == "" {
			l.want(err, "")
		} else if code(err) != "UnauthorizedOperation" || !strings.Contains(err.Error(), missing) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}

func TestClientToken(t *testing.T) {
	l := newLab(t)
	l.bucket("logs", storefrontAccount)
	client, vpcs := l.ec2(storefrontAccount, homeRegion), l.vpcs(storefrontAccount, homeRegion)
	in := flowLogInput("logs", vpcs[0], "vpc-00000000000000000")
	in.ClientToken = aws.String("token-1")
	first, err := client.CreateFlowLogs(ctx, in)
	l.must(err)
	again, err := client.CreateFlowLogs(ctx, in)
	l.must(err)
	if !slices.Equal(first.FlowLogIds, again.FlowLogIds) || len(first.FlowLogIds) != 1 || !slices.Equal(refused(first.Unsuccessful), refused(again.Unsuccessful)) || *again.ClientToken != "token-1" {
		t.Errorf("replay gave %v %v after %v %v", again.FlowLogIds, refused(again.Unsuccessful), first.FlowLogIds, refused(first.Unsuccessful))
	}
	if n := len(l.s.w.Accounts[storefrontAccount].Regions[homeRegion].FlowLogs); n != 1 {
		t.Errorf("%d flow logs after a replay", n)
	}
	in.ResourceIds = vpcs[1:2]
	_, err = client.CreateFlowLogs(ctx, in)
	l.want(err, "IdempotentParameterMismatch")
	// What failed altogether may be tried again with its token.
	in.ClientToken = aws.String("token-2")
	in.LogDestination = aws.String("arn:aws:s3:::later-logs")
	out, err := client.CreateFlowLogs(ctx, in)
	l.must(err)
	if len(out.Unsuccessful) != 1 {
		t.Error("a flow log to a bucket that is not there was made")
	}
	l.bucket("later-logs", storefrontAccount)
	out, err = client.CreateFlowLogs(ctx, in)
	l.must(err)
	if len(out.FlowLogIds) != 1 {
		t.Error(refused(out.Unsuccessful))
	}
}

func TestAutomaticBucketPolicy(t *testing.T) {
	l := newLab(t)
	own := l.s3(paymentsAccount, homeRegion)
	_, err := own.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("own-logs")})
	l.must(err)
	foreign := `{"Version":"2012-10-17","Statement":[{"Sid":"AWSLogDeliveryWrite","Effect":"Deny","Principal":"*","Action":"s3:DeleteBucket","Resource":"arn:aws:s3:::own-logs"}]}`
	put := func(text string) {
		t.Helper()
		_, err := own.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("own-logs"), Policy: &text})
		l.must(err)
	}
	create := func(client *ec2.Client, destination string) string {
		t.Helper()
		out, err := client.CreateFlowLogs(ctx, flowLogInput(destination, l.vpcs(paymentsAccount, homeRegion)[0]))
		l.must(err)
		return strings.Join(refused(out.Unsuccessful), ";")
	}
	const denied = "400 Access Denied for LogDestination: own-logs. Please check LogDestination permission"
	put(foreign)
	for _, actions := range []string{`"ec2:*","logs:*"`, `"ec2:*","logs:*","s3:GetBucketPolicy"`} {
		poor := ec2.NewFromConfig(l.user(paymentsAccount, homeRegion, "poor", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[`+actions+`],"Resource":"*"}]}`))
		if got := create(poor, "own-logs"); got != denied {
			t.Errorf("with %s: %q", actions, got)
		}
	}
	admin := l.ec2(paymentsAccount, homeRegion)
	put(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"s3:DeleteBucket","Resource":"arn:aws:s3:::own-logs"}]}`)
	if got := create(admin, "own-logs"); got != denied {
		t.Errorf("with NotPrincipal: %q", got)
	}
	put(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::own-logs/*"}]}`)
	if got := create(admin, "own-logs"); got != denied {
		t.Errorf("with a deny in the way: %q", got)
	}
	if now := l.s.w.Buckets["own-logs"].Policy; strings.Contains(now, "delivery.logs") {
		t.Errorf("a refused call left %s", now)
	}
	long := strings.Replace(foreign, `"s3:DeleteBucket"`, `["s3:DeleteBucket"`+strings.Repeat(`,"s3:DeleteBucket"`, 1105)+"]", 1)
	put(long)
	if got := create(admin, "own-logs"); !strings.HasPrefix(got, "LogDestinationPermissionIssueException") {
		t.Errorf("with a policy of %d bytes: %q", len(long), got)
	}
	put(foreign)
	if got := create(admin, "own-logs/team"); got != "" {
		t.Fatal(got)
	}
	doc := *parsed(l.s.w.Buckets["own-logs"].Policy)
	before := *parsed(foreign)
	if len(doc.Statements) != 3 || !doc.Statements[0].Equal(before.Statements[0]) || doc.Statements[1].Sid != "AWSLogDeliveryWrite1" || doc.Statements[2].Sid != "AWSLogDeliveryAclCheck" ||
		!doc.Statements[1].Resource.Has("arn:aws:s3:::own-logs/team/AWSLogs/111122223333/*") {
		t.Errorf("policy is now %s", doc.Pretty())
	}
	// What allows the delivery already is not written to.
	put(deliveryPolicy("own-logs", paymentsAccount))
	if got := create(admin, "own-logs"); got != "" || l.s.w.Buckets["own-logs"].Policy != deliveryPolicy("own-logs", paymentsAccount) {
		t.Errorf("a sufficient policy was changed (%q)", got)
	}
}

func TestDescribeFlowLogs(t *testing.T) {
	l := newLab(t)
	l.bucket("logs", storefrontAccount)
	client, vpcs := l.ec2(storefrontAccount, homeRegion), l.vpcs(storefrontAccount, homeRegion)
	in := flowLogInput("logs", vpcs...)
	in.TagSpecifications = []types.TagSpecification{{ResourceType: types.ResourceTypeVpcFlowLog, Tags: []types.Tag{{Key: aws.String("flowgrant:setup"), Value: aws.String("central")}}}}
	made, err := client.CreateFlowLogs(ctx, in)
	l.must(err)
	pages, seen := 0, []string{}
	paginator := ec2.NewDescribeFlowLogsPaginator(client, &ec2.DescribeFlowLogsInput{MaxResults: aws.Int32(2)})
	for paginator.HasMorePages() {
		page, err := paginator.NextPage(ctx)
		l.must(err)
		pages++
		for _, f := range page.FlowLogs {
			seen = append(seen, *f.FlowLogId)
		}
	}
	if pages != 2 || !slices.Equal(seen, made.FlowLogIds) {
		t.Errorf("%d pages with %v, made %v", pages, seen, made.FlowLogIds)
	}
	for _, c := range []struct {
		name, value string
		want        int
	}{
		{"tag:flowgrant:setup", "central", 3}, {"tag:flowgrant:setup", "cent*", 3}, {"tag:flowgrant:setup", "other", 0}, {"tag-key", "flowgrant:setup", 3},
		{"resource-id", vpcs[1], 1}, {"traffic-type", "REJECT", 0}, {"log-destination-type", "s3", 3}, {"flow-log-id", made.FlowLogIds[2], 1}, {"deliver-log-status", "SUCCESS", 3},
	} {
		out, err := client.DescribeFlowLogs(ctx, &ec2.DescribeFlowLogsInput{Filter: []types.Filter{{Name: &c.name, Values: []string{c.value}}}})
		l.must(err)
		if len(out.FlowLogs) != c.want {
			t.Errorf("filter %s=%s: %d flow logs, want %d", c.name, c.value, len(out.FlowLogs), c.want)
		}
	}
	_, err = client.DescribeFlowLogs(ctx, &ec2.DescribeFlowLogsInput{Filter: []types.Filter{{Name: aws.String("colour"), Values: []string{"x"}}}})
	l.want(err, "InvalidParameterValue")
	out, err := client.DescribeFlowLogs(ctx, &ec2.DescribeFlowLogsInput{FlowLogIds: made.FlowLogIds[:1]})
	l.must(err)
	f := out.FlowLogs[0]
	if *f.LogFormat != *in.LogFormat || *f.MaxAggregationInterval != 600 || *f.LogDestination != "arn:aws:s3:::logs" || f.TrafficType != "ALL" || !f.CreationTime.Equal(l.now) ||
		f.DestinationOptions.FileFormat != "plain-text" || *f.Tags[0].Value != "central" {
		t.Errorf("described as %+v", f)
	}
	deleted, err := client.DeleteFlowLogs(ctx, &ec2.DeleteFlowLogsInput{FlowLogIds: []string{made.FlowLogIds[0], "fl-0"}})
	l.must(err)
	if len(deleted.Unsuccessful) != 1 || *deleted.Unsuccessful[0].Error.Code != "InvalidFlowLogId.NotFound" || len(l.s.w.Accounts[storefrontAccount].Regions[homeRegion].FlowLogs) != 2 {
		t.Errorf("deletion: %v", refused(deleted.Unsuccessful))
	}
}

func TestTags(t *testing.T) {
	l := newLab(t)
	client, vpc := l.ec2(paymentsAccount, homeRegion), l.vpcs(paymentsAccount, homeRegion)[0]
	tag := func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }
	_, err := client.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{vpc}, Tags: []types.Tag{tag("a", "1"), tag("b", "2")}})
	l.must(err)
	_, err = client.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: []string{vpc}, Tags: []types.Tag{tag("a", "other"), {Key: aws.String("b")}}})
	l.must(err)
	out, err := client.DescribeTags(ctx, &ec2.DescribeTagsInput{Filters: []types.Filter{{Name: aws.String("resource-id"), Values: []string{vpc}}}})
	l.must(err)
	var keys []string
	for _, d := range out.Tags {
		keys = append(keys, *d.Key+"="+*d.Value)
	}
	if !slices.Equal(keys, []string{"Name=payments-prod", "a=1"}) {
		t.Errorf("tags are %v", keys)
	}
	_, err = client.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{vpc, "vpc-0"}, Tags: []types.Tag{tag("c", "3")}})
	l.want(err, "InvalidVpcID.NotFound")
	_, err = client.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{vpc}, Tags: []types.Tag{tag("aws:x", "3")}})
	l.want(err, "InvalidParameterValue")
	if l.s.w.Accounts[paymentsAccount].Regions[homeRegion].vpc(vpc).Tags["c"] != "" {
		t.Error("a refused call tagged half of its resources")
	}
}

func TestDescribeNetwork(t *testing.T) {
	l := newLab(t)
	client := l.ec2(storefrontAccount, homeRegion)
	vpcs, err := client.DescribeVpcs(ctx, nil)
	l.must(err)
	var names []string
	for _, v := range vpcs.Vpcs {
		interfaces, err := client.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{{Name: aws.String("vpc-id"), Values: []string{*v.VpcId}}}})
		l.must(err)
		names = append(names, fmt.Sprint(*v.Tags[0].Value, " ", len(interfaces.NetworkInterfaces)))
	}
	if !slices.Equal(names, []string{"storefront-prod 3", "storefront-batch 2", "storefront-empty 0"}) {
		t.Errorf("VPCs are %v", names)
	}
	pages, count := 0, 0
	paginator := ec2.NewDescribeNetworkInterfacesPaginator(l.ec2(paymentsAccount, homeRegion), &ec2.DescribeNetworkInterfacesInput{MaxResults: aws.Int32(5)})
	for paginator.HasMorePages() {
		page, err := paginator.NextPage(ctx)
		l.must(err)
		pages, count = pages+1, count+len(page.NetworkInterfaces)
	}
	if pages != 2 || count != 6 {
		t.Errorf("%d interfaces on %d pages", count, pages)
	}
	_, err = client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{"vpc-0"}})
	l.want(err, "InvalidVpcID.NotFound")
	_, err = client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{MaxResults: aws.Int32(4)})
	l.want(err, "InvalidParameterValue")
	regions, err := client.DescribeRegions(ctx, nil)
	l.must(err)
	all, err := client.DescribeRegions(ctx, &ec2.DescribeRegionsInput{AllRegions: aws.Bool(true)})
	l.must(err)
	if len(regions.Regions) == 0 || len(all.Regions) <= len(regions.Regions) {
		t.Errorf("%d regions, %d with those that need an opt-in", len(regions.Regions), len(all.Regions))
	}
	_, err = l.ec2(storefrontAccount, "af-south-1").DescribeVpcs(ctx, nil)
	l.want(err, "AuthFailure")
	_, err = client.DescribeInstances(ctx, nil)
	l.want(err, "InvalidAction")
}
