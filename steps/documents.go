package steps

import (
	"fmt"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// Document is one policy document that a set-up puts somewhere.
type Document struct {
	Kind     string // trust, permissions, bucket or key
	Title    string
	FileName string
	Text     string // JSON, indented
}

// Documents makes every policy document of a set-up from its answers alone, without looking at AWS.
// The error says which of them would not fit.
func Documents(s Setup) ([]Document, error) {
	if s.toGroups() {
		return []Document{
			{"trust", "Trust policy of " + s.roleName(), s.Name + "-trust.json", s.deliveryTrust().Pretty()},
			{"permissions", "Inline policy " + s.groupPolicyName() + " of " + s.roleName(), s.Name + "-permissions.json", s.deliveryPermissions().Pretty()},
		}, nil
	}
	key := s.Bucket.KMSKeyARN
	documents := []Document{trustDocument(s)}
	permissions, err := permissionDocuments(s, key)
	if err != nil {
		return nil, err
	}
	documents = append(documents, permissions...)
	organization := ""
	if s.DeliveryScope == ScopeOrganization {
		organization = "ORGANIZATION_ID" // only AWS knows it
	}
	scoped, err := scopedDocuments(s, organization, key)
	return append(documents, scoped...), err
}

func trustDocument(s Setup) Document {
	trust := s.wantedTrust()
	if s.Mode == PerAccount {
		trust = policy.AssumeRoleTrust(fmt.Sprintf("arn:%s:iam::%s:root", s.partition(), s.Reader.Account), s.Reader.ExternalID)
	}
	return Document{"trust", "Trust policy of " + s.Account.Role, s.Name + "-trust.json", trust.Pretty()}
}

func permissionDocuments(s Setup, key string) ([]Document, error) {
	if s.Mode == PerAccount {
		d, _, err := policy.ScopeS3Read(policy.Document{}, nil, s.directGrant(key))
		if err != nil {
			return nil, fmt.Errorf("make the permissions policy: %w", err)
		}
		return []Document{{"permissions", "Permissions of " + s.Account.Role, s.Name + "-permissions.json", d.Pretty()}}, nil
	}
	hub, err := s.hubDocuments(key)
	if err != nil {
		return nil, fmt.Errorf("make the permissions policy: %w", err)
	}
	var documents []Document
	for i, d := range hub {
		documents = append(documents, Document{"permissions", "Managed policy " + s.reader().managedPolicyName(i), fmt.Sprintf("%s-permissions-%d.json", s.Name, i+1), d.Pretty()})
	}
	return documents, nil
}

func scopedDocuments(s Setup, organization, key string) ([]Document, error) {
	bucket, err := s.wantedBucketPolicy(policy.Document{}, organization, s.Bucket.Create && s.Bucket.TLSOnly)
	if err != nil {
		return nil, fmt.Errorf("make the bucket policy: %w", err)
	}
	documents := []Document{{"bucket", "Bucket policy of " + s.bucketName(), s.Name + "-bucket.json", bucket.Pretty()}}
	if key != "" {
		d := policy.New(s.keyDelivery(organization), s.keyReader(s.roleARN("/")))
		documents = append(documents, Document{"key", "Statements for the policy of " + key, s.Name + "-key.json", d.Pretty()})
	}
	return documents, nil
}

// DiffText is the difference of two documents as lines with +, - or space before them; "" stands for no document.
func DiffText(before, after string) string { return policy.DiffText(before, after) }
