package awsops_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
)

func TestDeniedPartsAreTold(t *testing.T) {
	var faults []sandbox.Fault
	for _, operation := range []string{"s3:GetBucketPolicy", "s3:GetBucketTagging", "iam:ListRolePolicies", "kms:GetKeyPolicy", "ec2:DescribeNetworkInterfaces"} {
		fault, err := sandbox.ParseFault(operation + "=deny")
		must(t, err)
		faults = append(faults, fault)
	}
	world, err := sandbox.Open(sandbox.Options{Faults: faults})
	must(t, err)
	key, secret := world.Credentials()
	b := backend{cloud: open(t, awsops.Config{Embedded: world, EmbeddedKey: key, EmbeddedSecret: secret})}
	ctx, a := t.Context(), b.in(t, archive)

	bucket, err := a.Bucket(ctx, "archive-existing", "us-east-1")
	if err != nil || bucket.State != awsops.BucketOurs || !bucket.PublicAccess.All() || bucket.Tags != nil || len(bucket.Unreadable) != 2 {
		t.Errorf("%+v %v", bucket, err)
	}
	for _, err := range bucket.Unreadable {
		var e *awsops.Error
		if !errors.As(err, &e) || e.Meaning != awsops.Denied || !strings.Contains(e.Fix, "the role "+memberRole+" of account "+archive) {
			t.Errorf("%v", err)
		}
	}
	role, err := a.Role(ctx, memberRole)
	if err != nil || len(role.Attached) != 1 || len(role.Unreadable) != 1 || !strings.Contains(role.Unreadable[0].Error(), "iam:ListRolePolicies") {
		t.Errorf("%+v %v", role, err)
	}
	k, err := a.Key(ctx, "arn:aws:kms:us-east-1:"+archive+":alias/flow-logs")
	if err != nil || k.Denied == nil || k.Policy != "" || k.State != "Enabled" {
		t.Errorf("%+v %v", k, err)
	}
	vpcs, err := b.in(t, payments).VPCs(ctx, "us-east-1")
	if err != nil || len(vpcs) == 0 || vpcs[0].Interfaces != -1 {
		t.Errorf("%+v %v", vpcs, err)
	}
}

// TestReadsCostTheFewestCalls holds the reads that a plan is made of to what they must cost.
func TestReadsCostTheFewestCalls(t *testing.T) {
	world, err := sandbox.Open(sandbox.Options{})
	must(t, err)
	key, secret := world.Credentials()
	var log bytes.Buffer
	b := backend{cloud: open(t, awsops.Config{Embedded: world, EmbeddedKey: key, EmbeddedSecret: secret, CallLog: &log})}
	home, workload := b.in(t, archive), b.in(t, payments)
	for _, c := range []struct {
		name  string
		calls int
		do    func(context.Context) error
	}{
		{"a missing bucket", 1, func(ctx context.Context) error { _, err := home.Bucket(ctx, "suite-missing", "us-east-1"); return err }},
		{"an own bucket", 6, func(ctx context.Context) error {
			_, err := home.Bucket(ctx, "archive-existing", "us-east-1")
			return err
		}},
		{"an own bucket looked for elsewhere", 7, func(ctx context.Context) error {
			_, err := home.Bucket(ctx, "archive-existing", "eu-west-1")
			return err
		}},
		{"a foreign bucket", 1, func(ctx context.Context) error {
			_, err := workload.Bucket(ctx, "archive-existing", "us-east-1")
			return err
		}},
		{"a missing role", 1, func(ctx context.Context) error { _, err := home.Role(ctx, "none"); return notFound(err) }},
		{"VPCs", 2, func(ctx context.Context) error { _, err := workload.VPCs(ctx, "us-east-1"); return err }},
		{"flow logs", 1, func(ctx context.Context) error { _, err := workload.FlowLogs(ctx, "us-east-1"); return err }},
		{"accounts entered already", 0, func(ctx context.Context) error {
			_, err := b.cloud.Account(ctx, archive, "aws", awsops.Credentials{AssumeRole: memberRole})
			return err
		}},
	} {
		log.Reset()
		if err := c.do(t.Context()); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if n := strings.Count(log.String(), "\n"); n != c.calls {
			t.Errorf("%s: %d calls, want %d:\n%s", c.name, n, c.calls, log.String())
		}
	}
}

func notFound(err error) error {
	if awsops.MeaningOf(err) == awsops.NotFound {
		return nil
	}
	return err
}
