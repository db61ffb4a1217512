package plain

import (
	"fmt"
	"time"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

// Setups lists the known set-ups and how far each is.
func (p *Printer) Setups(all []steps.SetupState) {
	if len(all) == 0 {
		p.line("%s", words.SayNoSetups)
	}
	for _, s := range all {
		p.title(text.Line(s.Setup) + ": " + p.howFar(s))
		if s.Why != "" {
			p.para(2, words.LabelWhy, s.Why)
		}
		switch {
		case s.Unfinished():
			p.para(2, words.LabelGoOn, p.store.Command("resume", text.Line(s.Setup)))
		case s.Status == steps.SetupNotStarted:
			p.para(2, words.LabelStart, p.store.Command("resume", text.Line(s.Setup)))
		}
	}
}

func (p *Printer) howFar(s steps.SetupState) string {
	far := string(s.Status)
	if s.Unfinished() && s.Verb == steps.VerbRevoke {
		far = fmt.Sprintf(words.SayRevocation, far)
	}
	if s.Mode != "" {
		far += ", " + string(s.Mode)
	}
	if s.Total > 0 {
		far += ", " + fmt.Sprintf(words.SayDoneOf, s.Done, count(s.Total, words.SayStep, words.SaySteps))
	}
	if !s.StoppedAt.IsZero() {
		far += ", " + fmt.Sprintf(words.SayStopped, s.StoppedAt.Local().Format(time.DateTime))
	}
	return far
}

// Backups lists what was kept of a set-up's documents.
func (p *Printer) Backups(setup string, all []steps.Backup) {
	if len(all) == 0 {
		p.line(words.SayNothingKept, text.Line(setup))
	}
	for _, b := range all {
		p.title(text.Line(b.ID))
		of := b.Target
		if b.Account != "" {
			of = fmt.Sprintf(words.SayInAccount, of, b.Account)
		}
		p.para(2, "", fmt.Sprintf(words.SayKept, b.Kind, of, b.Time.Local().Format(time.DateTime)))
	}
	if len(all) > 0 {
		p.line("")
		p.para(0, "", fmt.Sprintf(words.SayToPutBack, p.store.Command("setups restore", text.Line(setup))))
	}
}

// PutBack shows how putting back a kept document ended.
func (p *Printer) PutBack(r steps.Result, b steps.Backup) {
	switch {
	case r.Failure != nil, r.Status == steps.ResultInterrupted:
		p.para(0, "", fmt.Sprintf(words.SayNotPutBack, b.Kind, b.Target))
		return
	case r.Changed == 0:
		p.para(0, "", fmt.Sprintf(words.SayPutBackAlready, b.Kind, b.Target))
	default:
		p.para(0, "", fmt.Sprintf(words.SayPutBack, b.Kind, b.Target, p.store.Command("setups backups", r.Setup)))
	}
	if r.Status == steps.ResultFailed || r.Status == steps.ResultWaiting {
		p.line("")
		p.line("%s", words.SayPutBackThen)
		p.Report(r.Report)
	}
}
