package steps_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// inBubble runs a test on a clock of its own: waiting for logs takes no time.
func inBubble(t *testing.T, name string, test func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

// lab is a sandbox with an engine over it and the log of its calls.
type lab struct {
	*testing.T
	world  *sandbox.Sandbox
	engine *steps.Engine
	calls  *callLog
	file   string // the world's, where it has one
	events []steps.Event
	mu     sync.Mutex
}

// callLog collects the lines of the call log.
type callLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (c *callLog) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(p)
}

type loggedCall struct {
	Service, Operation, Account, Region string
	Status                              int
	Write                               bool
}

// take empties the log.
func (c *callLog) take(t *testing.T) []loggedCall {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	var calls []loggedCall
	for line := range strings.Lines(c.text.String()) {
		var call loggedCall
		if err := json.Unmarshal([]byte(line), &call); err != nil {
			t.Fatalf("call log line %q: %v", line, err)
		}
		calls = append(calls, call)
	}
	c.text.Reset()
	return calls
}

func newLab(t *testing.T, options sandbox.Options) *lab {
	t.Helper()
	world, err := sandbox.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{T: t, world: world, calls: &callLog{}}
	l.engine = steps.NewEngine(l.cloud(""))
	return l
}

func (l *lab) cloud(profile string) *awsops.Cloud {
	l.Helper()
	key, secret := l.world.Credentials()
	cloud, err := awsops.Open(l.Context(), awsops.Config{Embedded: l.world, EmbeddedKey: key, EmbeddedSecret: secret, EmbeddedProfiles: l.world.Profiles(), CallLog: l.calls, Version: "test", Profile: profile})
	if err != nil {
		l.Fatal(err)
	}
	return cloud
}

const centralFile = `
version: 1
name: central-logs
mode: centralized
reader: {account: "999988887777", external_id: xs-7f3a91}
account:
  id: "444455556666"
  name: Log archive
  credentials: {assume_role: OrganizationAccountAccessRole}
bucket: {arn: "arn:aws:s3:::central-flow-logs", create: true, region: us-east-1}
flow_logs: {regions: [us-east-1]}
resource_accounts:
  - {id: "111122223333", name: Payments, credentials: {assume_role: OrganizationAccountAccessRole}}
  - {id: "222233334444", name: Storefront, credentials: {assume_role: OrganizationAccountAccessRole}}
`

const perAccountFile = `
version: 1
name: payments-logs
mode: per-account
reader: {account: "999988887777", external_id: xs-7f3a91}
account:
  id: "111122223333"
  name: Payments
  credentials: {assume_role: OrganizationAccountAccessRole}
bucket: {arn: "arn:aws:s3:::payments-flow-logs", create: true, region: us-east-1}
flow_logs: {regions: [us-east-1]}
`

func setup(t *testing.T, file string, replace ...string) steps.Setup {
	t.Helper()
	s, err := steps.ParseSetup("test.yaml", []byte(strings.NewReplacer(replace...).Replace(file)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (l *lab) plan(s steps.Setup) *steps.Plan {
	l.Helper()
	p, err := l.engine.Plan(l.Context(), s)
	if err != nil {
		l.Fatal(err)
	}
	return p
}

func (l *lab) apply(s steps.Setup) steps.Result {
	l.Helper()
	return l.run(l.Context(), l.plan(s), time.Minute)
}

func (l *lab) run(ctx context.Context, p *steps.Plan, wait time.Duration) steps.Result {
	l.Helper()
	return l.engine.Run(ctx, p, steps.RunOptions{Wait: wait, Emit: func(e steps.Event) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.events = append(l.events, e)
	}})
}

func (l *lab) verify(s steps.Setup) steps.Report {
	l.Helper()
	r, err := l.engine.Verify(l.Context(), s)
	if err != nil {
		l.Fatal(err)
	}
	return r
}

func (l *lab) expect(r steps.Result, want steps.ResultStatus) {
	l.Helper()
	if r.Status != want {
		l.Errorf("result is %s, want %s", r.Status, want)
		l.tell(r.Report)
		for _, e := range l.events {
			if s, ok := e.(steps.StepEvent); ok {
				l.Logf("%-13s %s %s %s: %s cause=%q fix=%q", s.Step, s.Account, s.Region, s.Status, s.Message, s.Cause, s.Fix)
			}
		}
		l.FailNow()
	}
}

func (l *lab) tell(r steps.Report) {
	l.Helper()
	for _, c := range r.Checks {
		l.Logf("%-7s %-16s %s %s %s: %s | %s | %s", c.Status, c.ID, c.Account, c.Region, c.Target, c.Summary, c.Evidence, c.Fix)
	}
}
