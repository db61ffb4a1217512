package sandbox

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// canonicalUser is the id by which S3 names the owner of buckets.
func canonicalUser(account string) string {
	return fmt.Sprintf("%016x%016x%016x%016x", hash64(account, "1"), hash64(account, "2"), hash64(account, "3"), hash64(account, "4"))
}

type s3Owner struct {
	ID string `xml:"ID"`
}

func listBuckets(c *call) (response, *apiError) {
	d := c.authorize("s3:ListAllMyBuckets", "*", c.caller.account, nil, nil)
	if c.caller.account == "" || d.Verdict != policy.Allowed {
		return response{}, c.denied("s3:ListAllMyBuckets", `"arn:aws:s3:::*"`, d)
	}
	type bucket struct {
		Name    string `xml:"Name"`
		Created string `xml:"CreationDate"`
		Region  string `xml:"BucketRegion,omitempty"`
		ARN     string `xml:"BucketArn,omitempty"`
	}
	type result struct {
		Owner   s3Owner `xml:"Owner"`
		Buckets struct {
			Bucket []bucket `xml:"Bucket"`
		} `xml:"Buckets"`
		Prefix string `xml:"Prefix,omitempty"`
		Token  string `xml:"ContinuationToken,omitempty"`
	}
	query := c.r.URL.Query()
	most := 10000
	if value := query.Get("max-buckets"); value != "" {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > 10000 {
			return response{}, s3Errorf(400, "InvalidArgument", "Argument max-buckets must be an integer between 1 and 10000")
		}
		most = n
	}
	after, err := base64.RawURLEncoding.DecodeString(query.Get("continuation-token"))
	if err != nil {
		return response{}, s3Errorf(400, "InvalidArgument", "The continuation token provided is incorrect")
	}
	out := result{Owner: s3Owner{canonicalUser(c.caller.account)}, Prefix: query.Get("prefix")}
	for _, name := range slices.Sorted(maps.Keys(c.w.Buckets)) {
		b := c.w.Buckets[name]
		if b.Owner != c.caller.account || name <= string(after) || !strings.HasPrefix(name, out.Prefix) || query.Has("bucket-region") && query.Get("bucket-region") != b.Region {
			continue
		}
		if len(out.Buckets.Bucket) == most {
			out.Token = base64.RawURLEncoding.EncodeToString([]byte(out.Buckets.Bucket[most-1].Name))
			break
		}
		out.Buckets.Bucket = append(out.Buckets.Bucket, bucket{name, isoTime(b.Created), b.Region, b.arn()})
	}
	return s3XML("ListAllMyBucketsResult", out)
}

func createBucket(c *call) (response, *apiError) {
	if c.caller.account == "" {
		return response{}, s3Errorf(403, "AccessDenied", "Access Denied")
	}
	var in struct {
		Location string  `xml:"LocationConstraint"`
		Tags     []s3Tag `xml:"Tags>Tag"`
	}
	if len(c.body) > 0 {
		if err := c.s3Input(&in); err != nil {
			return response{}, err
		}
	}
	made := &Bucket{Name: c.bucket, Owner: c.caller.account, Created: c.now.UTC(), Objects: map[string]*Object{}, Ownership: "BucketOwnerEnforced",
		PublicBlock: &PublicBlock{true, true, true, true}, Encryption: &Encryption{Algorithm: "AES256"}}
	actions := []string{"s3:CreateBucket"}
	if value := c.r.Header.Get("X-Amz-Object-Ownership"); value != "" {
		if !validOwnership(value) {
			return response{}, s3Errorf(400, "InvalidArgument", "Invalid x-amz-object-ownership header: %s", value)
		}
		made.Ownership = value
		actions = append(actions, "s3:PutBucketOwnershipControls")
	}
	if len(in.Tags) > 0 {
		actions = append(actions, "s3:TagResource")
	}
	for _, action := range actions {
		if err := c.s3Allow(made, action, "", nil); err != nil {
			return response{}, err
		}
	}
	if !validBucketName(c.bucket) {
		return response{}, &apiError{status: 400, code: "InvalidBucketName", message: "The specified bucket is not valid.", extra: map[string]string{"BucketName": c.bucket}}
	}
	for _, header := range []string{"X-Amz-Bucket-Object-Lock-Enabled", "X-Amz-Grant-Full-Control", "X-Amz-Grant-Read", "X-Amz-Grant-Write"} {
		if value := c.r.Header.Get(header); value != "" && value != "false" {
			return response{}, s3Errorf(501, "NotImplemented", "A header you provided implies functionality that is not implemented")
		}
	}
	if acl := c.r.Header.Get("X-Amz-Acl"); acl != "" && acl != "private" {
		return response{}, s3Errorf(400, "InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
	}
	var err *apiError
	if made.Region, err = c.bucketLocation(in.Location); err != nil {
		return response{}, err
	}
	if made.Tags, err = s3Tags(in.Tags); err != nil {
		return response{}, err
	}
	location := http.Header{"Location": {"/" + c.bucket}}
	if old := c.w.Buckets[c.bucket]; old != nil {
		switch {
		case old.Owner != c.caller.account:
			return response{}, &apiError{status: 409, code: "BucketAlreadyExists", extra: map[string]string{"BucketName": c.bucket},
				message: "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again."}
		case old.Region == "us-east-1" && made.Region == "us-east-1":
			return response{header: location}, nil // there, and only there, AWS takes the second creation for success
		}
		return response{}, &apiError{status: 409, code: "BucketAlreadyOwnedByYou", extra: map[string]string{"BucketName": c.bucket},
			message: "Your previous request to create the named bucket succeeded and you already own it."}
	}
	c.w.Buckets[c.bucket] = made
	return response{header: location}, nil
}

// bucketLocation is the region of a bucket that is created with this LocationConstraint at this endpoint.
func (c *call) bucketLocation(constraint string) (string, *apiError) {
	if constraint == "EU" {
		constraint = "eu-west-1"
	}
	switch {
	case constraint == "" && c.region == "us-east-1", constraint == c.region && constraint != "us-east-1":
		if !regionEnabled(c.region) {
			return "", s3Errorf(400, "IllegalLocationConstraintException", "The %s location constraint is incompatible for the region specific endpoint this request was sent to.", constraint)
		}
		return c.region, nil
	case constraint == "":
		return "", s3Errorf(400, "IllegalLocationConstraintException", "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.")
	case constraint == "us-east-1" || !regionEnabled(constraint):
		return "", s3Errorf(400, "InvalidLocationConstraint", "The specified location-constraint is not valid")
	case c.region == "us-east-1":
		return constraint, nil // the endpoint of us-east-1 makes buckets everywhere
	}
	return "", s3Errorf(400, "IllegalLocationConstraintException", "The %s location constraint is incompatible for the region specific endpoint this request was sent to.", constraint)
}

func headBucket(_ *call, b *Bucket) (response, *apiError) {
	return response{header: http.Header{"X-Amz-Bucket-Region": {b.Region}, "X-Amz-Bucket-Arn": {b.arn()}, "X-Amz-Access-Point-Alias": {"false"}, "Content-Type": {"application/xml"}}}, nil
}

func deleteBucket(c *call, b *Bucket) (response, *apiError) {
	if len(b.Objects) > 0 {
		return response{}, &apiError{status: 409, code: "BucketNotEmpty", message: "The bucket you tried to delete is not empty", extra: map[string]string{"BucketName": b.Name}}
	}
	delete(c.w.Buckets, b.Name)
	return noContent()
}

func getBucketLocation(_ *call, b *Bucket) (response, *apiError) {
	region := b.Region
	if region == "us-east-1" {
		region = ""
	}
	return s3XML("LocationConstraint", region)
}

func getBucketACL(_ *call, b *Bucket) (response, *apiError) {
	owner := canonicalUser(b.Owner)
	return response{header: http.Header{"Content-Type": {"application/xml"}}, body: []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<AccessControlPolicy xmlns="` + s3Namespace + `"><Owner><ID>` + owner + `</ID></Owner><AccessControlList><Grant>` +
		`<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>` + owner + `</ID></Grantee>` +
		`<Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>`)}, nil
}
