package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// Mend says who can take a cause away.
type Mend string

// Who can take a cause away.
const (
	MendApply  Mend = "apply"  // the plan of apply does
	MendChange Mend = "change" // a change of what this set-up did not make, which a person has to confirm
	MendHand   Mend = "hand"   // a person, outside flowgrant: the fix says how
	MendWait   Mend = "wait"   // time
)

// Cause is why logs do not arrive or cannot be read, with what shows it and what takes it away.
type Cause struct {
	ID       string // bucket-policy-missing …
	Title    string // one line
	Account  string // 12-digit account ID of where it lies
	Region   string
	Target   string
	Evidence string
	Fix      string // the exact command or text
	Mend     Mend
	Aside    bool // it is about a flow log that the set-up has nothing to do with: told, and the set-up may work all the same

	local  bool          // it is about flow logs of its account and region only
	role   string        // ARN of the role that delivers to CloudWatch Logs, where the cause is about that
	repair []PlannedStep // for MendChange: what RepairPlan offers
}

// diagnosis is what the causes are looked for in.
type diagnosis struct {
	engine *Engine
	s      Setup
	l      *live
	run    *run
	report Report
	limits []string

	loose        []awsops.ManagedPolicy // that are attached to nobody and name the bucket; only where the role's permissions lack something
	groups       []*toGroup             // flow logs of the VPCs to CloudWatch Logs that fail
	keyGone      error                  // what AWS says of the key that the bucket names, where that is not the one of the set-up and does not exist
	shownID      string                 // external ID that the reader's portal shows, where there is a portal to ask
	madeAt       time.Time              // when the bucket was made, where that may matter
	simulatedSCP string                 // what IAM's simulator says that a service control policy denies
	hive         bool                   // what delivers writes Hive-compatible prefixes; only without a set-up
	rightKey     string                 // full ARN of a key that the bucket can have instead of the one it has; empty: SSE-S3
}

// Diagnose proves a set-up as Verify does and names the causes of what is wrong, likeliest first. It changes nothing. What AWS does not
// let the caller see is told in the report's limits. The error is StepErrors, where not even the starting credentials can be used.
func (e *Engine) Diagnose(ctx context.Context, s Setup) (Report, error) {
	return e.DiagnoseWith(ctx, s, ProofOptions{})
}

// DiagnoseWith is Diagnose with options of the proof.
func (e *Engine) DiagnoseWith(ctx context.Context, s Setup, o ProofOptions) (Report, error) {
	o.diagnoses = true
	p, r, err := e.prove(ctx, s, o)
	if ctx.Err() != nil {
		return Report{}, stopped(ctx.Err())
	}
	if err != nil {
		rep, err := e.diagnoseUnread(ctx, s, err)
		rep.Causes = append(rep.Causes, (&diagnosis{report: rep}).findUnexplained(rep.Causes)...)
		return rep, err
	}
	d := &diagnosis{engine: e, s: s, l: p.live, run: r, report: r.report()}
	d.gather(ctx)
	d.report.Causes = d.causes()
	d.askTrail(ctx)
	if err := ctx.Err(); err != nil { // what was not seen would be taken for what is not there
		return Report{}, stopped(err)
	}
	d.report.Limits = slices.Concat(d.report.Limits, d.limits, e.clockWarnings())
	d.report.plan = p
	return d.report, nil
}

// Applies says whether apply would mend something of what a diagnosis found.
func (r Report) Applies() bool {
	return r.Status == ReportFailed && r.plan != nil && r.plan.Changes() > 0 || slices.ContainsFunc(r.Causes, func(c Cause) bool { return c.Mend == MendApply })
}

// causes finds what is wrong: those that explain a check that does not pass first, then in the order of the table, which goes from what
// brings others with it to what stands alone.
func (d *diagnosis) causes() []Cause {
	var found []Cause
	kinds := map[string]causeKind{}
	for _, k := range causeKinds {
		if d.s.toGroups() && !k.forGroups() {
			continue
		}
		for _, c := range k.find(d) {
			if c.ID == "" {
				c.ID = k.id
			}
			kinds[c.ID] = kindOf(c.ID)
			c.Title = kinds[c.ID].title
			found = mergeCause(found, c)
		}
	}
	hidden := map[string]bool{}
	for _, c := range found {
		if !c.Aside {
			for _, id := range kinds[c.ID].hides {
				hidden[id] = true
			}
		}
	}
	found = slices.DeleteFunc(found, func(c Cause) bool { return hidden[c.ID] })
	found = append(found, d.findUnexplained(found)...)
	slices.SortStableFunc(found, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(d.rank(a), d.rank(b)), cmp.Compare(causeOrder(a.ID), causeOrder(b.ID)), strings.Compare(a.Account+a.Region, b.Account+b.Region))
	})
	return found
}

// rank orders causes by how much they account for: what only waiting can show comes after what is certain, and what is beside the set-up last.
func (d *diagnosis) rank(c Cause) int {
	switch {
	case c.Aside:
		return 4
	case slices.Contains(quiet, c.ID):
		return 3
	case c.ID == unexplained:
		return 1
	case d.explains(kindOf(c.ID)):
		return 0
	}
	return 2
}

// explains says whether a kind of cause accounts for a check that does not pass.
func (d *diagnosis) explains(k causeKind) bool {
	return slices.ContainsFunc(d.report.Checks, func(c Check) bool { return c.Status != Pass && slices.Contains(k.explains, c.ID) })
}

// diagnoseUnread looks for the cause where not everything could be read.
func (e *Engine) diagnoseUnread(ctx context.Context, s Setup, err error) (Report, error) {
	var unread StepErrors
	if !errors.As(err, &unread) || slices.ContainsFunc(unread, func(f *StepError) bool { return f.Account == "" }) {
		return Report{}, err
	}
	rep := Report{Setup: s.Name, Status: ReportUnproven, Limits: []string{"not everything could be read, so that nothing else was looked at"}}
	var wg sync.WaitGroup
	var mu sync.Mutex
	for _, f := range unread {
		c := Check{ID: string(f.Step), Account: f.Account, Region: f.Region, Target: f.Target, Status: Unknown, Summary: "could not " + f.Tried, Evidence: f.Cause, Fix: f.Fix}
		if m := awsops.MeaningOf(f.Err); m == awsops.Expired || m == awsops.NotFound || m == awsops.Invalid {
			c.Status = Fail
		}
		rep.Checks = append(rep.Checks, c)
		wg.Go(func() {
			if cause, ok := e.unreadCause(ctx, s, f); ok {
				mu.Lock()
				defer mu.Unlock()
				rep.Causes = append(rep.Causes, cause)
			}
		})
	}
	wg.Wait()
	slices.SortStableFunc(rep.Causes, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(causeOrder(a.ID), causeOrder(b.ID)), strings.Compare(a.Account+a.Region, b.Account+b.Region))
	})
	rep.Causes = slices.CompactFunc(rep.Causes, func(a, b Cause) bool { return a.ID == b.ID && a.Account == b.Account && a.Region == b.Region })
	if len(rep.Causes) > 0 {
		for i, c := range rep.Checks {
			if slices.ContainsFunc(rep.Causes, func(k Cause) bool { return k.Account == c.Account && (k.Region == "" || k.Region == c.Region) }) {
				rep.Checks[i].Status = Fail
			}
		}
	}
	if slices.ContainsFunc(rep.Checks, func(c Check) bool { return c.Status == Fail }) {
		rep.Status = ReportFailed
	}
	return rep, nil
}

// unreadCause finds why something could not be read.
func (e *Engine) unreadCause(ctx context.Context, s Setup, f *StepError) (Cause, bool) {
	at := Cause{Account: f.Account, Region: f.Region, Target: f.Target, Evidence: f.Cause}
	if bySCP(f.Cause) {
		at.ID, at.Region = "scp-deny", ""
		at.Fix = scpFix(f.Account, deniedCall(f))
		at.Title, at.Mend = kindOf(at.ID).title, MendHand
		return at, true
	}
	if f.Region == "" {
		return Cause{}, false
	}
	for _, logged := range s.Logged() {
		if logged.ID != f.Account {
			continue
		}
		acting, err := e.cloud.Account(ctx, logged.ID, s.partition(), credentials(logged.Credentials))
		if err != nil {
			return Cause{}, false
		}
		if off, err := acting.RegionOff(ctx, f.Region); err != nil || !off {
			return Cause{}, false
		}
		at.ID = "region-not-enabled"
		at.Title, at.Mend, at.Target = kindOf(at.ID).title, MendHand, f.Region
		at.Evidence = fmt.Sprintf("account %s has not enabled %s; asked there, AWS says: %s", f.Account, f.Region, f.Cause)
		at.Fix = fmt.Sprintf("enable the region in account %s: aws account enable-region --region-name %s (it takes some minutes), or take %s out of flow_logs.regions", f.Account, f.Region, f.Region)
		return at, true
	}
	return Cause{}, false
}

// deniedCall names what was denied: the call, where AWS names it, else those of the target.
func deniedCall(f *StepError) string {
	if call, _, _ := strings.Cut(f.Cause, " "); strings.Contains(call, ":") && !strings.HasSuffix(call, ":") {
		return call
	}
	return "the calls of " + cmp.Or(f.Target, string(f.Step))
}

// bySCP says whether AWS named a service control policy as the reason of a denial.
func bySCP(message string) bool { return strings.Contains(message, "service control policy") }

func scpFix(account, what string) string {
	return fmt.Sprintf("whoever manages the organization's policies excepts it: a service control policy on account %s, or on a unit above it, must not deny %s (aws organizations list-policies-for-target --target-id %s --filter SERVICE_CONTROL_POLICY)", account, what, account)
}

// decide evaluates a request of the reader's role with some of the policies left out.
func (d *diagnosis) decide(role *awsops.Role, identity []policy.Document, r reads, change func(*policy.Policies)) policy.Decision {
	j := d.l.judge(role, identity)
	change(&j.policies)
	return j.decide(r)
}
