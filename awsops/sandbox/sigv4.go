package sandbox

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	sigAlgorithm = "AWS4-HMAC-SHA256"
	sigTime      = "20060102T150405Z"
)

// proof is what a request was signed with, by Signature Version 4 (header or presigned query).
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
type proof struct {
	accessKey string
	token     string
	day       string // YYYYMMDD of the credential scope
	region    string
	service   string
	signature string
	when      time.Time
	expires   time.Duration // of a presigned request; 0: signed by header
	hashed    string        // hex SHA-256 of the canonical request
	tampered  bool          // the body is not the one that was signed
}

// readProof reads the signature of a request; nil and no error for an unsigned one.
func readProof(r *http.Request, body []byte) (*proof, *apiError) {
	p := &proof{token: r.Header.Get("X-Amz-Security-Token")}
	var credential, signedHeaders, date string
	query := r.URL.Query()
	auth := r.Header.Get("Authorization")
	switch {
	case auth != "":
		algorithm, fields, _ := strings.Cut(auth, " ")
		if algorithm != sigAlgorithm {
			return nil, incomplete("Unsupported Authorization Type; the sandbox knows " + sigAlgorithm)
		}
		for part := range strings.SplitSeq(fields, ",") {
			k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
			switch k {
			case "Credential":
				credential = v
			case "SignedHeaders":
				signedHeaders = v
			case "Signature":
				p.signature = v
			}
		}
		date = r.Header.Get("X-Amz-Date")
		if t, err := http.ParseTime(r.Header.Get("Date")); date == "" && err == nil {
			date = t.UTC().Format(sigTime)
		}
	case query.Get("X-Amz-Algorithm") != "":
		if query.Get("X-Amz-Algorithm") != sigAlgorithm {
			return nil, incomplete("Unsupported X-Amz-Algorithm; the sandbox knows " + sigAlgorithm)
		}
		credential, signedHeaders, date = query.Get("X-Amz-Credential"), query.Get("X-Amz-SignedHeaders"), query.Get("X-Amz-Date")
		p.signature, p.token = query.Get("X-Amz-Signature"), query.Get("X-Amz-Security-Token")
		seconds, err := strconv.Atoi(query.Get("X-Amz-Expires"))
		if err != nil || seconds < 1 || seconds > 604800 {
			seconds = 900
		}
		p.expires = time.Duration(seconds) * time.Second
	default:
		return nil, nil
	}
	scope := strings.Split(credential, "/")
	when, err := time.Parse(sigTime, date)
	if len(scope) < 5 || scope[len(scope)-1] != "aws4_request" || err != nil || p.signature == "" || signedHeaders == "" {
		return nil, incomplete("Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters and an 'X-Amz-Date' header.")
	}
	n := len(scope)
	p.accessKey = strings.Join(scope[:n-4], "/")
	p.day, p.region, p.service, p.when = scope[n-4], scope[n-3], scope[n-2], when

	payload := r.Header.Get("X-Amz-Content-Sha256")
	switch {
	case payload == "" && p.expires > 0 && p.service == "s3":
		payload = "UNSIGNED-PAYLOAD"
	case payload == "":
		payload = hexHash(body)
	case len(payload) == 64:
		p.tampered = payload != hexHash(body)
	}
	p.hashed = hexHash([]byte(canonicalRequest(r, p.service, strings.Split(signedHeaders, ";"), payload)))
	return p, nil
}

func incomplete(message string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "IncompleteSignature", message: message}
}

// canonicalRequest writes a request as both sides of a signature see it.
func canonicalRequest(r *http.Request, service string, headers []string, payload string) string {
	path := r.URL.Path
	if service != "s3" {
		path = r.URL.EscapedPath() // all services but S3 encode the path twice
	}
	if path == "" {
		path = "/"
	}
	var b strings.Builder
	b.WriteString(r.Method + "\n" + uriEncode(path, true) + "\n" + canonicalQuery(r.URL.RawQuery) + "\n")
	for _, h := range headers {
		b.WriteString(h + ":" + headerValue(r, h) + "\n")
	}
	b.WriteString("\n" + strings.Join(headers, ";") + "\n" + payload)
	return b.String()
}

func headerValue(r *http.Request, name string) string {
	switch name {
	case "host":
		if r.Host != "" {
			return r.Host
		}
		return r.URL.Host
	case "content-length":
		return strconv.FormatInt(r.ContentLength, 10)
	}
	values := r.Header.Values(name)
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(out, ",")
}

func canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	var pairs [][2]string
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		if key, err := url.QueryUnescape(k); err == nil {
			k = key
		}
		if value, err := url.QueryUnescape(v); err == nil {
			v = value
		}
		if k == "X-Amz-Signature" {
			continue
		}
		pairs = append(pairs, [2]string{uriEncode(k, false), uriEncode(v, false)})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p[0] + "=" + p[1])
	}
	return b.String()
}

// uriEncode encodes all but A-Z a-z 0-9 - . _ ~, and the slash where it stands for itself.
func uriEncode(s string, keepSlash bool) string {
	const upper = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(s))
	for i := range len(s) {
		ch := s[i]
		switch {
		case ch >= 'A' && ch <= 'Z', ch >= 'a' && ch <= 'z', ch >= '0' && ch <= '9', ch == '-', ch == '.', ch == '_', ch == '~', ch == '/' && keepSlash:
			b.WriteByte(ch)
		default:
			b.WriteByte('%')
			b.WriteByte(upper[ch>>4])
			b.WriteByte(upper[ch&15])
		}
	}
	return b.String()
}

// signs tells whether the proof was made with secret.
func (p *proof) signs(secret string) bool {
	return hmac.Equal([]byte(p.signature), []byte(signature(secret, p.day, p.region, p.service, p.when, p.hashed)))
}

func signature(secret, day, region, service string, when time.Time, hashed string) string {
	scope := day + "/" + region + "/" + service + "/aws4_request"
	key := hmacSum(hmacSum(hmacSum(hmacSum([]byte("AWS4"+secret), day), region), service), "aws4_request")
	return hex.EncodeToString(hmacSum(key, sigAlgorithm+"\n"+when.UTC().Format(sigTime)+"\n"+scope+"\n"+hashed))
}

func hmacSum(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func hexHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
