package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// readBucket reads the bucket and the key that encrypts it.
func (l *live) readBucket(ctx context.Context, s Setup) error {
	bucket, err := l.home.Bucket(ctx, s.bucketName(), s.Bucket.Region)
	if err != nil {
		return err
	}
	l.bucket = bucket
	l.keyARN = bucketKey(s, bucket)
	if l.ownBucket(s) {
		l.expiry, err = l.home.Expiry(ctx, bucket.Region, bucket.Name)
		if err != nil && (s.Bucket.ExpireAfterDays > 0 || awsops.MeaningOf(err) != awsops.Denied) {
			return err
		}
	}
	if l.keyARN != "" {
		l.readKey(ctx, s)
		if l.ownBucket(s) && !fullKeyARN(l.keyARN) { // there is no such key: the bucket gets what the answers say
			l.keyARN, l.key, l.keyErr = s.Bucket.KMSKeyARN, nil, nil
		}
	}
	l.readMember(ctx, s)
	return nil
}

// bucketKey is the key that objects will be encrypted under, as far as the bucket and the answers tell. A bucket that this set-up made gets
// the key of the answers; where they name none it keeps a key that somebody gave it.
func bucketKey(s Setup, b awsops.Bucket) string {
	own := b.Tags[TagSetup] == s.Name
	if b.State == awsops.BucketOurs && b.Encryption.KMS() && (!own || s.Bucket.KMSKeyARN == "" && b.Encryption.Key != "" && !strings.HasSuffix(b.Encryption.Key, "alias/aws/s3")) {
		return b.Encryption.Key
	}
	return s.Bucket.KMSKeyARN
}

// fullKeyARN says whether a key is named so that every account understands the same one.
func fullKeyARN(key string) bool {
	return strings.HasPrefix(key, "arn:") && !strings.Contains(key, ":alias/")
}

// readKey reads the key. One that is named by its ID or an alias is looked up in the bucket's account and region, where it was meant.
func (l *live) readKey(ctx context.Context, s Setup) {
	named := l.keyARN
	if !strings.HasPrefix(named, "arn:") {
		resource := named
		if !strings.HasPrefix(named, "alias/") && !strings.HasPrefix(named, "key/") {
			resource = "key/" + named
		}
		named = fmt.Sprintf("arn:%s:kms:%s:%s:%s", s.partition(), l.bucket.Region, s.Account.ID, resource)
	}
	key, err := l.home.Key(ctx, named)
	if err != nil {
		l.keyErr = err
		return
	}
	l.key = &key
	if !fullKeyARN(l.keyARN) && key.Manager != "AWS" {
		l.keyARN = key.ARN
	}
}

// readMember finds the organization where a policy asks who is of it. Without the answer what such a policy says stays open.
func (l *live) readMember(ctx context.Context, s Setup) {
	asks := func(text string) bool { return strings.Contains(strings.ToLower(text), "orgid") }
	if s.DeliveryScope == ScopeOrganization || !asks(l.bucket.Policy) && (l.key == nil || !asks(l.key.Policy)) {
		return
	}
	l.askMember(ctx)
}

// findMember finds the organization where a policy of the role, its boundary or a service control policy asks who is of it.
func (l *live) findMember(ctx context.Context, s Setup) {
	if l.memberKnown || l.home == nil || l.role == nil || s.toGroups() {
		return
	}
	identity, err := identityOf(l.role)
	if err != nil {
		return
	}
	p := policy.Policies{Identity: identity, Boundary: l.boundary, SCPs: l.scps}
	if slices.ContainsFunc(p.Keys(), func(key string) bool { return slices.Contains(organizationKeys, key) }) {
		l.askMember(ctx)
	}
}

func (l *live) askMember(ctx context.Context) {
	id, err := l.home.Organization(ctx)
	switch {
	case err == nil:
		l.member, l.memberKnown = id, true
	case awsops.MeaningOf(err) == awsops.NotFound: // it is of none
		l.memberKnown = true
	}
}
