package wizard

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

func askRegions() *checklist {
	return &checklist{
		question: question{
			name:  words.NameRegions,
			ask:   words.AskRegions,
			where: words.WhereRegions,
			more:  words.MoreAFlowLogIsMade,
		},
		noun: "region",
		load: func(m *model) (string, func(ctx context.Context) ([]row, []string, error)) {
			account, engine := m.answers.accountAnswers(m.identity), m.engine
			account.Role, account.Name = "", ""
			return fmt.Sprint(account), func(ctx context.Context) ([]row, []string, error) {
				regions, err := engine.Regions(ctx, account)
				var rows []row
				for _, r := range regions {
					rows = append(rows, row{id: r, label: r})
				}
				return rows, nil, err
			}
		},
		preset: func(m *model, rows []row) []string {
			if len(m.answers.regions) > 0 {
				return m.answers.regions
			}
			for _, want := range []string{m.identity.Region, m.answers.bucketRegion} {
				for _, r := range rows {
					if r.id == want {
						return []string{want}
					}
				}
			}
			return nil
		},
		parse: func(_ *model, text string) ([]row, string) {
			var rows []row
			var bad []string
			accepted := ""
			for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' || r == '\t' }) {
				region, err := steps.CheckRegion(word)
				if err != nil {
					_, accepted = steps.Refusal(err)
					bad = append(bad, word)
					continue
				}
				rows = append(rows, row{id: region, label: region})
			}
			if len(bad) > 0 {
				return rows, sayNotRegions + strings.Join(bad, ", ") + ". " + sayNeeded + accepted + "."
			}
			return rows, ""
		},
		store: func(m *model, chosen []row, _ func(string) bool) string {
			m.answers.regions = nil
			for _, r := range chosen {
				m.answers.regions = append(m.answers.regions, r.id)
			}
			return ""
		},
	}
}

func askVPCs() *checklist {
	return &checklist{
		question: question{
			name:  words.NameVPCs,
			ask:   words.AskVpcsToLogAll,
			where: words.WhereAwsConsoleVpcYour,
			more:  words.MoreRightAFlowLogOf,
		},
		noun: "VPC", head: labelName,
		columns: []column{{head: "VPC", width: 21, goes: 4}, {head: labelRegion, width: 14, goes: 2, short: shortRegion, slim: 6}, {head: labelCIDR, width: 15, goes: 3},
			{head: labelAccount, width: 13, goes: 1}, {head: labelFlowLog, width: 12}},
		allWhile: true, hasState: true,
		held: func(m *model) bool { return m.answers.vpcs != nil },
		load: func(m *model) (string, func(ctx context.Context) ([]row, []string, error)) {
			logged, bucket, engine := m.answers.logged(m.identity), m.answers.bucket, m.engine
			for i := range logged {
				logged[i].Name = m.answers.accountName(logged[i].ID)
			}
			return fmt.Sprint(logged, bucket), func(ctx context.Context) ([]row, []string, error) {
				return readVPCs(ctx, engine, logged, bucket)
			}
		},
		preset: func(m *model, rows []row) []string {
			var ids []string
			for _, r := range rows {
				chosen, some := m.answers.vpcs[r.group]
				if m.answers.vpcs == nil || some && (chosen == nil || slices.Contains(chosen, r.id)) {
					ids = append(ids, r.id)
				}
			}
			return ids
		},
		store: func(m *model, chosen []row, whole func(string) bool) string {
			if len(chosen) == 0 { // nothing was found to choose from: all, whatever they are, or what was chosen before
				return ""
			}
			m.answers.vpcs = nil
			vpcs, all := map[string][]string{}, true
			for _, r := range chosen {
				if whole(r.group) { // also those made later
					vpcs[r.group] = nil
					continue
				}
				vpcs[r.group] = append(vpcs[r.group], r.id)
			}
			for _, l := range m.answers.logged(m.identity) {
				ids, some := vpcs[l.ID]
				all = all && some && ids == nil
			}
			if !all {
				m.answers.vpcs = vpcs
			}
			return ""
		},
	}
}

// nameOr is an account's name, or its ID where it has none.
func nameOr(a steps.LoggedAccount) string { return orElse(a.Name, a.ID) }

// readVPCs lists the VPCs of every account at once. An account that has none yet or could not be read is a row of its own, which stands
// for all that it has; why it could not be read is a remark. Where nothing could be read, that is the error.
func readVPCs(ctx context.Context, engine Engine, logged []steps.LoggedAccount, bucket string) ([]row, []string, error) {
	rows := make([][]row, len(logged))
	errs := make([]error, len(logged))
	var g errgroup.Group
	g.SetLimit(16)
	for i, account := range logged {
		g.Go(func() error {
			vpcs, err := engine.VPCs(ctx, account, bucket)
			errs[i] = err
			if len(vpcs) == 0 {
				rows[i] = []row{{id: account.ID, group: account.ID, label: fmt.Sprintf(words.SayAllOfAccount, nameOr(account)), cells: []string{"", "", "", nameOr(account), labelNoVPCYet}}}
				if err != nil {
					rows[i][0].cells[4] = "unknown"
				}
			}
			for _, v := range vpcs {
				state := v.FlowLog
				if v.Interfaces == 0 && state == "none" {
					state = labelNoneIdle
				}
				rows[i] = append(rows[i], row{id: v.ID, group: account.ID, label: orElse(v.Name, "–"),
					cells: []string{v.ID, v.Region, v.CIDR, nameOr(account), state}, lacks: v.FlowLog != "right", warn: v.FlowLog == "wrong format" || v.FlowLog == "failing"})
			}
			return nil
		})
	}
	_ = g.Wait()
	var remarks []string
	unread := 0
	for i, err := range errs {
		if err != nil {
			unread++
			remarks = append(remarks, fmt.Sprintf(words.SayAccountCouldNotBeRead, logged[i].ID, err))
		}
	}
	if unread > 0 && unread == len(logged) {
		return nil, nil, errs[0]
	}
	return slices.Concat(rows...), remarks, nil
}
