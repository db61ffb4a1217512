//go:build unix && !slow

package command

// The bounds of the crash suite in every test run; the full one is go test -tags slow.
const (
	crashStride = 4 // every how manieth write is killed at
	atOnce      = 4
)

var faultEvery = []int{5}
