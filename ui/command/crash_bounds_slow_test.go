//go:build unix && slow

package command

// The full crash suite: every write, every n, fifty times at once.
const (
	crashStride = 1
	atOnce      = 50
)

var faultEvery = []int{2, 3, 4, 5, 6, 7}
