package wizard

import (
	"context"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

func askResources() *checklist {
	return &checklist{
		question: question{
			name:  words.NameResources,
			ask:   words.AskAccountsWhoseVpcsDeliver,
			where: words.WhereAwsOrganizationsConsole,
			more:  words.MoreBucketPolicyLetsFlow,
		},
		noun: "account", head: labelName, columns: []column{{head: labelAccount, width: 12}},
		load: func(m *model) (string, func(ctx context.Context) ([]row, []string, error)) {
			engine, home := m.engine, m.answers.account
			return m.identity.ARN + home, func(ctx context.Context) ([]row, []string, error) {
				accounts, err := engine.Accounts(ctx)
				var rows []row
				for _, a := range accounts {
					if a.State != "" && a.State != "ACTIVE" {
						continue
					}
					name := a.Name
					if a.ID == home {
						name += words.SayFlowLogAccount
					}
					rows = append(rows, row{id: a.ID, label: name, cells: []string{a.ID}, name: a.Name})
				}
				return rows, nil, err
			}
		},
		preset: func(m *model, _ []row) []string {
			var ids []string
			for _, r := range m.answers.resources {
				ids = append(ids, r.ID)
			}
			return ids
		},
		more: func(m *model) []row {
			var rows []row
			for _, r := range m.answers.resources {
				rows = append(rows, row{id: r.ID, label: orElse(r.Name, sayAdded), cells: []string{r.ID}, name: r.Name})
			}
			return rows
		},
		parse: func(_ *model, text string) ([]row, string) {
			ids, bad, twice := steps.ParseAccountIDs(text)
			var rows []row
			for _, id := range ids {
				rows = append(rows, row{id: id, label: sayAdded, cells: []string{id}})
			}
			var problem []string
			if len(bad) > 0 {
				problem = append(problem, labelNotAccountIDs+strings.Join(bad, ", ")+".")
			}
			if len(twice) > 0 {
				problem = append(problem, words.SayTwiceInTheListTaken+strings.Join(twice, ", ")+".")
			}
			if len(ids) == 0 && len(problem) == 0 {
				problem = append(problem, labelNoAccountID)
			}
			return rows, strings.Join(problem, " ")
		},
		store: func(m *model, chosen []row, _ func(string) bool) string {
			before := m.answers.resources
			m.answers.resources = nil
			for _, r := range chosen {
				account := steps.ResourceAccount{ID: r.id, Name: r.name}
				if i := slices.IndexFunc(before, func(o steps.ResourceAccount) bool { return o.ID == r.id }); i >= 0 {
					account = before[i]
				} else if m.answers.vpcs != nil {
					m.answers.vpcs[r.id] = nil // VPCs were chosen without it: it comes as a whole
				}
				m.answers.resources = append(m.answers.resources, account)
			}
			return ""
		},
	}
}

func askResourceWay() *form {
	return &form{
		question: question{
			name:  words.NameResourceWay,
			ask:   words.AskHowDoCallsGetInto,
			where: words.WhereARoleThatAnOrganization + usualEntryRole + ".",
			more:  words.MoreRoleOrProfileMust2,
			skip: func(m *model) bool {
				return len(m.answers.resources) > 0 && !slices.ContainsFunc(m.answers.resources, func(r steps.ResourceAccount) bool { return r.ID != m.identity.Account })
			},
		},
		build: func(m *model, old []*formRow) []*formRow {
			if old == nil {
				old = wayRows(m, m.answers.resourceWay)
				old[0].names[1] = words.SayAProfileForEach
			}
			by := old[0]
			old[2].hidden = func() bool { return true }
			rows := old[:3:3]
			for _, r := range m.answers.resources {
				if r.ID == m.identity.Account {
					continue
				}
				profile := profileRow(m, r.ID+namedSuffix(m, r.ID), m.answers.profiles[r.ID])
				profile.hidden = func() bool { return by.value != byProfile }
				for _, before := range old[3:] {
					if before.label == profile.label {
						profile = before
					}
				}
				rows = append(rows, profile)
			}
			return rows
		},
		store: func(m *model, rows []*formRow) string {
			if way := wayOf(rows); way.by != m.answers.resourceWay.by || way.role != m.answers.resourceWay.role {
				m.answers.ways = nil // one way for all from now on
			}
			m.answers.resourceWay = wayOf(rows)
			i := 3
			for _, r := range m.answers.resources {
				if r.ID != m.identity.Account {
					m.answers.profiles[r.ID] = rows[i].get()
					if m.answers.resourceWay.by == byProfile {
						delete(m.answers.ways, r.ID)
					}
					i++
				}
			}
			return ""
		},
	}
}
