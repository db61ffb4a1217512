package steps

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
)

// perCall is how many VPCs one CreateFlowLogs call takes. Source: EC2 API model.
const perCall = 300

// createFlowLogsCall names the call that makes flow logs.
const createFlowLogsCall = "ec2:CreateFlowLogs"

// refusalTries and refusalPause bound how often VPCs are tried again that were refused just after bucket or key policy was written.
const (
	refusalTries = 4
	refusalPause = time.Second
)

func createFlowLogs(ctx context.Context, t *task, at *site, vpcs []string) (string, error) {
	if t.again { // those that the attempt before made are not asked for again
		logs, err := at.acting.FlowLogs(ctx, at.region)
		if err != nil {
			return "", t.place().fault("read the flow logs again", err)
		}
		at.flowLogs = logs
		vpcs = slices.DeleteFunc(slices.Clone(vpcs), func(id string) bool { return t.setup().flowLogOf(at, id) != nil })
	}
	var refused []awsops.FailedResource
	for chunk := range slices.Chunk(vpcs, perCall) {
		failed, err := t.createChunk(ctx, at, chunk)
		if err != nil {
			return "", err
		}
		refused = append(refused, failed...)
	}
	t.changed()
	lacking, err := t.readBack(ctx, at, without(vpcs, refused))
	if len(lacking) > 0 && err == nil { // the answer to an earlier request's token may be of flow logs that were deleted since; a new one makes them
		for chunk := range slices.Chunk(lacking, perCall) {
			failed, err := t.createChunk(ctx, at, chunk)
			if err != nil {
				return "", err
			}
			refused = append(refused, failed...)
		}
		lacking, err = t.readBack(ctx, at, without(lacking, refused))
	}
	if err != nil {
		return "", err
	}
	if why := t.handedOffKey(refused); why != "" {
		return why, errWaiting
	}
	if len(refused) > 0 {
		e := t.place().fault("create flow logs", &awsops.PartialError{Operation: createFlowLogsCall, Account: at.account.ID, Region: at.region, Failed: refused})
		e.Fix = cmp.Or(refused[0].Fix, e.Fix)
		if len(refused) < len(at.vpcs) {
			e.Fix += fmt.Sprintf(". Or go on without what was refused, with flow_logs.leave_out: [%s]", strings.Join(append(slices.Clone(t.setup().FlowLogs.LeaveOut), refusedVPCs(e)...), ", "))
		}
		return "", e
	}
	if len(lacking) > 0 {
		return "", t.place().say("prove the flow logs", "AWS said that they were made, but read back there is no right one for "+some(lacking), "apply again")
	}
	return fmt.Sprintf("%s logged in the right format", count(len(at.vpcs), "VPC")), nil
}

// handedOffKey says what flow logs wait for that were refused because somebody else has yet to let the delivery use the key; empty: they were
// refused for something else.
func (t *task) handedOffKey(refused []awsops.FailedResource) string {
	for _, other := range t.run.plan.HandedOff() {
		if other.Step == StepKeyPolicy && len(refused) > 0 && !slices.ContainsFunc(refused, func(f awsops.FailedResource) bool { return !strings.Contains(f.Message, "undeliverable") }) {
			return fmt.Sprintf("%s cannot be logged until the policy of %s lets it (%s): then apply again", count(len(refused), "VPC"), other.Target, other.Summary)
		}
	}
	return ""
}

// readBack reads the flow logs until those just made show, and gives the VPCs that still have none: EC2 is eventually consistent.
func (t *task) readBack(ctx context.Context, at *site, made []string) (lacking []string, err error) {
	pause := settlePause
	for try := 1; ; try++ {
		if at.flowLogs, err = at.acting.FlowLogs(ctx, at.region); err != nil {
			return nil, t.place().fault("read the flow logs back", err)
		}
		lacking = slices.DeleteFunc(slices.Clone(made), func(id string) bool { return t.setup().flowLogOf(at, id) != nil })
		if len(lacking) == 0 || try == settleTries {
			return lacking, nil
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
		pause *= 2
	}
}

// createChunk makes one call's worth of flow logs. VPCs that were refused right after bucket or key policy was written are tried again.
func (t *task) createChunk(ctx context.Context, at *site, vpcs []string) ([]awsops.FailedResource, error) {
	s := t.setup()
	pause := refusalPause
	for try := 1; ; try++ {
		want := s.newFlowLogs(at, vpcs)
		var partial *awsops.PartialError
		what := fmt.Sprintf("create flow logs for %s in account %s, %s", some(vpcs), at.account.ID, at.region)
		err := t.writeWithToken(what, want.request(at), func(token string) error {
			return want.create(ctx, at, token)
		})
		if !errors.As(err, &partial) {
			return nil, err
		}
		if made := without(vpcs, partial.Failed); len(made) > 0 {
			t.written++
			t.run.noteMade(fmt.Sprintf("create flow logs for %s in account %s, %s", some(made), at.account.ID, at.region))
		}
		refused := slices.DeleteFunc(slices.Clone(partial.Failed), func(f awsops.FailedResource) bool { return f.Meaning == awsops.AlreadyExists })
		again := slices.ContainsFunc(refused, func(f awsops.FailedResource) bool { return f.Meaning == awsops.NotReady || f.Meaning == awsops.Denied })
		if len(refused) == 0 || !again || !t.run.justWrote(StepBucketPolicy) && !t.run.justWrote(StepKeyPolicy) || try == refusalTries {
			return refused, nil
		}
		t.waiting("the policies just written do not show everywhere yet: "+refused[0].Message, 10*time.Second)
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
		pause *= 2
		vpcs = vpcs[:0:0]
		for _, f := range refused {
			vpcs = append(vpcs, f.ID)
		}
	}
}

// create makes the call. A role or log group made just before may take a moment to show.
func (w wantedFlowLog) create(ctx context.Context, at *site, token string) error {
	call := func(ctx context.Context) error {
		_, err := at.acting.CreateFlowLogs(ctx, at.region, awsops.NewFlowLogs{VPCs: w.ResourceIDs, Traffic: w.Traffic, Kind: w.Kind, Destination: w.Destination, Role: w.Role,
			Format: w.Format, Interval: w.Interval, Tags: w.Tags, ClientToken: token})
		return err
	}
	if w.Kind != string(ToGroups) {
		return call(ctx)
	}
	var partial *awsops.PartialError
	if err := awsops.Settle(ctx, func(ctx context.Context) error {
		if err := call(ctx); !errors.As(err, &partial) {
			return err
		}
		return nil
	}); err != nil {
		return err
	}
	if partial != nil {
		return partial
	}
	return nil
}

// request is a hash of everything that goes into the call.
func (w wantedFlowLog) request(at *site) string {
	sum := sha256.Sum256([]byte(at.account.ID + " " + at.region + " " + asJSON(w)))
	return hex.EncodeToString(sum[:16])
}

// without takes out the VPCs that were refused.
func without(vpcs []string, refused []awsops.FailedResource) []string {
	return slices.DeleteFunc(slices.Clone(vpcs), func(id string) bool {
		return slices.ContainsFunc(refused, func(f awsops.FailedResource) bool { return f.ID == id })
	})
}

// justWrote says whether a step of this run changed something.
func (r *run) justWrote(step StepName) bool {
	for _, t := range r.all() {
		if t.step().Step == step && t.over() && t.written > 0 {
			return true
		}
	}
	return false
}
