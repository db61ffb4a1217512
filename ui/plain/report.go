package plain

import (
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// Report shows each check with its evidence, by account, and what to do about those that do not pass.
func (p *Printer) Report(r steps.Report) {
	if r.Withdrawn != nil {
		p.title(fmt.Sprintf(words.TitleProofRevoked, r.Setup, words.Out(r)+" "+passed(r)))
	} else {
		p.title(fmt.Sprintf(words.TitleProof, r.Setup, outcome(r)))
	}
	var accounts []string
	of := map[string][]steps.Check{}
	for _, c := range words.FoldedChecks(r.Checks) {
		if of[c.Account] == nil {
			accounts = append(accounts, c.Account)
		}
		of[c.Account] = append(of[c.Account], c)
	}
	for _, account := range accounts {
		p.line("")
		p.title(p.account(account))
		for _, c := range of[account] {
			p.check(c)
		}
	}
	if r.Withdrawn != nil {
		p.line("")
		p.para(0, "", words.LogsAfter(r.Withdrawn))
	}
	p.points(words.TitleLeftOut, r.LeftOut)
	p.points(words.TitleLimits, r.Limits)
}

// points tells lines under a heading; without any, neither.
func (p *Printer) points(heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	p.line("")
	p.title(heading)
	for _, l := range lines {
		p.para(2, "- ", l)
	}
}

func (p *Printer) check(c steps.Check) {
	p.para(2, p.verdict(c.Status)+" ", placed(c.ID, c.Target, c.Region))
	p.para(6, "", c.Summary)
	switch {
	case c.Status == steps.Pass:
		if evidence := told(c.Evidence); evidence != "" {
			p.para(6, words.LabelEvidence, evidence)
		}
	case strings.Contains(c.Evidence, "\n"):
		p.para(6, "", strings.TrimSpace(words.LabelEvidence))
		p.block(8, c.Evidence, func(row string) string { return row })
	case c.Evidence != "":
		p.para(6, words.LabelEvidence, c.Evidence)
	}
	if c.Fix != "" && c.Status != steps.Pass {
		p.para(6, words.LabelWhatToDo, c.Fix)
	}
}

func (p *Printer) verdict(s steps.CheckStatus) string {
	switch s {
	case steps.Pass:
		return p.look.green(words.SayPass) + "   "
	case steps.Fail:
		return p.look.red(words.SayFail) + "   "
	default:
		return p.look.yellow(words.SayUnknown)
	}
}

// passed counts the checks that pass.
func passed(r steps.Report) string {
	n := 0
	for _, c := range r.Checks {
		if c.Status == steps.Pass {
			n++
		}
	}
	return fmt.Sprintf(words.SayPassed, n, count(len(r.Checks), words.SayCheck, words.SayChecks))
}

func outcome(r steps.Report) string {
	of := " " + passed(r)
	switch r.Status {
	case steps.ReportVerified:
		return words.SayVerified + of
	case steps.ReportFailed:
		return words.SaySomethingWrong + of
	default:
		return words.SayNothingWrong + of
	}
}
