package plain

import (
	"os"

	"golang.org/x/sys/windows"
)

// showsColor turns the console's understanding of colours on, and tells whether it has it.
func showsColor(f *os.File) bool {
	h := windows.Handle(f.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(h, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(h, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
