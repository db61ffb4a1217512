package text

import (
	"regexp"
	"strings"
)

// spoken is how the engine names a command: it knows neither the set-up's file nor the flags that lead to it.
var spoken = regexp.MustCompile(`flowgrant (plan|apply|verify|doctor) (-f FILE|[A-Za-z0-9-]+)`)

// Commands puts into a text the commands that lead to a set-up of that name, which was given on the command line as given: "-f" and its file, or its
// name. command makes a command line of a verb and what it is given. plan and apply take no name: resume does what apply would.
func Commands(s, name string, given []string, command func(verb string, of ...string) string) string {
	if len(given) == 0 || given[len(given)-1] == "-" {
		return s
	}
	var b strings.Builder
	end := 0
	for _, at := range spoken.FindAllStringSubmatchIndex(s, -1) {
		verb, of := s[at[2]:at[3]], s[at[4]:at[5]]
		if of != "-f FILE" && of != name || strings.HasPrefix(s[at[1]:], " --") { // a word of the sentence, or flags stand there already
			continue
		}
		switch {
		case given[0] == "-f":
		case verb == "apply":
			verb = "resume"
		case verb == "plan":
			continue
		}
		b.WriteString(s[end:at[0]] + command(verb, given...))
		end = at[1]
	}
	return b.String() + s[end:]
}

// Verbatim says whether a line of a text is one to copy, of a document or a command, which must not be broken.
func Verbatim(line string) bool {
	return strings.HasPrefix(line, " ") || strings.HasPrefix(line, "aws ") || line == "{" || line == "}"
}
