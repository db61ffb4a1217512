package sandbox

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

func (b *Bucket) usesBucketKey() bool {
	return b.Encryption != nil && b.Encryption.Algorithm == "aws:kms" && b.Encryption.BucketKey
}

// encryptionContext is what S3 tells KMS about an object: with a bucket key, only its bucket.
func (b *Bucket) encryptionContext(key string) string {
	if b.usesBucketKey() {
		return b.arn()
	}
	return b.arn() + "/" + key
}

// objectKeyContext is the KMS condition keys of a request that S3 makes for an object of bucket b.
func (c *call) objectKeyContext(b *Bucket, o *Object) map[string][]string {
	context := b.arn() + "/" + o.Key
	if o.BucketKey {
		context = b.arn()
	}
	return map[string][]string{
		"kms:ViaService":                   {"s3." + b.Region + ".amazonaws.com"},
		"kms:CallerAccount":                {c.caller.account},
		"kms:EncryptionContext:aws:s3:arn": {context},
		"kms:EncryptionContextKeys":        {"aws:s3:arn"},
	}
}

// useKey asks KMS, in the caller's name, for the key of an object.
func (c *call) useKey(action string, b *Bucket, o *Object) *apiError {
	if o.KeyARN == "" {
		return nil
	}
	key := c.w.key(o.KeyARN)
	if key == nil {
		return s3Errorf(400, "KMS.NotFoundException", "Key '%s' does not exist", o.KeyARN)
	}
	if d := c.authorize(action, key.ARN, arnAccount(key.ARN), c.w.keyPolicy(key), c.objectKeyContext(b, o)); d.Verdict != policy.Allowed {
		return c.denied(action, key.ARN, d)
	}
	switch {
	case key.Region != b.Region:
		return s3Errorf(400, "KMS.NotFoundException", "Invalid arn %s", key.Region)
	case key.State == "Disabled":
		return s3Errorf(400, "KMS.DisabledException", "%s is disabled.", key.ARN)
	case key.State != "Enabled":
		return s3Errorf(400, "KMS.KMSInvalidStateException", "%s is pending deletion.", key.ARN)
	}
	return nil
}

// getObject answers GetObject and HeadObject.
func getObject(c *call, b *Bucket) (response, *apiError) {
	if err := c.s3Allow(b, "s3:GetObject", c.key, nil); err != nil {
		return response{}, err
	}
	o := b.Objects[c.key]
	if o == nil {
		// Who may not list does not learn whether a key is there.
		if err := c.s3Allow(b, "s3:ListBucket", "", nil); err != nil {
			return response{}, err
		}
		return response{}, &apiError{status: 404, code: "NoSuchKey", message: "The specified key does not exist.", extra: map[string]string{"Key": c.key}}
	}
	if err := c.useKey("kms:Decrypt", b, o); err != nil {
		return response{}, err
	}
	c.w.measure(o)
	header := objectHeader(o)
	etag := `"` + o.ETag + `"`
	if want := c.r.Header.Get("If-Match"); want != "" && want != "*" && want != etag {
		return response{}, &apiError{status: 412, code: "PreconditionFailed", message: "At least one of the pre-conditions you specified did not hold", extra: map[string]string{"Condition": "If-Match"}}
	}
	if none := c.r.Header.Get("If-None-Match"); none == "*" || none == etag {
		return response{status: http.StatusNotModified, header: header}, nil
	}
	first, last, part, err := byteRange(c.r.Header.Get("Range"), o.Size)
	if err != nil {
		return response{}, err
	}
	resp := response{header: header}
	if part {
		resp.status = http.StatusPartialContent
		header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, last, o.Size))
	}
	header.Set("Content-Length", strconv.FormatInt(last-first+1, 10))
	if c.operation == "GetObject" {
		resp.body = c.w.content(o)[first : last+1]
	}
	return resp, nil
}

func objectHeader(o *Object) http.Header {
	kind := o.Type
	switch {
	case o.FlowLog:
		kind = "application/octet-stream"
	case kind == "":
		kind = "binary/octet-stream"
	}
	header := http.Header{
		"Content-Type": {kind}, "Etag": {`"` + o.ETag + `"`}, "Accept-Ranges": {"bytes"},
		"Last-Modified": {o.Modified.UTC().Format(http.TimeFormat)},
	}
	for name, value := range o.Meta {
		header.Set("X-Amz-Meta-"+name, value)
	}
	setEncryption(header, o)
	return header
}

func setEncryption(header http.Header, o *Object) {
	if o.KeyARN == "" {
		header.Set("X-Amz-Server-Side-Encryption", "AES256")
		return
	}
	header.Set("X-Amz-Server-Side-Encryption", "aws:kms")
	header.Set("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", o.KeyARN)
	if o.BucketKey {
		header.Set("X-Amz-Server-Side-Encryption-Bucket-Key-Enabled", "true")
	}
}

// byteRange reads a Range header of one range; what is no such header counts as absent, as S3 has it.
func byteRange(header string, size int64) (first, last int64, part bool, err *apiError) {
	spec, ok := strings.CutPrefix(header, "bytes=")
	from, to, dash := strings.Cut(spec, "-")
	if !ok || !dash || strings.Contains(spec, ",") {
		return 0, size - 1, false, nil
	}
	unsatisfiable := &apiError{status: 416, code: "InvalidRange", message: "The requested range is not satisfiable",
		extra: map[string]string{"RangeRequested": header, "ActualObjectSize": strconv.FormatInt(size, 10)}}
	if from == "" {
		n, e := strconv.ParseInt(to, 10, 64)
		if e != nil {
			return 0, size - 1, false, nil
		}
		if n == 0 || size == 0 {
			return 0, 0, false, unsatisfiable
		}
		return max(size-n, 0), size - 1, true, nil
	}
	first, e := strconv.ParseInt(from, 10, 64)
	if e != nil || first < 0 {
		return 0, size - 1, false, nil
	}
	last = size - 1
	if to != "" {
		n, e := strconv.ParseInt(to, 10, 64)
		if e != nil || n < first {
			return 0, size - 1, false, nil
		}
		last = min(last, n)
	}
	if first >= size {
		return 0, 0, false, unsatisfiable
	}
	return first, last, true, nil
}

func putObject(c *call, b *Bucket) (response, *apiError) {
	acl := c.r.Header.Get("X-Amz-Acl")
	ctx := map[string][]string{}
	for key, header := range map[string]string{
		"s3:x-amz-acl": "X-Amz-Acl", "s3:x-amz-server-side-encryption": "X-Amz-Server-Side-Encryption",
		"s3:x-amz-server-side-encryption-aws-kms-key-id": "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", "s3:x-amz-storage-class": "X-Amz-Storage-Class",
	} {
		if value := c.r.Header.Get(header); value != "" {
			ctx[key] = []string{value}
		}
	}
	if err := c.s3Allow(b, "s3:PutObject", c.key, ctx); err != nil {
		return response{}, err
	}
	if acl != "" {
		if err := c.s3Allow(b, "s3:PutObjectAcl", c.key, ctx); err != nil {
			return response{}, err
		}
		if b.Ownership == "BucketOwnerEnforced" && acl != "bucket-owner-full-control" {
			return response{}, s3Errorf(400, "AccessControlListNotSupported", "The bucket does not allow ACLs")
		}
	}
	for _, header := range []string{"X-Amz-Tagging", "X-Amz-Object-Lock-Mode", "X-Amz-Server-Side-Encryption-Customer-Algorithm", "X-Amz-Website-Redirect-Location"} {
		if c.r.Header.Get(header) != "" {
			return response{}, s3Errorf(501, "NotImplemented", "A header you provided implies functionality that is not implemented.")
		}
	}
	if len(c.key) > 1024 {
		return response{}, s3Errorf(400, "KeyTooLongError", "Your key is too long")
	}
	if c.r.Header.Get("If-None-Match") == "*" && b.Objects[c.key] != nil {
		return response{}, &apiError{status: 412, code: "PreconditionFailed", message: "At least one of the pre-conditions you specified did not hold", extra: map[string]string{"Condition": "If-None-Match"}}
	}
	body, err := c.payload()
	if err != nil {
		return response{}, err
	}
	o := &Object{Key: c.key, Body: body, Size: int64(len(body)), Modified: c.now.UTC(), Type: c.r.Header.Get("Content-Type")}
	if err := c.encryptObject(b, o); err != nil {
		return response{}, err
	}
	sum := md5.Sum(body)
	o.ETag = hex.EncodeToString(sum[:])
	for name, values := range c.r.Header {
		if meta, ok := strings.CutPrefix(name, "X-Amz-Meta-"); ok {
			if o.Meta == nil {
				o.Meta = map[string]string{}
			}
			o.Meta[strings.ToLower(meta)] = strings.Join(values, ",")
		}
	}
	b.put(o)
	header := http.Header{"Etag": {`"` + o.ETag + `"`}}
	setEncryption(header, o)
	return response{header: header}, nil
}

// encryptObject finds the key of a new object: the request's, or the bucket's default.
func (c *call) encryptObject(b *Bucket, o *Object) *apiError {
	switch algorithm := c.r.Header.Get("X-Amz-Server-Side-Encryption"); algorithm {
	case "AES256":
		return nil
	case "aws:kms":
		o.BucketKey = c.r.Header.Get("X-Amz-Server-Side-Encryption-Bucket-Key-Enabled") == "true"
		o.KeyARN = c.w.encryptionKeyFor(b, c.r.Header.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"), c.caller.account)
	case "":
		if b.Encryption == nil || b.Encryption.Algorithm == "AES256" {
			return nil
		}
		o.BucketKey, o.KeyARN = b.usesBucketKey(), c.w.encryptionKeyFor(b, b.Encryption.Key, c.caller.account)
	default:
		return s3Errorf(400, "InvalidArgument", "The encryption method specified is not supported")
	}
	return c.useKey("kms:GenerateDataKey", b, o)
}

// encryptionKey is the ARN of the key of the bucket's default encryption, "" for SSE-S3.
func (w *World) encryptionKey(b *Bucket) string {
	if b.Encryption == nil || b.Encryption.Algorithm == "AES256" {
		return ""
	}
	return w.encryptionKeyFor(b, b.Encryption.Key, b.Owner)
}

// encryptionKeyFor finds a key as S3 does for a requester: a bare id or alias is looked for in the requester's own account.
// A key that is not there keeps its name, so that its use fails.
func (w *World) encryptionKeyFor(b *Bucket, name, requester string) string {
	switch {
	case name == "" || name == "alias/aws/s3":
		return w.managedKey(requester, b.Region).ARN
	case strings.HasPrefix(name, "arn:"):
		if key := w.key(name); key != nil {
			return key.ARN
		}
		return name
	}
	if key := w.keyByName(requester, b.Region, name); key != nil {
		return key.ARN
	}
	return fmt.Sprintf("arn:aws:kms:%s:%s:key/%s", b.Region, requester, name)
}

func deleteObject(c *call, b *Bucket) (response, *apiError) {
	if err := c.s3Allow(b, "s3:DeleteObject", c.key, nil); err != nil {
		return response{}, err
	}
	b.remove(c.key)
	return noContent()
}

func deleteObjects(c *call, b *Bucket) (response, *apiError) {
	var in struct {
		Objects []struct {
			Key string `xml:"Key"`
		} `xml:"Object"`
		Quiet bool `xml:"Quiet"`
	}
	if err := c.s3Input(&in); err != nil {
		return response{}, err
	}
	if len(in.Objects) == 0 || len(in.Objects) > 1000 {
		return response{}, s3Errorf(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	type deleted struct {
		Key string `xml:"Key"`
	}
	type failed struct {
		Key     string `xml:"Key"`
		Code    string `xml:"Code"`
		Message string `xml:"Message"`
	}
	var out struct {
		Deleted []deleted `xml:"Deleted"`
		Errors  []failed  `xml:"Error"`
	}
	for _, object := range in.Objects {
		if err := c.s3Allow(b, "s3:DeleteObject", object.Key, nil); err != nil {
			out.Errors = append(out.Errors, failed{object.Key, err.code, err.message})
			continue
		}
		b.remove(object.Key)
		if !in.Quiet && !slices.Contains(out.Deleted, deleted{object.Key}) {
			out.Deleted = append(out.Deleted, deleted{object.Key})
		}
	}
	return s3XML("DeleteResult", out)
}
