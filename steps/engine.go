package steps

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
)

// Engine plans, runs and proves set-ups over one set of starting credentials.
type Engine struct {
	cloud *awsops.Cloud
	now   func() time.Time
	store *Store // nil: nothing is known of earlier runs and other set-ups
}

// NewEngine makes an engine over a cloud.
func NewEngine(cloud *awsops.Cloud) *Engine { return &Engine{cloud: cloud, now: time.Now} }

// awsNow is AWS's time: what AWS dated is compared with that, not with this machine's clock.
func (e *Engine) awsNow() time.Time { return e.now().Add(e.cloud.ClockBehind()) }

// tellClock is how far this machine's clock may be from AWS's without a word.
const tellClock = time.Minute

// clockWarnings say that this machine's clock is off.
func (e *Engine) clockWarnings() []string {
	off, way := e.cloud.ClockBehind(), "behind"
	if off < 0 {
		off, way = -off, "ahead of"
	}
	if off <= tellClock {
		return nil
	}
	return []string{fmt.Sprintf("this machine's clock is %s %s AWS's: what AWS dated is judged by AWS's clock; set this one", off.Round(time.Second), way)}
}

// Identity is who the starting credentials belong to.
type Identity = awsops.Identity

// Who tells who the starting credentials belong to.
func (e *Engine) Who(ctx context.Context) (Identity, error) {
	id, err := e.cloud.Start(ctx)
	if err != nil {
		return Identity{}, place{step: StepIdentity}.fault("find out who the starting credentials belong to", err)
	}
	return id, nil
}

// Profiles are those of the shared configuration.
type Profiles = awsops.Profiles

// SharedProfiles reads the profiles of the shared configuration; no credentials are needed for it.
func SharedProfiles() Profiles { return awsops.SharedProfiles() }

// PortalHint tells what the reader's portal shows, where the endpoint has a portal to ask.
func (e *Engine) PortalHint(ctx context.Context) (account, externalID string, ok bool) {
	reader, ok := e.cloud.Reader(ctx)
	if !ok {
		return "", "", false
	}
	shown := reader.Shows()
	return shown.Account, shown.ExternalID, true
}

var stepOrder = []StepName{StepIdentity, StepBucket, StepKeyPolicy, StepBucketPolicy, StepLogGroup, StepRole, StepTrust,
	StepPermissions, StepFlowLogs, StepDelivery, StepAccess, StepPortal}

// Plan reads the live state once and sets beside it what the set-up wants. It never writes.
// The error is StepErrors: everything that could not be read.
func (e *Engine) Plan(ctx context.Context, s Setup) (*Plan, error) {
	readAt := e.now()
	l, err := e.read(ctx, s)
	if err != nil {
		return nil, err
	}
	e.readLeftovers(ctx, s, l)
	s.lingers = l.lingering(s)
	p := makePlan(s, l, readAt)
	p.again = func(ctx context.Context) (*Plan, error) { return e.Plan(ctx, s) }
	p.Warnings = slices.Concat(p.Warnings, leftoverWarnings(s, l, e.store.Command("revoke", s.Name)), l.boundaryLimits(), e.clockWarnings())
	return p, nil
}

// makePlan is the plan for what was read.
func makePlan(s Setup, l *live, readAt time.Time) *Plan {
	p := &Plan{Setup: s, ReadAt: readAt, live: l}
	p.add(planIdentity(s, l)...)
	if s.toGroups() {
		p.addGroups(s, l)
		return p
	}
	p.add(planBucket(s, l))
	p.add(planKeyPolicy(s, l)...)
	p.add(planBucketPolicy(s, l))
	p.add(planRole(s, l), planTrust(s, l), planPermissions(s, l))
	for _, at := range l.sites {
		p.add(planFlowLogs(s, l, at))
	}
	for _, at := range l.sites {
		p.add(planDelivery(s, at))
	}
	p.add(planAccess(s, l), planPortal(s))
	p.Warnings = slices.Concat(bucketWarnings(s, l), trustWarnings(s, l), permissionWarnings(s, l), onboardingWarnings(s, l), flowLogWarnings(l, s))
	return p
}

func (p *Plan) add(steps ...PlannedStep) { p.Steps = append(p.Steps, steps...) }

func text(s string) *string { return &s }

// known turns a document into a before or after: nil where there is none.
func known(document string) *string {
	if document == "" {
		return nil
	}
	return &document
}
