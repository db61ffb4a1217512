package policy

import (
	"fmt"
	"slices"
	"strings"
)

// ChangeKind is what happened to a statement.
type ChangeKind string

// What can happen to a statement between two documents.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
	Same    ChangeKind = "same"
)

// Change is one statement before and after.
type Change struct {
	Kind        ChangeKind
	Before      *Statement // nil when added
	After       *Statement // nil when removed
	BeforeIndex int        // -1 when added
	AfterIndex  int        // -1 when removed
}

// Diff compares two documents statement by statement. Statements are paired by Sid, then by meaning, then by likeness; a pair of the same
// meaning and Sid is Same. The changes come in the order of the second document, what was removed where it stood.
func Diff(before, after Document) []Change {
	pair := pairStatements(before.Statements, after.Statements)
	partner := map[int]int{} // after index by before index
	for a, b := range pair {
		if b >= 0 {
			partner[b] = a
		}
	}
	out := []Change{}
	next := 0 // the first statement of before that has not been told
	flush := func(limit int) {
		for ; next < limit; next++ {
			if _, kept := partner[next]; !kept {
				s := before.Statements[next].Clone()
				out = append(out, Change{Removed, &s, nil, next, -1})
			}
		}
	}
	for a, b := range pair {
		now := after.Statements[a].Clone()
		if b < 0 {
			out = append(out, Change{Added, nil, &now, -1, a})
			continue
		}
		flush(b)
		was := before.Statements[b].Clone()
		kind := Changed
		if was.Sid == now.Sid && was.Equal(now) {
			kind = Same
		}
		out = append(out, Change{kind, &was, &now, b, a})
	}
	flush(len(before.Statements))
	return out
}

// pairStatements gives for each statement of after the index of its partner in before, or -1.
func pairStatements(before, after []Statement) []int {
	pair := make([]int, len(after))
	taken := make([]bool, len(before))
	for i := range pair {
		pair[i] = -1
	}
	meaningOf := func(list []Statement) []string {
		out := make([]string, len(list))
		for i, s := range list {
			out[i] = s.meaning()
		}
		return out
	}
	was, now := meaningOf(before), meaningOf(after)
	match := func(like func(b, a int) bool) {
		for i := range after {
			for j := range before {
				if pair[i] < 0 && !taken[j] && like(j, i) {
					pair[i], taken[j] = j, true
				}
			}
		}
	}
	match(func(b, a int) bool { return before[b].Sid == after[a].Sid && was[b] == now[a] })
	match(func(b, a int) bool { return after[a].Sid != "" && before[b].Sid == after[a].Sid })
	match(func(b, a int) bool { return was[b] == now[a] })
	for i, a := range after { // the likest of what is left, if it is alike at all
		best, score := -1, 0.5
		for j, b := range before {
			if pair[i] < 0 && !taken[j] && (a.Sid == "" || b.Sid == "") {
				if l := likeness(b, a); l > score {
					best, score = j, l
				}
			}
		}
		if best >= 0 {
			pair[i], taken[best] = best, true
		}
	}
	return pair
}

// likeness is the part that two statements share of their actions, resources, principals and tests, 0 to 1; "*" tells nothing.
func likeness(a, b Statement) float64 {
	if a.Effect != b.Effect {
		return 0
	}
	x, y := a.traits(), b.traits()
	common := 0
	for _, t := range x {
		if slices.Contains(y, t) {
			common++
		}
	}
	return 2 * float64(common) / float64(max(1, len(x)+len(y)))
}

func (s Statement) traits() []string {
	var out []string
	add := func(kind string, list Strings) {
		for _, v := range list.values {
			if v != "*" {
				out = append(out, kind+strings.ToLower(v))
			}
		}
	}
	add("a ", s.Action)
	add("na ", s.NotAction)
	add("r ", s.Resource)
	add("nr ", s.NotResource)
	for i, p := range []*Principals{s.Principal, s.NotPrincipal} {
		if p != nil {
			for _, list := range []Strings{p.AWS, p.Service, p.Federated, p.CanonicalUser} {
				add(fmt.Sprintf("p%d ", i), list)
			}
		}
	}
	for _, t := range s.Condition {
		add("c "+t.Operator+" "+t.Key+" ", t.Values)
	}
	return out
}

// DiffText is the difference of two documents as text lines with "+ ", "- " or two spaces before them, statement by statement; statements that
// stayed the same are folded to a line. "" stands for no document. Text that is no policy document is compared line by line.
// It is empty when both mean the same, statement for statement.
func DiffText(before, after string) string {
	b, errB := parseOrNone(before)
	a, errA := parseOrNone(after)
	if errA != nil || errB != nil {
		return lineDiff(lines(before), lines(after), "")
	}
	var out strings.Builder
	changes := Diff(b, a)
	bare := strings.TrimSpace(before) == "" || strings.TrimSpace(after) == ""
	header := b.Version != a.Version || b.ID != a.ID
	if !header && !slices.ContainsFunc(changes, func(c Change) bool { return c.Kind != Same }) {
		return ""
	}
	if header {
		out.WriteString(lineDiff(headLines(b, before), headLines(a, after), ""))
	}
	same := 0
	fold := func() {
		if same > 0 {
			fmt.Fprintf(&out, "  … %d %s unchanged\n", same, plural(same, "statement", "statements"))
		}
		same = 0
	}
	for _, c := range changes {
		if c.Kind == Same && !bare {
			same++
			continue
		}
		fold()
		var was, now []string
		if c.Before != nil {
			was = lines(c.Before.Pretty())
		}
		if c.After != nil {
			now = lines(c.After.Pretty())
		}
		out.WriteString(lineDiff(was, now, "  "))
	}
	fold()
	return out.String()
}

func parseOrNone(text string) (Document, error) {
	if strings.TrimSpace(text) == "" {
		return Document{}, nil
	}
	return Parse(text)
}

func headLines(d Document, text string) []string {
	var out []string
	if strings.TrimSpace(text) == "" {
		return nil
	}
	if d.Version != "" {
		out = append(out, fmt.Sprintf("Version: %s", d.Version))
	}
	if d.ID != "" {
		out = append(out, fmt.Sprintf("Id: %s", d.ID))
	}
	return out
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// lineDiff writes both sides with their longest common lines once.
func lineDiff(before, after []string, indent string) string {
	var out strings.Builder
	common := commonLines(before, after)
	i, j := 0, 0
	for k := 0; k <= len(common); k++ {
		stop := k == len(common)
		for i < len(before) && (stop || before[i] != common[k]) {
			out.WriteString("- " + indent + before[i] + "\n")
			i++
		}
		for j < len(after) && (stop || after[j] != common[k]) {
			out.WriteString("+ " + indent + after[j] + "\n")
			j++
		}
		if !stop {
			out.WriteString("  " + indent + common[k] + "\n")
			i, j = i+1, j+1
		}
	}
	return out.String()
}

// maxDiffCells bounds the table of commonLines; larger texts are shown as replaced whole.
const maxDiffCells = 16 << 20

// commonLines is the longest common subsequence.
func commonLines(a, b []string) []string {
	if len(a)*len(b) > maxDiffCells {
		return nil
	}
	width := len(b) + 1
	table := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i*width+j] = table[(i+1)*width+j+1] + 1
			} else {
				table[i*width+j] = max(table[(i+1)*width+j], table[i*width+j+1])
			}
		}
	}
	out := []string{}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			out = append(out, a[i])
			i, j = i+1, j+1
		case table[(i+1)*width+j] >= table[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	return out
}
