package awsops_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
)

// answers plays AWS from recorded answers.
type answers func(*http.Request) *http.Response

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		// The body is read, as a server would, and stays readable for the answer.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		_ = r.Body.Close()
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	response := a(r)
	response.Request = r
	return response, nil
}

// form is the parameters of a query-protocol request.
func form(r *http.Request) map[string]string {
	if r.Body == nil {
		return nil
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	clone := r.Clone(context.Background())
	clone.Body = io.NopCloser(bytes.NewReader(body))
	_ = clone.ParseForm()
	values := map[string]string{}
	for k, v := range clone.PostForm {
		values[k] = v[0]
	}
	return values
}

func answer(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(bytes.NewReader([]byte(body))), ContentLength: int64(len(body)),
	}
}

const callerIdentity = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/admin</Arn><UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account>
</GetCallerIdentityResult><ResponseMetadata><RequestId>req-identity</RequestId></ResponseMetadata></GetCallerIdentityResponse>`

// recorded opens a Cloud over recorded answers; GetCallerIdentity is answered here.
func recorded(t *testing.T, config awsops.Config, a answers) *awsops.Cloud {
	t.Helper()
	config.Embedded = answers(func(r *http.Request) *http.Response {
		if form(r)["Action"] == "GetCallerIdentity" {
			return answer(200, callerIdentity)
		}
		return a(r)
	})
	config.EmbeddedKey, config.EmbeddedSecret = "AKIAEXAMPLE", "secret"
	cloud, err := awsops.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return cloud
}

// account enters the account of the starting credentials.
func account(t *testing.T, cloud *awsops.Cloud) *awsops.Account {
	t.Helper()
	a, err := cloud.Account(t.Context(), "", "", awsops.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}
