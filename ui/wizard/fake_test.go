package wizard

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowgrant/flowgrant/steps"
)

// script is an engine whose answers a test sets: the wizard's update and view need no AWS.
type script struct {
	who      error
	gone     string // account that left the organization
	account  string // that acts; "": Management
	discover error  // of every discovery
	noKeys   error  // of the list of keys
	plan     func(steps.Setup) (*steps.Plan, error)
	run      func(ctx context.Context, p *steps.Plan, o steps.RunOptions) steps.Result
	report   steps.Report
	vpcs     int
	unread   string // account whose VPCs cannot be read
	slow     bool   // discovery answers only when its context ends

	buckets       int           // more than one
	look          time.Duration // that it takes to look at a bucket
	looking, most atomic.Int32
	looks         sync.Map // how often each bucket was looked at
	unseen        error    // of every look at a bucket

	slowWho    bool                           // who acts is told only when the context ends
	noProfiles bool                           // the AWS configuration has none
	none       bool                           // there are no buckets and no roles
	noNames    bool                           // the organization answers only when the context ends
	stuck      bool                           // plans and proofs are made only when their context ends
	unproved   error                          // of every proof
	ill        func() steps.Report            // of every diagnosis; nil: nothing is wrong
	out        func(steps.Setup) steps.Report // of every proof that it is taken back; nil: it is
	mends      bool                           // a diagnosis finds what only a repair changes

	holds bool // the bucket holds logs

	planned []steps.Setup
	revoked []steps.RevokeOptions
	proved  []steps.RevokeOptions
	ran     []*steps.Plan
}

// copy is a script with the same answers that has not been asked anything.
func (e *script) copy() *script {
	return &script{who: e.who, account: e.account, noKeys: e.noKeys, discover: e.discover, plan: e.plan, run: e.run, report: e.report, vpcs: e.vpcs, unread: e.unread, slow: e.slow,
		buckets: e.buckets, look: e.look, unseen: e.unseen, slowWho: e.slowWho, noProfiles: e.noProfiles, none: e.none, noNames: e.noNames, stuck: e.stuck, unproved: e.unproved, ill: e.ill, out: e.out, holds: e.holds, mends: e.mends}
}

func (e *script) Who(ctx context.Context) (steps.Identity, error) {
	if e.slowWho {
		<-ctx.Done()
		return steps.Identity{}, ctx.Err()
	}
	if e.who != nil {
		return steps.Identity{}, e.who
	}
	return steps.Identity{Account: orElse(e.account, "123456789012"), ARN: "arn:aws:iam::" + orElse(e.account, "123456789012") + ":user/admin", Partition: "aws", Region: "us-east-1"}, nil
}

func (e *script) PortalHint(context.Context) (string, string, bool) {
	return "999988887777", "xs-7f3a91", true
}

func (e *script) wait(ctx context.Context) error {
	if e.slow {
		<-ctx.Done()
		return ctx.Err()
	}
	return e.discover
}

func (e *script) Regions(ctx context.Context, _ steps.AccountAnswers) ([]string, error) {
	return []string{"eu-central-1", "eu-west-1", "us-east-1"}, e.wait(ctx)
}

func (e *script) Buckets(ctx context.Context, _ steps.AccountAnswers) ([]steps.BucketChoice, error) {
	if e.none {
		return nil, nil
	}
	buckets := []steps.BucketChoice{{Name: "archive-existing", ARN: "arn:aws:s3:::archive-existing", Region: "us-east-1"}}
	for i := range e.buckets {
		name := fmt.Sprintf("bucket-%04d", i)
		buckets = append(buckets, steps.BucketChoice{Name: name, ARN: "arn:aws:s3:::" + name, Region: "eu-west-1"})
	}
	return buckets, e.wait(ctx)
}

func (e *script) Keys(ctx context.Context, _ steps.AccountAnswers, region string) ([]steps.KeyChoice, error) {
	arn := "arn:aws:kms:" + region + ":444455556666:key/11111111-2222-3333-4444-55555555555"
	return []steps.KeyChoice{{ARN: arn + "1", Alias: "alias/flow-logs", Manager: "CUSTOMER"}, {ARN: arn + "2", Manager: "CUSTOMER"},
		{ARN: arn + "3", Alias: "alias/old", Manager: "CUSTOMER", Unusable: "it cannot be used now: its state is PendingDeletion"},
		{ARN: arn + "4", Alias: "alias/aws/s3", Manager: "AWS", Unusable: "managed by AWS: its policy cannot let flow logs in"}}, cmp.Or(e.noKeys, e.wait(ctx))
}

func (e *script) BucketDetails(ctx context.Context, _ steps.AccountAnswers, arn string) (steps.BucketDetails, error) {
	e.most.Store(max(e.most.Load(), e.looking.Add(1)))
	defer e.looking.Add(-1)
	n, _ := e.looks.LoadOrStore(bucketName(arn), new(atomic.Int32))
	n.(*atomic.Int32).Add(1)
	select {
	case <-time.After(e.look):
	case <-ctx.Done():
		return steps.BucketDetails{}, ctx.Err()
	}
	if e.unseen != nil {
		return steps.BucketDetails{}, e.unseen
	}
	switch name := bucketName(arn); {
	case strings.HasPrefix(name, "bucket-"):
		return steps.BucketDetails{State: "ours", Region: "eu-west-1", Encryption: "SSE-S3", FlowLogStatements: true, FlowLogsArrive: name == "bucket-0002"}, e.wait(ctx)
	case name == "archive-existing":
		return steps.BucketDetails{State: "ours", Region: "us-east-1", Encryption: "SSE-KMS", KMSKeyARN: "arn:aws:kms:us-east-1:444455556666:key/11111111-2222-3333-4444-555555555555"}, e.wait(ctx)
	case name == "taken":
		return steps.BucketDetails{State: "foreign"}, e.wait(ctx)
	default:
		return steps.BucketDetails{State: "missing"}, e.wait(ctx)
	}
}

func (e *script) Roles(ctx context.Context, _ steps.AccountAnswers, _ string) ([]steps.RoleChoice, error) {
	if e.none {
		return nil, nil
	}
	return []steps.RoleChoice{{Name: "ColorTokensCrossAccountAccessRole", TrustsReader: true}, {Name: "OrganizationAccountAccessRole"}}, e.wait(ctx)
}

func (e *script) VPCs(ctx context.Context, a steps.LoggedAccount, _ string) ([]steps.VPCRow, error) {
	rows := []steps.VPCRow{
		{ID: "vpc-0a1b2c3d4e5f60001", Name: "shop \x1b[31mred\x1b[0m", CIDR: "10.0.0.0/16", Region: "us-east-1", Interfaces: 3, FlowLog: "none"},
		{ID: "vpc-0a1b2c3d4e5f60002", Name: "データ基盤", CIDR: "10.1.0.0/16", Region: "eu-west-1", Interfaces: 1, FlowLog: "wrong format"},
		{ID: "vpc-0a1b2c3d4e5f60003", CIDR: "10.2.0.0/16", Region: "eu-west-1", FlowLog: "right"},
	}
	for i := range e.vpcs {
		rows = append(rows, steps.VPCRow{ID: fmt.Sprintf("vpc-%017x", i), Name: fmt.Sprintf("vpc number %d", i), CIDR: "10.0.0.0/16", Region: "us-east-1", FlowLog: "none"})
	}
	for i := range rows {
		rows[i].ID = rows[i].ID[:len(rows[i].ID)-1] + a.ID[:1]
		if i < 3 {
			rows[i].ID = fmt.Sprintf("vpc-%s%05d", a.ID, i)
		}
	}
	if err := e.wait(ctx); err != nil {
		return nil, err
	}
	if e.unread == a.ID {
		return nil, expired
	}
	return rows, nil
}

func (e *script) Accounts(ctx context.Context) ([]steps.OrganizationAccount, error) {
	if e.noNames {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if e.account != "" { // a member may not list
		return nil, expired
	}
	return slices.DeleteFunc([]steps.OrganizationAccount{{ID: "123456789012", Name: "Management", State: "ACTIVE"}, {ID: "444455556666", Name: "Log archive", State: "ACTIVE"},
		{ID: "111122223333", Name: "Payments", State: "ACTIVE"}, {ID: "222233334444", Name: "Storefront", State: "ACTIVE"}, {ID: "555555555555", Name: "Old", State: "SUSPENDED"}}, func(a steps.OrganizationAccount) bool { return a.ID == e.gone }), e.wait(ctx)
}

func (e *script) Plan(ctx context.Context, s steps.Setup) (*steps.Plan, error) {
	e.planned = append(e.planned, s)
	if e.stuck {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if e.plan != nil {
		return e.plan(s)
	}
	return examplePlan(s), nil
}

func (e *script) PlanRevoke(_ context.Context, s steps.Setup, o steps.RevokeOptions) (*steps.Plan, error) {
	e.revoked = append(e.revoked, o)
	if e.holds && o.DeleteBucket {
		return holdsLogs(s), nil
	}
	if e.plan != nil {
		return e.plan(s)
	}
	p := examplePlan(s)
	p.Warnings = p.Warnings[:0]
	p.Steps = slices.DeleteFunc(p.Steps, func(p steps.PlannedStep) bool { return p.Step == steps.StepDelivery })
	for i := range p.Steps {
		switch step := &p.Steps[i]; step.Step {
		case steps.StepBucket:
			step.Change, step.Summary, step.Reason, step.After = steps.ChangeNone, "the bucket and the logs in it stay", "", nil
		case steps.StepPortal:
			step.Summary = "delete the account in Cloud Connectors → AWS"
		default:
			if isChange(step.Change) {
				step.Change, step.Summary, step.Reason, step.Before, step.After = steps.ChangeDelete, strings.NewReplacer("create", "delete", "let the", "no longer let the").Replace(step.Summary), "", step.After, nil
			}
		}
	}
	return p, nil
}

func (e *script) PlanRestore(_ context.Context, s steps.Setup, b steps.Backup) (*steps.Plan, error) {
	if e.plan != nil {
		return e.plan(s)
	}
	return &steps.Plan{Setup: s, ReadAt: time.Now(), Warnings: []string{"everything that was added to the document since then goes, whoever added it"}, Steps: []steps.PlannedStep{
		{Step: steps.StepBucketPolicy, Account: b.Account, Region: "us-east-1", Target: b.Target, Change: steps.ChangeUpdate, Summary: "put the " + b.Kind + " back to what it was", Reason: "the backup has it so", Before: str(exampleDocument), After: str(b.Document)}}}, nil
}

func (e *script) Run(ctx context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
	e.ran = append(e.ran, p)
	if e.run != nil {
		return e.run(ctx, p, o)
	}
	return exampleResult(p)
}

func (e *script) Verify(ctx context.Context, s steps.Setup) (steps.Report, error) {
	if e.stuck {
		<-ctx.Done()
		return steps.Report{}, ctx.Err()
	}
	if e.unproved != nil {
		return steps.Report{}, e.unproved
	}
	if e.report.Status == "" {
		return exampleResult(examplePlan(s)).Report, nil
	}
	return e.report, nil
}

func (e *script) ProveRevoked(ctx context.Context, s steps.Setup, o steps.RevokeOptions) (steps.Report, error) {
	e.proved = append(e.proved, o)
	if e.stuck {
		<-ctx.Done()
		return steps.Report{}, ctx.Err()
	}
	if e.unproved != nil {
		return steps.Report{}, e.unproved
	}
	if e.out != nil {
		return e.out(s), nil
	}
	r := takenBack(s)
	r.Arrived = exampleResult(examplePlan(s)).Report.Arrived
	return r, nil
}

func (e *script) Diagnose(ctx context.Context, s steps.Setup) (steps.Report, error) {
	if e.stuck {
		<-ctx.Done()
		return steps.Report{}, ctx.Err()
	}
	if e.unproved != nil {
		return steps.Report{}, e.unproved
	}
	if e.ill != nil {
		return e.ill(), nil
	}
	return exampleResult(examplePlan(s)).Report, nil
}

func (e *script) RepairPlan(s steps.Setup, found steps.Report) *steps.Plan {
	p := &steps.Plan{Setup: s, ReadAt: time.Now()}
	if e.mends && len(found.Causes) > 0 {
		p.Steps = []steps.PlannedStep{{Step: steps.StepBucketPolicy, Account: "444455556666", Region: "us-east-1", Target: "central-flow-logs", Change: steps.ChangeUpdate, Summary: "take DenyReader out",
			Reason: "a statement that this set-up did not make stands in the way", Before: str(exampleDocument), After: str("{}")}}
	}
	return p
}

func str(s string) *string { return &s }

const exampleDocument = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "AWSLogDeliveryWrite",
      "Effect": "Allow",
      "Principal": {"Service": "delivery.logs.amazonaws.com"},
      "Action": "s3:PutObject",
      "Resource": "arn:aws:s3:::central-flow-logs/AWSLogs/111122223333/*"
    }
  ]
}`

func examplePlan(s steps.Setup) *steps.Plan {
	home := s.Account.ID
	p := &steps.Plan{Setup: s, ReadAt: time.Now(), Warnings: []string{"222233334444 has no role that trusts 999988887777: it seems not to be onboarded in Xshield yet."}}
	p.Steps = []steps.PlannedStep{
		{Step: steps.StepIdentity, Account: home, Target: "arn:aws:sts::" + home + ":assumed-role/OrganizationAccountAccessRole/flowgrant", Change: steps.ChangeNone, Summary: "acts in the account through OrganizationAccountAccessRole"},
		{Step: steps.StepBucket, Account: home, Region: "us-east-1", Target: bucketName(s.Bucket.ARN), Change: steps.ChangeCreate, Summary: "create the bucket, all public access blocked", After: str("public access: blocked\nencryption: SSE-S3"), Reason: "no bucket of this name exists"},
		{Step: steps.StepBucketPolicy, Account: home, Region: "us-east-1", Target: bucketName(s.Bucket.ARN), Change: steps.ChangeUpdate, Summary: "let the delivery service write for 2 accounts", Before: str("{}"), After: str(exampleDocument), Reason: "delivery needs it"},
		{Step: steps.StepRole, Account: home, Target: s.Account.Role, Change: steps.ChangeCreate, Summary: "create the role", After: str(exampleDocument)},
	}
	for _, l := range s.Logged() {
		for _, r := range l.Regions {
			p.Steps = append(p.Steps, steps.PlannedStep{Step: steps.StepFlowLogs, Account: l.ID, Region: r, Target: "vpc-1, vpc-2", Change: steps.ChangeCreate, Summary: "create flow logs for 2 VPCs"},
				steps.PlannedStep{Step: steps.StepDelivery, Account: l.ID, Region: r, Target: "2 VPCs", Change: steps.ChangeNone, Summary: "wait for the first logs"})
		}
	}
	p.Steps = append(p.Steps, steps.PlannedStep{Step: steps.StepAccess, Account: home, Target: s.Account.Role, Change: steps.ChangeNone, Summary: "prove what the reader may and may not"},
		steps.PlannedStep{Step: steps.StepPortal, Account: home, Change: steps.ChangeNone, Summary: "five values to enter"})
	return p
}

func exampleResult(p *steps.Plan) steps.Result {
	s := p.Setup
	r := steps.Result{Setup: s.Name, Status: steps.ResultVerified, Changed: p.Changes()}
	for _, step := range p.Steps {
		if isChange(step.Change) {
			r.Made = append(r.Made, fmt.Sprintf("%s in %s: %s", step.Step, step.Account, step.Summary))
		}
	}
	r.Report = steps.Report{Setup: s.Name, Status: steps.ReportVerified, Checks: []steps.Check{
		{ID: "delivery", Account: "111122223333", Region: "us-east-1", Target: "vpc-1", Status: steps.Pass, Summary: "logs of the right format arrive", Evidence: "AWSLogs/111122223333/vpcflowlogs/us-east-1/2026/01/02/" + strings.Repeat("x", 60) + ".log.gz, 14 records"},
		{ID: "access.write", Account: s.Account.ID, Status: steps.Pass, Summary: "the reader may not write to the bucket", Evidence: "no statement allows s3:PutObject"},
		{ID: "portal", Account: s.Account.ID, Status: steps.Unknown, Summary: "only the portal can show it", Fix: "press Verify there"},
	}, Limits: []string{"SCPs cannot be read from this account"}, Arrived: exampleArrived()}
	if s.Mode == steps.Centralized { // what goes into the portal
		r.Portal = &steps.Portal{AccountName: s.Account.Name, AccountID: s.Account.ID, RoleName: s.Account.Role, ExternalID: s.Reader.ExternalID, BucketARN: s.Bucket.ARN}
	}
	return r
}

// exampleWrong is a proof that something is wrong.
func exampleWrong() steps.Report {
	return steps.Report{Status: steps.ReportFailed, Checks: []steps.Check{{ID: "bucket", Account: "444455556666", Status: steps.Pass, Summary: "the bucket is there"},
		{ID: "portal", Account: "444455556666", Status: steps.Unknown, Summary: "only the portal can show it"},
		{ID: "key-policy", Account: "444455556666", Region: "us-east-1", Status: steps.Fail, Summary: "the delivery may not use the key", Evidence: "no statement allows kms:GenerateDataKey", Fix: "flowgrant apply adds it"}}}
}

func exampleArrived() *steps.Arrived {
	start := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	a := &steps.Arrived{Objects: 2, Records: 190, NoData: 10, Accepted: 150, Rejected: 30, First: start, Last: start.Add(time.Hour),
		Talkers:  []steps.ArrivedCount{{Name: "10.0.1.17", Records: 80, Bytes: 5_400_000}, {Name: "2001:db8:85a3:8d3:1319:8a2e:370:7348", Records: 40, Bytes: 700_000}},
		TCPFlags: []steps.ArrivedCount{{Name: "SYN", Records: 60}, {Name: "ACK", Records: 150}}}
	for i := range 6 {
		a.OverTime = append(a.OverTime, steps.ArrivedAt{Start: start.Add(time.Duration(i) * 10 * time.Minute), Accepted: 25 * i, Rejected: 10 - i})
	}
	return a
}
