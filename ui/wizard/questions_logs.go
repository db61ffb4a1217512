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

func askResources() *checklist {
	return &checklist{
		question: question{
			name:  words.NameResources,
			ask:   words.AskAccountsWhoseVpcsDeliver,
			where: words.WhereAwsOrganizationsConsole,
			more:  words.MoreBucketPolicyLetsFlow,
		},
		noun: "account", head: "Name", columns: []column{{head: "Account", width: 12}},
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
				problem = append(problem, "Not account IDs (12 digits): "+strings.Join(bad, ", ")+".")
			}
			if len(twice) > 0 {
				problem = append(problem, words.SayTwiceInTheListTaken+strings.Join(twice, ", ")+".")
			}
			if len(ids) == 0 && len(problem) == 0 {
				problem = append(problem, "No account ID in it: 12 digits each.")
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
			for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' || r == '\t' }) {
				region, err := steps.CheckRegion(word)
				if err != nil {
					bad = append(bad, err.Error())
					continue
				}
				rows = append(rows, row{id: region, label: region})
			}
			return rows, strings.Join(bad, " ")
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
		noun: "VPC", head: "Name",
		columns: []column{{head: "VPC", width: 21, goes: 4}, {head: "Region", width: 14, goes: 2, short: shortRegion, slim: 6}, {head: "CIDR", width: 15, goes: 3},
			{head: "Account", width: 13, goes: 1}, {head: "Flow log", width: 12}},
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
				rows[i] = []row{{id: account.ID, group: account.ID, label: words.SayAllOfTheAccount, cells: []string{"", "", "", nameOr(account), "no VPC yet"}}}
				if err != nil {
					rows[i][0].cells[4] = "unknown"
				}
			}
			for _, v := range vpcs {
				state := v.FlowLog
				if v.Interfaces == 0 && state == "none" {
					state = "none, idle"
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

func askOptions(mode steps.Mode) *form {
	offered := "" // the name that was filled in
	return &form{
		question: question{
			name: words.NameRest,
			ask:  words.AskSensibleAnswersAreFilledIn,
			more: words.MoreRecordFormatIsFixed,
		},
		build: func(m *model, old []*formRow) []*formRow {
			if old == nil {
				old, offered = optionRows(m, mode), ""
			}
			if name := orElse(m.answers.name, m.answers.suggestedName()); offered == "" || old[0].get() == offered {
				offered = name
				old[0].text.suggest(name)
			}
			return old
		},
		store: func(m *model, rows []*formRow) string {
			a := &m.answers
			a.name, a.traffic = rows[0].get(), rows[1].get()
			a.aggregation = 600
			if rows[2].get() == "60" {
				a.aggregation = 60
			}
			a.deleteReplaced = rows[3].get() == "yes"
			if mode == steps.Centralized {
				a.scope = steps.DeliveryScope(rows[4].get())
				a.readerRole = rows[5].get()
			}
			return ""
		},
	}
}

func optionRows(m *model, mode steps.Mode) []*formRow {
	a := m.answers
	rows := []*formRow{
		textRow(words.SayNameOfThisSetUp, words.HintLettersDigitsAndWhatIs, orElse(a.name, a.suggestedName()), steps.CheckSetupName),
		choiceRow("Traffic", words.HintAllIsWhatXshieldRecommends, a.traffic, []string{"ALL", "ACCEPT", "REJECT"},
			[]string{"all (recommended)", "accepted only", "rejected only"}),
		choiceRow("Aggregation", words.HintHowLongAwsCollectsBefore, fmt.Sprint(a.aggregation), []string{"600", "60"},
			[]string{"10 minutes", "1 minute"}),
		choiceRow("Delete replaced logs", words.HintWhereAFlowLogOf, map[bool]string{true: "yes", false: "no"}[a.deleteReplaced], []string{"no", "yes"},
			[]string{"no, ask me", "yes"}),
	}
	if mode == steps.Centralized {
		rows = append(rows,
			choiceRow("Who may deliver", words.HintWhomTheBucketPolicyLets, string(a.scope),
				[]string{string(steps.ScopeAccounts), string(steps.ScopeOrganization)}, []string{"the chosen accounts", "the organization"}),
			textRow("Xshield's own role", words.HintTheRoleInTheColortokens, a.readerRole, steps.CheckRoleName))
	}
	return rows
}
