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
