package wizard

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/flowgrant/flowgrant/ui/text"
)

// Columns are counted as terminals count them that know no grapheme clusters (the Wc functions): what is drawn is never wider than that,
// and text.Clean has taken out the joined emoji of which that is not true.

// cut makes one line of at most width columns, cleaned of what a terminal would obey.
func cut(s string, width int) string {
	if width <= 0 {
		return ""
	}
	return ansi.TruncateWc(spaces.Replace(text.Clean(s)), width, "…")
}

var spaces = strings.NewReplacer("\n", " ", "\t", " ")

// pad is cut, filled with spaces to exactly width columns.
func pad(s string, width int) string {
	s = cut(s, width)
	return s + strings.Repeat(" ", max(0, width-ansi.StringWidthWc(s)))
}

const unbroken = "\u2011" // a hyphen at which no line breaks: names, ARNs and commands stay whole

// wrap breaks cleaned text into lines of at most width columns; a line's indentation stays with all of its parts.
func wrap(s string, width int) []string {
	width = max(width, 4)
	var lines []string
	for _, line := range strings.Split(strings.ReplaceAll(text.Clean(s), "\t", "  "), "\n") {
		body := strings.TrimLeft(line, " ")
		indent := min(len(line)-len(body), width/2)
		for _, part := range strings.Split(ansi.WrapWc(strings.ReplaceAll(body, "-", unbroken), width-indent, ""), "\n") {
			lines = append(lines, ansi.TruncateWc(strings.Repeat(" ", indent)+strings.ReplaceAll(part, unbroken, "-"), width, ""))
		}
	}
	return lines
}

// hang wraps text behind a mark: the first line starts with it, the others are indented as far.
func hang(mark, s string, width int) []string {
	w := ansi.StringWidthWc(mark)
	lines := wrap(s, width-w)
	for i := range lines {
		if i == 0 {
			lines[i] = mark + lines[i]
		} else {
			lines[i] = strings.Repeat(" ", w) + lines[i]
		}
	}
	return lines
}

// each applies a style to every line.
func each(render func(...string) string, lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = render(l)
	}
	return out
}

// clock shows a duration as people say it: 45s, 2m 05s, 1h 10m.
func clock(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm %02ds", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%dh %02dm", int(d.Hours()), int(d.Minutes())%60)
	}
}

// about shows a length of time that is only roughly known.
func about(d time.Duration) string {
	if d < 90*time.Second {
		return fmt.Sprintf("%d seconds", int(d.Seconds()))
	}
	return fmt.Sprintf("%d minutes", int(d.Round(time.Minute).Minutes()))
}

func count(n int, noun string) string { return text.Count(n, noun) }
