package plain

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

func (i *interview) regions() error {
	found, err := i.engine.Regions(i.ctx, i.home())
	i.unread(err)
	options := make([]option, len(found))
	for n, r := range found {
		options[n] = option{value: r}
	}
	usual := i.s.Bucket.Region
	if slices.Contains(found, i.who.Region) {
		usual = i.who.Region
	}
	value, err := i.field(words.NameRegions, words.AskRegions+" "+words.SaySeveral, words.WhereRegions, words.MoreAFlowLogIsMade, orElse(strings.Join(i.s.FlowLogs.Regions, " "), usual), options,
		func(typed string) (string, error) {
			for _, part := range strings.FieldsFunc(typed, separates) {
				if err := beyond(part, options); err != nil {
					return "", err
				}
			}
			return each(steps.CheckRegion)(numbered(typed, options))
		})
	if err == nil {
		i.s.FlowLogs.Regions = inOrder(strings.Fields(value), options)
	}
	return err
}

// separates tells what stands between the values of a list that is typed.
func separates(r rune) bool { return r == ' ' || r == ',' }

// numbered puts the values of a list for their numbers.
func numbered(typed string, options []option) string {
	parts := strings.FieldsFunc(typed, separates)
	for n, w := range parts {
		if at, err := strconv.Atoi(w); err == nil && at >= 1 && at <= len(options) {
			parts[n] = options[at-1].value
		}
	}
	return strings.Join(parts, " ")
}

// foundVPC is a VPC that can be picked, and the account that it is in.
type foundVPC struct {
	steps.VPCRow
	account string
}

// vpcs lists the VPCs of the chosen regions with their flow logs, and asks which are logged.
func (i *interview) vpcs() error {
	before := i.s
	i.s.ResourceAccounts = slices.Clone(i.s.ResourceAccounts)
	i.s.FlowLogs.VPCs = steps.VPCChoice{All: true}
	for n := range i.s.ResourceAccounts {
		i.s.ResourceAccounts[n].VPCs = nil
	}
	var found []foundVPC
	unread := false
	whole := map[string]bool{} // accounts of which no VPC is known: they stay as a whole
	for _, account := range i.s.Logged() {
		rows, err := i.engine.VPCs(i.ctx, account, i.s.Bucket.ARN)
		i.unread(err)
		unread = unread || err != nil
		whole[account.ID] = len(rows) == 0
		for _, r := range rows {
			found = append(found, foundVPC{r, account.ID})
		}
	}
	if len(found) == 0 && !unread {
		i.p.line("")
		i.p.para(0, "", words.SayNoVPCs)
	}
	options := make([]option, len(found))
	for n, v := range found {
		options[n] = option{v.ID, vpcWords(v)}
	}
	known := func(id string) bool { return slices.ContainsFunc(found, func(v foundVPC) bool { return v.ID == id }) }
	value, err := i.field(words.NameVPCs, words.AskVpcsToLogAll+" "+words.SayWhichVPCs, words.WhereAwsConsoleVpcYour, words.MoreRightAFlowLogOf, words.WordAll, options, func(typed string) (string, error) {
		switch strings.ToLower(typed) {
		case words.WordAll:
			return words.WordAll, nil
		case words.WordMissing:
			var lacking []string
			for _, v := range found {
				if v.FlowLog != "right" {
					lacking = append(lacking, v.ID)
				}
			}
			if len(found) == 0 {
				return "", errors.New(words.SayNoVPCFound)
			}
			if len(lacking) == 0 {
				return "", errors.New(words.SayNoneMissing)
			}
			return strings.Join(lacking, " "), nil
		}
		for _, part := range strings.Fields(numbered(typed, options)) {
			if err := beyond(part, options); err != nil {
				return "", err
			}
			if _, err := steps.CheckVPCID(part); err == nil && len(found) > 0 && !known(part) {
				return "", fmt.Errorf(words.SayNoSuchVPC, part)
			}
		}
		return each(steps.CheckVPCID)(numbered(typed, options))
	})
	if err != nil {
		i.s = before
		return err
	}
	if value == words.WordAll {
		return nil
	}
	i.choose(strings.Fields(value), found, whole)
	return nil
}

// choose takes the chosen VPCs into the answers, by account: as the full screen does, so that the same choice makes the same file.
func (i *interview) choose(ids []string, found []foundVPC, whole map[string]bool) {
	if len(found) > 0 && !slices.ContainsFunc(found, func(v foundVPC) bool { return !slices.Contains(ids, v.ID) }) {
		return // all of them
	}
	of := map[string][]string{}
	all := map[string]bool{} // accounts of which every VPC is chosen: also those made later
	for _, v := range found {
		chosen := slices.Contains(ids, v.ID)
		if chosen {
			of[v.account] = append(of[v.account], v.ID)
		}
		before, seen := all[v.account]
		all[v.account] = chosen && (before || !seen)
	}
	if i.s.Mode == steps.PerAccount || len(found) == 0 {
		i.s.FlowLogs.VPCs = steps.VPCChoice{IDs: ids}
		if len(found) > 0 {
			i.s.FlowLogs.VPCs.IDs = of[i.s.Account.ID]
		}
		return
	}
	i.s.ResourceAccounts = slices.DeleteFunc(i.s.ResourceAccounts, func(r steps.ResourceAccount) bool { return !whole[r.ID] && of[r.ID] == nil })
	for n, r := range i.s.ResourceAccounts {
		if ids := of[r.ID]; ids != nil && !all[r.ID] {
			i.s.ResourceAccounts[n].VPCs = &steps.VPCChoice{IDs: ids}
		}
	}
}

// vpcWords tell a VPC in one line: name, range, region, account and flow log.
func vpcWords(v foundVPC) string {
	state := v.FlowLog
	if v.Interfaces == 0 && v.FlowLog == "none" {
		state = words.SayIdle
	}
	parts := []string{text.Line(v.Name), v.CIDR, v.Region, fmt.Sprintf(words.SayVPCOf, v.account), fmt.Sprintf(words.SayFlowLog, state)}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}
