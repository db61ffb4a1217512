package plain

import (
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// Plan shows every step by account: what is changed with its difference, and what stays.
func (p *Printer) Plan(plan *steps.Plan) {
	p.title(fmt.Sprintf(words.TitlePlan, plan.Setup.Name, summary(plan)))
	var accounts []string
	of := map[string][]steps.PlannedStep{}
	for _, s := range plan.Steps {
		if of[s.Account] == nil {
			accounts = append(accounts, s.Account)
		}
		of[s.Account] = append(of[s.Account], s)
	}
	for _, account := range accounts {
		p.line("")
		p.title(p.account(account))
		idle, further := plan.IdleRegions(account)
		for _, s := range of[account] {
			if idle == nil || !s.Idle() {
				p.planned(s)
			}
		}
		if idle != nil {
			p.para(2, p.mark(steps.ChangeNone)+" ", words.NoVPCs(idle, further))
		}
	}
	if len(plan.Warnings) > 0 {
		p.line("")
		p.title(words.TitleWarnings)
		for _, w := range plan.Warnings {
			p.para(2, p.look.yellow("! "), w)
		}
	}
	p.line("")
	p.para(0, "", fmt.Sprintf(words.SayMarks,
		p.mark(steps.ChangeCreate), p.mark(steps.ChangeUpdate), p.mark(steps.ChangeReplace), p.mark(steps.ChangeDelete),
		p.mark(steps.ChangeNone), p.mark(steps.ChangeBlocked), p.mark(steps.ChangeHandOff)))
}

func (p *Printer) planned(s steps.PlannedStep) {
	p.para(2, p.mark(s.Change)+" ", placed(string(s.Step), s.Target, s.Region))
	p.para(6, "", s.Summary)
	if s.Reason != "" {
		p.para(6, words.LabelWhy, s.Reason)
	}
	for _, n := range s.Notes {
		p.para(6, p.look.yellow(words.LabelNote), n)
	}
	if difference := difference(s); difference != "" {
		p.block(8, difference, p.changed)
	}
	if s.HandOff != "" {
		p.para(6, "", words.SayForWhoever)
		p.block(8, s.HandOff, func(row string) string { return row })
	}
}

// difference gives what changes, line by line; empty where nothing does.
func difference(s steps.PlannedStep) string {
	if s.Change == steps.ChangeNone || (s.Before == nil && s.After == nil) {
		return ""
	}
	return steps.DiffText(value(s.Before), value(s.After))
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// changed colours a line of a difference by its first character.
func (p *Printer) changed(row string) string {
	switch {
	case strings.HasPrefix(row, "+"):
		return p.look.green(row)
	case strings.HasPrefix(row, "-"):
		return p.look.red(row)
	}
	return row
}

func (p *Printer) mark(c steps.Change) string {
	switch c {
	case steps.ChangeCreate:
		return p.look.green("+")
	case steps.ChangeUpdate:
		return p.look.yellow("~")
	case steps.ChangeReplace:
		return p.look.yellow(p.look.symbol("±", "*"))
	case steps.ChangeDelete:
		return p.look.red("-")
	case steps.ChangeBlocked:
		return p.look.red("!")
	case steps.ChangeHandOff:
		return p.look.yellow(p.look.symbol("→", ">"))
	default:
		return p.look.faint("=")
	}
}

func summary(plan *steps.Plan) string {
	parts := []string{words.SayNoChanges}
	if n := plan.Changes(); n > 0 {
		parts[0] = count(n, words.WordChange, words.SayChanges)
	}
	if n := len(plan.Blocked()); n > 0 {
		parts = append(parts, count(n, words.SayStepBlocked, words.SayStepsBlocked))
	}
	if n := len(plan.HandedOff()); n > 0 {
		parts = append(parts, count(n, words.SayStepForSomebody, words.SayStepsForSomebody))
	}
	return strings.Join(parts, ", ")
}
