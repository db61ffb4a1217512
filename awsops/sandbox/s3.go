package sandbox

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// s3Handlers answers the S3 REST protocol.
var s3Handlers = map[string]handler{
	"ListBuckets":  listBuckets,
	"CreateBucket": createBucket,
	"HeadBucket":   onBucket("s3:ListBucket", headBucket),
	"DeleteBucket": onBucket("s3:DeleteBucket", deleteBucket),

	"GetBucketAccelerateConfiguration": onBucket("s3:GetAccelerateConfiguration", emptySetting("AccelerateConfiguration")),
	"GetBucketAcl":                     onBucket("s3:GetBucketAcl", getBucketACL),
	"GetBucketLocation":                onBucket("s3:GetBucketLocation", getBucketLocation),
	"GetBucketLogging":                 onBucket("s3:GetBucketLogging", emptySetting("BucketLoggingStatus")),
	"GetBucketVersioning":              onBucket("s3:GetBucketVersioning", emptySetting("VersioningConfiguration")),

	"GetBucketPolicy":       onBucket("s3:GetBucketPolicy", ownerOnly(getBucketPolicy)),
	"PutBucketPolicy":       onBucket("s3:PutBucketPolicy", ownerOnly(putBucketPolicy)),
	"DeleteBucketPolicy":    onBucket("s3:DeleteBucketPolicy", ownerOnly(deleteBucketPolicy)),
	"GetBucketPolicyStatus": onBucket("s3:GetBucketPolicyStatus", getBucketPolicyStatus),

	"GetBucketEncryption":             onBucket("s3:GetEncryptionConfiguration", getBucketEncryption),
	"PutBucketEncryption":             onBucket("s3:PutEncryptionConfiguration", putBucketEncryption),
	"DeleteBucketEncryption":          onBucket("s3:PutEncryptionConfiguration", deleteBucketEncryption),
	"GetPublicAccessBlock":            onBucket("s3:GetBucketPublicAccessBlock", getPublicAccessBlock),
	"PutPublicAccessBlock":            onBucket("s3:PutBucketPublicAccessBlock", putPublicAccessBlock),
	"DeletePublicAccessBlock":         onBucket("s3:PutBucketPublicAccessBlock", deletePublicAccessBlock),
	"GetBucketOwnershipControls":      onBucket("s3:GetBucketOwnershipControls", getOwnershipControls),
	"PutBucketOwnershipControls":      onBucket("s3:PutBucketOwnershipControls", putOwnershipControls),
	"DeleteBucketOwnershipControls":   onBucket("s3:PutBucketOwnershipControls", deleteOwnershipControls),
	"GetBucketLifecycleConfiguration": onBucket("s3:GetLifecycleConfiguration", getLifecycle),
	"PutBucketLifecycleConfiguration": onBucket("s3:PutLifecycleConfiguration", putLifecycle),
	"DeleteBucketLifecycle":           onBucket("s3:PutLifecycleConfiguration", deleteLifecycle),
	"GetBucketTagging":                onBucket("s3:GetBucketTagging", getBucketTagging),
	"PutBucketTagging":                onBucket("s3:PutBucketTagging", putBucketTagging),
	"DeleteBucketTagging":             onBucket("s3:PutBucketTagging", deleteBucketTagging),

	"ListObjects":   onBucket("", listObjects),
	"ListObjectsV2": onBucket("", listObjects),
	"GetObject":     onBucket("", getObject),
	"HeadObject":    onBucket("", getObject),
	"PutObject":     onBucket("", putObject),
	"DeleteObject":  onBucket("", deleteObject),
	"DeleteObjects": onBucket("", deleteObjects),
}

const s3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

type bucketHandler func(c *call, b *Bucket) (response, *apiError)

// onBucket finds the bucket, holds the request against its owner and region, and asks for the right to action; a handler whose
// action depends on the request ("") asks by itself.
func onBucket(action string, h bucketHandler) handler {
	return func(c *call) (response, *apiError) {
		b := c.w.Buckets[c.bucket]
		if b == nil {
			return response{}, &apiError{status: 404, code: "NoSuchBucket", message: "The specified bucket does not exist", extra: map[string]string{"BucketName": c.bucket}}
		}
		if expected := c.r.Header.Get("X-Amz-Expected-Bucket-Owner"); expected != "" && expected != b.Owner {
			return response{}, s3Errorf(403, "AccessDenied", "Access Denied")
		}
		if err := c.wrongRegion(b); err != nil {
			return response{}, err
		}
		if action != "" {
			if err := c.s3Allow(b, action, "", nil); err != nil {
				return response{}, err
			}
		}
		return h(c, b)
	}
}

// ownerOnly keeps the bucket policy to callers of the bucket owner's account, whatever the policy allows.
func ownerOnly(h bucketHandler) bucketHandler {
	return func(c *call, b *Bucket) (response, *apiError) {
		if c.caller.account != b.Owner {
			return response{}, s3Errorf(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
		}
		return h(c, b)
	}
}

// wrongRegion sends a request that was signed for another region to the bucket's.
func (c *call) wrongRegion(b *Bucket) *apiError {
	if c.caller.account == "" || c.region == b.Region {
		return nil
	}
	if hostBucket(c.r.Host) != "" && strings.HasSuffix(c.r.Host, ".s3.amazonaws.com") {
		return &apiError{status: 400, code: "AuthorizationHeaderMalformed", extra: map[string]string{"Region": b.Region},
			message: fmt.Sprintf("The authorization header is malformed; the region '%s' is wrong; expecting '%s'", c.region, b.Region)}
	}
	return &apiError{status: 301, code: "PermanentRedirect",
		message: "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
		extra:   map[string]string{"Endpoint": "s3." + b.Region + ".amazonaws.com", "Bucket": b.Name}}
}

func s3Errorf(status int, code, format string, args ...any) *apiError {
	return &apiError{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

func (b *Bucket) arn() string { return "arn:aws:s3:::" + b.Name }

// s3Verdict decides an action on the bucket or, where key is not empty, on an object of it.
func (c *call) s3Verdict(b *Bucket, action, key string, extra map[string][]string) *policy.Decision {
	resource := b.arn()
	if key != "" {
		resource += "/" + key
	}
	doc := c.w.bucketPolicy(b)
	// Public access that is restricted is no access for other accounts.
	if b.PublicBlock != nil && b.PublicBlock.RestrictPublicBuckets && c.caller.account != b.Owner && publicPolicy(doc) {
		doc = nil
	}
	return c.authorize(action, resource, b.Owner, doc, extra)
}

// s3Allow is s3Verdict as S3 words a denial.
func (c *call) s3Allow(b *Bucket, action, key string, extra map[string][]string) *apiError {
	d := c.s3Verdict(b, action, key, extra)
	if d.Verdict == policy.Allowed {
		return nil
	}
	resource := b.arn()
	if key != "" {
		resource += "/" + key
	}
	return c.denied(action, `"`+resource+`"`, d)
}

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	ipName     = regexp.MustCompile(`^\d+\.\d+\.\d+\.\d+$`)
)

// validBucketName follows https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html.
func validBucketName(name string) bool {
	if !bucketName.MatchString(name) || ipName.MatchString(name) || strings.Contains(name, "..") {
		return false
	}
	for _, prefix := range []string{"xn--", "sthree-", "amzn-s3-demo-"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	for _, suffix := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"} {
		if strings.HasSuffix(name, suffix) {
			return false
		}
	}
	return true
}

// s3XML writes v under the named element.
func s3XML(name string, v any) (response, *apiError) {
	var b strings.Builder
	b.WriteString(xml.Header)
	start := xml.StartElement{Name: xml.Name{Local: name}, Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: s3Namespace}}}
	if err := xml.NewEncoder(&b).EncodeElement(v, start); err != nil {
		return response{}, s3Errorf(500, "InternalError", "%s", err)
	}
	return response{header: http.Header{"Content-Type": {"application/xml"}}, body: []byte(b.String())}, nil
}

// s3Input reads the body of a call as XML.
func (c *call) s3Input(v any) *apiError {
	body, err := c.payload()
	if err != nil {
		return err
	}
	if len(body) == 0 {
		return s3Errorf(400, "MissingRequestBodyError", "Request Body is empty")
	}
	if xml.Unmarshal(body, v) != nil {
		return s3Errorf(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	return nil
}

func noContent() (response, *apiError) { return response{status: http.StatusNoContent}, nil }

// emptySetting answers a setting that was never made.
func emptySetting(name string) bucketHandler {
	return func(*call, *Bucket) (response, *apiError) { return s3XML(name, struct{}{}) }
}
