package wizard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// treeLine is a line of the tree of accounts and their steps: an account, or a step of it.
type treeLine struct {
	account string
	step    int   // index in the plan; -1: the account's own line
	fold    []int // the steps that are told in this line, of regions in which nothing is to be logged; nil: one step
}

// treeOf orders the steps of a plan by account, in the order in which the accounts come first.
func treeOf(plan *steps.Plan) []treeLine {
	at := map[string]int{}
	var accounts []string
	var of [][]int
	for i, p := range plan.Steps {
		n, known := at[p.Account]
		if !known {
			n = len(accounts)
			at[p.Account] = n
			accounts, of = append(accounts, p.Account), append(of, nil)
		}
		of[n] = append(of[n], i)
	}
	lines := make([]treeLine, 0, len(plan.Steps)+len(accounts))
	for n, account := range accounts {
		lines = append(lines, treeLine{account: account, step: -1})
		var fold []int
		idle, _ := plan.IdleRegions(account)
		for _, i := range of[n] {
			if idle != nil && plan.Steps[i].Idle() {
				fold = append(fold, i)
				continue
			}
			lines = append(lines, treeLine{account: account, step: i})
		}
		if fold != nil {
			lines = append(lines, treeLine{account, fold[0], fold})
		}
	}
	return lines
}

// has says whether a line tells a step.
func (l treeLine) has(step int) bool { return l.step == step || slices.Contains(l.fold, step) }

// folded tells of the regions of a line that stands for several.
func folded(plan *steps.Plan, l treeLine) string {
	regions, further := plan.IdleRegions(l.account)
	return fmt.Sprintf(words.SayNoneToLog, words.Regions(regions, further))
}

// headed gives the lines in sight with the name of their account first: where that is out of sight, a step gives way to it.
func headed(lines []treeLine) []treeLine {
	if len(lines) < 3 || lines[0].step < 0 {
		return lines
	}
	return append([]treeLine{{account: lines[0].account, step: -1}}, lines[1:]...)
}

// accountNamed is an account's ID with the name that is known for it.
func (m *model) accountNamed(account string) string {
	return strings.TrimSpace(account + " " + m.answers.accountName(account))
}

// accountLine is an account's own line.
func (m *model) accountLine(account string, width int) string {
	return m.theme.bold.Render(cut(m.accountNamed(account), width))
}
