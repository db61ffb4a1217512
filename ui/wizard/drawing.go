package wizard

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/flowgrant/flowgrant/steps"
)

const drawingWidth = 58

// drawing shows who owns what, which way the logs flow and who reads them, with the accounts known so far. It is drawingWidth wide.
func (m *model) drawing(mode steps.Mode) []string { return m.drawingOf(m.answers, mode) }

func (m *model) drawingOf(a answers, mode steps.Mode) []string {
	reader := boxed(orElse(a.reader, drawnXshield), []string{"", drawnXshield, ""}, 14)
	var lines []string
	if a.loaded != nil && a.loaded.GrantsNobody() {
		home := boxed(orElse(a.account, drawnYourAccount), []string{"", drawnGroup, ""}, 54)
		return append(each(m.theme.accent.Render, home), each(m.theme.faint.Render, wrap(sayDrawingGroup, drawingWidth))...)
	}
	if mode == steps.PerAccount {
		home := boxed(orElse(a.account, drawnYourAccount), []string{"", drawnPerAccount, ""}, 38)
		lines = joined([]int{2}, home, reader)
	} else {
		lines = joined([]int{2, 2}, boxed(drawnWorkloads, workloads(a), 14), boxed(orElse(a.account, drawnFlowLogAccount), []string{"", drawnCentral, ""}, 20), reader)
	}
	lines = each(m.theme.accent.Render, lines)
	return append(lines, each(m.theme.faint.Render, wrap(sayDrawing, drawingWidth))...)
}

// workloads are three lines for the accounts whose VPCs deliver.
func workloads(a answers) []string {
	lines := []string{"VPCs", "VPCs", "VPCs"}
	for i, r := range a.resources {
		if i < 3 {
			lines[i] = r.ID
		}
	}
	switch n := len(a.resources); {
	case n == 1:
		return []string{"", a.resources[0].ID, ""}
	case n == 2:
		lines[2] = ""
	case n > 3:
		lines[2] = fmt.Sprintf(labelMore, n-2)
	}
	return lines
}

// boxed draws a frame with a name around lines, inner columns wide inside.
func boxed(name string, lines []string, inner int) []string {
	name = cut(name, inner-2)
	out := []string{"┌ " + name + " " + strings.Repeat("─", inner-2-ansi.StringWidthWc(name)) + "┐"}
	for _, l := range lines {
		out = append(out, "│ "+pad(l, inner-1)+"│")
	}
	return append(out, "└"+strings.Repeat("─", inner)+"┘")
}

// joined sets boxes side by side and leads an arrow through their middle.
func joined(gaps []int, boxes ...[]string) []string {
	out := make([]string, len(boxes[0]))
	middle := len(out) / 2
	for i, b := range boxes {
		for row, l := range b {
			runes := []rune(l)
			if last := len(runes) - 1; row == middle {
				if i > 0 {
					runes[0] = '┤'
				}
				if i > 0 && i < len(boxes)-1 {
					runes[0], runes[1] = '┼', '─'
				}
				if i < len(boxes)-1 && runes[last-1] == '─' {
					runes[last] = '┼'
				} else if i < len(boxes)-1 {
					runes[last] = '├'
				}
			}
			out[row] += string(runes)
			if i < len(gaps) {
				fillWith := " "
				if row == middle {
					fillWith = "─"
				}
				out[row] += strings.Repeat(fillWith, gaps[i])
			}
		}
	}
	return out
}
