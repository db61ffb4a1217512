package policy

import "slices"

// Strings is the value of an element that JSON gives as one string or as a list of them. It remembers which, so that a
// document is written back as it was read. The zero value means that the element is absent.
type Strings struct {
	values []string
	single bool
}

// One is a single string, written without a list.
func One(value string) Strings { return Strings{values: []string{value}, single: true} }

// List is a list, written with brackets even when it holds one value.
func List(values ...string) Strings {
	return Strings{values: append([]string{}, values...)}
}

// OneOrList is One for one value and List for any other number.
func OneOrList(values ...string) Strings {
	if len(values) == 1 {
		return One(values[0])
	}
	return List(values...)
}

// Values are the strings in their order; nil when the element is absent. The caller may keep and change the slice.
func (s Strings) Values() []string { return slices.Clone(s.values) }

// Len is the number of strings.
func (s Strings) Len() int { return len(s.values) }

// IsSet tells whether the element is there at all.
func (s Strings) IsSet() bool { return s.values != nil }

// Has tells whether value is among the strings, exactly.
func (s Strings) Has(value string) bool { return slices.Contains(s.values, value) }

// Add returns the strings with those of values that were not among them at the end; the form stays single only while
// there is nothing to add.
func (s Strings) Add(values ...string) Strings {
	out := Strings{values: slices.Clone(s.values), single: s.single}
	for _, v := range values {
		if !slices.Contains(out.values, v) {
			out.values = append(out.values, v)
			out.single = len(out.values) == 1 && s.single
		}
	}
	return out
}

// Without returns the strings less those in values, in their order. It is a list, maybe an empty one, unless nothing changed.
func (s Strings) Without(values ...string) Strings {
	kept := []string{}
	for _, v := range s.values {
		if !slices.Contains(values, v) {
			kept = append(kept, v)
		}
	}
	if len(kept) == len(s.values) {
		return s.clone()
	}
	return Strings{values: kept}
}

func (s Strings) clone() Strings { return Strings{values: slices.Clone(s.values), single: s.single} }
