package plain

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// A question on a terminal breaks between words, before its edge; what follows it is the answer.
func TestQuestionsFitTheTerminal(t *testing.T) {
	screen, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = screen.Close(), terminal.Close() }()
	question := "\n" + words.TitleConfirm + " " + words.AskConfirm + " "
	for _, columns := range []uint16{60, 80} {
		if err := pty.Setsize(terminal, &pty.Winsize{Rows: 24, Cols: columns}); err != nil {
			t.Fatal(err)
		}
		if _, err := NewAsker(strings.NewReader("yes\n"), terminal).Line(t.Context(), question); err != nil {
			t.Fatal(err)
		}
		shown := readUntil(t, screen, "details. ")
		for row := range strings.SplitSeq(shown, "\n") {
			if ansi.StringWidth(strings.TrimRight(row, "\r")) >= int(columns) {
				t.Errorf("at %d columns: %q", columns, row)
			}
		}
		if got, want := strings.Join(strings.Fields(shown), " "), strings.Join(strings.Fields(question), " "); got != want || !strings.HasPrefix(shown, "\r\n") {
			t.Errorf("shown %q", shown)
		}
	}
}

func readUntil(t *testing.T, f *os.File, end string) string {
	t.Helper()
	var shown strings.Builder
	for b := make([]byte, 512); !strings.HasSuffix(shown.String(), end); {
		n, err := f.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(b[:n])
	}
	return shown.String()
}

// A slip is no answer to a question that changes something: it is asked again.
func TestASlipIsNoAnswer(t *testing.T) {
	for typed, want := range map[string]string{"Yes\n": "yes", "ALL\n": "all", "y\nal\n\nno\nyes\n": "no", "yep\n": ""} {
		got, answered := "", false
		q := steps.Question{Kind: steps.AskConfirm, All: true, Text: "Delete them?", Answer: func(text string, ok bool) { got, answered = text, ok }}
		NewAsker(strings.NewReader(typed), io.Discard).Ask(t.Context(), q)
		if answered != (want != "") || answered && got != want {
			t.Errorf("%q is taken for %q, %v", typed, got, answered)
		}
	}
}
