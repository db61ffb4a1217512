package steps

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// ProofOptions say how strictly a set-up is proved.
type ProofOptions struct {
	MaxAge time.Duration // how old the newest logs of a VPC may be; 0: what has arrived counts, and its age is evidence only

	diagnoses bool
}

// Verify proves that a set-up works now, without changing anything. The error is StepErrors: what could not be read.
func (e *Engine) Verify(ctx context.Context, s Setup) (Report, error) {
	return e.Prove(ctx, s, ProofOptions{})
}

// Prove is Verify with options.
func (e *Engine) Prove(ctx context.Context, s Setup, o ProofOptions) (Report, error) {
	_, r, err := e.prove(ctx, s, o)
	if ctx.Err() != nil {
		return Report{}, stopped(ctx.Err())
	}
	if err == nil {
		rep := r.report()
		rep.Limits = append(rep.Limits, e.clockWarnings()...)
		return rep, nil
	}
	// What keeps the whole from being read may itself be what is wrong: a region that is not enabled, a service control policy.
	if rep, unread := e.diagnoseUnread(ctx, s, err); unread == nil && len(rep.Causes) > 0 {
		rep.Causes = nil
		return rep, nil
	}
	return Report{}, err
}

// newProof makes a run that changes nothing. So nothing has to be waited for: with ctx its calls in flight end too.
func (e *Engine) newProof(ctx context.Context, p *Plan) *run {
	r := e.newRun(ctx, p, RunOptions{Kill: ctx})
	r.proofOnly = true
	return r
}

// stopped says that what was only looking ended before it had seen everything.
func stopped(err error) error { return fmt.Errorf("stopped before everything was looked at: %w", err) }

func (e *Engine) prove(ctx context.Context, s Setup, o ProofOptions) (*Plan, *run, error) {
	var wg sync.WaitGroup
	var scps [][]policy.Document
	var names [][]string
	var unseen string
	wg.Go(func() { scps, names, unseen = e.serviceControlPolicies(ctx, s.Account.ID) })
	p, err := e.Plan(ctx, s)
	wg.Wait()
	if err != nil {
		return nil, nil, err
	}
	p.live.scps, p.live.scpNames, p.live.scpsUnseen = scps, names, unseen
	p.live.findMember(ctx, s)
	r := e.newProof(ctx, p)
	r.maxAge, r.diagnoses = o.MaxAge, o.diagnoses
	r.carryOut()
	return p, r, nil
}

// serviceControlPolicies reads the policies of the organization that bear on an account, where the starting credentials may; unseen says why not.
func (e *Engine) serviceControlPolicies(ctx context.Context, account string) (levels [][]policy.Document, names [][]string, unseen string) {
	start, err := e.cloud.Account(ctx, "", "", awsops.Credentials{})
	if err != nil {
		return nil, nil, err.Error()
	}
	if start.ID == account {
		if manages, err := start.ManagesOrganization(ctx); err == nil && manages {
			return nil, nil, "" // the management account is under none
		}
	}
	read, err := start.ServiceControlPolicies(ctx, account)
	if err != nil {
		return nil, nil, err.Error()
	}
	for _, level := range read {
		var documents []policy.Document
		var of []string
		for _, p := range level {
			d, err := policy.Parse(p.Document)
			if err != nil {
				return nil, nil, fmt.Sprintf("the service control policy %s cannot be understood: %v", p.Name, err)
			}
			documents, of = append(documents, d), append(of, p.Name)
		}
		levels, names = append(levels, documents), append(names, of)
	}
	return levels, names, ""
}
