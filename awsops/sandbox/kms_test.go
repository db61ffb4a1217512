package sandbox

import (
	"bytes"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

func TestKMS(t *testing.T) {
	l := newLab(t)
	client := l.kms(archiveAccount, homeRegion)
	described, err := client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String("alias/flow-logs")})
	l.must(err)
	arn := described.KeyMetadata.Arn
	if described.KeyMetadata.KeyManager != "CUSTOMER" || described.KeyMetadata.KeyState != "Enabled" || !described.KeyMetadata.Enabled {
		t.Errorf("key is %+v", described.KeyMetadata)
	}
	for _, name := range []string{*arn, *described.KeyMetadata.KeyId, "arn:aws:kms:us-east-1:444455556666:alias/flow-logs"} {
		_, err := client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &name})
		l.want(err, "")
	}
	for name, want := range map[string]string{"alias/none": "NotFoundException", "11111111-2222-4333-8444-555555555555": "NotFoundException", strings.Replace(*arn, "us-east-1", "eu-west-1", 1): "NotFoundException"} {
		_, err := client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &name})
		l.want(err, want)
	}
	managed, err := client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String("alias/aws/s3")})
	l.must(err)
	if managed.KeyMetadata.KeyManager != "AWS" {
		t.Errorf("aws/s3 is managed by %s", managed.KeyMetadata.KeyManager)
	}
	other := l.kms(paymentsAccount, homeRegion)
	describe := func() error {
		_, err := other.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: arn})
		return err
	}
	l.want(describe(), "AccessDeniedException")
	shared := strings.TrimSuffix(*keyPolicyFor(archiveAccount), "]}") + `,{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`
	_, err = client.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{KeyId: arn, Policy: &shared})
	l.must(err)
	l.want(describe(), "")
	_, err = other.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: arn})
	l.want(err, "AccessDeniedException")
	_, err = other.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{KeyId: arn, Policy: &shared})
	l.want(err, "AccessDeniedException")
	for name, policy := range map[string]string{
		"lockout":   `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`,
		"principal": strings.Replace(shared, "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/none", 1),
		"no JSON":   "x",
	} {
		_, err := client.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{KeyId: arn, Policy: &policy})
		if code(err) != "MalformedPolicyDocumentException" {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err := client.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: arn})
	l.must(err)
	if *got.Policy != shared {
		t.Errorf("policy is %s", *got.Policy)
	}
	sealed, err := client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: arn, KeySpec: "AES_256", EncryptionContext: map[string]string{"a": "b"}})
	l.must(err)
	opened, err := other.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: map[string]string{"a": "b"}})
	l.must(err)
	if !bytes.Equal(opened.Plaintext, sealed.Plaintext) || len(opened.Plaintext) != 32 {
		t.Error("decryption gave something else")
	}
	_, err = other.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
	l.want(err, "InvalidCiphertextException")
	_, err = client.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: arn, PendingWindowInDays: aws.Int32(7)})
	l.must(err)
	_, err = other.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: map[string]string{"a": "b"}})
	l.want(err, "KMSInvalidStateException")
}
