package plain

import "github.com/flowgrant/flowgrant/ui/text"

// Given says how the set-up was given on the command line, "-f" and its file or its name, so that the commands people are told can be pasted.
func (p *Printer) Given(words []string) *Printer {
	p.given = words
	return p
}

func (p *Printer) told(s string) string {
	return text.Commands(s, p.setup.Name, p.given, p.store.Command)
}
