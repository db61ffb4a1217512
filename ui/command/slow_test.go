//go:build slow

package command

// slow says that the suites run in full: go test -tags slow.
const slow = true
