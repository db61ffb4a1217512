package awsops_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
)

func TestTheCallLogHasALineForEveryCallAndNoSecrets(t *testing.T) {
	emptyEnvironment(t)
	server := newSTS(t, httptest.NewServer)
	s3 := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amz-Request-Id", "req-s3")
		if r.URL.Path != "/b" && r.URL.Path != "/b/" {
			t.Errorf("not by path: %s", r.URL)
		}
		switch r.Method {
		case http.MethodPut:
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `<Error><Code>AccessDenied</Code><Message>no</Message></Error>`)
		default:
			_, _ = io.WriteString(w, `{"Version":"2012-10-17","Statement":[]}`)
		}
	}))
	t.Cleanup(s3.Close)
	t.Setenv("AWS_ENDPOINT_URL_STS", server.URL)
	t.Setenv("AWS_ENDPOINT_URL_S3", s3.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIASTART")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "very-secret-key")
	var log bytes.Buffer
	cloud := open(t, awsops.Config{CallLog: &log})
	if _, err := cloud.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, err := cloud.Account(t.Context(), "444455556666", "aws", awsops.Credentials{AssumeRole: "R"})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := a.BucketPolicy(t.Context(), "eu-west-1", "b"); err != nil || p == "" {
		t.Errorf("%q %v", p, err)
	}
	if err := a.PutBucketPolicy(t.Context(), "eu-west-1", "b", `{"Sid":"external-id-xs-7f3a91"}`); awsops.MeaningOf(err) != awsops.Denied {
		t.Error(err)
	}
	text := log.String()
	for _, secret := range []string{"very-secret-key", "xs-7f3a91", "SessionToken"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	type line struct {
		Time, Service, Operation, Account, Region string
		Status, Attempts                          int
		RequestID                                 string `json:"request_id"`
		MS                                        *int64
		Write                                     *bool
	}
	var got []string
	for l := range strings.Lines(text) {
		var v line
		decoder := json.NewDecoder(strings.NewReader(l))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&v); err != nil {
			t.Fatalf("%v: %s", err, l)
		}
		if at, err := time.Parse(time.RFC3339Nano, v.Time); err != nil || time.Since(at) > time.Minute || !strings.Contains(v.Time, ".") || v.MS == nil || v.Write == nil {
			t.Errorf("incomplete: %s", l)
			continue
		}
		got = append(got, fmt.Sprintf("%s %s %s %s %d %s %d %v", v.Service, v.Operation, v.Account, v.Region, v.Status, v.RequestID, v.Attempts, *v.Write))
	}
	want := []string{
		"sts GetCallerIdentity 123456789012 us-east-1 200 req-identity 1 false",
		"sts AssumeRole 444455556666 us-east-1 200  1 false",
		"s3 GetBucketPolicy 444455556666 eu-west-1 200 req-s3 1 false",
		"s3 PutBucketPolicy 444455556666 eu-west-1 403 req-s3 1 true",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("log\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
