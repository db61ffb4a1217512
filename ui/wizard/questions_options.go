package wizard

import (
	"fmt"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

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
			if last := rows[len(rows)-1]; last.label == words.NameLeftOut && last.get() == words.ValueLogAgain {
				a.leftOut = nil
			}
			return ""
		},
	}
}

func optionRows(m *model, mode steps.Mode) []*formRow {
	a := m.answers
	rows := []*formRow{
		textRow(words.SayNameOfThisSetUp, words.HintLettersDigitsAndWhatIs, orElse(a.name, a.suggestedName()), steps.CheckSetupName),
		choiceRow(labelTraffic, words.HintAllIsWhatXshieldRecommends, a.traffic, []string{"ALL", "ACCEPT", "REJECT"},
			[]string{labelAllTraffic, labelAcceptedOnly, labelRejectedOnly}),
		choiceRow(labelAggregation, words.HintHowLongAwsCollectsBefore, fmt.Sprint(a.aggregation), []string{"600", "60"},
			[]string{labelTenMinutes, labelOneMinute}),
		choiceRow(labelDeleteReplacedLogs, words.HintWhereAFlowLogOf, map[bool]string{true: "yes", false: "no"}[a.deleteReplaced], []string{"no", "yes"},
			[]string{labelNoAskMe, "yes"}),
	}
	if mode == steps.Centralized {
		rows = append(rows,
			choiceRow(labelWhoMayDeliver, words.HintWhomTheBucketPolicyLets, string(a.scope),
				[]string{string(steps.ScopeAccounts), string(steps.ScopeOrganization)}, []string{labelTheChosenAccounts, labelTheOrganization}),
			textRow(labelReaderRole, words.HintTheRoleInTheColortokens, a.readerRole, steps.CheckRoleName))
	}
	if n := len(a.leftOut); n > 0 {
		rows = append(rows, choiceRow(words.NameLeftOut, words.HintLeftOut, words.ValueLeaveOut, []string{words.ValueLeaveOut, words.ValueLogAgain},
			[]string{fmt.Sprintf(words.SayStayLeftOut, count(n, "VPC")), words.SayLogAgain}))
	}
	return rows
}
