package plain

import (
	"fmt"

	"github.com/flowgrant/flowgrant/steps"
)

// Result shows how a run ended: what was made and what not, the values for the portal, and what to do next.
func (p *Printer) Result(r steps.Result) {
	p.line("")
	p.title("Result for " + r.Setup + ": " + ended(r))
	p.items("Made:", r.Made)
	p.items("Not made:", r.NotMade)
	if r.Status == steps.ResultVerified || r.Status == steps.ResultUnchanged || r.Status == steps.ResultWaiting {
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
	p.title("In the portal")
	for n, step := range guide.Steps {
		p.para(2, fmt.Sprintf("%d. ", n+1), step)
	}
	if values != nil {
		p.line("")
		for _, v := range [][2]string{
			{"Account Name", values.AccountName}, {"Account ID", values.AccountID}, {"IAM Role Name", values.RoleName},
			{"External ID", values.ExternalID}, {"S3 Bucket ARN", values.BucketARN},
		} {
			p.line("  %-14s %s", v[0], v[1])
		}
	}
	p.items("If Verify fails there:", guide.IfVerifyFails)
}

func ended(r steps.Result) string {
	if r.Changed == 0 {
		return string(r.Status) + ", nothing was changed"
	}
	return string(r.Status) + ", " + count(r.Changed, "step changed", "steps changed")
}

// next says what to do after a run.
func (p *Printer) next(r steps.Result) string {
	again, on := p.store.Command("verify", r.Setup), p.store.Command("resume", r.Setup)
	switch r.Status {
	case steps.ResultVerified, steps.ResultUnchanged:
		return "To check it again at any time: " + again
	case steps.ResultRevoked:
		if left := steps.RevokePortal(p.setup); left != "" {
			return "Left to do " + left
		}
		return "Nothing is left to do."
	case steps.ResultWaiting:
		return "Not everything is proved yet. When the logs have had time to arrive, and what was handed off is done: " + on + ", or only look: " + again
	case steps.ResultInterrupted:
		return "To go on from here: " + on + ". What is there already is not made twice."
	default:
		return "Nothing was rolled back. When the cause is gone: " + on + ". What is there already is not made twice."
	}
}
