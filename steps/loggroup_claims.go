package steps

import (
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
)

// groupUse is a log group that somebody besides a set-up delivers to.
type groupUse struct {
	who    string
	region string
	group  string
	role   string // name of the role that delivers
}

// deliversWith says whether a flow log delivers with the role that a set-up names.
func (s Setup) deliversWith(f awsops.FlowLog) bool {
	return arnPart(f.Role, 4) == s.Account.ID && f.Role[strings.LastIndexByte(f.Role, '/')+1:] == s.roleName()
}

// uses lists who else delivers to log groups of the account: set-ups known here, and flow logs that stay, whoever made them.
func (g groupRevocation) uses() []groupUse {
	var list []groupUse
	home := g.setup.Account.ID
	for _, n := range g.claims().neighbours {
		if !n.Delivers || !n.Setup.toGroups() || n.Setup.Account.ID != home {
			continue
		}
		for _, region := range n.Setup.FlowLogs.Regions {
			list = append(list, groupUse{"set-up " + n.Setup.Name, region, n.Setup.FlowLogs.LogGroup.Name, n.Setup.roleName()})
		}
	}
	for _, at := range g.sites {
		if at.account.ID != home {
			continue
		}
		goes, _, _ := g.ownFlowLogs(at)
		for _, f := range at.flowLogs {
			if f.DestinationType != string(ToGroups) || slices.ContainsFunc(goes, func(own awsops.FlowLog) bool { return own.ID == f.ID }) {
				continue
			}
			list = append(list, groupUse{"flow log " + f.ID + " in " + at.region, at.region, f.LogGroup, f.Role[strings.LastIndexByte(f.Role, '/')+1:]})
		}
	}
	return list
}

// entersBy names who else delivers with the role; "" where nobody does.
func (g groupRevocation) entersBy() string {
	for _, u := range g.uses() {
		if u.role == g.setup.roleName() {
			return u.who
		}
	}
	return ""
}

// deliversTo names who else delivers to a log group in a region; "" where nobody does.
func (g groupRevocation) deliversTo(region, group string) string {
	for _, u := range g.uses() {
		if u.region == region && u.group == group {
			return u.who
		}
	}
	return ""
}

// writesBy names who else can write into its log group by an inline policy of the role alone; "" where nobody needs it.
func (g groupRevocation) writesBy(name string) string {
	role := *g.live.getRole()
	with, err := identityOf(&role)
	if err != nil {
		return g.entersBy()
	}
	role.Inline = slices.DeleteFunc(slices.Clone(role.Inline), func(p awsops.InlinePolicy) bool { return p.Name == name })
	without, err := identityOf(&role)
	if err != nil {
		return g.entersBy()
	}
	for _, u := range g.uses() {
		if u.role != g.setup.roleName() {
			continue
		}
		its := g.setup
		its.FlowLogs.Regions, its.FlowLogs.LogGroup.Name = []string{u.region}, u.group
		if its.lacking(g.live, with) == nil && its.lacking(g.live, without) != nil {
			return u.who
		}
	}
	return ""
}

// roleStays says why the role is not deleted; "": a set-up made it, nobody delivers with it, and nothing hangs on it but the inline policy that goes.
func (g groupRevocation) roleStays(role *awsops.Role, goes string) string {
	maker, who := role.Tags[TagSetup], g.entersBy()
	switch {
	case maker == "":
		return "this set-up did not create it"
	case who != "":
		return who + " delivers with it"
	case maker != g.setup.Name && (g.known.Left == nil || !g.known.Left(maker)):
		return "set-up " + maker + " created it"
	case len(role.Attached) > 0, len(role.Unreadable) > 0, slices.ContainsFunc(role.Inline, func(p awsops.InlinePolicy) bool { return p.Name != goes }):
		return "other policies hang on it"
	}
	return ""
}
