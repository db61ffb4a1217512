//go:build !windows

package plain

import "os"

// showsColor tells whether the terminal understands colours.
func showsColor(*os.File) bool { return true }
