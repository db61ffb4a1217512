package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// OrganizationAccount is an account of the organization.
type OrganizationAccount = awsops.OrganizationAccount

// BucketChoice is a bucket that can be picked.
type BucketChoice struct {
	Name   string
	ARN    string
	Region string
}

// BucketDetails is what is known of a bucket before it is chosen.
type BucketDetails struct {
	State             string // missing, ours or foreign
	Region            string
	Encryption        string
	KMSKeyARN         string
	FlowLogStatements bool // its policy lets the delivery service write
	FlowLogsArrive    bool // flow logs lie where its policy lets them be delivered
}

// RoleChoice is a role that can be picked.
type RoleChoice struct {
	Name         string
	ARN          string
	TrustsReader bool
}

// VPCRow is a VPC that can be picked.
type VPCRow struct {
	ID         string
	Name       string // as AWS has it: not fit for a terminal
	CIDR       string
	Region     string
	Interfaces int    // -1: not known
	FlowLog    string // none, right, wrong format, other bucket or failing
	Detail     string
}

// act gets an account to look around in.
func (e *Engine) act(ctx context.Context, a AccountAnswers) (*awsops.Account, error) {
	account, err := e.cloud.Account(ctx, a.ID, "", credentials(a.Credentials))
	if err != nil {
		return nil, place{step: StepIdentity, account: a.ID, target: a.Name}.fault("act in the account", err)
	}
	return account, nil
}

// Buckets lists the account's buckets.
func (e *Engine) Buckets(ctx context.Context, a AccountAnswers) ([]BucketChoice, error) {
	account, err := e.act(ctx, a)
	if err != nil {
		return nil, err
	}
	buckets, err := account.Buckets(ctx)
	if err != nil {
		return nil, place{step: StepBucket, account: a.ID}.fault("list the buckets", err)
	}
	choices := make([]BucketChoice, len(buckets))
	for i, b := range buckets {
		choices[i] = BucketChoice{Name: b.Name, ARN: fmt.Sprintf("arn:%s:s3:::%s", account.Partition, b.Name), Region: b.Region}
	}
	return choices, nil
}

// BucketDetails looks at one bucket, named by its ARN, with or without a prefix.
func (e *Engine) BucketDetails(ctx context.Context, a AccountAnswers, arn string) (BucketDetails, error) {
	account, err := e.act(ctx, a)
	if err != nil {
		return BucketDetails{}, err
	}
	name := Setup{Bucket: BucketAnswers{ARN: arn}}.bucketName()
	b, err := account.Bucket(ctx, name, "")
	if err != nil {
		return BucketDetails{}, place{step: StepBucket, account: a.ID, target: name}.fault("look at the bucket", err)
	}
	d := BucketDetails{State: string(b.State), Region: b.Region}
	if b.State != awsops.BucketOurs {
		return d, nil
	}
	d.Encryption = describeEncryption(b.Encryption)
	if b.Encryption.KMS() && strings.HasPrefix(b.Encryption.Key, "arn:") {
		d.KMSKeyARN = b.Encryption.Key
	}
	if p, err := policy.Parse(b.Policy); err == nil {
		delivering := slices.DeleteFunc(slices.Clone(p.Statements), func(st policy.Statement) bool {
			return st.Effect != policy.Allow || st.Principal == nil || !st.Principal.Service.Has(vpcFlowLogs.Service)
		})
		d.FlowLogStatements = len(delivering) > 0
		d.FlowLogsArrive = arriving(ctx, account, b, name, delivering)
	}
	return d, nil
}

// Roles lists the account's roles, those that trust the reader first.
func (e *Engine) Roles(ctx context.Context, a AccountAnswers, readerAccount string) ([]RoleChoice, error) {
	account, err := e.act(ctx, a)
	if err != nil {
		return nil, err
	}
	roles, err := account.Roles(ctx)
	if err != nil {
		return nil, place{step: StepRole, account: a.ID}.fault("list the roles", err)
	}
	choices := make([]RoleChoice, len(roles))
	for i, r := range roles {
		choices[i] = RoleChoice{Name: r.Name, ARN: r.ARN, TrustsReader: readerAccount != "" && trustsAccount(r.Trust, readerAccount)}
	}
	slices.SortStableFunc(choices, func(x, y RoleChoice) int {
		switch {
		case x.TrustsReader == y.TrustsReader:
			return strings.Compare(x.Name, y.Name)
		case x.TrustsReader:
			return -1
		default:
			return 1
		}
	})
	return choices, nil
}

// VPCs lists the VPCs of an account's regions with the state of their flow logs for a bucket, named by its ARN.
func (e *Engine) VPCs(ctx context.Context, a LoggedAccount, bucketARN string) ([]VPCRow, error) {
	account, err := e.act(ctx, AccountAnswers{ID: a.ID, Name: a.Name, Credentials: a.Credentials})
	if err != nil {
		return nil, err
	}
	s := NewSetup(PerAccount)
	s.Bucket.ARN = bucketARN
	rows := make([][]VPCRow, len(a.Regions))
	var r reading
	for i, region := range a.Regions {
		p := place{step: StepFlowLogs, account: a.ID, region: region}
		r.do(p, "list the VPCs and flow logs", func() error {
			at := &site{account: a, region: region}
			var wg sync.WaitGroup
			var logsErr error
			wg.Go(func() { at.flowLogs, logsErr = account.FlowLogs(ctx, region) })
			vpcs, err := account.VPCs(ctx, region)
			wg.Wait()
			if err != nil {
				return err
			}
			if logsErr != nil {
				return logsErr
			}
			for _, v := range vpcs {
				if v.Owner == "" || v.Owner == account.ID { // a VPC of another account is logged there
					rows[i] = append(rows[i], s.vpcRow(at, v))
				}
			}
			return nil
		})
	}
	r.wg.Wait()
	if len(r.errs) > 0 {
		return nil, distinct(r.errs)
	}
	return slices.Concat(rows...), nil
}

func (s Setup) vpcRow(at *site, v awsops.VPC) VPCRow {
	row := VPCRow{ID: v.ID, Name: v.Name, CIDR: v.CIDR, Region: at.region, Interfaces: v.Interfaces, FlowLog: "none"}
	if right := s.flowLogOf(at, v.ID); right != nil {
		row.FlowLog, row.Detail = "right", right.ID
		if right.Status == "FAILED" {
			row.FlowLog, row.Detail = "failing", right.ID+": "+right.StatusMessage
		}
		return row
	}
	if wrong := s.unfit(at, v.ID); len(wrong) > 0 {
		row.FlowLog, row.Detail = "wrong format", wrong[0].ID+": "+s.flowLogFault(at, wrong[0])
		return row
	}
	if i := slices.IndexFunc(at.flowLogs, func(f awsops.FlowLog) bool { return f.ResourceID == v.ID }); i >= 0 {
		row.FlowLog, row.Detail = "other bucket", at.flowLogs[i].ID+" to "+at.flowLogs[i].Destination
	}
	return row
}

// Accounts lists the accounts of the organization, where the starting credentials may see them.
func (e *Engine) Accounts(ctx context.Context) ([]OrganizationAccount, error) {
	start, err := e.Who(ctx)
	if err != nil {
		return nil, err
	}
	account, err := e.act(ctx, AccountAnswers{ID: start.Account})
	if err != nil {
		return nil, err
	}
	accounts, err := account.OrganizationAccounts(ctx)
	if err != nil {
		return nil, place{step: StepIdentity, account: start.Account}.fault("list the accounts of the organization", err)
	}
	return accounts, nil
}

// Regions lists the regions that the account can use.
func (e *Engine) Regions(ctx context.Context, a AccountAnswers) ([]string, error) {
	account, err := e.act(ctx, a)
	if err != nil {
		return nil, err
	}
	regions, err := account.Regions(ctx)
	if err != nil {
		return nil, place{step: StepIdentity, account: a.ID}.fault("list the regions", err)
	}
	return regions, nil
}
