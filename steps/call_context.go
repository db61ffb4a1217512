package steps

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// signedCall holds the condition keys of every call that is made with an SDK over TLS to a region.
// Source: IAM user guide, reference_policies_condition-keys.
func signedCall(region string) map[string][]string {
	return map[string][]string{"aws:SecureTransport": {"true"}, "aws:RequestedRegion": {region}, "aws:ViaAWSService": {"false"}}
}

// s3Call holds the condition keys of a call to S3 that is made with an SDK.
// Source: S3 API reference, bucket-policy-s3-sigv4-conditions; TLS 1.2 is the least that S3 takes.
func s3Call(region string) map[string][]string {
	c := signedCall(region)
	maps.Copy(c, map[string][]string{"s3:authType": {"REST-HEADER"}, "s3:signatureversion": {"AWS4-HMAC-SHA256"}, "s3:TlsVersion": {"1.2"}})
	return c
}

// decryptCall holds the condition keys of the call by which S3 decrypts an object for its reader.
// Source: KMS developer guide, kms:ViaService; S3 forwards the reader's own session.
func decryptCall(keyARN, context string) map[string][]string {
	c := signedCall(arnPart(keyARN, 3))
	c["aws:ViaAWSService"], c["kms:ViaService"] = []string{"true"}, []string{viaS3(keyARN)}
	return withEncryptionContext(c, context)
}

// decryptCalls are the calls by which S3 decrypts the logs for a member of the set-up's organization, where that is known.
func (s Setup) decryptCalls(keyARN string, l *live) []map[string][]string {
	var calls []map[string][]string
	for _, context := range s.encryptionContexts(l) {
		c := decryptCall(keyARN, context)
		maps.Copy(c, l.organizationCall())
		calls = append(calls, c)
	}
	return calls
}

// encryptionContexts are what S3 names to KMS as the object that it encrypts: its ARN, or the bucket's where that has an S3 Bucket Key.
// Source: S3 user guide, UsingKMSEncryption and bucket-key.
func (s Setup) encryptionContexts(l *live) []string {
	if l.bucketKey() {
		return []string{s.bareBucketARN()}
	}
	var objects []string
	for _, account := range s.Logged() {
		for _, region := range account.Regions {
			objects = append(objects, s.deliveryObject(account.ID, region))
		}
	}
	return objects
}

func withEncryptionContext(call map[string][]string, context string) map[string][]string {
	call["kms:EncryptionContext:aws:s3:arn"], call["kms:EncryptionContextKeys"] = []string{context}, []string{"aws:s3:arn"}
	return call
}

// organizationCall holds what is known of the organization that the set-up's account belongs to.
func (l *live) organizationCall() map[string][]string {
	if l.member == "" {
		return nil
	}
	return map[string][]string{"aws:PrincipalOrgID": {l.member}, "aws:ResourceOrgID": {l.member}}
}

// asMember leaves out of policies what they ask of the organization, where it is not known.
func (l *live) asMember(p policy.Policies) policy.Policies {
	if l.memberKnown {
		return p
	}
	return p.Supposing(func(key string) bool { return slices.Contains(organizationKeys, key) }, true)
}

// sessionOf holds the condition keys of a session of a role that began just now, by a caller without MFA. The name of the session is not known.
// Source: IAM user guide, reference_policies_condition-keys.
func sessionOf(role *awsops.Role, now time.Time) map[string][]string {
	at := now.UTC().Format(time.RFC3339)
	c := map[string][]string{"aws:CurrentTime": {at}, "aws:EpochTime": {strconv.FormatInt(now.Unix(), 10)}, "aws:TokenIssueTime": {at}, "aws:MultiFactorAuthPresent": {"false"}, "kms:CallerAccount": {arnPart(role.ARN, 4)}}
	if role.ID != "" {
		c["aws:userid"] = []string{role.ID + ":session"}
	}
	for k, v := range role.Tags {
		c["aws:PrincipalTag/"+k] = []string{v}
	}
	return c
}

// originKeys are the condition keys, in lower case, that only the reader's own calls show, or tags and places that are not read; a slash at the end
// stands for all that begin so.
var originKeys = []string{"aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn", "aws:sourcevpceaccount", "aws:sourcevpceorgid", "aws:sourcevpceorgpaths", "s3:tlsversion",
	"aws:useragent", "aws:referer", "aws:sourceidentity", "aws:resourcetag/", "s3:max-keys", "s3:delimiter", "s3:signatureage", "aws:principalorgpaths", "aws:resourceorgpaths"}

// organizationKeys are the condition keys that need to be asked of the organization.
var organizationKeys = []string{"aws:principalorgid", "aws:principalorgpaths", "aws:resourceorgid", "aws:resourceorgpaths", "aws:sourceorgid", "aws:sourceorgpaths"}

// asksFor says whether a statement's condition has one of these keys.
func asksFor(st policy.Statement, keys []string) bool {
	return slices.ContainsFunc(st.Condition, func(t policy.Test) bool { return slices.Contains(keys, strings.ToLower(t.Key)) })
}
