package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/flowgrant/flowgrant/awsops"
)

// flowLogSites are the accounts and regions, besides those of the present answers, in which flow logs of a set-up run.
type flowLogSites struct {
	further  []*site
	all      []*site       // those of the present answers too, also where no flow log of the set-up runs
	unseen   []PlannedStep // what earlier answers named and could not be looked at
	warnings []string
	none     bool // no flow log of the set-up runs where the present answers look
}

// named is an account and region of answers.
type named struct{ account, region string }

// flowLogSites looks for flow logs of the set-up where earlier answers made them, and in every region of the accounts that the present ones
// name. Where flow logs stay it only looks whether there are any, and not knowing stops nothing.
func (e *Engine) flowLogSites(ctx context.Context, s Setup, l *live, o RevokeOptions, known Known, all []*revocation) *flowLogSites {
	f := &flowLogSites{}
	if !o.FlowLogs {
		f.none = e.noFlowLogs(ctx, s, l)
		return f
	}
	seen := map[named]bool{}
	for _, at := range l.sites {
		seen[named{at.account.ID, at.region}] = true
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	unlisted := map[string][]string{} // regions by account
	look := func(at *site, failed func(error)) {
		wg.Go(func() {
			err := recovered(func() (err error) {
				if at.acting == nil {
					if at.acting, err = e.cloud.Account(ctx, at.account.ID, s.partition(), credentials(at.account.Credentials)); err != nil {
						return err
					}
				}
				at.flowLogs, err = at.acting.FlowLogs(ctx, at.region)
				return err
			})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed(err)
				return
			}
			f.further = append(f.further, at)
		})
	}
	acting := map[string]*site{} // an account of the present answers, by its ID
	for _, at := range l.sites {
		acting[at.account.ID] = at
	}
	for _, a := range known.Earlier {
		for _, account := range a.Logged() {
			for _, region := range account.Regions {
				if n := (named{account.ID, region}); !seen[n] {
					seen[n] = true
					at := &site{account: account, region: region}
					if there := acting[account.ID]; there != nil {
						at.account, at.acting = there.account, there.acting
					}
					look(at, func(err error) { f.unseen = append(f.unseen, unreachableSite(s, at, err)) })
				}
			}
		}
	}
	for id, there := range acting {
		regions, err := there.acting.Regions(ctx)
		if err != nil {
			f.warnings = append(f.warnings, fmt.Sprintf("the regions of account %s could not be listed (%v): flow logs of this set-up in regions that no answers name would not be found", id, err))
			continue
		}
		for _, region := range regions {
			if n := (named{id, region}); !seen[n] {
				seen[n] = true
				look(&site{account: there.account, acting: there.acting, region: region}, func(error) { unlisted[id] = append(unlisted[id], region) })
			}
		}
	}
	wg.Wait()
	for _, id := range slices.Sorted(maps.Keys(unlisted)) {
		slices.Sort(unlisted[id])
		f.warnings = append(f.warnings, fmt.Sprintf("account %s: the flow logs of %s could not be listed; no answers known here ever named those regions", id, strings.Join(unlisted[id], ", ")))
	}
	if len(known.Earlier) == 0 {
		f.warnings = append(f.warnings, "no earlier answers of this set-up are known here: flow logs in accounts that its answers no longer name would not be found")
	}
	f.all = slices.Concat(l.sites, f.further)
	f.further = slices.DeleteFunc(f.further, func(at *site) bool {
		return !slices.ContainsFunc(at.flowLogs, func(log awsops.FlowLog) bool { return log.Tags[TagSetup] == s.Name })
	})
	slices.SortFunc(f.further, func(a, b *site) int {
		return strings.Compare(a.account.ID+a.region, b.account.ID+b.region)
	})
	f.findBuckets(ctx, s, l, all)
	return f
}

func unreachableSite(s Setup, at *site, err error) PlannedStep {
	p := PlannedStep{Step: StepFlowLogs, Account: at.account.ID, Region: at.region, Target: "flow logs with the tag " + TagSetup + "=" + s.Name, Change: ChangeHandOff,
		Summary: "delete the flow logs of this set-up, which earlier answers made there", Reason: "they cannot be looked at: " + err.Error()}
	p.handOver("delete the flow logs in "+at.region+" that have this tag", deleteTagged(s.Name, at.region))
	return p
}

// noFlowLogs says whether it is certain that no flow log of the set-up runs where its answers make them.
func (e *Engine) noFlowLogs(ctx context.Context, s Setup, l *live) bool {
	var mu sync.Mutex
	var wg sync.WaitGroup
	none := true
	for _, at := range l.sites {
		wg.Go(func() {
			acting, err := e.cloud.Account(ctx, at.account.ID, s.partition(), credentials(at.account.Credentials))
			var logs []awsops.FlowLog
			if err == nil {
				logs, err = acting.FlowLogs(ctx, at.region)
			}
			mu.Lock()
			defer mu.Unlock()
			none = none && err == nil && !slices.ContainsFunc(logs, func(f awsops.FlowLog) bool { return s.delivers(f) })
		})
	}
	wg.Wait()
	return none
}

// findBuckets adds to the revocation the buckets of its account that flow logs of the set-up deliver to.
func (f *flowLogSites) findBuckets(ctx context.Context, s Setup, l *live, all []*revocation) {
	if s.toGroups() {
		return
	}
	for _, at := range slices.Concat(l.sites, f.further) {
		for _, log := range at.flowLogs {
			if log.Tags[TagSetup] == s.Name && log.DestinationType == string(ToS3) && log.Bucket != "" {
				a := s
				a.Bucket = BucketAnswers{ARN: strings.TrimSuffix(log.Destination, "/")}
				all[0].addBucket(ctx, a, true)
			}
		}
	}
}

// mine says whether a flow log is one of the set-up: it has the tag, and goes to a bucket that is its own or gone, or to a log group of that account.
// A set-up of the same name may be somebody else's.
func (v *revocation) mine(f awsops.FlowLog) bool {
	if f.Tags[TagSetup] != v.setup.Name {
		return false
	}
	return f.DestinationType != string(ToS3) || slices.ContainsFunc(v.known.Earlier, func(a Setup) bool { return a.delivers(f) }) || v.setup.delivers(f) ||
		slices.ContainsFunc(v.buckets, func(b *view) bool { return b.setup.bucketName() == f.Bucket })
}

// addFlowLogs deletes the flow logs that this set-up made, one step for each account and region.
func (p *Plan) addFlowLogs(v *revocation, sites []*site) {
	for _, at := range sites {
		step := v.planFlowLogs(at)
		if step.Summary == noOwnFlowLogs && !slices.Contains(v.live.sites, at) {
			continue
		}
		p.add(step)
	}
}

const noOwnFlowLogs = "there is no flow log of this set-up"

func (v *revocation) planFlowLogs(at *site) PlannedStep {
	p := PlannedStep{Step: StepFlowLogs, Account: at.account.ID, Region: at.region, Target: vpcTarget(at.vpcs), Change: ChangeNone, Summary: noOwnFlowLogs}
	goes, used, notes := v.ownFlowLogs(at)
	p.Notes = v.deserted(at)
	var ids, vpcs []string
	var before []wantedFlowLog
	for _, f := range goes {
		ids, before = append(ids, f.ID), append(before, described(f))
		if !slices.Contains(vpcs, f.ResourceID) {
			vpcs = append(vpcs, f.ResourceID)
		}
	}
	if p.Target == "" {
		p.Target = some(vpcs)
	}
	if len(goes)+used > 0 {
		p.exec = &execution{ids: ids, run: func(ctx context.Context, t *task) (string, error) { return v.deleteFlowLogs(ctx, t, at) }}
	}
	switch {
	case len(ids) > 0:
		p.Change, p.Summary = ChangeDelete, fmt.Sprintf("delete %s: %s; the logs delivered so far stay", count(len(ids), "flow log"), some(ids))
		p.Reason, p.Before = "this set-up created them", text(asJSON(before))
		p.Summary = strings.Join(append([]string{p.Summary}, notes...), "; ")
	case len(notes) > 0:
		p.Summary = "flow logs with the tag of this set-up stay: " + strings.Join(notes, "; ")
	}
	return p
}

// ownFlowLogs lists the flow logs of the set-up that go, counts those that another one uses, and says why some stay.
func (v *revocation) ownFlowLogs(at *site) (goes []awsops.FlowLog, used int, notes []string) {
	c := v.claims()
	for _, f := range at.flowLogs {
		if f.Tags[TagSetup] != v.setup.Name {
			continue
		}
		who := c.delivers(at, f)
		switch {
		case !v.mine(f):
			notes = append(notes, fmt.Sprintf("%s stays: it has the tag of this set-up, but delivers to %s, which is not of account %s: another set-up of the same name may have made it", f.ID, f.Destination, v.setup.Account.ID))
		case who != "":
			notes = append(notes, fmt.Sprintf("%s of %s stays: %s relies on it", f.ID, f.ResourceID, who))
			used++
		default:
			goes = append(goes, f)
		}
	}
	return goes, used, notes
}

// deserted names the flow logs that served this set-up and that another one made which was taken back before: nobody known here uses them any more.
func (v *revocation) deserted(at *site) []string {
	c := v.claims()
	var notes []string
	for _, f := range at.flowLogs {
		maker := f.Tags[TagSetup]
		if maker != "" && maker != v.setup.Name && v.setup.delivers(f) && v.known.Left != nil && v.known.Left(maker) && c.delivers(at, f) == "" {
			notes = append(notes, fmt.Sprintf("%s of %s, which set-up %s made, stays, and no set-up known here uses it any more: revoke %s with --flow-logs deletes it", f.ID, f.ResourceID, maker, maker))
		}
	}
	return notes
}

// deleteFlowLogs deletes the flow logs of the set-up that nobody else uses by now: another set-up may have been taken back, or come, since the plan.
func (v *revocation) deleteFlowLogs(ctx context.Context, t *task, at *site) (string, error) {
	goes, _, _ := v.ownFlowLogs(at)
	if len(goes) == 0 {
		return t.step().Summary, nil
	}
	var ids []string
	for _, f := range goes {
		ids = append(ids, f.ID)
	}
	for chunk := range slices.Chunk(ids, perCall) {
		if err := t.write("delete flow logs "+some(chunk), func() error { return unlessGone(at.acting.DeleteFlowLogs(ctx, at.region, chunk)) }); err != nil {
			return "", t.place().fault("delete flow logs", err)
		}
	}
	return count(len(ids), "flow log") + " deleted", nil
}
