package wizard

import (
	"slices"
	"strings"
)

// found is what a checklist's reading brings.
type found struct {
	rows    []row
	remarks []string
}

// drop forgets the rows that were found; what was added by hand stays, and that everything was chosen is remembered.
func (c *checklist) drop() {
	if c.allWhile && len(c.rows) > 0 {
		c.was = c.wholes()
	}
	c.rows = slices.DeleteFunc(slices.Clone(c.rows), func(r row) bool { return !r.added })
	c.search, c.wide, c.remarks = nil, 0, nil
	c.narrow()
}

// wholes are the groups of which every row is chosen; the others are there and false.
func (c *checklist) wholes() map[string]bool {
	whole := map[string]bool{}
	for _, r := range c.rows {
		all, seen := whole[r.group]
		whole[r.group] = c.chosen[r.id] && (all || !seen)
	}
	return whole
}

func everyOne(whole map[string]bool) bool {
	for _, all := range whole {
		if !all {
			return false
		}
	}
	return len(whole) > 0
}

// arrived takes rows in; what was added by hand and what was chosen stays. Where all of a group was chosen, all of it stays chosen.
func (c *checklist) arrived(m *model, msg loadedMsg) {
	c.key, c.err = msg.key, msg.err
	got, _ := msg.value.(found)
	if msg.err != nil {
		got.rows = c.rows
	}
	c.remarks = got.remarks
	known, before := map[string]bool{}, map[string]bool{}
	for _, r := range got.rows {
		known[r.id] = true
	}
	for _, r := range c.rows {
		before[r.id] = true
	}
	if c.was == nil && c.allWhile {
		c.was = c.wholes()
	}
	all := everyOne(c.was)
	for _, r := range got.rows {
		if whole, seen := c.was[r.group]; c.touched && !before[r.id] && (whole || all && !seen) {
			c.chosen[r.id] = true
		}
	}
	c.was = nil
	rows := got.rows
	var gone []string
	if c.more != nil && !c.touched {
		for _, r := range c.more(m) {
			if !known[r.id] {
				rows, known[r.id] = append(rows, r), true
			}
		}
	}
	if c.parse != nil {
		for _, r := range c.rows {
			switch {
			case known[r.id]:
			case r.added:
				rows = append(rows, r)
			case c.chosen[r.id] && c.touched:
				delete(c.chosen, r.id)
				gone = append(gone, r.id)
			}
		}
	}
	if len(gone) > 0 {
		c.remarks = append(slices.Clone(c.remarks), sayNoLongerThere+strings.Join(gone, ", "))
	}
	c.rows, c.search, c.wide = rows, nil, 0
	if !c.touched && c.preset != nil {
		c.chosen = map[string]bool{}
		for _, id := range c.preset(m, rows) {
			c.chosen[id] = true
		}
	}
	c.narrow()
	if !c.touched {
		c.cursor = 0
		if picked := c.picked(); len(picked) > 0 && len(picked) < len(rows) {
			c.cursor = slices.IndexFunc(rows, func(r row) bool { return r.id == picked[0].id })
		}
	}
}

func (c *checklist) unread() {
	c.key = ""
	c.drop()
}

func (c *checklist) forget() {
	c.unread()
	c.rows, c.chosen, c.was, c.touched, c.err, c.filter, c.adding = nil, nil, nil, false, nil, nil, nil
}
