package steps

import (
	"slices"

	"github.com/flowgrant/flowgrant/awsops"
)

// Without gives the set-up of a plan without the account and region whose flow logs one of its steps makes: nothing of the others needs
// them. What is proved then says nothing about their VPCs. ok is false for any other step, and where nothing else would be logged.
func (p *Plan) Without(key int) (s Setup, ok bool) {
	if key < 0 || key >= len(p.Steps) || p.Steps[key].Step != StepFlowLogs || p.revokes || p.repairs {
		return Setup{}, false
	}
	at := p.Steps[key]
	s = p.Setup
	s.FlowLogs.VPCs.IDs = p.elsewhere(s.FlowLogs.VPCs.IDs, at)
	if s.Mode == PerAccount {
		s.FlowLogs.Regions = sansRegion(s.FlowLogs.Regions, at.Region)
		return s, len(s.FlowLogs.Regions) > 0 && len(s.Check()) == 0
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
	return s, len(s.ResourceAccounts) > 0 && len(s.Check()) == 0
}

// elsewhere takes the VPCs of a step's account and region out of a list of chosen ones.
func (p *Plan) elsewhere(ids []string, at PlannedStep) []string {
	if p.live == nil {
		return ids
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		return slices.ContainsFunc(p.live.sites, func(s *site) bool {
			return s.account.ID == at.Account && s.region == at.Region && slices.ContainsFunc(s.vpcs, func(v awsops.VPC) bool { return v.ID == id })
		})
	})
}

func sansRegion(regions []string, region string) []string {
	return slices.DeleteFunc(slices.Clone(regions), func(r string) bool { return r == region })
}
