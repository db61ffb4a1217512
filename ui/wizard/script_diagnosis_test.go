package wizard

import (
	"context"

	"github.com/flowgrant/flowgrant/steps"
)

// denied is a diagnosis of which only a change of somebody else's statement, a person and the next apply take the causes away.
func denied() steps.Report {
	r := exampleWrong()
	r.Setup = "central-logs"
	r.Causes = []steps.Cause{
		{ID: "reader-explicit-deny", Title: "a statement denies the reader", Account: "444455556666", Region: "us-east-1", Target: "central-flow-logs", Mend: steps.MendChange,
			Evidence: "statement DenyReader of the bucket policy denies arn:aws:iam::444455556666:role/ColortokensHubFlowLogsRole s3:GetObject", Fix: "take the statement DenyReader out of the bucket policy of central-flow-logs"},
		{ID: "key-policy-missing", Title: "the key policy does not let the logs be encrypted or decrypted", Account: "444455556666", Region: "us-east-1", Target: "arn:aws:kms:us-east-1:444455556666:key/11111111-2222-3333-4444-555555555555",
			Mend: steps.MendApply, Evidence: "no statement allows kms:GenerateDataKey for delivery.logs.amazonaws.com", Fix: "flowgrant apply -f FILE adds the statement; what else stands in the policy stays"},
		{ID: "no-traffic", Title: "there is nothing to log: no traffic has passed", Account: "111122223333", Region: "us-east-1", Target: "vpc-1", Mend: steps.MendWait, Evidence: "the flow log is ACTIVE, and its VPC has no network interface", Fix: "nothing; logs come with the first traffic"},
		{ID: "cwl-throttled", Title: "CloudWatch Logs limits the rate of the flow logs", Account: "222233334444", Region: "us-east-1", Target: "fl-1", Mend: steps.MendHand, Aside: true, Evidence: "DeliverLogsErrorMessage: Rate limited", Fix: "ask for a higher quota"},
	}
	r.Limits = []string{"SCPs cannot be read from this account"}
	return r
}

// byHand is a diagnosis that only a person takes the causes of away.
func byHand() steps.Report {
	r := denied()
	r.Causes = []steps.Cause{{ID: "external-id-mismatch", Title: "the trust policy asks for another external ID", Account: "111122223333", Target: "ColorTokensCrossAccountAccessRole", Mend: steps.MendHand,
		Evidence: "the trust policy asks for the external ID \"xs-other\", and the reader comes with \"xs-7f3a91\"", Fix: "its owner gives the role this statement in its trust policy, in the place of statement number 1:\n" + exampleDocument}}
	return r
}

// applied is a diagnosis of what applying the set-up takes away.
func applied() steps.Report {
	r := denied()
	r.Causes = r.Causes[1:2]
	return r
}

// unmended is a repair that AWS refuses.
func unmended(_ context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
	e := steps.StepEvent{Key: 0, Step: p.Steps[0].Step, Account: p.Steps[0].Account, Region: p.Steps[0].Region, Status: steps.Failed, RequestID: "r-3",
		Cause: "AccessDenied: not authorized to perform s3:PutBucketPolicy", Fix: "let OrganizationAccountAccessRole call s3:PutBucketPolicy"}
	o.Emit(e)
	return steps.Result{Setup: p.Setup.Name, Status: steps.ResultFailed, Failure: &e, NotMade: []string{"bucket-policy: AccessDenied"}}
}

func verifiedReport() steps.Report {
	return steps.Report{Setup: "central-logs", Status: steps.ReportVerified}
}
