// Package plain shows plans, runs, reports and results as lines of text: for pipes, logs, screen readers and terminals alike.
package plain

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

// Printer writes what people read. An error of writing is told by the io.Writer underneath, which outlives each line.
type Printer struct {
	out   io.Writer
	look  Look
	setup steps.Setup
	names map[string]string // labels of accounts by 12-digit account ID
	store *steps.Store      // gives the commands that people are told; may be nil
	given []string          // how the set-up was given on the command line
}

// New makes a Printer to out. The set-up gives the labels of the accounts.
func New(out io.Writer, look Look, s steps.Setup) *Printer {
	names := map[string]string{}
	for _, l := range s.Logged() {
		names[l.ID] = l.Name
	}
	if s.Account.Name != "" || names[s.Account.ID] == "" {
		names[s.Account.ID] = s.Account.Name
	}
	return &Printer{out: out, look: look, setup: s, names: names}
}

// Of names the store whose set-ups are shown, for the commands that people are told.
func (p *Printer) Of(store *steps.Store) *Printer {
	p.store = store
	return p
}

func (p *Printer) line(format string, args ...any) {
	_, _ = fmt.Fprintf(p.out, format+"\n", args...)
}

// para writes a text indented, wrapped between words. The first line starts with the label, the others stand under its text.
// Words longer than the line stay whole, so that names and ARNs can be copied.
func (p *Printer) para(indent int, label, body string) {
	margin := strings.Repeat(" ", indent)
	hang := margin + strings.Repeat(" ", ansi.StringWidth(label))
	for n, row := range p.wrap(text.Clean(p.told(body)), ansi.StringWidth(hang)) {
		if n == 0 {
			p.line("%s%s%s", margin, label, row)
			continue
		}
		p.line("%s%s", hang, row)
	}
}

// title writes a heading.
func (p *Printer) title(head string) {
	for _, row := range p.wrap(text.Clean(p.told(head)), 0) {
		p.line("%s", p.look.bold(row))
	}
}

// placed names a thing with its target and region.
func placed(name, target, region string) string {
	if target = text.Line(target); target != "" {
		name += " " + target
	}
	if region != "" {
		name += " (" + region + ")"
	}
	return name
}

// block writes a text indented, its own lines as they are: for documents that are copied.
func (p *Printer) block(indent int, body string, paint func(string) string) {
	margin := strings.Repeat(" ", indent)
	for row := range strings.SplitSeq(strings.TrimRight(text.Clean(p.told(body)), "\n"), "\n") {
		p.line("%s%s", margin, paint(row))
	}
}

// account gives an account with its label.
func (p *Printer) account(id string) string {
	if id == "" {
		return words.SayAllAccounts
	}
	if name := text.Line(p.names[id]); name != "" {
		return fmt.Sprintf(words.SayAccountNamed, id, name)
	}
	return fmt.Sprintf(words.SayAccount, id)
}

// wrap breaks a text into rows that fit beside a margin of so many cells, between words only; its own line breaks stay, and what is to be copied stays whole.
func (p *Printer) wrap(s string, margin int) []string {
	width := max(p.look.Width-margin, 20)
	if p.look.Width == 0 {
		width = math.MaxInt
	}
	var rows []string
	for part := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		if text.Verbatim(part) {
			rows = append(rows, part)
			continue
		}
		row := ""
		for _, word := range strings.Fields(part) {
			switch {
			case row == "":
				row = word
			case ansi.StringWidth(row)+1+ansi.StringWidth(word) <= width:
				row += " " + word
			default:
				rows = append(rows, row)
				row = word
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
