package steps_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// A policy of the wanted name under another path stops a run before its first write, and says where it is.
func TestPolicyOfOurNameUnderAnotherPath(t *testing.T) {
	inBubble(t, "centralized", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		_, err := l.sdk(archive, "us-east-1").iam().CreatePolicy(t.Context(), &iam.CreatePolicyInput{Path: aws.String("/team/"), PolicyName: aws.String("ColorTokensHubAccountAccessRole"),
			PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`)})
		l.must(err)
		s := setup(t, centralFile)
		p := l.plan(s)
		blocked := p.Blocked()
		if len(blocked) != 1 || blocked[0].Step != steps.StepPermissions || !strings.Contains(blocked[0].Reason, "policy/team/ColorTokensHubAccountAccessRole") || blocked[0].HandOff == "" {
			t.Errorf("blocked are %+v", blocked)
		}
	})
}
