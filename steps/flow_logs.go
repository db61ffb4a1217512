package steps

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
)

// perCall is how many VPCs one CreateFlowLogs call takes. Source: EC2 API model.
const perCall = 300

// createFlowLogsCall names the call that makes flow logs.
const createFlowLogsCall = "ec2:CreateFlowLogs"

// flowLogFault tells why a flow log to where this set-up wants its logs cannot serve; empty: it can.
func (s Setup) flowLogFault(at *site, f awsops.FlowLog) string {
	src := s.source()
	if s.toGroups() {
		if region, owner := arnPart(f.Destination, 3), arnPart(f.Destination, 4); f.Destination != "" && (region != at.region || owner != at.account.ID) {
			return "its log group is " + f.Destination + ", and AWS delivers to one of account " + at.account.ID + " in " + at.region + " only"
		}
		if f.Role != at.role {
			return "it delivers with the role " + orNone(f.Role) + ", not with " + at.role
		}
	}
	if f.Format != src.Format {
		if missing := flowrecord.Missing(f.Format, flowrecord.Format(src.Needed...)); len(missing) > 0 {
			return "its record format lacks " + strings.Join(missing, ", ")
		}
	}
	switch {
	case f.Parquet:
		return "it writes Parquet files"
	case f.Hive:
		return "it uses Hive-compatible prefixes"
	case f.Hourly:
		return "it uses hourly prefixes"
	case f.Traffic != "ALL" && f.Traffic != s.FlowLogs.Traffic:
		return fmt.Sprintf("it records %s traffic, not %s", f.Traffic, s.FlowLogs.Traffic)
	}
	return ""
}

// delivers says whether a flow log goes where this set-up wants its logs. One to a log group of that name in another region was meant to.
func (s Setup) delivers(f awsops.FlowLog) bool {
	if s.toGroups() {
		return f.DestinationType == string(ToGroups) && f.LogGroup == s.FlowLogs.LogGroup.Name
	}
	return f.DestinationType == "s3" && f.Bucket == s.bucketName() && f.Prefix == s.prefix()
}

// flowLogOf finds a VPC's flow log that serves, a healthy one before a failing one.
func (s Setup) flowLogOf(at *site, vpc string) *awsops.FlowLog {
	var found *awsops.FlowLog
	for i, f := range at.flowLogs {
		if f.ResourceID != vpc || !s.delivers(f) || s.flowLogFault(at, f) != "" {
			continue
		}
		if found == nil || found.Status == "FAILED" && f.Status != "FAILED" {
			found = &at.flowLogs[i]
		}
	}
	return found
}

// unfit lists a VPC's flow logs to the set-up's destination that cannot serve.
func (s Setup) unfit(at *site, vpc string) []awsops.FlowLog {
	var found []awsops.FlowLog
	for _, f := range at.flowLogs {
		if f.ResourceID == vpc && s.delivers(f) && s.flowLogFault(at, f) != "" {
			found = append(found, f)
		}
	}
	return found
}

// wantedFlowLog is what a review shows of a flow log.
type wantedFlowLog struct {
	ResourceIDs []string          `json:"ResourceIds"`
	Type        string            `json:"ResourceType"`
	Traffic     string            `json:"TrafficType"`
	Kind        string            `json:"LogDestinationType"`
	Destination string            `json:"LogDestination"`
	Role        string            `json:"DeliverLogsPermissionArn,omitempty"`
	Format      string            `json:"LogFormat"`
	Interval    int               `json:"MaxAggregationInterval"`
	Tags        map[string]string `json:"Tags,omitempty"`
	ID          string            `json:"FlowLogId,omitempty"`
}

func (s Setup) newFlowLogs(at *site, vpcs []string) wantedFlowLog {
	want := wantedFlowLog{ResourceIDs: vpcs, Type: "VPC", Traffic: s.FlowLogs.Traffic, Kind: string(ToS3), Destination: s.destination(),
		Format: s.source().Format, Interval: s.FlowLogs.AggregationSeconds, Tags: s.tags()}
	if s.toGroups() {
		want.Kind, want.Destination, want.Role = string(ToGroups), s.groupARN(at.region), at.role
	}
	return want
}

// place names where the logs go in a sentence.
func (s Setup) place() string {
	if s.toGroups() {
		return "the log group"
	}
	return "the bucket"
}

func asJSON(v any) string {
	text, _ := json.MarshalIndent(v, "", "  ") // plain structs always marshal
	return string(text)
}

func planFlowLogs(s Setup, l *live, at *site) PlannedStep {
	p := PlannedStep{Step: StepFlowLogs, Account: at.account.ID, Region: at.region, Target: vpcTarget(at.vpcs), Change: ChangeNone}
	if len(at.leftOut) > 0 {
		p.Notes = []string{at.leavesOut()}
	}
	if missing := l.nowhere(s, at); len(missing) > 0 {
		p.Target = strings.Join(missing, ",")
		p.Change, p.Summary = ChangeBlocked, "VPCs of the set-up file are not here"
		p.Reason = fmt.Sprintf("account %s has no VPC %s in %s", at.account.ID, strings.Join(missing, ", "), at.region)
		if s.sharesVPCs(at.account.ID) && len(s.ResourceAccounts) > 1 {
			p.Reason = "no account of the set-up has the VPC " + strings.Join(missing, ", ")
		}
		p.HandOff = "check flow_logs.vpcs and flow_logs.regions: a VPC id belongs to one account and region"
		return p
	}
	if len(at.shared) > 0 && !at.account.VPCs.All {
		v := at.shared[0]
		p.Target = v.ID
		p.Change, p.Summary = ChangeBlocked, "a VPC of the set-up file belongs to another account"
		p.Reason = fmt.Sprintf("%s is shared with account %s, but account %s owns it, and only the owner can log all of it", v.ID, at.account.ID, v.Owner)
		p.HandOff = "take it out of the VPCs of account " + at.account.ID + ", and make account " + v.Owner + " an account of a set-up"
		return p
	}
	var create, replace, differs, faults []string
	var before []wantedFlowLog
	var notes []string
	for _, v := range at.vpcs {
		if right := s.flowLogOf(at, v.ID); right != nil {
			if other := s.otherwise(*right); other != "" && !slices.Contains(differs, other) {
				differs = append(differs, other)
			}
			continue
		}
		create = append(create, v.ID)
		notes = append(notes, s.staying(at, v)...)
		for _, old := range s.unfit(at, v.ID) {
			if s.madeBy(old.Tags) != "" {
				continue
			}
			replace, faults = append(replace, v.ID), append(faults, s.flowLogFault(at, old))
			before = append(before, described(old))
			notes = append(notes, fmt.Sprintf("%s of %s is replaced: %s. Until it is deleted both are charged", old.ID, v.ID, s.flowLogFault(at, old)))
		}
	}
	p.Notes = append(p.Notes, notes...)
	if len(create) == 0 {
		p.Summary = fmt.Sprintf("%s logged in the right format", count(len(at.vpcs), "VPC"))
		switch {
		case len(at.vpcs) == 0 && len(at.leftOut) > 0:
			p.Summary = "every VPC here is left out"
		case len(at.vpcs) == 0:
			p.Summary = "there is no VPC to log"
		}
		p.Summary = strings.Join(append([]string{p.Summary}, differs...), "; ")
		return p
	}
	p.Notes = append(p.Notes, differs...)
	p.After = text(asJSON(s.newFlowLogs(at, create)))
	p.Change, p.Summary = ChangeCreate, fmt.Sprintf("create flow logs for %s: %s", count(len(create), "VPC"), some(create))
	p.Reason = "they do not deliver to " + s.place() + " yet"
	if len(replace) > 0 {
		p.Change, p.Before = ChangeReplace, text(asJSON(before))
		p.Summary = fmt.Sprintf("create flow logs for %s: %s; of these, %s replace one that cannot serve", count(len(create), "VPC"), some(create), some(replace))
		slices.Sort(faults)
		p.Reason = strings.Join(slices.Compact(faults), "; ") + ". A flow log cannot be changed: a new one is made and proved, and the old one goes only if you say so"
		if s.FlowLogs.DeleteReplaced {
			p.Reason = strings.Join(slices.Compact(faults), "; ") + ". A flow log cannot be changed: a new one is made, and once it is proved the old one is deleted (flow_logs.delete_replaced)"
		}
	}
	p.exec = &execution{
		needs: s.deliveryNeeds(at.region),
		run:   func(ctx context.Context, t *task) (string, error) { return createFlowLogs(ctx, t, at, create) },
	}
	return p
}

// otherwise says in what a flow log that serves differs from the answers, or whose it is; empty: it is as this set-up would make it. What it records
// and how often cannot be changed.
func (s Setup) otherwise(f awsops.FlowLog) string {
	var parts []string
	if f.Traffic != s.FlowLogs.Traffic {
		parts = append(parts, fmt.Sprintf("already logs %s, which covers %s", f.Traffic, s.FlowLogs.Traffic))
	}
	switch want := s.FlowLogs.AggregationSeconds; {
	case f.Interval > want:
		parts = append(parts, fmt.Sprintf("delivers every %d s, not %d: a flow log cannot be changed; to have %d, delete it and apply again", f.Interval, want, want))
	case f.Interval < want:
		parts = append(parts, fmt.Sprintf("delivers every %d s, more often than %d", f.Interval, want))
	}
	if maker := f.Tags[TagSetup]; maker != "" && maker != s.Name {
		parts = append(parts, "set-up "+maker+" made the flow logs")
	}
	return strings.Join(parts, ", ")
}

// deliveryNeeds names what must be there before a flow log can deliver.
func (s Setup) deliveryNeeds(region string) []need {
	if s.toGroups() {
		return []need{{step: StepLogGroup, region: region}, {step: StepRole}, {step: StepTrust}, {step: StepPermissions}}
	}
	return []need{{step: StepBucketPolicy}, {step: StepKeyPolicy}}
}

func described(f awsops.FlowLog) wantedFlowLog {
	return wantedFlowLog{ID: f.ID, ResourceIDs: []string{f.ResourceID}, Type: "VPC", Traffic: f.Traffic, Kind: f.DestinationType,
		Destination: f.Destination, Role: f.Role, Format: f.Format, Interval: f.Interval, Tags: f.Tags}
}

// nowhere lists chosen VPC ids that no region of the account has, nor of the accounts that go by the same list.
func (l *live) nowhere(s Setup, at *site) []string {
	return slices.DeleteFunc(slices.Clone(at.missing), func(id string) bool {
		return slices.ContainsFunc(l.sites, func(other *site) bool {
			same := other.account.ID == at.account.ID || s.sharesVPCs(at.account.ID) && s.sharesVPCs(other.account.ID)
			return same && !slices.Contains(other.missing, id)
		})
	})
}

// sharesVPCs says whether a resource account goes by the list of VPCs that stands for all.
func (s Setup) sharesVPCs(account string) bool {
	return slices.ContainsFunc(s.ResourceAccounts, func(r ResourceAccount) bool { return r.ID == account && r.VPCs == nil })
}

func vpcTarget(vpcs []awsops.VPC) string {
	ids := make([]string, len(vpcs))
	for i, v := range vpcs {
		ids[i] = v.ID
	}
	return some(ids)
}

// some lists a few names and counts the rest.
func some(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// flowLogWarnings tells what a further flow log costs and what already delivers elsewhere.
func flowLogWarnings(l *live, s Setup) []string {
	elsewhere, doubled, others := 0, 0, 0
	for _, at := range l.sites {
		for _, v := range at.vpcs {
			if s.flowLogOf(at, v.ID) != nil {
				continue
			}
			if unfit, theirs := len(s.unfit(at, v.ID)), len(s.staying(at, v)); unfit > theirs {
				doubled++
			} else if theirs > 0 {
				others++
			} else if slices.ContainsFunc(at.flowLogs, func(f awsops.FlowLog) bool { return f.ResourceID == v.ID && f.Tags[TagSetup] != s.Name }) {
				elsewhere++
			}
		}
	}
	var warnings []string
	for _, at := range l.sites {
		for _, v := range at.shared {
			warnings = append(warnings, fmt.Sprintf("%s in %s is shared with account %s by account %s: only its owner can log all of it, so it is left out here", v.ID, at.region, at.account.ID, v.Owner))
		}
	}
	warnings = append(warnings, l.leftOut(s)...)
	if doubled > 0 {
		warnings = append(warnings, fmt.Sprintf("flow logs of %s to %s cannot serve and cannot be changed: a second one is made beside each, and both are charged until the old one is deleted (flow_logs.delete_replaced)", count(doubled, "VPC"), map[bool]string{false: "this bucket", true: "this log group"}[s.toGroups()]))
	}
	if others > 0 {
		warnings = append(warnings, fmt.Sprintf("flow logs of %s to %s cannot serve and are another set-up's: a second one is made beside each, and both are charged while that set-up keeps its own", count(others, "VPC"), s.place()))
	}
	if elsewhere > 0 {
		warnings = append(warnings, fmt.Sprintf("flow logs of %s go to another destination already: the new ones are charged in addition", count(elsewhere, "VPC")))
	}
	return warnings
}

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
			e.Fix += fmt.Sprintf(". Or go on without what was refused, with flow_logs.leave_out: [%s]", strings.Join(refusedVPCs(e), ", "))
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
