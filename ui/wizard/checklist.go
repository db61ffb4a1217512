package wizard

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// row is a line of a checklist.
type row struct {
	id    string
	group string // what is chosen is told by group, e.g. by account
	label string // first cell
	cells []string
	lacks bool // picked by "only those missing"
	warn  bool // worth a look: shown in the colour of a warning
	name  string
	added bool // typed or pasted, not found
}

// checklist is a question answered by choosing rows.
type checklist struct {
	question
	list
	noun     string
	head     string   // of the label; "": no heads
	columns  []column // after the label, which takes the rest
	load     func(m *model) (key string, read func(ctx context.Context) ([]row, []string, error))
	parse    func(m *model, text string) (rows []row, problem string)           // what was typed or pasted; nil: only what was found
	store    func(m *model, chosen []row, whole func(group string) bool) string // "" or what is wrong; whole: every row of the group is chosen
	more     func(m *model) []row                                               // chosen before, whether found or not; nil: none
	preset   func(m *model, rows []row) []string                                // what is chosen before the person chooses; nil: nothing
	held     func(m *model) bool                                                // while nothing is found: what was answered before stays the answer; nil: it does not
	allWhile bool                                                               // while nothing is found, "all" is an answer
	hasState bool                                                               // rows have a state, and those that lack something can be picked

	rows    []row
	chosen  map[string]bool
	was     map[string]bool // before the rows were dropped: the groups that were chosen as a whole; nil: nothing was dropped
	touched bool
	remarks []string
	key     string
	err     error
	filter  *entry
	adding  *entry
	wrong   string
	shown   []int    // indexes of the rows that pass the filter
	search  []string // what the filter looks through, by row
	wide    int      // of the widest label
	total   string   // the tally; empty: to be counted again
}

// found is what a checklist's reading brings.
type found struct {
	rows    []row
	remarks []string
}

func (c *checklist) title(m *model) string { return m.questionTitle(c, c.name) }
func (c *checklist) typing() bool {
	return c.filter != nil && c.filter.input.Focused() || c.adding != nil
}

func (c *checklist) enter(m *model) tea.Cmd {
	if c.chosen == nil {
		c.chosen = map[string]bool{}
	}
	c.narrow()
	key, read := c.load(m)
	if key == c.key && c.err == nil {
		return nil
	}
	c.err = nil
	if c.key != "" && c.key != key {
		c.drop() // they are of other answers
	}
	return m.read(c, key, func(ctx context.Context) (any, error) {
		rows, remarks, err := read(ctx)
		return found{rows, remarks}, err
	})
}

func (c *checklist) update(m *model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case loadedMsg:
		c.arrived(m, msg)
	case tea.KeyMsg:
		return c.press(m, msg)
	}
	return nil
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

func (c *checklist) press(m *model, msg tea.KeyMsg) tea.Cmd {
	c.wrong = ""
	switch {
	case c.adding != nil:
		c.add(m, msg)
		return nil
	case msg.Paste && c.parse != nil:
		c.take(m, string(msg.Runes))
		return nil
	case c.filter != nil && c.filter.input.Focused():
		c.typeFilter(msg)
		return nil
	case c.move(msg, len(c.shown), 10, true):
		return nil
	}
	switch msg.String() {
	case " ", "x":
		if c.cursor < len(c.shown) {
			id := c.rows[c.shown[c.cursor]].id
			c.mark(m, id, !c.chosen[id])
		}
	case "a", "n":
		for _, i := range c.shown {
			c.mark(m, c.rows[i].id, msg.String() == "a")
		}
	case "m":
		if c.hasState {
			for _, i := range c.shown {
				c.mark(m, c.rows[i].id, c.rows[i].lacks)
			}
		}
	case "/":
		if c.filter == nil {
			c.filter = newEntry("")
		}
		c.filter.input.Focus()
	case "+", "i":
		if c.parse != nil {
			c.adding = newEntry("")
		}
	case "r":
		c.key = ""
		return c.enter(m)
	case "enter":
		return c.done(m)
	}
	return nil
}

func (c *checklist) mark(m *model, id string, on bool) {
	c.touched, m.answers.touched, c.total = true, true, ""
	c.chosen[id] = on
}

func (c *checklist) typeFilter(msg tea.KeyMsg) {
	switch msg.String() {
	case "enter", "down":
		c.filter.input.Blur()
	default:
		c.filter.update(msg)
		c.cursor = 0
		c.narrow()
	}
}

// escape leaves the filter or the line being added; only then Esc means back.
func (c *checklist) escape(*model) bool {
	switch {
	case c.adding != nil:
		c.adding = nil
	case c.filter != nil:
		c.filter = nil
		c.narrow()
	default:
		return false
	}
	return true
}

func (c *checklist) add(m *model, msg tea.KeyMsg) {
	switch {
	case msg.Paste && strings.ContainsAny(string(msg.Runes), "\r\n"):
		text := c.adding.value() + string(msg.Runes)
		c.adding = nil
		c.take(m, text)
	case msg.String() == "enter":
		text := c.adding.value()
		c.adding = nil
		if strings.TrimSpace(text) != "" {
			c.take(m, text)
		}
	default:
		c.adding.update(msg)
	}
}

// take adds what was typed or pasted, chosen; what it could not read it tells.
func (c *checklist) take(m *model, text string) {
	rows, problem := c.parse(m, text)
	at := map[string]int{}
	for i, r := range c.rows {
		at[r.id] = i
	}
	for _, r := range rows {
		if _, known := at[r.id]; !known {
			at[r.id], r.added = len(c.rows), true
			c.rows = append(c.rows, r)
		}
		c.mark(m, r.id, true)
	}
	c.filter = nil
	c.narrow()
	if len(rows) > 0 {
		c.cursor = at[rows[len(rows)-1].id]
	}
	c.wrong = problem
}

// narrow finds the rows that pass the filter.
func (c *checklist) narrow() {
	c.shown = c.shown[:0]
	want := ""
	if c.filter != nil {
		want = strings.ToLower(strings.TrimSpace(c.filter.value()))
	}
	for _, r := range c.rows[min(len(c.search), len(c.rows)):] {
		c.search = append(c.search, strings.ToLower(r.label+" "+r.id+" "+strings.Join(r.cells, " ")))
		c.wide = max(c.wide, ansi.StringWidth(r.label))
	}
	for i := range c.rows {
		if want == "" || strings.Contains(c.search[i], want) {
			c.shown = append(c.shown, i)
		}
	}
	c.total = ""
	c.clamp(len(c.shown))
}

func (c *checklist) picked() []row {
	var rows []row
	for _, r := range c.rows {
		if c.chosen[r.id] {
			rows = append(rows, r)
		}
	}
	return rows
}

func (c *checklist) done(m *model) tea.Cmd {
	rows := c.picked()
	whole := c.wholes()
	switch {
	case len(c.rows) == 0 && c.allWhile && (!m.loading(c) || c.was == nil || everyOne(c.was)):
		whole = nil
	case m.loading(c) && len(rows) == 0:
		c.wrong = "Still looking: wait a moment."
		return nil
	case len(rows) == 0:
		c.wrong = sayChooseAtLeastOne + c.noun + " (space)."
		return nil
	}
	cmd, wrong := m.answer(c, func() string { return c.store(m, rows, func(group string) bool { return whole[group] }) })
	c.wrong = wrong
	return cmd
}

func (c *checklist) unread() {
	c.key = ""
	c.drop()
}

func (c *checklist) forget() {
	c.unread()
	c.rows, c.chosen, c.was, c.touched, c.err, c.filter, c.adding = nil, nil, nil, false, nil, nil, nil
}

func (c *checklist) keys(m *model) []key.Binding {
	if c.adding != nil {
		return []key.Binding{bind("enter", "add", "enter"), bind("esc", "cancel", "esc")}
	}
	if c.typing() {
		return []key.Binding{bind("enter", "to the list", "enter"), bind("esc", "no filter", "esc")}
	}
	return []key.Binding{m.keyOn(), bind("space", "choose", " "), bind("a", "all", "a"), bind("n", "none", "n"),
		when(c.hasState, bind("m", "only those missing", "m")), bind("/", "filter", "/"), when(c.parse != nil, bind("+", "type or paste", "+")),
		when(c.err != nil || len(c.remarks) > 0, bind("r", "look again", "r"))}
}

func (c *checklist) view(m *model, width, height int) page {
	p := page{focus: -1}
	c.intro(m, &p, width)
	switch {
	case m.loading(c):
		p.add(cut(m.waitingLine(c, "Looking"), width))
		if c.allWhile && len(c.rows) == 0 {
			p.add(each(m.theme.faint.Render, wrap(c.meanwhile(m, sayEnterTakesAllWithoutWaiting), width))...)
		}
	case c.err != nil:
		p.add(m.faultLines(c.err, width)...)
		if c.allWhile {
			p.add(each(m.theme.faint.Render, wrap(c.meanwhile(m, sayEnterTakesAllTheReview), width))...)
		}
	}
	for _, r := range c.remarks {
		p.add(each(m.theme.warn.Render, hang("⚠ ", r, width))...)
	}
	if c.adding != nil {
		p.focus = len(p.lines)
		p.add(c.adding.view(m.theme, width, false))
	} else if c.filter != nil {
		p.add(m.theme.faint.Render("filter ") + c.filter.view(m.theme, width-7, false))
	}
	if c.wrong != "" {
		p.focus = len(p.lines)
		p.add(each(m.theme.bad.Render, hang("✗ ", c.wrong, width))...)
	}
	if len(c.rows) == 0 {
		return p
	}
	beside := 1
	if c.head != "" {
		beside = 2
	}
	squeezed := c.squeezed(width - 6)
	if squeezed {
		beside++
	}
	from, to := c.window(len(c.shown), max(3, height-len(p.lines)-beside))
	tally := c.tally()
	if to-from < len(c.shown) {
		tally = fmt.Sprintf(sayRows, from+1, to) + tally
	}
	p.add(m.theme.faint.Render(cut(tally, width)))
	if c.head != "" {
		p.add(m.theme.faint.Render("      " + c.headLine(width-6)))
	}
	for i := from; i < to; i++ {
		p.add(c.rowLine(m, i, width))
		if i == c.cursor && c.adding == nil && c.wrong == "" {
			p.focus = len(p.lines) - 1
		}
	}
	if squeezed && c.cursor < len(c.shown) {
		p.add(m.theme.accent.Render(cut("      "+c.unsaid(c.rows[c.shown[c.cursor]], width-6), width)))
	}
	return p
}

// meanwhile says what Enter takes while nothing was found.
func (c *checklist) meanwhile(m *model, otherwise string) string {
	if c.held != nil && c.held(m) {
		return sayEnterKeepsTheChoice
	}
	return otherwise
}

// tally says how many are chosen; it is counted only when that may have changed.
func (c *checklist) tally() string {
	if c.total != "" {
		return c.total
	}
	n := 0
	var names []string
	for i := range c.rows {
		if c.chosen[c.rows[i].id] {
			if n++; n < 4 {
				names = append(names, c.rows[i].label)
			}
		}
	}
	s := fmt.Sprintf("%d of %s chosen", n, count(len(c.rows), c.noun))
	if n > 0 && n < 4 && n < len(c.rows) {
		s += ": " + strings.Join(names, ", ")
	}
	if len(c.shown) != len(c.rows) {
		s += fmt.Sprintf(", %d shown", len(c.shown))
	}
	c.total = s
	return s
}

func (c *checklist) rowLine(m *model, i, width int) string {
	r := c.rows[c.shown[i]]
	mark, box := "  ", "[ ] "
	if c.chosen[r.id] {
		box = "[x] "
	}
	line := c.line(r.label, r.cells, width-6, false)
	switch {
	case i == c.cursor:
		mark = "▸ "
		return m.theme.chosen.Render(mark + box + line)
	case r.warn:
		return mark + box + m.theme.warn.Render(line)
	default:
		return mark + box + line
	}
}
