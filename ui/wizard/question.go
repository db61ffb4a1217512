package wizard

// question is what every screen that asks has in common: the words, and when it is asked.
type question struct {
	name  string // heading
	ask   string // what is asked and why, one or two sentences
	where string // where to find it
	more  string // for the help page: what happens with it
	skip  func(m *model) bool
	hint  func(m *model) string // what is known here, e.g. what the portal of the sandbox shows; nil: nothing
}

func (q *question) stage() stage { return stageAnswers }

func (q *question) help(*model) string {
	s := q.ask
	for _, part := range []string{q.where, q.more} {
		if part != "" {
			s += "\n\n" + part
		}
	}
	return s
}

func (q *question) intro(m *model, p *page, width int) {
	text := min(width, maxText)
	p.add(wrap(q.ask, text)...)
	if q.where != "" {
		p.add(each(m.theme.faint.Render, wrap(q.where, text))...)
	}
	if q.hint != nil {
		if h := q.hint(m); h != "" {
			p.add(each(m.theme.warn.Render, wrap(h, text))...)
		}
	}
	p.add("")
}
