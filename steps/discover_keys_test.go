package steps_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// The keys that are offered for a new bucket say which of them cannot serve, and why.
func TestKeysSayWhichCanBeUsed(t *testing.T) {
	home := steps.AccountAnswers{ID: "444455556666", Credentials: steps.CredentialAnswers{AssumeRole: "OrganizationAccountAccessRole"}}
	inBubble(t, "keys", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		client := l.sdk("444455556666", "us-east-1").kms()
		made, err := client.CreateKey(t.Context(), &kms.CreateKeyInput{})
		l.must(err)
		_, err = client.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: made.KeyMetadata.KeyId})
		l.must(err)
		_, err = client.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("alias/aws/s3")}) // AWS makes it when it is used first
		l.must(err)
		keys, err := l.engine.Keys(t.Context(), home, "us-east-1")
		l.must(err)
		if len(keys) != 3 || keys[0].Alias != "alias/flow-logs" || keys[0].Unusable != "" || keys[0].Manager != "CUSTOMER" {
			t.Fatalf("%+v", keys)
		}
		for _, k := range keys[1:] {
			switch {
			case k.ARN == aws.ToString(made.KeyMetadata.Arn) && strings.Contains(k.Unusable, "Disabled"):
			case k.Alias == "alias/aws/s3" && strings.Contains(k.Unusable, "managed by AWS"):
			default:
				t.Errorf("%+v", k)
			}
		}
		if none, err := l.engine.Keys(t.Context(), home, "eu-west-1"); err != nil || len(none) != 0 {
			t.Errorf("another region: %+v %v", none, err)
		}
	})
}
