package jsonl

import (
	"time"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
)

type setupLine struct {
	head
	Setup     string            `json:"setup"`
	Mode      steps.Mode        `json:"mode"`
	Status    steps.SetupStatus `json:"status"`
	Done      int               `json:"done"`
	Total     int               `json:"total"`
	StoppedAt string            `json:"stopped_at"` // RFC 3339; empty: never, or not yet
	Why       string            `json:"why"`
	Verb      string            `json:"verb"` // apply or revoke; empty: there was no run
}

// Setups writes a setup line for each known set-up.
func (w *Writer) Setups(all []steps.SetupState) {
	for _, s := range all {
		w.write(setupLine{of("setup"), text.Clean(s.Setup), s.Mode, s.Status, s.Done, s.Total, stamp(s.StoppedAt), text.Clean(s.Why), s.Verb})
	}
}

type backupLine struct {
	head
	Setup    string `json:"setup"`
	ID       string `json:"id"`
	Time     string `json:"time"`
	Kind     string `json:"kind"`
	Target   string `json:"target"`
	Account  string `json:"account"`
	Region   string `json:"region"`
	Document string `json:"document"`
}

// Backups writes a backup line for each kept document of a set-up.
func (w *Writer) Backups(setup string, all []steps.Backup) {
	for _, b := range all {
		w.write(backupLine{of("backup"), setup, text.Clean(b.ID), stamp(b.Time), text.Clean(b.Kind), text.Clean(b.Target), text.Clean(b.Account), text.Clean(b.Region), text.Clean(b.Document)})
	}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
