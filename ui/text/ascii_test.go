package text_test

import (
	"testing"

	"github.com/flowgrant/flowgrant/ui/text"
)

func TestASCIIOnly(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{map[string]string{"TERM": "xterm", "LANG": "en_US.UTF-8"}, false},
		{map[string]string{"TERM": "xterm", "LANG": "C"}, true},
		{map[string]string{"TERM": "xterm", "LANG": "en_US.UTF-8", "LC_ALL": "POSIX"}, true},
		{map[string]string{"TERM": "xterm", "LANG": "C", "LC_CTYPE": "C.utf8"}, false},
		{map[string]string{"TERM": "xterm"}, false},
		{map[string]string{"TERM": "linux", "LANG": "en_US.UTF-8"}, true},
		{map[string]string{"TERM": "dumb", "LANG": "en_US.UTF-8"}, true},
	} {
		if got := text.ASCIIOnly(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%v: %v", c.env, got)
		}
	}
}
