package wizard

import (
	"strings"

	"github.com/flowgrant/flowgrant/steps"
)

// treeLine is a line of the tree of accounts and their steps: an account, or a step of it.
type treeLine struct {
	account string
	step    int // index in the plan; -1: the account's own line
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
		lines = append(lines, treeLine{account, -1})
		for _, i := range of[n] {
			lines = append(lines, treeLine{account, i})
		}
	}
	return lines
}

// headed gives the lines in sight with the name of their account first: where that is out of sight, a step gives way to it.
func headed(lines []treeLine) []treeLine {
	if len(lines) < 3 || lines[0].step < 0 {
		return lines
	}
	return append([]treeLine{{lines[0].account, -1}}, lines[1:]...)
}

// accountNamed is an account's ID with the name that is known for it.
func (m *model) accountNamed(account string) string {
	return strings.TrimSpace(account + " " + m.answers.accountName(account))
}

// accountLine is an account's own line.
func (m *model) accountLine(account string, width int) string {
	return m.theme.bold.Render(cut(m.accountNamed(account), width))
}
