package clipboard

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

func TestCopy(t *testing.T) {
	const text = "arn:aws:s3:::central-flow-logs"
	encoded := base64.StdEncoding.EncodeToString([]byte(text))
	for name, env := range map[string]map[string]string{
		"plain":  {"TERM": "xterm-256color"},
		"tmux":   {"TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0"},
		"screen": {"TERM": "screen.xterm"},
	} {
		t.Run(name, func(t *testing.T) {
			var terminal bytes.Buffer
			var system string
			c := Clipboard{Terminal: &terminal, System: func(s string) error { system = s; return nil },
				Getenv: func(n string) string { return env[n] }}
			if got := c.Copy(text); !got.System || !got.Terminal {
				t.Fatalf("Copy = %+v, want both", got)
			}
			if system != text {
				t.Errorf("system clipboard holds %q", system)
			}
			out := terminal.String()
			if !strings.Contains(out, encoded) || !strings.Contains(out, "]52;c;") {
				t.Errorf("no OSC 52 of the text in %q", out)
			}
			if wrapped := strings.HasPrefix(out, "\x1bP"); wrapped != (name != "plain") {
				t.Errorf("passed through the multiplexer: %v, in %q", wrapped, out)
			}
		})
	}
}

func TestCopyWithoutAnyClipboard(t *testing.T) {
	c := Clipboard{System: func(string) error { return errors.New("no display") }}
	if got := c.Copy("x"); got.System || got.Terminal {
		t.Fatalf("Copy = %+v, want neither", got)
	}
	var console bytes.Buffer
	c.Terminal, c.Getenv = &console, func(string) string { return "linux" }
	if got := c.Copy("x"); got.Terminal || console.Len() > 0 {
		t.Fatalf("Copy = %+v on a console that takes no OSC 52, wrote %q", got, console.String())
	}
}
