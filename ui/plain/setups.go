package plain

import (
	"fmt"
	"time"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
)

// Setups lists the known set-ups and how far each is.
func (p *Printer) Setups(all []steps.SetupState) {
	if len(all) == 0 {
		p.line("No set-ups are known here.")
	}
	for _, s := range all {
		p.title(text.Line(s.Setup) + ": " + p.howFar(s))
		if s.Why != "" {
			p.para(2, "Why: ", s.Why)
		}
		switch {
		case s.Unfinished():
			p.para(2, "Go on: ", p.store.Command("resume", text.Line(s.Setup)))
		case s.Status == steps.SetupNotStarted:
			p.para(2, "Start: ", p.store.Command("resume", text.Line(s.Setup)))
		}
	}
}

func (p *Printer) howFar(s steps.SetupState) string {
	far := string(s.Status)
	if s.Unfinished() && s.Verb == steps.VerbRevoke {
		far = "revocation " + far
	}
	if s.Mode != "" {
		far += ", " + string(s.Mode)
	}
	if s.Total > 0 {
		far += fmt.Sprintf(", %d of %s done", s.Done, count(s.Total, "step", "steps"))
	}
	if !s.StoppedAt.IsZero() {
		far += ", stopped " + s.StoppedAt.Local().Format(time.DateTime)
	}
	return far
}

// Backups lists what was kept of a set-up's documents.
func (p *Printer) Backups(setup string, all []steps.Backup) {
	if len(all) == 0 {
		p.line("No document of %s was kept: none was changed yet.", text.Line(setup))
	}
	for _, b := range all {
		p.title(text.Line(b.ID))
		of := b.Target
		if b.Account != "" {
			of += " in account " + b.Account
		}
		p.para(2, "", fmt.Sprintf("%s of %s, as it was at %s", b.Kind, of, b.Time.Local().Format(time.DateTime)))
	}
	if len(all) > 0 {
		p.line("")
		p.para(0, "", "To put one back, after a look at the difference, with its ID: "+p.store.Command("setups restore", text.Line(setup))+" ID")
	}
}

// PutBack shows how putting back a kept document ended.
func (p *Printer) PutBack(r steps.Result, b steps.Backup) {
	what := fmt.Sprintf("The %s of %s", b.Kind, b.Target)
	switch {
	case r.Failure != nil, r.Status == steps.ResultInterrupted:
		p.para(0, "", what+" was not put back.")
		return
	case r.Changed == 0:
		p.para(0, "", what+" means what it meant then; nothing was changed.")
	default:
		p.para(0, "", what+" is as it was, and reads back so. What was there before this is kept: "+p.store.Command("setups backups", r.Setup))
	}
	if r.Status == steps.ResultFailed || r.Status == steps.ResultWaiting {
		p.line("")
		p.Report(r.Report)
	}
}
