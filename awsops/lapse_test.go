package awsops_test

import (
	"context"
	"crypto/sha1" //nolint:gosec // names the file in which the login keeps its token
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
)

// TestSingleSignOnExpires lets a session of IAM Identity Center end in the middle of the work: its command is told, and the call is made
// again once `aws sso login` has left a fresh token.
func TestSingleSignOnExpires(t *testing.T) {
	home := emptyEnvironment(t)
	const startURL = "https://example.awsapps.com/start"
	write(t, filepath.Join(home, "config"), "[profile audit]\nsso_start_url = "+startURL+"\nsso_region = us-east-1\nsso_account_id = 111122223333\nsso_role_name = Admin\nregion = us-east-1\n")
	sum := sha1.Sum([]byte(startURL)) //nolint:gosec // as above
	loggedIn := func(until time.Duration) {
		write(t, filepath.Join(home, ".aws", "sso", "cache", hex.EncodeToString(sum[:])+".json"),
			`{"startUrl":"`+startURL+`","region":"us-east-1","accessToken":"t","expiresAt":"`+time.Now().Add(until).UTC().Format(time.RFC3339)+`"}`)
	}
	loggedIn(time.Hour)

	fault, err := sandbox.ParseFault("iam:GetRole#1=expired")
	if err != nil {
		t.Fatal(err)
	}
	world, err := sandbox.Open(sandbox.Options{Faults: []sandbox.Fault{fault}, Lapse: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	server, err := sandbox.Serve(t.Context(), world, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	var logins atomic.Int32
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		logins.Add(1)
		key, secret := world.Credentials()
		client := sts.New(sts.Options{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider(key, secret, ""), HTTPClient: &http.Client{Transport: world}})
		out, err := client.AssumeRole(r.Context(), &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::111122223333:role/" + memberRole), RoleSessionName: aws.String("me")})
		if err != nil {
			t.Error(err)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"roleCredentials": map[string]any{"accessKeyId": *out.Credentials.AccessKeyId,
			"secretAccessKey": *out.Credentials.SecretAccessKey, "sessionToken": *out.Credentials.SessionToken, "expiration": time.Now().Add(time.Hour).UnixMilli()}})
	}))
	defer portal.Close()
	t.Setenv("AWS_ENDPOINT_URL_SSO", portal.URL)

	var told awsops.Lapse
	cloud := open(t, awsops.Config{Profile: "audit", Lapsed: func(_ context.Context, l awsops.Lapse) {
		told = l
		loggedIn(time.Hour) // what the command does
		l.Look()
	}})
	if _, err := cloud.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, err := cloud.Account(t.Context(), "111122223333", "aws", awsops.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	loggedIn(-time.Hour) // the login is over, and with it the session
	if _, err := a.Role(t.Context(), memberRole); err != nil {
		t.Fatal(err)
	}
	if told.Command != "aws sso login --profile audit" || told.Profile != "audit" || told.Account != "111122223333" || !strings.Contains(told.ARN, memberRole) || logins.Load() != 2 {
		t.Errorf("a person was told %+v, after %d sessions", told, logins.Load())
	}
}
