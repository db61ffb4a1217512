package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
)

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

// deliveryNeeds names what must be there before a flow log can deliver.
func (s Setup) deliveryNeeds(region string) []need {
	if s.toGroups() {
		return []need{{step: StepLogGroup, region: region}, {step: StepRole}, {step: StepTrust}, {step: StepPermissions}}
	}
	return []need{{step: StepBucketPolicy}, {step: StepKeyPolicy}}
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
