package plain

import (
	"regexp"
	"strings"
)

// spoken is how the engine names a command: it knows neither the set-up's file nor the flags that lead to it.
var spoken = regexp.MustCompile(`flowgrant (plan|apply|verify|doctor) (-f FILE|[A-Za-z0-9-]+)`)

// Given says how the set-up was given on the command line, "-f" and its file or its name, so that the commands people are told can be pasted.
func (p *Printer) Given(words []string) *Printer {
	p.given = words
	return p
}

// told puts into a text the commands that lead to the set-up. plan and apply take no name: resume does what apply would.
func (p *Printer) told(s string) string {
	if len(p.given) == 0 || p.given[len(p.given)-1] == "-" {
		return s
	}
	var b strings.Builder
	end := 0
	for _, at := range spoken.FindAllStringSubmatchIndex(s, -1) {
		verb, of := s[at[2]:at[3]], s[at[4]:at[5]]
		if of != "-f FILE" && of != p.setup.Name || strings.HasPrefix(s[at[1]:], " --") { // a word of the sentence, or flags stand there already
			continue
		}
		switch {
		case p.given[0] == "-f":
		case verb == "apply":
			verb = "resume"
		case verb == "plan":
			continue
		}
		b.WriteString(s[end:at[0]] + p.store.Command(verb, p.given...))
		end = at[1]
	}
	return b.String() + s[end:]
}

// verbatim says whether a line of a text is one to copy, of a document or a command, which must not be broken.
func verbatim(line string) bool {
	return strings.HasPrefix(line, " ") || strings.HasPrefix(line, "aws ") || line == "{" || line == "}"
}
