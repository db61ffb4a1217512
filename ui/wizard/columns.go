package wizard

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// column is a column of a checklist after the label.
type column struct {
	head  string
	width int
	goes  int                   // when it leaves a narrow screen: 1 first; 0: never
	short func(s string) string // its cells in fewer columns; nil: they have no shorter form
	slim  int                   // width of the short cells
}

// leastLabel is the room below which a label would tell nothing: columns get short or leave for it.
const leastLabel = 14

// layout gives the columns' widths in so many columns: 0 where one has left, and tells which are short. What can get short does so first.
func (c *checklist) layout(width int) (widths []int, short []bool, label int) {
	widths, short = make([]int, len(c.columns)), make([]bool, len(c.columns))
	for i, col := range c.columns {
		widths[i] = col.width
	}
	left := func() int {
		n := width
		for _, w := range widths {
			if w > 0 {
				n -= w + 1
			}
		}
		return n
	}
	for i, col := range c.columns {
		if left() < leastLabel && col.short != nil {
			widths[i], short[i] = col.slim, true
		}
	}
	for turn := 1; turn < len(c.columns); turn++ {
		for i, col := range c.columns {
			if col.goes == turn && left() < leastLabel {
				widths[i] = 0
			}
		}
	}
	return widths, short, max(min(left(), max(c.wide, 12)), 4)
}

// line sets the cells in columns.
func (c *checklist) line(label string, cells []string, width int, heads bool) string {
	widths, short, room := c.layout(width)
	s := pad(label, room)
	for i, w := range widths {
		if w == 0 || i >= len(cells) {
			continue
		}
		cell := cells[i]
		if short[i] && !heads {
			cell = c.columns[i].short(cell)
		}
		s += " " + pad(cell, w)
	}
	return s
}

func (c *checklist) headLine(width int) string {
	heads := make([]string, len(c.columns))
	for i, col := range c.columns {
		heads[i] = col.head
	}
	return c.line(c.head, heads, width, true)
}

// squeezed tells whether rows may not show all that is known of them.
func (c *checklist) squeezed(width int) bool {
	widths, short, room := c.layout(width)
	for i := range widths {
		if widths[i] == 0 || short[i] {
			return true
		}
	}
	return c.wide > room
}

// unsaid gives what of the row under the cursor does not show in its columns.
func (c *checklist) unsaid(r row, width int) string {
	widths, short, room := c.layout(width)
	var parts []string
	for i, cell := range r.cells {
		if i < len(widths) && cell != "" && (short[i] || ansi.StringWidthWc(cell) > widths[i]) {
			parts = append(parts, cell)
		}
	}
	if ansi.StringWidthWc(r.label) > room {
		parts = append(parts, r.label)
	}
	return strings.Join(parts, " · ")
}

// shortRegion is a region as availability zone IDs name it: use1 for us-east-1, apse2 for ap-southeast-2.
func shortRegion(region string) string {
	parts := strings.Split(region, "-")
	s := parts[0]
	for i, p := range parts[1:] {
		switch {
		case p == "northeast", p == "southeast", p == "northwest", p == "southwest":
			s += p[:1] + p[5:6]
		case i == len(parts)-2:
			s += p
		case p != "":
			s += p[:1]
		}
	}
	return s
}
