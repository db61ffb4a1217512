package steps

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// live is what was read from AWS for one set-up. A run replaces parts of it by what it reads back.
type live struct {
	mu sync.Mutex

	start          Identity
	endpoint       string          // URL of the AWS that was read; empty: AWS's own
	embedded       bool            // it is the one inside the program
	home           *awsops.Account // the flow log account, or the workload account
	bucket         awsops.Bucket
	holds          string      // the key of an object in a bucket that is to be deleted; empty: none, or nobody looked
	expiry         int         // days after which a bucket of ours expires logs; 0: keeps them
	keyARN         string      // the key that objects are encrypted under; empty: none
	key            *awsops.Key // nil where there is none, or where keyErr says why
	keyErr         error
	role           *awsops.Role // nil: there is none
	boundary       *policy.Document
	boundaryUnread error                   // why the role's boundary is not known; nil: it is, or there is none
	managed        []*awsops.ManagedPolicy // centralized, by number; nil: there is none
	namesakes      []string                // ARNs of policies that have a wanted name under another path, by number; empty: none is known
	sites          []*site
	organization   string              // o-…, where the whole of it may deliver
	member         string              // o-… that the account belongs to, where bucket or key policy ask for it; empty: not known
	memberKnown    bool                // whether it was found out, also that there is none
	scps           [][]policy.Document // service control policies on the account, by level; only where a proof read them
	scpNames       [][]string          // their names, in the same order
	scpsUnseen     string              // why they were not read; empty: they were
	elsewhere      elsewhere           // what entries under the reader's own Sids that are not of this set-up are for
	left           *leftovers          // what earlier answers made; nil: nothing is known of any
	onboarded      map[string][]string // by account ID: roles there that trust the reader; absent: not known

	// What does not change while a run replaces the rest.
	region  string // the bucket's
	tlsOnly bool   // the bucket gets the statement against plain HTTP: only one that this set-up creates does
	roleARN string // of the reader's role: the one that is there, or the one to be made
}

// settle fixes what the steps of a run rely on.
func (l *live) settle(s Setup) {
	l.roleARN = s.roleARN("/")
	if l.role != nil {
		l.roleARN = l.role.ARN
	}
	if s.toGroups() {
		for _, at := range l.sites {
			at.role = l.roleARN
		}
		return
	}
	l.region = s.bucketRegion()
	if l.bucket.Region != "" {
		l.region = l.bucket.Region
	}
	l.member = cmp.Or(l.member, l.organization)
	l.memberKnown = l.memberKnown || l.member != ""
	l.tlsOnly = s.Bucket.TLSOnly && (l.bucket.State == awsops.BucketMissing || l.ownBucket(s))
}

// bucketKey says whether one S3 Bucket Key encrypts for all objects, as in a bucket that a set-up makes.
func (l *live) bucketKey() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bucket.State == awsops.BucketMissing || l.bucket.Encryption.BucketKey
}

func (l *live) bucketPolicy() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bucket.Policy
}

func (l *live) bucketPolicyUnread() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.bucket.Unreadable) > 0 && l.bucket.Policy == ""
}

func (l *live) setBucketPolicy(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bucket.Policy = text
}

// setBucket keeps the policy that the bucket-policy step may have read back meanwhile.
func (l *live) setBucket(b awsops.Bucket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bucket.Policy != "" {
		b.Policy = l.bucket.Policy
	}
	l.bucket = b
}

// site is one account and region whose VPCs are logged.
type site struct {
	account  LoggedAccount
	acting   *awsops.Account
	region   string
	vpcs     []awsops.VPC // the chosen ones
	missing  []string     // chosen ids that are not there
	shared   []awsops.VPC // of other accounts, which log them themselves; chosen by id or by all
	leftOut  []awsops.VPC // chosen, and left out for now
	flowLogs []awsops.FlowLog

	// Where the flow logs go to CloudWatch Logs.
	group *awsops.LogGroup // nil: there is none
	full  bool             // it holds events; looked at where it is to be deleted
	role  string           // ARN of the role that delivers: the one that is there, or the one to be made
}

// reading collects concurrent reads and their failures.
type reading struct {
	wg   sync.WaitGroup
	mu   sync.Mutex
	errs StepErrors
}

func (r *reading) do(p place, tried string, read func() error) {
	r.wg.Go(func() {
		if err := recovered(read); err != nil {
			r.mu.Lock()
			r.errs = append(r.errs, p.fault(tried, err))
			r.mu.Unlock()
		}
	})
}

// recovered turns a panic into an error, since nothing else could catch it in a goroutine.
func recovered(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a fault of flowgrant: %v at %s", p, faultLine(debug.Stack()))
		}
	}()
	return do()
}

// read gets everything a plan needs, as concurrently as the answers allow. The error is StepErrors.
func (e *Engine) read(ctx context.Context, s Setup) (*live, error) {
	return e.readAccounts(ctx, s, true)
}

// readAccounts reads the account with bucket and role, and where it is wanted those whose VPCs are logged.
func (e *Engine) readAccounts(ctx context.Context, s Setup, logged bool) (*live, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := &live{onboarded: map[string][]string{}}
	l.endpoint, l.embedded = e.cloud.Endpoint()
	for _, logged := range s.Logged() {
		for _, region := range logged.Regions {
			l.sites = append(l.sites, &site{account: logged, region: region})
		}
	}
	var r reading
	var startErr *StepError
	r.wg.Go(func() {
		start, err := e.cloud.Start(ctx)
		if err != nil {
			startErr = place{step: StepIdentity}.fault("find out who the starting credentials belong to", err)
			cancel()
			return
		}
		l.start = start
	})
	account := place{step: StepIdentity, account: s.Account.ID, target: s.Account.Name}
	r.do(account, "act in the account", func() error {
		home, err := e.cloud.Account(ctx, s.Account.ID, s.partition(), credentials(s.Account.Credentials))
		if err != nil {
			return err
		}
		l.home = home
		l.readHome(ctx, s, &r)
		return nil
	})
	for _, logged := range accountsIf(logged, s.Logged()) {
		r.do(place{step: StepIdentity, account: logged.ID, target: logged.Name}, "act in the account", func() error {
			acting, err := e.cloud.Account(ctx, logged.ID, s.partition(), credentials(logged.Credentials))
			if err != nil {
				return err
			}
			l.readLogged(ctx, s, logged, acting, &r)
			return nil
		})
	}
	r.wg.Wait()
	if startErr != nil {
		return nil, StepErrors{startErr}
	}
	if len(r.errs) > 0 {
		return nil, distinct(r.errs)
	}
	l.settle(s)
	return l, nil
}

func accountsIf(wanted bool, accounts []LoggedAccount) []LoggedAccount {
	if wanted {
		return accounts
	}
	return nil
}

// distinct sorts failures by step and account and tells the same one only once.
func distinct(errs StepErrors) StepErrors {
	slices.SortStableFunc(errs, func(a, b *StepError) int {
		if d := slices.Index(stepOrder, a.Step) - slices.Index(stepOrder, b.Step); d != 0 {
			return d
		}
		return slices.Compare([]string{a.Account, a.Region, a.Cause}, []string{b.Account, b.Region, b.Cause})
	})
	return slices.CompactFunc(errs, func(a, b *StepError) bool {
		return a.Step == b.Step && a.Account == b.Account && a.Region == b.Region && a.Cause == b.Cause
	})
}

func credentials(c CredentialAnswers) awsops.Credentials {
	return awsops.Credentials{Profile: c.Profile, AssumeRole: c.AssumeRole}
}

func (l *live) readHome(ctx context.Context, s Setup, r *reading) {
	name := s.bucketName()
	at := func(step StepName, target string) place {
		return place{step: step, account: s.Account.ID, target: target}
	}
	r.do(at(StepRole, s.roleName()), "look at the role", func() error { return l.readRole(ctx, s) })
	if s.toGroups() {
		return
	}
	r.do(at(StepBucket, name), "look at the bucket", func() error { return l.readBucket(ctx, s) })
	if s.DeliveryScope == ScopeOrganization {
		r.do(at(StepBucketPolicy, name), "find the organization", func() error {
			id, err := l.home.Organization(ctx)
			l.organization = id
			return err
		})
	}
}

func (l *live) readRole(ctx context.Context, s Setup) error {
	if err := l.readRoleAlone(ctx, s.roleName()); err != nil || s.Mode != Centralized {
		return err
	}
	return l.readManaged(ctx, s)
}

// readRoleAlone reads a role and its permissions boundary, without the reader's policies that may not be attached.
func (l *live) readRoleAlone(ctx context.Context, name string) error {
	role, err := l.home.Role(ctx, name)
	switch {
	case err == nil:
		l.role = &role
	case awsops.MeaningOf(err) != awsops.NotFound:
		return err
	}
	return l.readBoundary(ctx)
}

// longestKeyARN stands for the key while only the number of policies matters.
const longestKeyARN = "arn:aws-us-gov:kms:ap-southeast-1:000000000000:key/mrk-00000000000000000000000000000000"

// readManaged finds the reader's managed policies: among those of the role, else by their ARNs.
func (l *live) readManaged(ctx context.Context, s Setup) error {
	wanted, err := s.hubDocuments(longestKeyARN)
	if err != nil {
		wanted = make([]policy.Document, 1) // too many accounts for any number of policies: the plan says so
	}
	l.managed, l.namesakes = make([]*awsops.ManagedPolicy, len(wanted)), make([]string, len(wanted))
	errs := make([]error, len(wanted))
	var own []awsops.ManagedPolicy
	var wg sync.WaitGroup
	var list sync.Once
	for i := range l.managed {
		arn := s.managedPolicyARN(i)
		if l.role != nil {
			at := slices.IndexFunc(l.role.Attached, func(p awsops.ManagedPolicy) bool { return p.ARN == arn })
			if at >= 0 {
				l.managed[i] = &l.role.Attached[at]
				continue
			}
		}
		list.Do(func() {
			wg.Go(func() { own, _ = l.home.OwnPolicies(ctx) }) // not knowing of namesakes stops nothing
		})
		wg.Go(func() {
			p, err := l.home.Policy(ctx, arn)
			switch {
			case err == nil:
				l.managed[i] = &p
			case awsops.MeaningOf(err) != awsops.NotFound:
				errs[i] = err
			}
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return err
		}
		for _, p := range own {
			if l.managed[i] == nil && strings.EqualFold(p.Name, s.reader().managedPolicyName(i)) && p.ARN != s.managedPolicyARN(i) {
				l.namesakes[i] = p.ARN
			}
		}
	}
	return l.readAttachedMeanwhile(ctx, s)
}

// readAttachedMeanwhile looks at the role again where a policy says that it is attached and the role, read a moment earlier, does not:
// another run may have attached it in between.
func (l *live) readAttachedMeanwhile(ctx context.Context, s Setup) error {
	for i, p := range l.managed {
		if p == nil || p.Attachments == 0 || l.role != nil && slices.ContainsFunc(l.role.Attached, func(a awsops.ManagedPolicy) bool { return a.ARN == p.ARN }) {
			continue
		}
		role, err := l.home.Role(ctx, s.Account.Role)
		if awsops.MeaningOf(err) == awsops.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		l.role = &role
		if at := slices.IndexFunc(role.Attached, func(a awsops.ManagedPolicy) bool { return a.ARN == p.ARN }); at >= 0 {
			l.managed[i] = &role.Attached[at]
		}
	}
	return nil
}

func (l *live) readLogged(ctx context.Context, s Setup, logged LoggedAccount, acting *awsops.Account, r *reading) {
	if s.Mode == Centralized {
		r.wg.Go(func() {
			roles, err := acting.Roles(ctx)
			if err != nil {
				return // not knowing whether the account is onboarded stops nothing
			}
			trusting := []string{}
			for _, role := range roles {
				if trustsAccount(role.Trust, s.Reader.Account) {
					trusting = append(trusting, role.Name)
				}
			}
			l.mu.Lock()
			l.onboarded[logged.ID] = trusting
			l.mu.Unlock()
		})
	}
	for _, at := range l.sites {
		if at.account.ID != logged.ID {
			continue
		}
		at.acting = acting
		p := place{step: StepFlowLogs, account: logged.ID, region: at.region}
		r.do(p, "list the VPCs", func() error {
			vpcs, err := acting.VPCs(ctx, at.region)
			if err != nil {
				return err
			}
			at.choose(vpcs)
			return nil
		})
		if s.toGroups() {
			r.do(place{step: StepLogGroup, account: logged.ID, region: at.region, target: s.FlowLogs.LogGroup.Name}, "look at the log group", func() error {
				return at.readGroup(ctx, s)
			})
		}
		r.do(p, "list the flow logs", func() error {
			var err error
			at.flowLogs, err = acting.FlowLogs(ctx, at.region)
			return err
		})
	}
}

// choose keeps the VPCs that the answers name, and notes those that are not in this region. Only the owner of a VPC can make a flow log
// for all of it. Source: VPC user guide, flow-logs-limitations.
func (at *site) choose(vpcs []awsops.VPC) {
	for _, v := range vpcs {
		switch {
		case !at.account.VPCs.Has(v.ID):
		case slices.Contains(at.account.LeftOut, v.ID):
			at.leftOut = append(at.leftOut, v)
		case v.Owner != "" && v.Owner != at.account.ID:
			at.shared = append(at.shared, v)
		default:
			at.vpcs = append(at.vpcs, v)
		}
	}
	for _, id := range at.account.VPCs.IDs {
		if !at.account.VPCs.All && !slices.ContainsFunc(vpcs, func(v awsops.VPC) bool { return v.ID == id }) {
			at.missing = append(at.missing, id)
		}
	}
}

// trustsAccount says whether a trust policy names a principal of the account.
func trustsAccount(trust, account string) bool {
	d, err := policy.Parse(trust)
	return err == nil && len(policy.TrustAdmits(d, account, "", "").Statements) > 0
}
