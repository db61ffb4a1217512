package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// s3BucketParts are the subresources of a bucket that are answered: by name and method, the operation.
var s3BucketParts = map[string]map[string]string{
	"accelerate":        {"GET": "GetBucketAccelerateConfiguration"},
	"acl":               {"GET": "GetBucketAcl"},
	"encryption":        {"GET": "GetBucketEncryption", "PUT": "PutBucketEncryption", "DELETE": "DeleteBucketEncryption"},
	"lifecycle":         {"GET": "GetBucketLifecycleConfiguration", "PUT": "PutBucketLifecycleConfiguration", "DELETE": "DeleteBucketLifecycle"},
	"location":          {"GET": "GetBucketLocation"},
	"logging":           {"GET": "GetBucketLogging"},
	"ownershipControls": {"GET": "GetBucketOwnershipControls", "PUT": "PutBucketOwnershipControls", "DELETE": "DeleteBucketOwnershipControls"},
	"policy":            {"GET": "GetBucketPolicy", "PUT": "PutBucketPolicy", "DELETE": "DeleteBucketPolicy"},
	"policyStatus":      {"GET": "GetBucketPolicyStatus"},
	"publicAccessBlock": {"GET": "GetPublicAccessBlock", "PUT": "PutPublicAccessBlock", "DELETE": "DeletePublicAccessBlock"},
	"tagging":           {"GET": "GetBucketTagging", "PUT": "PutBucketTagging", "DELETE": "DeleteBucketTagging"},
	"versioning":        {"GET": "GetBucketVersioning"},
	"delete":            {"POST": "DeleteObjects"},
}

// s3Elsewhere are subresources that S3 has and the sandbox has not.
var s3Elsewhere = []string{
	"abac", "analytics", "attributes", "cors", "intelligent-tiering", "inventory", "legal-hold", "metadataConfiguration", "metadataTable", "metrics",
	"notification", "object-lock", "partNumber", "renameObject", "replication", "requestPayment", "restore", "retention", "select", "session",
	"torrent", "uploadId", "uploads", "versions", "website", "append",
}

// s3Operation finds bucket, key and operation of an S3 request, addressed by path or by virtual host (BUCKET.s3… as Host).
// What the sandbox does not have gets a name that no handler has.
func s3Operation(r *http.Request) (operation, bucket, key string) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if bucket = hostBucket(r.Host); bucket != "" {
		key = path
	} else {
		bucket, key, _ = strings.Cut(path, "/")
	}
	query := r.URL.Query()
	for name := range query {
		if slices.Contains(s3Elsewhere, name) {
			return r.Method + " " + name, bucket, key
		}
	}
	switch {
	case bucket == "" && r.Method == http.MethodGet:
		return "ListBuckets", "", ""
	case bucket == "":
		return r.Method + " /", "", ""
	case key == "":
		return s3BucketOperation(r.Method, query), bucket, ""
	}
	for name := range s3BucketParts {
		if query.Has(name) {
			return r.Method + " object " + name, bucket, key
		}
	}
	if version := query.Get("versionId"); version != "" && version != "null" {
		return r.Method + " versionId", bucket, key
	}
	switch r.Method {
	case http.MethodGet:
		return "GetObject", bucket, key
	case http.MethodHead:
		return "HeadObject", bucket, key
	case http.MethodDelete:
		return "DeleteObject", bucket, key
	case http.MethodPut:
		if r.Header.Get("X-Amz-Copy-Source") == "" {
			return "PutObject", bucket, key
		}
		return "CopyObject", bucket, key
	}
	return r.Method + " object", bucket, key
}

func s3BucketOperation(method string, query url.Values) string {
	for name, operations := range s3BucketParts {
		if query.Has(name) {
			if operation := operations[method]; operation != "" {
				return operation
			}
			return method + " " + name
		}
	}
	switch method {
	case http.MethodHead:
		return "HeadBucket"
	case http.MethodPut:
		return "CreateBucket"
	case http.MethodDelete:
		return "DeleteBucket"
	case http.MethodGet:
		if query.Get("list-type") == "2" {
			return "ListObjectsV2"
		}
		return "ListObjects"
	}
	return method + " bucket"
}

// hostBucket is the bucket in a virtual-host style Host, or "".
func hostBucket(host string) string {
	host, _, _ = strings.Cut(host, ":")
	if i := strings.Index(host, ".s3."); i > 0 {
		return host[:i]
	}
	if i := strings.Index(host, ".s3-"); i > 0 && strings.HasSuffix(host, ".amazonaws.com") {
		return host[:i]
	}
	if bucket, ok := strings.CutSuffix(host, ".localhost"); ok {
		return bucket
	}
	return ""
}

// s3Error writes an error as S3 does; an answer to HEAD has no body.
func s3Error(c *call, e *apiError) response {
	header := http.Header{"Content-Type": {"application/xml"}}
	if c.w != nil && c.bucket != "" && c.w.Buckets[c.bucket] != nil {
		header.Set("X-Amz-Bucket-Region", c.w.Buckets[c.bucket].Region)
	}
	if c.r.Method == http.MethodHead || e.status == http.StatusNotModified {
		return response{status: e.status, header: header}
	}
	x := &xmlWriter{}
	x.b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	x.in("Error", func() {
		x.text("Code", e.code)
		x.text("Message", e.message)
		for _, name := range []string{"Endpoint", "Bucket", "BucketName", "Key", "Region", "AWSAccessKeyId", "ActualObjectSize", "RangeRequested", "Condition", "ArgumentName", "ArgumentValue"} {
			x.optional(name, e.extra[name])
		}
		x.text("RequestId", c.requestID)
		x.text("HostId", c.requestID)
	})
	return response{status: e.status, header: header, body: []byte(x.b.String())}
}
