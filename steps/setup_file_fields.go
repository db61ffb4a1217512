package steps

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// fileReader reads a tree by the schema of the set-up file and collects what does not fit.
type fileReader struct {
	faults  Faults
	lines   map[string]int  // by field path: where its key stands
	spoilt  map[string]bool // fields that have a fault already
	holders map[string]bool // fields that hold one of those
}

// object is a group of keys with its path.
type object struct {
	path   string
	values map[string]*node
}

func (o object) get(key string) *node {
	n := o.values[key]
	if n == nil || n.kind == nodeNothing {
		return nil // a key without a value is as good as no key
	}
	return n
}

func (o object) at(key string) string { return joinPath(o.path, key) }

func joinPath(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (r *fileReader) fault(field string, line int, accepted, problem string, args ...any) {
	r.spoil(field)
	r.faults = append(r.faults, Fault{Line: line, Field: field, Problem: fmt.Sprintf(problem, args...), Accepted: accepted})
}

func (r *fileReader) spoil(field string) {
	r.spoilt[field] = true
	for at := parentOf(field); at != "" && !r.holders[at]; at = parentOf(at) {
		r.holders[at] = true
	}
}

func (r *fileReader) missing(field, accepted string) {
	r.fault(field, r.nearest(field), accepted, "is missing")
}

func (r *fileReader) has(field string) bool { _, ok := r.lines[field]; return ok }

// object reads a group of keys; keys it does not know, and keys that stand twice, are faults.
func (r *fileReader) object(n *node, path string, known ...string) object {
	o := object{path: path, values: map[string]*node{}}
	if n.kind != nodeMapping {
		accepted := "the keys " + strings.Join(known, ", ")
		if path == "" {
			r.fault("", n.line, acceptedFile, "the file holds %s, not a group of keys", n.describe())
		} else {
			r.fault(path, n.line, accepted, "%s is not a group of keys", n.describe())
		}
		return o
	}
	first := map[string]int{}
	for _, e := range n.entries {
		field := joinPath(path, plainKey(e.key))
		earlier, again := first[e.key]
		switch {
		case !slices.Contains(known, e.key):
			accepted, meant := didYouMean(e.key, path, known)
			r.fault(field, e.line, accepted, "unknown key")
			if meant != "" {
				r.spoil(joinPath(path, meant))
			}
		case again:
			r.fault(field, e.line, "each key once", "stands twice, first on line %d", earlier)
		default:
			first[e.key] = e.line
			o.values[e.key] = e.value
			if e.value.kind != nodeNothing {
				r.lines[field] = e.line
			}
		}
	}
	return o
}

// group reads the group of keys under a key of another group.
func (r *fileReader) group(parent object, key string, known ...string) object {
	if n := parent.get(key); n != nil {
		return r.object(n, parent.at(key), known...)
	}
	return object{path: parent.at(key)}
}

func (r *fileReader) text(o object, key string, to *string) {
	if n := o.get(key); n != nil {
		r.textAt(o.at(key), n, to)
	}
}

func (r *fileReader) textAt(field string, n *node, to *string) {
	switch n.kind {
	case nodeText:
		*to = n.text
	case nodeNumber, nodeBool:
		r.fault(field, n.line, `text in quotes: "`+plainKey(n.text)+`"`, "%s is not text", n.describe())
	default:
		r.fault(field, n.line, "text", "%s is not text", n.describe())
	}
}

// accountID reads an account ID. A bare number of 12 digits can only mean itself; any other may have lost zeros on its way.
func (r *fileReader) accountID(o object, key string, to *string) {
	n := o.get(key)
	if n == nil || n.kind != nodeNumber {
		r.text(o, key, to)
		return
	}
	switch {
	case accountPattern.MatchString(n.text) && n.text[0] != '0':
		*to = n.text
	case accountPattern.MatchString(n.text):
		r.fault(o.at(key), n.line, `the ID in quotes: "`+n.text+`"`, "%s starts with 0 and stands without quotes, which YAML may read as another number", n.text)
	default:
		r.fault(o.at(key), n.line, `12 digits in quotes, such as "012345678901"`, "%s does not have 12 digits; zeros at its start may have been lost", n.describe())
	}
}

func (r *fileReader) boolean(o object, key string, to *bool) {
	n := o.get(key)
	switch {
	case n == nil:
	case n.kind == nodeBool:
		*to = strings.EqualFold(n.text, "true")
	default:
		r.fault(o.at(key), n.line, "true or false, without quotes", "%s is neither true nor false", n.describe())
	}
}

func (r *fileReader) integer(o object, key string, to *int) {
	n := o.get(key)
	if n == nil {
		return
	}
	number, ok := wholeNumber(n.text)
	switch {
	case n.kind == nodeNumber && ok:
		*to = number
	case n.kind == nodeText && ok:
		r.fault(o.at(key), n.line, "the number without quotes: "+n.text, "%s is text, not a number", n.describe())
	default:
		r.fault(o.at(key), n.line, "a whole number, without quotes", "%s is not a whole number", n.describe())
	}
}

func (r *fileReader) texts(o object, key string, to *[]string) {
	n := o.get(key)
	if n == nil {
		return
	}
	if n.kind != nodeList {
		accepted := "a list, such as [a, b]"
		if n.kind == nodeText {
			accepted = "a list: [" + plainKey(n.text) + "]"
		}
		r.fault(o.at(key), n.line, accepted, "%s is not a list", n.describe())
		return
	}
	*to = make([]string, len(n.items))
	for i, item := range n.items {
		field := fmt.Sprintf("%s[%d]", o.at(key), i)
		r.lines[field] = item.line
		if item.kind == nodeNothing {
			r.fault(field, item.line, "a value, or no such line", "is empty")
			continue
		}
		r.textAt(field, item, &(*to)[i])
	}
}

// describe says what stands there, for a message.
func (n *node) describe() string {
	switch n.kind {
	case nodeText:
		return "the text " + shown(n.text)
	case nodeNumber:
		return "the number " + plainKey(n.text)
	case nodeBool:
		return n.text
	}
	return nodeWords[n.kind]
}

var plainKeyPattern = regexp.MustCompile(`^[A-Za-z0-9_.+-]{1,60}$`)

// plainKey makes what a file holds fit to be shown as part of a path.
func plainKey(key string) string {
	if plainKeyPattern.MatchString(key) {
		return key
	}
	return shown(key)
}

// homes says where keys belong that are easily put in the wrong group.
var homes = map[string]string{
	"external_id": "reader", "kms_key_arn": "bucket", "arn": "bucket", "create": "bucket", "tls_only": "bucket", "expire_after_days": "bucket",
	"traffic": "flow_logs", "aggregation_seconds": "flow_logs", "regions": "flow_logs", "vpcs": "flow_logs", "leave_out": "flow_logs", "delete_replaced": "flow_logs",
	"destination": "flow_logs", "log_group": "flow_logs", "retention_days": "flow_logs.log_group",
	"assume_role": "account.credentials", "profile": "account.credentials", "credentials": "account", "id": "account", "kind": "reader",
}

// didYouMean gives the accepted form for an unknown key, and the known key that was probably meant.
func didYouMean(key, path string, known []string) (accepted, meant string) {
	folded := strings.ReplaceAll(strings.ToLower(key), "-", "_")
	best, least := "", 3
	for _, k := range known {
		d := distance(folded, k)
		if strings.ReplaceAll(folded, "_", "") == strings.ReplaceAll(k, "_", "") {
			d = 0
		}
		if d < least && d < len(k) {
			best, least = k, d
		}
	}
	switch home := homes[folded]; {
	case best != "":
		return best + " (did you mean that?)", best
	case home != "" && home != path:
		return folded + " under " + home, ""
	}
	return "one of " + strings.Join(known, ", "), ""
}

// distance counts the letters to add, drop or change between two short words (Levenshtein).
func distance(a, b string) int {
	if len(a) > len(b)+3 || len(b) > len(a)+3 {
		return 4
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
