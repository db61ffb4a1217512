package wizard

import (
	"context"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
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

// isGroup tells of a row that stands for all of its group, of which nothing is listed.
func (r *row) isGroup() bool { return r.group != "" && r.id == r.group }

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
	case "0", "1", "2", "3", "4", "5", "6", "7", "8", "9": // an ID begins
		if c.parse != nil {
			c.adding = newEntry("")
			c.add(m, msg)
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
		c.wrong = labelStillLooking
		return nil
	case len(c.rows) == 0 && c.parse != nil:
		c.adding = newEntry("") // what cannot be found can be typed
		return nil
	case len(rows) == 0:
		c.wrong = sayChooseAtLeastOne + c.noun + labelBySpace
		return nil
	}
	cmd, wrong := m.answer(c, func() string { return c.store(m, rows, func(group string) bool { return whole[group] }) })
	c.wrong = wrong
	return cmd
}

func (c *checklist) keys(m *model) []key.Binding {
	if c.adding != nil {
		return []key.Binding{bind("enter", doesAdd, "enter"), bind("esc", doesCancel, "esc")}
	}
	if c.typing() {
		return []key.Binding{bind("enter", doesToTheList, "enter"), bind("esc", doesNoFilter, "esc")}
	}
	some := len(c.shown) > 0
	return []key.Binding{m.keyOn(), when(some, bind("space", doesChoose, " ")), when(some, bind("a", doesAll, "a")), when(some, bind("n", doesNone, "n")),
		when(c.err != nil || len(c.remarks) > 0, bind("r", doesLookAgain, "r")),
		when(some && c.hasState, bind("m", doesOnlyThoseMissing, "m")), when(len(c.rows) > 0, bind("/", doesFilter, "/")), when(c.parse != nil, bind("+", doesTypeOrPaste, "+")),
		when(c.filter != nil, bind("esc", doesNoFilter, "esc"))}
}
