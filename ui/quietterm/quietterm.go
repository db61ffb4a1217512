// Package quietterm keeps libraries from asking the terminal for its colours while the program starts: Bubble Tea does so in its
// package initialisation, and waits five seconds on a terminal that does not answer.
//
// It imports only the standard library, and Go initialises packages that are ready in the order of their import paths: this one
// comes before github.com/muesli/termenv, which asks. TERM=dumb is the answer that stops the question; Restore undoes it.
package quietterm

import "os"

var term, set = os.LookupEnv("TERM")

func init() { _ = os.Setenv("TERM", "dumb") }

// Restore gives TERM back the value that the program was started with. Call it once, from an init function of package main.
func Restore() {
	if set {
		_ = os.Setenv("TERM", term)
		return
	}
	_ = os.Unsetenv("TERM")
}
