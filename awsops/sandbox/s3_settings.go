package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

type s3Encryption struct {
	Rules []s3EncryptionRule `xml:"Rule"`
}

type s3EncryptionRule struct {
	Default struct {
		Algorithm string `xml:"SSEAlgorithm"`
		Key       string `xml:"KMSMasterKeyID,omitempty"`
	} `xml:"ApplyServerSideEncryptionByDefault"`
	BucketKey bool `xml:"BucketKeyEnabled"`
}

func getBucketEncryption(_ *call, b *Bucket) (response, *apiError) {
	var rule s3EncryptionRule
	rule.Default.Algorithm = "AES256" // every bucket has this default since January 2023
	if b.Encryption != nil {
		rule.Default.Algorithm, rule.Default.Key, rule.BucketKey = b.Encryption.Algorithm, b.Encryption.Key, b.Encryption.BucketKey
	}
	return s3XML("ServerSideEncryptionConfiguration", s3Encryption{[]s3EncryptionRule{rule}})
}

func putBucketEncryption(c *call, b *Bucket) (response, *apiError) {
	var in s3Encryption
	if err := c.s3Input(&in); err != nil {
		return response{}, err
	}
	if len(in.Rules) != 1 {
		return response{}, s3Errorf(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	rule := in.Rules[0]
	switch {
	case rule.Default.Algorithm == "aws:kms:dsse":
		return response{}, s3Errorf(501, "NotImplemented", "A header or query you provided implies functionality that is not implemented.")
	case rule.Default.Algorithm != "AES256" && rule.Default.Algorithm != "aws:kms":
		return response{}, s3Errorf(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	case rule.Default.Algorithm == "AES256" && rule.Default.Key != "":
		return response{}, s3Errorf(400, "InvalidArgument", "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse")
	}
	// S3 stores the key as it is given and does not look for it.
	b.Encryption = &Encryption{Algorithm: rule.Default.Algorithm, Key: rule.Default.Key, BucketKey: rule.BucketKey}
	return response{}, nil
}

func deleteBucketEncryption(_ *call, b *Bucket) (response, *apiError) {
	b.Encryption = &Encryption{Algorithm: "AES256"}
	return noContent()
}

type s3PublicBlock struct {
	BlockPublicACLs       bool `xml:"BlockPublicAcls"`
	IgnorePublicACLs      bool `xml:"IgnorePublicAcls"`
	BlockPublicPolicy     bool `xml:"BlockPublicPolicy"`
	RestrictPublicBuckets bool `xml:"RestrictPublicBuckets"`
}

func getPublicAccessBlock(_ *call, b *Bucket) (response, *apiError) {
	if b.PublicBlock == nil {
		return response{}, &apiError{status: 404, code: "NoSuchPublicAccessBlockConfiguration", message: "The public access block configuration was not found", extra: map[string]string{"BucketName": b.Name}}
	}
	return s3XML("PublicAccessBlockConfiguration", s3PublicBlock(*b.PublicBlock))
}

func putPublicAccessBlock(c *call, b *Bucket) (response, *apiError) {
	var in s3PublicBlock
	if err := c.s3Input(&in); err != nil {
		return response{}, err
	}
	block := PublicBlock(in)
	b.PublicBlock = &block
	return response{}, nil
}

func deletePublicAccessBlock(_ *call, b *Bucket) (response, *apiError) {
	b.PublicBlock = nil
	return noContent()
}

type s3Ownership struct {
	Rules []struct {
		Ownership string `xml:"ObjectOwnership"`
	} `xml:"Rule"`
}

func validOwnership(value string) bool {
	return slices.Contains([]string{"BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"}, value)
}

func getOwnershipControls(_ *call, b *Bucket) (response, *apiError) {
	if b.Ownership == "" {
		return response{}, &apiError{status: 404, code: "OwnershipControlsNotFoundError", message: "The bucket ownership controls were not found", extra: map[string]string{"BucketName": b.Name}}
	}
	var out s3Ownership
	out.Rules = append(out.Rules, struct {
		Ownership string `xml:"ObjectOwnership"`
	}{b.Ownership})
	return s3XML("OwnershipControls", out)
}

func putOwnershipControls(c *call, b *Bucket) (response, *apiError) {
	var in s3Ownership
	if err := c.s3Input(&in); err != nil {
		return response{}, err
	}
	if len(in.Rules) != 1 || !validOwnership(in.Rules[0].Ownership) {
		return response{}, s3Errorf(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	b.Ownership = in.Rules[0].Ownership
	return response{}, nil
}

func deleteOwnershipControls(_ *call, b *Bucket) (response, *apiError) {
	b.Ownership = ""
	return noContent()
}

func getLifecycle(_ *call, b *Bucket) (response, *apiError) {
	if b.Lifecycle == "" {
		return response{}, &apiError{status: 404, code: "NoSuchLifecycleConfiguration", message: "The lifecycle configuration does not exist", extra: map[string]string{"BucketName": b.Name}}
	}
	return response{header: http.Header{"Content-Type": {"application/xml"}, "X-Amz-Transition-Default-Minimum-Object-Size": {"all_storage_classes_128K"}}, body: []byte(b.Lifecycle)}, nil
}

func putLifecycle(c *call, b *Bucket) (response, *apiError) {
	var in struct {
		Rules []struct {
			ID         string `xml:"ID"`
			Status     string `xml:"Status"`
			Expiration *struct {
				Days int `xml:"Days"`
			} `xml:"Expiration"`
		} `xml:"Rule"`
	}
	if err := c.s3Input(&in); err != nil {
		return response{}, err
	}
	malformed := s3Errorf(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	if len(in.Rules) == 0 || len(in.Rules) > 1000 {
		return response{}, malformed
	}
	seen := map[string]bool{}
	for _, rule := range in.Rules {
		if rule.Status != "Enabled" && rule.Status != "Disabled" {
			return response{}, malformed
		}
		if rule.Expiration != nil && rule.Expiration.Days < 0 {
			return response{}, s3Errorf(400, "InvalidArgument", "'Days' for Expiration action must be a positive integer")
		}
		if rule.ID != "" && seen[rule.ID] {
			return response{}, s3Errorf(400, "InvalidArgument", "Rule ID must be unique. Found same ID for one or more rules")
		}
		seen[rule.ID] = true
	}
	body, err := c.payload()
	if err != nil {
		return response{}, err
	}
	b.Lifecycle = string(body)
	return response{header: http.Header{"X-Amz-Transition-Default-Minimum-Object-Size": {"all_storage_classes_128K"}}}, nil
}

func deleteLifecycle(_ *call, b *Bucket) (response, *apiError) {
	b.Lifecycle = ""
	return noContent()
}

type s3Tag struct {
	Key   string `xml:"Key"`
	Value string `xml:"Value"`
}

type s3Tagging struct {
	Tags struct {
		Tag []s3Tag `xml:"Tag"`
	} `xml:"TagSet"`
}

// s3Tags holds tags against S3's limits.
func s3Tags(list []s3Tag) (map[string]string, *apiError) {
	if len(list) > 50 {
		return nil, s3Errorf(400, "BadRequest", "Bucket tag count cannot be greater than 50")
	}
	tags := map[string]string{}
	for _, tag := range list {
		if _, twice := tags[tag.Key]; twice {
			return nil, s3Errorf(400, "InvalidTag", "Cannot provide multiple Tags with the same key")
		}
		if strings.HasPrefix(strings.ToLower(tag.Key), "aws:") {
			return nil, s3Errorf(400, "InvalidTag", "System tags cannot be added/updated by requester")
		}
		if n := len([]rune(tag.Key)); n < 1 || n > 128 {
			return nil, s3Errorf(400, "InvalidTag", "The TagKey you have provided is invalid")
		}
		if len([]rune(tag.Value)) > 256 {
			return nil, s3Errorf(400, "InvalidTag", "The TagValue you have provided is invalid")
		}
		tags[tag.Key] = tag.Value
	}
	return tags, nil
}

func getBucketTagging(_ *call, b *Bucket) (response, *apiError) {
	if len(b.Tags) == 0 {
		return response{}, &apiError{status: 404, code: "NoSuchTagSet", message: "The TagSet does not exist", extra: map[string]string{"BucketName": b.Name}}
	}
	var out s3Tagging
	for _, tag := range tagSet(b.Tags).Items {
		out.Tags.Tag = append(out.Tags.Tag, s3Tag(tag))
	}
	return s3XML("Tagging", out)
}

func putBucketTagging(c *call, b *Bucket) (response, *apiError) {
	var in s3Tagging
	if err := c.s3Input(&in); err != nil {
		return response{}, err
	}
	tags, err := s3Tags(in.Tags.Tag)
	if err != nil {
		return response{}, err
	}
	b.Tags = tags
	return noContent()
}

func deleteBucketTagging(_ *call, b *Bucket) (response, *apiError) {
	b.Tags = nil
	return noContent()
}
