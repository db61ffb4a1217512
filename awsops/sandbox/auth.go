package sandbox

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// allowedSkew is how far a request's date may be from the clock: five minutes in most cases, fifteen for S3 and EC2. Source: IAM user guide,
// signing requests; S3 user guide, authenticating requests; EC2 API error codes, RequestExpired.
func allowedSkew(service string) time.Duration {
	if service == "s3" || service == "ec2" {
		return 15 * time.Minute
	}
	return 5 * time.Minute
}

// authenticate finds the caller of a request from its signature. Only S3 knows anonymous callers.
func (w *World) authenticate(c *call, p *proof) *apiError {
	if p == nil {
		if c.service == "s3" {
			return nil
		}
		return authFault(c, "unsigned")
	}
	if p.service != c.service {
		return authFault(c, "scope")
	}
	now := c.clock
	switch {
	case p.expires > 0 && now.After(p.when.Add(p.expires)):
		return authFault(c, "presigned")
	case p.expires == 0 && now.Sub(p.when) > allowedSkew(c.service):
		return c.skewed(fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - %d min.)", p.when.Format(sigTime), now.Add(-allowedSkew(c.service)).UTC().Format(sigTime), now.UTC().Format(sigTime), int(allowedSkew(c.service).Minutes())))
	case p.when.Sub(now) > allowedSkew(c.service):
		return c.skewed(fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + %d min.)", p.when.Format(sigTime), now.Add(allowedSkew(c.service)).UTC().Format(sigTime), now.UTC().Format(sigTime), int(allowedSkew(c.service).Minutes())))
	}
	secret, problem := "", ""
	if strings.HasPrefix(p.accessKey, "ASIA") {
		secret, problem = w.sessionCaller(c, p)
	} else {
		secret, problem = w.userCaller(c, p)
	}
	switch {
	case problem != "" && problem != "expired" && problem != "gone":
		return authFault(c, problem)
	case !p.signs(secret):
		return authFault(c, "signature")
	case problem != "":
		return authFault(c, problem)
	case c.lapsed(c.caller.accessKey):
		return authFault(c, "expired")
	case p.tampered:
		return authFault(c, "payload")
	}
	return nil
}

// skewed is the refusal of a request whose date is too far off; where the service has no words of its own, these.
func (c *call) skewed(words string) *apiError {
	e := authFault(c, "skew")
	if e.message == "" {
		e.message = words
	}
	return e
}

func (w *World) userCaller(c *call, p *proof) (secret, problem string) {
	for _, a := range w.Accounts {
		for _, u := range a.Users {
			secret, has := u.AccessKeys[p.accessKey]
			if !has {
				continue
			}
			if p.token != "" {
				return "", "token"
			}
			c.caller = caller{account: a.ID, principal: "arn:aws:iam::" + a.ID + ":user/" + u.Name, userID: u.ID, user: u.Name, accessKey: p.accessKey,
				identity: w.identity(a, u.Inline, u.Attached)}
			return secret, ""
		}
	}
	return "", "key"
}

// sessionCaller reads the session out of its own token: nothing is stored for a session.
func (w *World) sessionCaller(c *call, p *proof) (secret, problem string) {
	if p.token == "" {
		return "", "key"
	}
	s := w.openSession(p.token)
	if s == nil || s.AccessKey != p.accessKey {
		return "", "token"
	}
	c.caller = caller{account: s.Account, principal: s.ARN, userID: s.RoleID + ":" + s.Name, issued: s.Issued, expires: s.Expires, accessKey: s.AccessKey, by: s.By}
	if !c.now.Before(s.Expires) {
		return s.Secret, "expired"
	}
	a := w.Accounts[s.Account]
	if a == nil {
		return s.Secret, "gone"
	}
	role := a.Roles[s.Role]
	if role == nil || role.ID != s.RoleID {
		return s.Secret, "gone" // deleted, or made again under the same name
	}
	c.caller.issuer = role.ARN
	c.caller.identity = w.identity(a, role.Inline, role.Attached)
	if role.Boundary != "" {
		if text, ok := w.policyText(role.Boundary); ok {
			c.caller.boundary = parsed(text)
		}
	}
	return s.Secret, ""
}

// mint makes temporary credentials for a role.
func (w *World) mint(role *Role, account, name string, now time.Time, lifetime time.Duration, by caller) *Session {
	s := &Session{By: by.chain(), Chained: by.issuer != "", Account: account, Role: strings.ToLower(role.Name), RoleID: role.ID, Name: name, Issued: now.UTC().Truncate(time.Second),
		Expires: now.UTC().Truncate(time.Second).Add(lifetime), Nonce: rand.Text(),
		ARN: "arn:aws:sts::" + account + ":assumed-role/" + role.Name + "/" + name}
	body, _ := json.Marshal(s)
	s.Token = base64.StdEncoding.EncodeToString(append(w.mac("token", body), body...))
	w.fillSession(s)
	return s
}

func (w *World) openSession(token string) *Session {
	raw, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(raw) <= sha256.Size || !hmac.Equal(raw[:sha256.Size], w.mac("token", raw[sha256.Size:])) {
		return nil
	}
	s := &Session{}
	if json.Unmarshal(raw[sha256.Size:], s) != nil {
		return nil
	}
	s.Token = token
	w.fillSession(s)
	return s
}

// fillSession derives the key pair, which the token does not carry.
func (w *World) fillSession(s *Session) {
	s.AccessKey = "ASIA" + base32.StdEncoding.EncodeToString(w.mac("id", []byte(s.Token)))[:16]
	s.Secret = base64.StdEncoding.EncodeToString(w.mac("secret", []byte(s.Token)))[:40]
}

// mac signs with a key that all sandboxes share: clients such as the aws command line keep sessions in a cache, which must not
// break when the world is reset. It protects nothing.
func (w *World) mac(purpose string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte("flowgrant sandbox"))
	h.Write([]byte(purpose + "\x00"))
	h.Write(body)
	return h.Sum(nil)
}

// authFault is the refusal of a request whose caller could not be made out, in the words of the service
// (https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and the same page of other services).
func authFault(c *call, problem string) *apiError {
	family := "sts"
	switch {
	case c.service == "ec2", c.service == "s3":
		family = c.service
	case !c.query:
		family = "json"
	}
	f, ok := authFaults[problem][family]
	if !ok {
		f = authFaults[problem]["sts"]
	}
	e := &apiError{status: f.status, code: f.code, message: f.message}
	if c.service == "s3" && problem == "key" {
		e.extra = map[string]string{"AWSAccessKeyId": "unknown"}
	}
	return e
}

const (
	invalidToken    = "The security token included in the request is invalid."
	ec2NotValidated = "AWS was not able to validate the provided access credentials"
	badSignature    = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method."
	expiredToken    = "The security token included in the request is expired"
)

var authFaults = map[string]map[string]apiError{
	"unsigned": {
		"sts":  {status: http.StatusForbidden, code: "MissingAuthenticationToken", message: "Request is missing Authentication Token"},
		"ec2":  {status: http.StatusUnauthorized, code: "AuthFailure", message: ec2NotValidated},
		"json": {status: http.StatusBadRequest, code: "MissingAuthenticationTokenException", message: "Missing Authentication Token"},
	},
	"scope": {
		"sts":  {status: http.StatusForbidden, code: "SignatureDoesNotMatch", message: "Credential should be scoped to correct service."},
		"ec2":  {status: http.StatusUnauthorized, code: "AuthFailure", message: "Credential should be scoped to correct service."},
		"s3":   {status: http.StatusBadRequest, code: "AuthorizationHeaderMalformed", message: "The authorization header is malformed; incorrect service. This endpoint belongs to \"s3\"."},
		"json": {status: http.StatusBadRequest, code: "InvalidSignatureException", message: "Credential should be scoped to correct service."},
	},
	"presigned": {
		"sts": {status: http.StatusForbidden, code: "SignatureDoesNotMatch", message: "Signature expired"},
		"s3":  {status: http.StatusForbidden, code: "AccessDenied", message: "Request has expired"},
	},
	"skew": {
		"sts":  {status: http.StatusForbidden, code: "SignatureDoesNotMatch"},
		"ec2":  {status: http.StatusBadRequest, code: "RequestExpired", message: "Request has expired."},
		"s3":   {status: http.StatusForbidden, code: "RequestTimeTooSkewed", message: "The difference between the request time and the current time is too large."},
		"json": {status: http.StatusBadRequest, code: "InvalidSignatureException"},
	},
	"key": {
		"sts":  {status: http.StatusForbidden, code: "InvalidClientTokenId", message: invalidToken},
		"ec2":  {status: http.StatusUnauthorized, code: "AuthFailure", message: ec2NotValidated},
		"s3":   {status: http.StatusForbidden, code: "InvalidAccessKeyId", message: "The AWS Access Key Id you provided does not exist in our records."},
		"json": {status: http.StatusBadRequest, code: "UnrecognizedClientException", message: invalidToken},
	},
	"token": {
		"sts":  {status: http.StatusForbidden, code: "InvalidClientTokenId", message: invalidToken},
		"ec2":  {status: http.StatusUnauthorized, code: "AuthFailure", message: ec2NotValidated},
		"s3":   {status: http.StatusBadRequest, code: "InvalidToken", message: "The provided token is malformed or otherwise invalid."},
		"json": {status: http.StatusBadRequest, code: "UnrecognizedClientException", message: invalidToken},
	},
	// A session whose role is gone answers as one that never was.
	"gone": {
		"sts":  {status: http.StatusForbidden, code: "InvalidClientTokenId", message: invalidToken},
		"ec2":  {status: http.StatusUnauthorized, code: "AuthFailure", message: ec2NotValidated},
		"s3":   {status: http.StatusForbidden, code: "InvalidAccessKeyId", message: "The AWS Access Key Id you provided does not exist in our records."},
		"json": {status: http.StatusBadRequest, code: "UnrecognizedClientException", message: invalidToken},
	},
	"expired": {
		"sts":  {status: http.StatusForbidden, code: "ExpiredToken", message: expiredToken},
		"ec2":  {status: http.StatusBadRequest, code: "RequestExpired", message: "Request has expired."},
		"s3":   {status: http.StatusBadRequest, code: "ExpiredToken", message: "The provided token has expired."},
		"json": {status: http.StatusBadRequest, code: "ExpiredTokenException", message: expiredToken},
	},
	"signature": {
		"sts":  {status: http.StatusForbidden, code: "SignatureDoesNotMatch", message: badSignature},
		"ec2":  {status: http.StatusUnauthorized, code: "AuthFailure", message: ec2NotValidated},
		"s3":   {status: http.StatusForbidden, code: "SignatureDoesNotMatch", message: badSignature},
		"json": {status: http.StatusBadRequest, code: "InvalidSignatureException", message: badSignature},
	},
	"payload": {
		"sts":  {status: http.StatusForbidden, code: "SignatureDoesNotMatch", message: badSignature},
		"ec2":  {status: http.StatusUnauthorized, code: "AuthFailure", message: ec2NotValidated},
		"s3":   {status: http.StatusBadRequest, code: "XAmzContentSHA256Mismatch", message: "The provided 'x-amz-content-sha256' header does not match what was computed."},
		"json": {status: http.StatusBadRequest, code: "InvalidSignatureException", message: badSignature},
	},
}
