package policy

import "slices"

// Covers says whether the statement is about the action (service:Operation), by Action or by NotAction, wildcards and case as AWS takes them.
func (s Statement) Covers(action string) bool {
	covered := func(patterns Strings) bool {
		return slices.ContainsFunc(patterns.values, func(p string) bool { return actionMatches(p, action) })
	}
	if s.NotAction.IsSet() {
		return !covered(s.NotAction)
	}
	return covered(s.Action)
}

// Matches says whether a resource pattern covers a text. Wildcards of the text are plain letters, so that a pattern covers
// another one only where it is at least as wide.
func Matches(resource, text string) bool { return newPattern(resource).matchesARN(text) }
