package policy

import (
	"errors"
	"fmt"
)

// AssumeRoleTrust is a trust policy that lets the principal (a full ARN, or an account's root ARN) assume the role when it presents the
// external ID; an empty external ID leaves the condition out.
func AssumeRoleTrust(principalARN, externalID string) Document {
	s := Statement{Effect: Allow, Principal: AWSPrincipal(principalARN), Action: One("sts:AssumeRole")}
	if externalID != "" {
		s.Condition = Condition{{"StringEquals", "sts:ExternalId", One(externalID)}}
	}
	return New(s)
}

// HubSids are the statement IDs of the permissions of a reader of a central bucket.
type HubSids struct{ List, Objects, Decrypt string }

// maxManagedPolicies is how many managed policies a role can have attached by default.
const maxManagedPolicies = 10

// HubPermissions is what lets a role list and locate the bucket, get the objects of the accounts below AWSLogs and, with a key, decrypt
// them. bucketARN is the bucket's ARN without prefix, prefix the path before AWSLogs ("" for none), accounts 12-digit IDs, keyARN "" for no key.
// Where one managed policy is too small for all accounts there are several documents, the list and decrypt statements in the first. It is a
// *LimitError when more than 10 would be needed.
func HubPermissions(sids HubSids, bucketARN, prefix string, accounts []string, keyARN string) ([]Document, error) {
	if len(accounts) == 0 {
		return nil, errors.New("reader permissions: no account whose logs may be read is given")
	}
	list := Statement{Sid: sids.List, Effect: Allow, Action: List("s3:ListBucket", "s3:GetBucketLocation"), Resource: One(bucketARN)}
	objects := func(resources []string) Statement {
		return Statement{Sid: sids.Objects, Effect: Allow, Action: List("s3:GetObject"), Resource: List(resources...)}
	}
	var decrypt []Statement
	if keyARN != "" {
		decrypt = append(decrypt, DecryptStatement(sids.Decrypt, keyARN))
	}
	limit := Limit(ManagedPolicy)
	var docs []Document
	build := func(resources []string) Document {
		if len(docs) > 0 {
			return New(objects(resources))
		}
		return New(append([]Statement{list, objects(resources)}, decrypt...)...)
	}
	var part []string
	size, over := sizeOf(ManagedPolicy, build(nil)), 0
	for _, account := range accounts {
		entry := logsARN(bucketARN, prefix, account)
		cost := len([]rune(entry)) + 2 // quotes
		if len(part) > 0 {
			cost++ // comma
		}
		if size+cost > limit && len(part) > 0 {
			docs = append(docs, build(part))
			part, size = nil, sizeOf(ManagedPolicy, New(objects(nil)))
			cost--
		}
		part, size = append(part, entry), size+cost
	}
	docs = append(docs, build(part))
	if len(docs) <= maxManagedPolicies {
		for _, d := range docs {
			if err := CheckSize(ManagedPolicy, d.String()); err != nil {
				return nil, fmt.Errorf("reader permissions: %w", err)
			}
		}
		return docs, nil
	}
	for _, d := range docs {
		over += sizeOf(ManagedPolicy, d)
	}
	return nil, fmt.Errorf("reader permissions for %d accounts need %d managed policies, %d more than the %d that a role can have: %w",
		len(accounts), len(docs), len(docs)-maxManagedPolicies, maxManagedPolicies, &LimitError{ManagedPolicy, over, maxManagedPolicies * limit})
}

// DecryptStatement lets a role use the key (a full key ARN) to read what is encrypted with it.
func DecryptStatement(sid, keyARN string) Statement {
	return Statement{Sid: sid, Effect: Allow, Action: List("kms:Decrypt", "kms:DescribeKey"), Resource: One(keyARN)}
}

// logsARN is the ARN of the objects that AWS writes for one account below the prefix.
func logsARN(bucketARN, prefix, account string) string {
	return bucketARN + "/" + prefixSlash(prefix) + "AWSLogs/" + account + "/*"
}
