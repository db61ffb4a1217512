package sandbox

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// keys are what a request of the vendor is signed with.
type keys struct{ accessKey, secret, token string }

// reply is an answer of the sandbox to the vendor, its error taken apart.
type reply struct {
	status  int
	header  http.Header
	body    []byte
	code    string // "" for success
	message string
}

func (r reply) ok() bool { return r.status < 300 }

// request sends a signed request into the sandbox the way any client's comes in, without delays and faults.
func (s *Sandbox) request(creds keys, service, region, method, path string, query url.Values, body []byte) reply {
	u := &url.URL{Scheme: "http", Host: service + "." + region + ".amazonaws.com", Path: path, RawQuery: query.Encode()}
	if service == "s3" {
		u.Host = "s3." + region + ".amazonaws.com"
	}
	r := &http.Request{Method: method, URL: u, Host: u.Host, Header: http.Header{}, ContentLength: int64(len(body)), Body: http.NoBody}
	if len(body) > 0 {
		r.Body = readCloser{bytes.NewReader(body)}
	}
	if service != "s3" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return s.send(r, creds, service, region, body)
}

// decrypt asks KMS to decrypt something that was encrypted under a key.
func (s *Sandbox) decrypt(creds keys, keyARN, region string, sealed []byte) reply {
	body, _ := json.Marshal(map[string]any{"CiphertextBlob": sealed, "KeyId": keyARN})
	r := &http.Request{Method: http.MethodPost, URL: &url.URL{Scheme: "http", Host: "kms." + region + ".amazonaws.com", Path: "/"}, Header: http.Header{},
		ContentLength: int64(len(body)), Body: readCloser{bytes.NewReader(body)}}
	r.Header.Set("Content-Type", jsonType)
	r.Header.Set("X-Amz-Target", "TrentService.Decrypt")
	return s.send(r, creds, "kms", region, body)
}

func (s *Sandbox) send(r *http.Request, creds keys, service, region string, body []byte) reply {
	sign(r, creds, service, region, body, time.Now().Add(s.opts.Skew))
	c, p, bad := s.read(r)
	var resp response
	if bad != nil {
		resp = c.finish(response{}, bad)
	} else {
		resp = s.handle(c, p)
	}
	out := reply{status: resp.status, header: resp.header, body: resp.body}
	if !out.ok() {
		var e struct {
			Code    string `xml:"Code"`
			Message string `xml:"Message"`
			Error   struct {
				Code    string `xml:"Code"`
				Message string `xml:"Message"`
			} `xml:"Error"`
		}
		_ = xml.Unmarshal(resp.body, &e)
		out.code, out.message = e.Code+e.Error.Code, e.Message+e.Error.Message
		var j struct {
			Type    string `json:"__type"`
			Message string `json:"message"`
		}
		if json.Unmarshal(resp.body, &j) == nil {
			out.code, out.message = j.Type, j.Message
		}
		if out.code == "" {
			out.code = http.StatusText(resp.status)
		}
	}
	return out
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// sign puts a Signature Version 4 on a request.
func sign(r *http.Request, creds keys, service, region string, body []byte, now time.Time) {
	now = now.UTC()
	day, payload := now.Format("20060102"), hexHash(body)
	r.Header.Set("X-Amz-Date", now.Format(sigTime))
	r.Header.Set("X-Amz-Content-Sha256", payload)
	headers := []string{"host", "x-amz-content-sha256", "x-amz-date"}
	if creds.token != "" {
		r.Header.Set("X-Amz-Security-Token", creds.token)
		headers = append(headers, "x-amz-security-token")
	}
	hashed := hexHash([]byte(canonicalRequest(r, service, headers, payload)))
	r.Header.Set("Authorization", sigAlgorithm+" Credential="+creds.accessKey+"/"+day+"/"+region+"/"+service+"/aws4_request, SignedHeaders="+
		strings.Join(headers, ";")+", Signature="+signature(creds.secret, day, region, service, now, hashed))
}

// assume enters a role; externalID nil gives none.
func (s *Sandbox) assume(creds keys, roleARN string, externalID *string) (keys, reply) {
	form := url.Values{"Action": {"AssumeRole"}, "Version": {"2011-06-15"}, "RoleArn": {roleARN}, "RoleSessionName": {"xshield"}, "DurationSeconds": {"900"}}
	if externalID != nil {
		form.Set("ExternalId", *externalID)
	}
	got := s.request(creds, "sts", homeRegion, http.MethodPost, "/", nil, []byte(form.Encode()))
	var out struct {
		Result struct {
			Credentials struct {
				AccessKeyID     string `xml:"AccessKeyId"`
				SecretAccessKey string
				SessionToken    string
			}
		} `xml:"AssumeRoleResult"`
	}
	if got.ok() {
		_ = xml.Unmarshal(got.body, &out)
	}
	c := out.Result.Credentials
	return keys{c.AccessKeyID, c.SecretAccessKey, c.SessionToken}, got
}

// listedObject is an object in a listing.
type listedObject struct {
	Key          string
	LastModified time.Time
}

// listing is what the vendor reads of a ListObjectsV2 answer.
type listing struct {
	Contents       []listedObject
	CommonPrefixes []struct{ Prefix string }
	Truncated      bool   `xml:"IsTruncated"`
	Next           string `xml:"NextContinuationToken"`
}

// list reads a listing to its end, at most ten pages of it; folders asks for the first level only.
func (s *Sandbox) list(creds keys, region, bucket, prefix string, folders bool) (listing, reply) {
	var all listing
	query := url.Values{"list-type": {"2"}, "prefix": {prefix}}
	if folders {
		query.Set("delimiter", "/")
	}
	for range 10 {
		got := s.request(creds, "s3", region, http.MethodGet, "/"+bucket, query, nil)
		var page listing
		if !got.ok() || xml.Unmarshal(got.body, &page) != nil {
			return all, got
		}
		all.Contents = append(all.Contents, page.Contents...)
		all.CommonPrefixes = append(all.CommonPrefixes, page.CommonPrefixes...)
		if !page.Truncated {
			return all, got
		}
		query.Set("continuation-token", page.Next)
	}
	return all, reply{status: http.StatusOK}
}
