package awsops_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
)

const format = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status} ${tcp-flags}"

func flowLogs(t *testing.T, b backend) {
	ctx, home, a := t.Context(), b.in(t, archive), b.in(t, payments)
	regions, err := a.Regions(ctx)
	if err != nil || !slices.Contains(regions, "us-east-1") || !slices.IsSorted(regions) {
		t.Fatalf("%v %v", regions, err)
	}
	vpcs, err := a.VPCs(ctx, "us-east-1")
	if err != nil || len(vpcs) == 0 || vpcs[0].Region != "us-east-1" || vpcs[0].CIDR == "" || vpcs[0].Interfaces < 0 {
		t.Fatalf("%+v %v", vpcs, err)
	}
	if b.strict && (len(vpcs) < 2 || !slices.ContainsFunc(vpcs, func(v awsops.VPC) bool { return v.Name == "payments-prod" && v.Interfaces == 4 })) {
		t.Errorf("%+v", vpcs)
	}
	must(t, home.CreateBucket(ctx, awsops.NewBucket{Name: "suite-flow", Region: "us-east-1"}))
	destination := "arn:aws:s3:::suite-flow"
	if b.strict {
		destination += "/team/"
		must(t, home.PutBucketPolicy(ctx, "us-east-1", "suite-flow", `{"Version":"2012-10-17","Statement":[{"Sid":"W","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::suite-flow/*"},{"Sid":"A","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::suite-flow"}]}`))
	}
	wanted := awsops.NewFlowLogs{
		VPCs: []string{vpcs[0].ID}, Traffic: "ALL", Destination: destination, Format: format, Interval: 60,
		Tags: map[string]string{"flowgrant:setup": "suite"}, ClientToken: "suite-1",
	}
	ids, err := a.CreateFlowLogs(ctx, "us-east-1", wanted)
	if err != nil || len(ids) != 1 || !strings.HasPrefix(ids[0], "fl-") {
		t.Fatalf("%v %v", ids, err)
	}
	logs, err := a.FlowLogs(ctx, "us-east-1")
	i := slices.IndexFunc(logs, func(l awsops.FlowLog) bool { return l.ID == ids[0] })
	if err != nil || i < 0 {
		t.Fatalf("%+v %v", logs, err)
	}
	l := logs[i]
	if l.ResourceID != vpcs[0].ID || l.Region != "us-east-1" || l.Traffic != "ALL" || l.DestinationType != "s3" || l.Bucket != "suite-flow" || l.Format != format ||
		l.Interval != 60 || l.Parquet || l.Hive || l.Hourly || l.Tags["flowgrant:setup"] != "suite" || l.Created.IsZero() || (b.strict && l.Prefix != "team") {
		t.Errorf("%+v", l)
	}

	missing := wanted
	missing.Destination, missing.ClientToken = "arn:aws:s3:::suite-no-such-bucket", "suite-2"
	made, err := a.CreateFlowLogs(ctx, "us-east-1", missing)
	var partial *awsops.PartialError
	if !errors.As(err, &partial) || len(made) != 0 || len(partial.Failed) != 1 || partial.Failed[0].ID != vpcs[0].ID || partial.Failed[0].Fix == "" {
		t.Errorf("%v %v", made, err)
	} else if m := awsops.MeaningOf(err); m != awsops.NotFound && m != awsops.Denied {
		t.Errorf("means %q: %v", m, err)
	}
	nowhere := wanted
	nowhere.VPCs, nowhere.ClientToken = []string{"vpc-00000000000000000"}, "suite-3"
	if _, err := a.CreateFlowLogs(ctx, "us-east-1", nowhere); awsops.MeaningOf(err) != awsops.NotFound {
		t.Errorf("a VPC that is not there: %v", err)
	}
	must(t, a.DeleteFlowLogs(ctx, "us-east-1", ids))
	if err := a.DeleteFlowLogs(ctx, "us-east-1", ids); awsops.MeaningOf(err) != awsops.NotFound {
		t.Errorf("deleted twice: %v", err)
	}
}
