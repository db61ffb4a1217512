package wizard

import (
	"context"
	"fmt"
	"time"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/words"
)

const perAccountFile = `
version: 1
name: payments
mode: per-account
reader: {account: "999988887777"}
account: {id: "111122223333", name: Payments, role: MyRole, credentials: {profile: payments}}
bucket: {arn: "arn:aws:s3:::payments-logs", create: false, region: eu-west-1, kms_key_arn: "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"}
flow_logs: {regions: [eu-west-1, us-east-1], vpcs: [vpc-0a1b2c3d4e5f60001]}
grant: portal
`

const groupFile = `
version: 1
name: payments-groups
mode: per-account
account: {id: "111122223333", name: Payments, credentials: {assume_role: OrganizationAccountAccessRole}}
flow_logs:
  destination: cloud-watch-logs
  log_group: {name: /vpc/flow-logs}
  regions: [us-east-1]
`

const someVPCsFile = `
version: 1
name: central-logs
mode: centralized
reader: {account: "999988887777", external_id: xs-7f3a91}
account: {id: "444455556666", name: Log archive}
bucket: {arn: "arn:aws:s3:::central-flow-logs", region: us-east-1, kms_key_arn: "arn:aws:kms:us-east-1:444455556666:key/11111111-2222-3333-4444-555555555555"}
flow_logs: {regions: [us-east-1], vpcs: all}
resource_accounts:
  - {id: "111122223333", name: Payments, credentials: {profile: payments}, vpcs: [vpc-0a1b2c3d4e5f60001, vpc-0a1b2c3d4e5f60002]}
  - {id: "222233334444", name: Storefront, credentials: {profile: storefront}}
`

const unnamedFile = `
version: 1
name: central-logs
mode: centralized
reader: {account: "999988887777", external_id: xs-7f3a91}
account: {id: "444455556666", name: Log archive}
bucket: {arn: "arn:aws:s3:::central-flow-logs", region: us-east-1}
flow_logs: {regions: [us-east-1], vpcs: all}
resource_accounts:
  - {id: "111122223333", credentials: {profile: payments}}
`

// knownStates are set-ups as they can stand.
func knownStates() []steps.SetupState {
	at := time.Now()
	return []steps.SetupState{
		{Setup: "central-logs", Mode: steps.Centralized, Status: steps.SetupVerified, Verb: steps.VerbApply, Done: 14, Total: 14, StoppedAt: at.Add(-80 * time.Hour)},
		{Setup: "central-logs", Mode: steps.Centralized, Status: steps.SetupWaiting, Verb: steps.VerbApply, Done: 10, Total: 14, StoppedAt: at.Add(-2 * time.Hour), Why: "delivery: logs of 0 of 2 VPCs have arrived"},
		{Setup: "payments", Mode: steps.PerAccount, Status: steps.SetupFailed, Verb: steps.VerbApply, Done: 3, Total: 9, StoppedAt: at.Add(-5 * time.Minute), Why: "role: AccessDenied: not authorized to perform iam:CreateRole"},
		{Setup: "central-logs", Mode: steps.Centralized, Status: steps.SetupInterrupted, Verb: steps.VerbRevoke, Revoke: &steps.RevokeOptions{}, Done: 1, Total: 3, StoppedAt: at},
		{Setup: "central-logs", Mode: steps.Centralized, Status: steps.SetupRevoked, Verb: steps.VerbRevoke, Done: 3, Total: 3, StoppedAt: at.Add(-30 * time.Hour)},
		{Setup: "a-name-as-long-as-a-name-of-a-set-up-may-ever-be-and-some-more", Mode: steps.Centralized, Status: steps.SetupNotStarted},
		{Setup: "broken", Status: steps.SetupUnknown, Why: "its journal cannot be read: line 3 is damaged"},
		{Setup: "going-on", Mode: steps.PerAccount, Status: steps.SetupRunning, Verb: steps.VerbApply, Done: 2, Total: 9},
	}
}

func nothing(s steps.Setup) (*steps.Plan, error) {
	p := examplePlan(s)
	p.Warnings = nil
	for i := range p.Steps {
		if step := &p.Steps[i]; isChange(step.Change) {
			step.Change, step.Summary, step.Reason, step.Before = steps.ChangeNone, "is as it should be", "", step.After
		}
	}
	return p, nil
}

func handedOff(s steps.Setup) (*steps.Plan, error) {
	p := examplePlan(s)
	p.Steps[2].Change, p.Steps[2].Reason = steps.ChangeHandOff, "the bucket belongs to account 777777777777, which is not yours to change"
	p.Steps[2].Notes = []string{"flowgrant verify sees when it is done"}
	p.Steps[2].Commands = "aws s3api put-bucket-policy --bucket central-flow-logs --policy '{}'"
	p.Steps[2].HandOff = "Please set this policy on the bucket central-flow-logs:\n\n" + exampleDocument + "\n\nWith the AWS CLI, as somebody who may in account 444455556666:\n" + p.Steps[2].Commands
	return p, nil
}

// holdsLogs is the plan of taking back a bucket that holds logs.
func holdsLogs(s steps.Setup) *steps.Plan {
	p := examplePlan(s)
	p.Warnings = nil
	p.Steps[1].Change, p.Steps[1].Summary = steps.ChangeBlocked, "the bucket cannot be deleted, so nothing is taken back yet"
	p.Steps[1].Reason = "bucket central-flow-logs is not empty: AWSLogs/111122223333/vpcflowlogs/us-east-1/2026/01/02/111122223333_vpcflowlogs_us-east-1_fl-0a1b2c3d4e5f60001_20260102T0300Z_8f1c.log.gz is in it"
	p.Steps[1].HandOff = "leave out --delete-bucket, and the bucket stays with the logs in it; or empty it first, once its flow logs are gone"
	return p
}

// goneSince is the plan to put back a document of a policy that is not there any more.
func goneSince(steps.Setup) (*steps.Plan, error) {
	document := exampleDocument
	return &steps.Plan{Steps: []steps.PlannedStep{{Step: steps.StepPermissions, Account: "444455556666", Target: "arn:aws:iam::444455556666:policy/ColorTokensHubAccountAccessRole", Change: steps.ChangeBlocked,
		Summary: "the managed-policy cannot be put back: what it belonged to is not there any more",
		Reason:  "policy ColorTokensHubAccountAccessRole went when this set-up was taken back", After: &document,
		HandOff: "apply the set-up again from its file: that makes the role with its policies anew, and lets the reader in again; or by hand: create a policy of that name in account 444455556666 with this document, and attach it to the role that needs it; the document is kept in /state/kept.json"}}}, nil
}

func blockedTwice(s steps.Setup) (*steps.Plan, error) {
	p, err := blocked(s)
	p.Steps[1].Change, p.Steps[1].Reason, p.Steps[1].HandOff = steps.ChangeBlocked, "the name is taken by another account", "choose another name"
	return p, err
}

func warned(s steps.Setup) (*steps.Plan, error) {
	p := examplePlan(s)
	p.Warnings = append(p.Warnings, "vpc-1 in us-east-1 has a flow log to another bucket already: both are paid for.",
		"The bucket policy of central-flow-logs will have 19,800 of at most 20,480 bytes: about 4 more accounts fit.", "Everybody may read the bucket central-flow-logs already: statement PublicRead allows *.")
	return p, nil
}

// emptyRegions has regions in which nothing is to be logged.
func emptyRegions(s steps.Setup) (*steps.Plan, error) {
	p := examplePlan(s)
	for _, account := range []string{"111122223333", "222233334444"} {
		for _, region := range []string{"ap-northeast-1", "ap-south-1", "eu-central-1", "eu-north-1", "eu-west-3", "sa-east-1", "us-west-2"} {
			p.Steps = append(p.Steps, steps.PlannedStep{Step: steps.StepFlowLogs, Account: account, Region: region, Change: steps.ChangeNone, Summary: "there is no VPC to log"},
				steps.PlannedStep{Step: steps.StepDelivery, Account: account, Region: region, Change: steps.ChangeNone, Summary: "no VPC here has a network interface: there is nothing to wait for"})
		}
	}
	return p, nil
}

// otherPlan has a change that was not reviewed.
func otherPlan(s steps.Setup) (*steps.Plan, error) {
	p := examplePlan(s)
	p.Steps[3].Change, p.Steps[3].Summary = steps.ChangeUpdate, "change the role that is there by now"
	return p, nil
}

func unplanned(steps.Setup) (*steps.Plan, error) { return nil, expired }

// exampleRequests are shown as a step's requests are.
func exampleRequests() *viewer {
	requests := []steps.Request{{Account: "444455556666", Service: "iam", Operation: "CreateRole", Input: map[string]any{"RoleName": "ColortokensHubFlowLogsRole", "AssumeRolePolicyDocument": exampleDocument, "Tags": []any{map[string]any{"Key": "flowgrant:setup", "Value": "central-flow-logs"}}}}}
	return &viewer{name: "role in 444455556666", at: stageReview, leaves: []leaf{{tabChange, "role", "flowgrant-role.txt", diffMark},
		{words.TabRequests, plain.RequestText(requests), "flowgrant-role-requests.txt", nil}, {words.TabCLI, plain.CLIText(&steps.Plan{}, requests), "flowgrant-role.sh", nil}}}
}

// ending is a run that comes to its end at once, with a result of its own.
func ending(change func(r *steps.Result)) func(context.Context, *steps.Plan, steps.RunOptions) steps.Result {
	return func(_ context.Context, p *steps.Plan, _ steps.RunOptions) steps.Result {
		r := exampleResult(p)
		change(&r)
		return r
	}
}

func waited(r *steps.Result) { r.Status, r.Report = steps.ResultWaiting, unproven() }

func unproven() steps.Report {
	return steps.Report{Status: steps.ReportUnproven, Checks: []steps.Check{{ID: "bucket", Account: "444455556666", Status: steps.Pass, Summary: "the bucket is there"},
		{ID: "delivery", Account: "111122223333", Region: "us-east-1", Target: "vpc-1", Status: steps.Unknown, Summary: "no logs have arrived yet", Fix: "wait: AWS delivers up to 15 minutes after a flow log is made"}}}
}

func wrongOften(n int) steps.Report {
	r := steps.Report{Status: steps.ReportFailed}
	for i := range n {
		r.Checks = append(r.Checks, steps.Check{ID: "flow-log", Account: "111122223333", Region: "us-east-1", Target: fmt.Sprintf("vpc-%d", i), Status: steps.Fail, Summary: "its flow log has the wrong format", Fix: "flowgrant apply adds it"})
	}
	return r
}

// days are logs of more than a day.
func days(r *steps.Result) {
	for i := range r.Report.Arrived.OverTime {
		r.Report.Arrived.OverTime[i].Start = r.Report.Arrived.OverTime[i].Start.Add(time.Duration(i) * 24 * time.Hour)
	}
	r.Report.Arrived.Talkers = nil
}

// deaf is a run whose call in flight does not end when it is killed.
func deaf(_ context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
	o.Emit(steps.StepEvent{Key: 1, Step: steps.StepBucket, Account: p.Setup.Account.ID, Status: steps.Running, Message: "creating the bucket"})
	<-o.Kill.Done()
	time.Sleep(time.Millisecond)
	return steps.Result{Setup: p.Setup.Name, Status: steps.ResultInterrupted}
}

// retrying is a run that AWS holds up.
func retrying(ctx context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
	o.Emit(steps.StepEvent{Key: 1, Step: steps.StepBucket, Account: p.Setup.Account.ID, Status: steps.Running, Message: "creating the bucket: attempt 3, AWS asks for fewer calls (Throttling)"})
	<-ctx.Done()
	return steps.Result{Setup: p.Setup.Name, Status: steps.ResultInterrupted}
}
