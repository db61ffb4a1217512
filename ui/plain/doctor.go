package plain

import (
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

// Diagnosis shows the causes, likeliest first, each with its evidence and what takes it away, then the checks that do not pass.
func (p *Printer) Diagnosis(r steps.Report) {
	what := r.Setup
	if what == "" {
		what = words.SayFlowLogsHere
	}
	p.title(fmt.Sprintf(words.TitleDiagnosis, what, finding(r)))
	for i, c := range r.Causes {
		p.line("")
		if c.Aside {
			p.title(fmt.Sprintf(words.TitleBeside, text.Line(c.Title), c.ID))
		} else {
			p.title(fmt.Sprintf("%d. %s (%s)", i+1, text.Line(c.Title), c.ID))
		}
		p.para(3, words.LabelWhere, p.where(c.Account, c.Target, c.Region))
		p.para(3, words.LabelEvidence, c.Evidence)
		fix, document, _ := strings.Cut(c.Fix, "\n")
		p.para(3, remedy(c.Mend)+": ", fix)
		if document != "" {
			p.block(5, document, func(row string) string { return row })
		}
	}
	open, told := 0, map[string]bool{}
	for _, c := range r.Checks {
		if c.Status == steps.Pass || c.ID == string(steps.StepPortal) && r.Status == steps.ReportVerified {
			continue
		}
		if open++; open == 1 {
			p.line("")
			p.title(words.TitleOpenChecks)
		}
		says := p.account(c.Account) + placed(": "+c.ID, c.Target, c.Region) + ": " + c.Summary
		if told[says] && len(r.Causes) > 0 { // the reader tried the same in several places
			continue
		}
		told[says] = true
		p.para(2, p.verdict(c.Status)+" ", says)
		if len(r.Causes) == 0 && c.Fix != "" { // nothing else says what to do
			fix, document, _ := strings.Cut(c.Fix, "\n")
			p.para(6, words.LabelWhatToDo, fix)
			if document != "" {
				p.block(8, document, func(row string) string { return row })
			}
		}
	}
	p.wellAlone(r)
	p.worthALook(r)
	p.points(words.TitleLeftOut, r.LeftOut)
	p.points(words.TitleLimits, r.Limits)
}

// where says where a cause or a check lies.
func (p *Printer) where(account, target, region string) string {
	if target == "" && region == "" {
		return p.account(account)
	}
	return p.account(account) + placed(",", target, region)
}

// worthALook shows what passes and could be better.
func (p *Printer) worthALook(r steps.Report) {
	for _, c := range r.Checks {
		if c.Status != steps.Pass || c.Fix == "" {
			continue
		}
		p.line("")
		p.title(fmt.Sprintf(words.TitleWorthALook, c.Summary))
		p.para(3, words.LabelWhere, p.where(c.Account, c.Target, c.Region))
		p.para(3, words.LabelEvidence, c.Evidence)
		fix, document, _ := strings.Cut(c.Fix, "\n")
		p.para(3, words.LabelBetter, fix)
		if document != "" {
			p.block(5, document, func(row string) string { return row })
		}
	}
}

// Say writes a line.
func (p *Printer) Say(line string) { p.para(0, "", line) }

func finding(r steps.Report) string {
	causes := 0
	for _, c := range r.Causes {
		if !c.Aside {
			causes++
		}
	}
	switch {
	case causes > 0:
		return count(causes, words.SayCause, words.SayCauses)
	case r.Status == steps.ReportVerified:
		return words.SayHealthy + " " + passed(r)
	case r.Status == steps.ReportFailed:
		return words.SayNoKnownCause
	default:
		return words.SayNothingWrong
	}
}

func remedy(m steps.Mend) string {
	switch m {
	case steps.MendApply:
		return words.SayMendByApply
	case steps.MendChange:
		return words.SayMendOnceAgreed
	case steps.MendWait:
		return words.SayMendByWaiting
	default:
		return words.SayMendByHand
	}
}

// wellAlone tells what was looked at and is well, where no set-up says what there is to look at.
func (p *Printer) wellAlone(r steps.Report) {
	if r.Setup != "" {
		return
	}
	first := true
	for _, c := range r.Checks {
		if c.Status != steps.Pass || c.Fix != "" { // those are told below
			continue
		}
		if first {
			p.line("")
			p.title(words.TitleWell)
		}
		first = false
		p.para(2, p.verdict(c.Status)+" ", p.account(c.Account)+placed(": "+c.ID, c.Target, c.Region)+": "+c.Summary)
		if c.Evidence != "" {
			p.para(6, words.LabelEvidence, c.Evidence)
		}
	}
}
