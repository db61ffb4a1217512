package steps

import (
	"slices"
)

// LeftOut is what a set-up goes on without.
type LeftOut struct {
	Account string   // 12-digit account ID
	Region  string   // region code
	VPCs    []string // VPC ids; nil: everything of that account and region
}

// Without gives the set-up of a plan without what one of its steps, which makes flow logs, failed for: nothing of the others needs it. That
// is the VPCs that AWS refused, which the answers then name as left out; or, where none or nothing else would be logged there, the whole account and
// region. What is proved then says nothing about them. ok is false for any other step, and where nothing would be left to log.
func (p *Plan) Without(failed StepEvent) (s Setup, left LeftOut, ok bool) {
	s, all, ok := p.WithoutAll([]StepEvent{failed})
	if !ok {
		return Setup{}, LeftOut{}, false
	}
	return s, all[0], true
}

// WithoutAll is Without for every failure that can be left out; the others stay as they are.
func (p *Plan) WithoutAll(failed []StepEvent) (s Setup, left []LeftOut, ok bool) {
	s = p.Setup
	if p.revokes || p.repairs {
		return Setup{}, nil, false
	}
	for _, f := range failed {
		if f.Key < 0 || f.Key >= len(p.Steps) || p.Steps[f.Key].Step != StepFlowLogs {
			continue
		}
		at := p.Steps[f.Key]
		narrower, out := s, LeftOut{Account: at.Account, Region: at.Region}
		possible := true
		if others := slices.DeleteFunc(p.vpcsOf(at), func(id string) bool { return slices.Contains(f.Refused, id) }); len(f.Refused) > 0 && len(others) > 0 {
			out.VPCs = slices.Sorted(slices.Values(f.Refused))
			narrower.FlowLogs.LeaveOut = slices.Compact(slices.Sorted(slices.Values(slices.Concat(s.FlowLogs.LeaveOut, out.VPCs))))
		} else {
			narrower, possible = p.sans(s, at)
		}
		if possible && len(narrower.Check()) == 0 {
			s, left = narrower, append(left, out)
		}
	}
	return s, left, len(left) > 0
}

// sans takes the account and region of a step out of the answers.
func (p *Plan) sans(s Setup, at PlannedStep) (narrower Setup, ok bool) {
	s.FlowLogs.VPCs.IDs = p.elsewhere(s.FlowLogs.VPCs.IDs, at)
	s.FlowLogs.LeaveOut = p.elsewhere(s.FlowLogs.LeaveOut, at)
	if s.Mode == PerAccount {
		s.FlowLogs.Regions = sansRegion(s.FlowLogs.Regions, at.Region)
		return s, len(s.FlowLogs.Regions) > 0
	}
	s.ResourceAccounts = slices.Clone(s.ResourceAccounts)
	i := slices.IndexFunc(s.ResourceAccounts, func(r ResourceAccount) bool { return r.ID == at.Account })
	if i < 0 {
		return Setup{}, false
	}
	r := s.ResourceAccounts[i]
	r.Regions = sansRegion(s.Logged()[i].Regions, at.Region)
	if r.VPCs != nil {
		r.VPCs = &VPCChoice{All: r.VPCs.All, IDs: p.elsewhere(r.VPCs.IDs, at)}
	}
	s.ResourceAccounts[i] = r
	if chosen := s.Logged()[i].VPCs; len(r.Regions) == 0 || !chosen.All && len(chosen.IDs) == 0 {
		s.ResourceAccounts = slices.Delete(s.ResourceAccounts, i, i+1)
	}
	return s, len(s.ResourceAccounts) > 0
}

// elsewhere takes the VPCs of a step's account and region out of a list of chosen ones.
func (p *Plan) elsewhere(ids []string, at PlannedStep) []string {
	here := p.vpcsOf(at)
	for _, s := range p.sitesOf(at) {
		for _, v := range s.leftOut {
			here = append(here, v.ID)
		}
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(here, id) })
}

// vpcsOf lists the VPCs that a step's account and region logs.
func (p *Plan) vpcsOf(at PlannedStep) []string {
	var ids []string
	for _, s := range p.sitesOf(at) {
		for _, v := range s.vpcs {
			ids = append(ids, v.ID)
		}
	}
	return ids
}

func (p *Plan) sitesOf(at PlannedStep) []*site {
	if p.live == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.live.sites), func(s *site) bool { return s.account.ID != at.Account || s.region != at.Region })
}

func sansRegion(regions []string, region string) []string {
	return slices.DeleteFunc(slices.Clone(regions), func(r string) bool { return r == region })
}
