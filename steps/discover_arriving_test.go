package steps_test

import (
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// A bucket that is offered tells whether flow logs may be delivered to it and whether they arrive, wherever its policy lets them.
func TestBucketDetailsTellWhetherFlowLogsArrive(t *testing.T) {
	home := steps.AccountAnswers{ID: "444455556666", Credentials: steps.CredentialAnswers{AssumeRole: "OrganizationAccountAccessRole"}}
	for _, one := range []struct{ name, bucket, file string }{
		{"at the root", hubBucket, centralFile},
		{"below a prefix, for an organization", hubBucket + "/team/network", centralFile + "delivery_scope: organization\n"},
	} {
		inBubble(t, one.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			look := func(name string) steps.BucketDetails {
				d, err := l.engine.BucketDetails(t.Context(), home, "arn:aws:s3:::"+name)
				l.must(err)
				return d
			}
			if d := look(existing); d.FlowLogStatements || d.FlowLogsArrive {
				t.Errorf("a bucket without delivery: %+v", d)
			}
			p := l.plan(setup(t, one.file, hubBucket+`"`, one.bucket+`"`))
			l.expect(l.apply(p.Setup), steps.ResultVerified)
			if d := look(hubBucket); !d.FlowLogStatements || !d.FlowLogsArrive {
				t.Errorf("a bucket that logs arrive in: %+v", d)
			}
			l.must(l.admin("444455556666").PutBucketPolicy(t.Context(), "us-east-1", existing,
				`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::archive-existing/AWSLogs/*"}]}`))
			if d := look(existing); !d.FlowLogStatements || d.FlowLogsArrive {
				t.Errorf("a bucket that logs may be delivered to: %+v", d)
			}
		})
	}
}
