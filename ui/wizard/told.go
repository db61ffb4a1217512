package wizard

import "regexp"

// told gives a text of the engine in the terms of the screen. The engine speaks of commands, flags and keys of the set-up file: here these
// are keys to press and answers. What is copied or saved to be used elsewhere keeps the engine's terms.
func told(text string) string {
	for _, t := range tellings {
		text = t.engine.ReplaceAllString(text, t.here)
	}
	return text
}

func toldAll(texts []string) []string {
	here := make([]string, len(texts))
	for i, t := range texts {
		here[i] = told(t)
	}
	return here
}

// telling is how the engine says something, and how it is said here.
type telling struct {
	engine *regexp.Regexp
	here   string
}

func tell(engine, here string) telling { return telling{regexp.MustCompile(engine), here} }
