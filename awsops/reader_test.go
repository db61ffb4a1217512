package awsops_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
)

func TestTheReaderIsAskedOnlyWhereAnEndpointMayHaveAPortal(t *testing.T) {
	emptyEnvironment(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIASTART")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	if _, ok := open(t, awsops.Config{}).Reader(t.Context()); ok {
		t.Error("AWS itself has a portal")
	}
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path != "/_portal/verify":
			w.WriteHeader(404)
		case r.Method == http.MethodGet:
			_, _ = io.WriteString(w, `{"account":"999988887777","role":"Vendor","external_id":"xs-7f3a91"}`)
		default:
			var in awsops.ReaderRequest
			_ = json.NewDecoder(r.Body).Decode(&in)
			_ = json.NewEncoder(w).Encode(awsops.ReaderReport{Checks: []awsops.ReaderCheck{{ID: "list", Code: "AccessDenied", Message: "no", Evidence: in.BucketARN}}})
		}
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL", server.URL+"/")
	cloud := open(t, awsops.Config{})
	for range 3 {
		if _, ok := cloud.Reader(t.Context()); !ok {
			t.Fatal("no reader")
		}
	}
	reader, _ := cloud.Reader(t.Context())
	if asked != 1 || reader.Shows() != (awsops.ReaderIdentity{Account: "999988887777", Role: "Vendor", ExternalID: "xs-7f3a91"}) {
		t.Errorf("asked %d times, shows %+v", asked, reader.Shows())
	}
	report, err := reader.Verify(t.Context(), awsops.ReaderRequest{BucketARN: "arn:aws:s3:::b"})
	if err != nil || len(report.Checks) != 1 || report.Checks[0].Evidence != "arn:aws:s3:::b" || report.Checks[0].Code != "AccessDenied" {
		t.Errorf("%+v %v", report, err)
	}

	none := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }))
	t.Cleanup(none.Close)
	t.Setenv("AWS_ENDPOINT_URL", none.URL)
	if _, ok := open(t, awsops.Config{}).Reader(t.Context()); ok {
		t.Error("a web page is taken for a portal")
	}
}
