package sandbox

import (
	"context"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// open makes a sandbox in memory.
func openTest(t testing.TB, opts Options) *Sandbox {
	t.Helper()
	s, err := Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// config is the configuration of the SDK for the starting credentials, over the round tripper.
func (s *Sandbox) config(region string) aws.Config {
	key, secret := s.Credentials()
	return aws.Config{Region: region, Credentials: credentials.NewStaticCredentialsProvider(key, secret, ""), HTTPClient: &http.Client{Transport: s}}
}

func TestCallerIdentity(t *testing.T) {
	s := openTest(t, Options{})
	out, err := sts.NewFromConfig(s.config("us-east-1")).GetCallerIdentity(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if *out.Account != "123456789012" || *out.Arn != "arn:aws:iam::123456789012:user/admin" {
		t.Errorf("identity is %s %s", *out.Account, *out.Arn)
	}
}
