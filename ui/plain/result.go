package plain

import (
	"fmt"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// Result shows how a run ended: what was made and what not, the values for the portal, and what to do next.
func (p *Printer) Result(r steps.Result) {
	p.line("")
	p.title(fmt.Sprintf(words.TitleResult, r.Setup, ended(r)))
	p.items(words.SayMade, r.Made)
	p.items(words.SayMissed, r.NotMade)
	if r.Report.Withdrawn == nil && (r.Status == steps.ResultVerified || r.Status == steps.ResultUnchanged || r.Status == steps.ResultWaiting) {
		p.portal(r.Portal)
	}
	p.line("")
	p.para(0, "", p.next(r))
}

func (p *Printer) items(title string, items []string) {
	if len(items) == 0 {
		return
	}
	p.line("%s", title)
	for _, i := range items {
		p.para(2, "- ", i)
	}
}

func (p *Printer) portal(values *steps.Portal) {
	guide := steps.GuidePortal(p.setup)
	if len(guide.Steps) == 0 {
		return // there is no reader, so nothing to do in a portal
	}
	p.line("")
	p.title(words.TitlePortal)
	for n, step := range guide.Steps {
		p.para(2, fmt.Sprintf("%d. ", n+1), step)
	}
	if values != nil {
		p.line("")
		for _, v := range words.PortalValues(values) {
			p.line("  %-14s %s", v[0], v[1])
		}
	}
	p.items(words.SayIfVerifyFails, guide.IfVerifyFails)
}

func ended(r steps.Result) string {
	if r.Changed == 0 {
		return fmt.Sprintf(words.SayChangedNothing, r.Status)
	}
	return fmt.Sprintf(words.SayChangedSome, r.Status, count(r.Changed, words.SayStepChanged, words.SayStepsChanged))
}

// next says what to do after a run.
func (p *Printer) next(r steps.Result) string {
	again, on := p.store.Command("verify", r.Setup), p.store.Command("resume", r.Setup)
	switch r.Status {
	case steps.ResultVerified, steps.ResultUnchanged:
		return fmt.Sprintf(words.SayToCheckAgain, again)
	case steps.ResultRevoked:
		if left := steps.RevokePortal(p.setup); left != "" {
			return fmt.Sprintf(words.SayLeftToDo, left)
		}
		return words.SayNothingLeft
	case steps.ResultWaiting:
		if r.Report.Withdrawn != nil {
			return fmt.Sprintf(words.SayNotAllTakenBack, on)
		}
		return fmt.Sprintf(words.SayNotAllProvedYet, on, again)
	case steps.ResultInterrupted:
		return fmt.Sprintf(words.SayToGoOn, on)
	default:
		return fmt.Sprintf(words.SayNothingRolledBack, on)
	}
}
