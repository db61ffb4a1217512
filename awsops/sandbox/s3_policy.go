package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// bucketPolicy is the bucket's policy as S3 reads it now, nil where there is none.
func (w *World) bucketPolicy(b *Bucket) *policy.Document {
	if b.Policy == "" {
		return nil
	}
	return parsed(w.withoutDeleted(b.Policy, b.PolicyIDs))
}

func getBucketPolicy(c *call, b *Bucket) (response, *apiError) {
	if b.Policy == "" {
		return response{}, noBucketPolicy(b)
	}
	return response{header: http.Header{"Content-Type": {"application/json"}}, body: []byte(c.w.withoutDeleted(b.Policy, b.PolicyIDs))}, nil
}

func noBucketPolicy(b *Bucket) *apiError {
	return &apiError{status: 404, code: "NoSuchBucketPolicy", message: "The bucket policy does not exist", extra: map[string]string{"BucketName": b.Name}}
}

func deleteBucketPolicy(_ *call, b *Bucket) (response, *apiError) {
	b.Policy, b.PolicyIDs = "", nil
	return noContent()
}

func getBucketPolicyStatus(c *call, b *Bucket) (response, *apiError) {
	if b.Policy == "" {
		return response{}, noBucketPolicy(b)
	}
	return s3XML("PolicyStatus", struct {
		Public bool `xml:"IsPublic"`
	}{publicPolicy(c.w.bucketPolicy(b))})
}

func putBucketPolicy(c *call, b *Bucket) (response, *apiError) {
	body, err := c.payload()
	if err != nil {
		return response{}, err
	}
	text := string(body)
	if strings.TrimSpace(text) == "" {
		return response{}, s3Errorf(400, "MissingRequestBodyError", "Request Body is empty")
	}
	malformed := func(message string) (response, *apiError) {
		return response{}, s3Errorf(400, "MalformedPolicy", "%s", message)
	}
	if !json.Valid(body) || !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return malformed("Policies must be valid JSON and the first byte must be '{'")
	}
	if policy.CheckSize(policy.BucketPolicy, text) != nil {
		return response{}, s3Errorf(400, "PolicyTooLarge", "Policy exceeds the maximum allowed document size.")
	}
	doc, fault := policy.Parse(text)
	if fault != nil {
		return malformed("Policy has invalid syntax: " + fault.Error())
	}
	if fault := bucketPolicyFault(doc, b.Name); fault != "" {
		return malformed(fault)
	}
	if c.w.invalidPrincipal(doc) != "" {
		return malformed("Invalid principal in policy")
	}
	if b.PublicBlock != nil && b.PublicBlock.BlockPublicPolicy && publicPolicy(&doc) {
		return response{}, s3Errorf(403, "AccessDenied",
			"User: %s is not authorized to perform: s3:PutBucketPolicy on resource: %q because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
			c.caller.principal, b.arn())
	}
	b.Policy, b.PolicyIDs = text, c.w.principalIDs(doc)
	return noContent()
}

// bucketPolicyFault is what S3 finds wrong in a well-formed policy for the bucket, in its words; "" when nothing is.
func bucketPolicyFault(doc policy.Document, bucket string) string {
	if len(doc.Statements) == 0 {
		return "Missing required field Statement"
	}
	sids := map[string]bool{}
	for _, s := range doc.Statements {
		switch {
		case s.Principal == nil && s.NotPrincipal == nil:
			return "Missing required field Principal"
		case !s.Resource.IsSet() && !s.NotResource.IsSet():
			return "Missing required field Resource"
		case s.Sid != "" && sids[s.Sid]:
			return "Statement IDs (SID) in a single policy must be unique."
		}
		sids[s.Sid] = true
		for _, action := range append(s.Action.Values(), s.NotAction.Values()...) {
			if len(s3ActionsLike(action)) == 0 {
				return "Policy has invalid action"
			}
		}
		resources := append(s.Resource.Values(), s.NotResource.Values()...)
		if len(resources) == 0 {
			return "Missing required field Resource"
		}
		for _, resource := range resources {
			if !bucketResource(resource, bucket) {
				return "Policy has invalid resource"
			}
		}
		for _, action := range s.Action.Values() {
			if s.Resource.IsSet() && !appliesToAny(action, s.Resource.Values()) {
				return "Action does not apply to any resource(s) in statement"
			}
		}
		for _, test := range s.Condition {
			if !policy.KnownOperator(test.Operator) {
				return "Invalid Condition type : " + test.Operator
			}
			if prefix, _, ok := strings.Cut(strings.ToLower(test.Key), ":"); !ok || prefix != "aws" && prefix != "s3" && prefix != "kms" && prefix != "sts" && prefix != "saml" {
				return "Policy has an invalid condition key"
			}
		}
	}
	return ""
}

// bucketResource tells whether an ARN names the bucket or objects in it; a pattern must begin with the bucket's name.
func bucketResource(resource, bucket string) bool {
	rest, ok := strings.CutPrefix(resource, "arn:aws:s3:::"+bucket)
	return ok && (rest == "" || strings.ContainsRune("/*?", rune(rest[0])))
}

// appliesToAny tells whether an action is possible on one of the resources: object actions need an object's ARN and bucket actions a bucket's.
func appliesToAny(action string, resources []string) bool {
	for _, name := range s3ActionsLike(action) {
		for _, resource := range resources {
			slash := strings.Contains(resource, "/")
			pattern := strings.ContainsAny(resource, "*?")
			if s3ObjectActions[name] && (slash || pattern) || !s3ObjectActions[name] && (!slash || pattern && strings.IndexAny(resource, "*?") < strings.Index(resource, "/")) {
				return true
			}
		}
	}
	return false
}

// s3ActionsLike are the S3 actions that an Action element means, in lower case.
func s3ActionsLike(action string) []string {
	name, ok := strings.CutPrefix(strings.ToLower(action), "s3:")
	if action == "*" {
		name, ok = "*", true
	}
	if !ok {
		return nil
	}
	var found []string
	for known := range s3ObjectActions {
		if wildcard(name, known) {
			found = append(found, known)
		}
	}
	for _, known := range s3BucketActions {
		if wildcard(name, known) {
			found = append(found, known)
		}
	}
	return found
}

// The S3 actions that a bucket policy may name
// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html), in lower case.
var (
	s3ObjectActions = lowerSet("AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectTagging DeleteObjectVersion " +
		"DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging " +
		"GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes GetObjectVersionForReplication " +
		"GetObjectVersionTagging GetObjectVersionTorrent InitiateReplication ListMultipartUploadParts ObjectOwnerOverrideToBucketOwner " +
		"PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging " +
		"ReplicateDelete ReplicateObject ReplicateTags RestoreObject UpdateObjectEncryption")
	s3BucketActions = sortedKeys(lowerSet("CreateBucket DeleteBucket DeleteBucketPolicy DeleteBucketWebsite GetAccelerateConfiguration " +
		"GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification " +
		"GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock " +
		"GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration " +
		"GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration " +
		"GetReplicationConfiguration ListBucket ListBucketMultipartUploads ListBucketVersions ListTagsForResource PutAccelerateConfiguration " +
		"PutAnalyticsConfiguration PutBucketAbac PutBucketAcl PutBucketCORS PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration " +
		"PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment PutBucketTagging PutBucketVersioning " +
		"PutBucketWebsite PutEncryptionConfiguration PutIntelligentTieringConfiguration PutInventoryConfiguration PutLifecycleConfiguration " +
		"PutMetricsConfiguration PutReplicationConfiguration TagResource UntagResource"))
)

func lowerSet(names string) map[string]bool {
	set := map[string]bool{}
	for _, name := range strings.Fields(names) {
		set[strings.ToLower(name)] = true
	}
	return set
}

// publicPolicy tells whether S3 takes a policy for public.
func publicPolicy(doc *policy.Document) bool {
	if doc == nil {
		return false
	}
	return len(policy.Public(*doc)) > 0
}
