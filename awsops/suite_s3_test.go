package awsops_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/flowgrant/flowgrant/awsops"
)

func buckets(t *testing.T, b backend) {
	ctx, home, name := t.Context(), b.in(t, archive), "suite-eu-bucket"
	got, err := home.Bucket(ctx, name, "us-east-1")
	if err != nil || got.State != awsops.BucketMissing {
		t.Fatalf("%+v %v", got, err)
	}
	must(t, home.CreateBucket(ctx, awsops.NewBucket{Name: name, Region: "eu-west-1", Tags: map[string]string{"flowgrant:setup": "suite", "a": "b c"}}))
	must(t, home.BlockPublicAccess(ctx, "eu-west-1", name))
	must(t, home.Encrypt(ctx, "eu-west-1", name, ""))
	must(t, home.Expire(ctx, "eu-west-1", name, "team/AWSLogs/", 30))
	for _, hint := range []string{"us-east-1", "eu-west-1", ""} {
		got, err = home.Bucket(ctx, name, hint)
		if err != nil || got.State != awsops.BucketOurs || got.Region != "eu-west-1" || got.Ownership != "BucketOwnerEnforced" || !got.PublicAccess.All() ||
			got.Encryption.Algorithm != "AES256" || got.Policy != "" || len(got.Unreadable) > 0 || (b.strict && (got.Tags["a"] != "b c" || got.Tags["flowgrant:setup"] != "suite")) {
			t.Errorf("looked for in %q: %+v %v", hint, got, err)
		}
	}
	if days, err := home.Expiry(ctx, "eu-west-1", name); err != nil || days != 30 {
		t.Errorf("expires after %d days, %v", days, err)
	}
	err = home.CreateBucket(ctx, awsops.NewBucket{Name: name, Region: "eu-west-1"})
	if awsops.MeaningOf(err) != awsops.AlreadyExists {
		t.Errorf("made twice: %v", err)
	}
	document := `{"Version":"2012-10-17","Statement":[{"Sid":"W","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::` + name + `/AWSLogs/*"}]}`
	must(t, home.PutBucketPolicy(ctx, "eu-west-1", name, document))
	if text, err := home.BucketPolicy(ctx, "eu-west-1", name); err != nil || !strings.Contains(text, "delivery.logs.amazonaws.com") {
		t.Errorf("%s %v", text, err)
	}
	must(t, home.DeleteBucketPolicy(ctx, "eu-west-1", name))
	if text, err := home.BucketPolicy(ctx, "eu-west-1", name); err != nil || text != "" {
		t.Errorf("%q %v", text, err)
	}
	names, err := home.Buckets(ctx)
	if err != nil || !slices.ContainsFunc(names, func(n awsops.BucketName) bool { return n.Name == name && (n.Region == "eu-west-1" || !b.strict) }) {
		t.Errorf("%v %v", names, err)
	}
	if b.strict {
		foreign, err := b.in(t, payments).Bucket(ctx, name, "us-east-1")
		if err != nil || foreign.State != awsops.BucketForeign || foreign.Region != "eu-west-1" {
			t.Errorf("of another account: %+v %v", foreign, err)
		}
		if err := b.in(t, payments).CreateBucket(ctx, awsops.NewBucket{Name: name, Region: "us-east-1"}); awsops.MeaningOf(err) != awsops.AlreadyExists {
			t.Errorf("taken by another account: %v", err)
		}
		if err := b.in(t, payments).PutBucketPolicy(ctx, "eu-west-1", name, document); awsops.MeaningOf(err) != awsops.Denied {
			t.Errorf("the policy of a foreign bucket: %v", err)
		}
		if err := home.PutBucketPolicy(ctx, "eu-west-1", name, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:role/none"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::`+name+`/*"}]}`); awsops.MeaningOf(err) != awsops.Invalid {
			t.Errorf("a principal that does not exist: %v", err)
		}
	}
	home2, us := b.in(t, archive), "suite-us-bucket"
	must(t, home2.CreateBucket(ctx, awsops.NewBucket{Name: us, Region: "us-east-1", Tags: map[string]string{"k": "v"}}))
	if got, err := home2.Bucket(ctx, us, "eu-west-1"); err != nil || got.Region != "us-east-1" || (b.strict && got.Tags["k"] != "v") {
		t.Errorf("%+v %v", got, err)
	}
}

func objects(t *testing.T, b backend) {
	ctx, home, name := t.Context(), b.in(t, archive), "suite-objects"
	must(t, home.CreateBucket(ctx, awsops.NewBucket{Name: name, Region: "us-east-1"}))
	raw := s3.NewFromConfig(b.raw(archive), func(o *s3.Options) { o.UsePathStyle = true })
	for i := range 5 {
		_, err := raw.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(name), Key: aws.String(fmt.Sprintf("AWSLogs/1 +é/%d", i)), Body: strings.NewReader("hello")})
		must(t, err)
	}
	page, more, err := home.Objects(ctx, "us-east-1", name, "AWSLogs/", "", 2)
	if err != nil || !more || len(page) != 2 || page[0].Key != "AWSLogs/1 +é/0" || page[0].Size != 5 || time.Since(page[0].Modified).Abs() > time.Hour {
		t.Fatalf("%+v %v", page, err)
	}
	page, more, err = home.Objects(ctx, "us-east-1", name, "AWSLogs/", page[1].Key, 1000)
	if err != nil || more || len(page) != 3 || page[0].Key != "AWSLogs/1 +é/2" {
		t.Errorf("%+v %v", page, err)
	}
	common, more, err := home.CommonPrefixes(ctx, "us-east-1", name, "AWSLogs/", "+", "")
	if err != nil || more || len(common) != 1 || common[0] != "AWSLogs/1 +" {
		t.Errorf("%q %v", common, err)
	}
	body, err := home.OpenObject(ctx, "us-east-1", name, page[0].Key)
	must(t, err)
	text, err := io.ReadAll(body)
	if _ = body.Close(); err != nil || string(text) != "hello" {
		t.Errorf("%q %v", text, err)
	}
	if _, err := home.OpenObject(ctx, "us-east-1", name, "nothing"); awsops.MeaningOf(err) != awsops.NotFound {
		t.Errorf("got %v", err)
	}
	if _, _, err := home.Objects(ctx, "us-east-1", "suite-none", "", "", 1); awsops.MeaningOf(err) != awsops.NotFound {
		t.Errorf("got %v", err)
	}
	if b.strict {
		if _, err := b.in(t, payments).OpenObject(ctx, "us-east-1", name, page[0].Key); awsops.MeaningOf(err) != awsops.Denied {
			t.Errorf("got %v", err)
		}
	}
}
