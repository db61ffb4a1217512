package text

import (
	"runtime"
	"strings"
)

// ASCIIOnly tells whether a terminal can be expected to show ASCII alone: one that is dumb or whose font is small (the Linux console), or a
// locale of another encoding than UTF-8. The locale is read in the order in which C programs read it; without any nothing speaks against
// UTF-8, as in most containers. Windows has no such locale.
func ASCIIOnly(getenv func(name string) string) bool {
	if term := getenv("TERM"); term == "linux" || term == "dumb" {
		return true
	}
	if runtime.GOOS == "windows" {
		return false
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return !strings.Contains(v, "utf-8") && !strings.Contains(v, "utf8")
		}
	}
	return false
}
