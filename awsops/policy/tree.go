package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// node is one JSON value with the order of its members kept, which encoding/json would lose.
type node struct {
	value   any // string, json.Number, bool or nil for a leaf; else object or array below
	isObj   bool
	isArr   bool
	keys    []string
	members map[string]*node
	items   []*node
	offset  int64 // of the value's first token's end in the text
}

// maxDepth is far above what a policy needs and keeps hostile nesting from growing the stack.
const maxDepth = 32

// readTree reads exactly one JSON value; a key that stands twice in an object is an error, with its place.
func readTree(text string) (*node, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("the text is not valid UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	n, err := readNode(dec, "", 0, text)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("there is more text after the end of the document, at %s", place(text, dec.InputOffset()))
	}
	return n, nil
}

func readNode(dec *json.Decoder, path string, depth int, text string) (*node, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, syntaxError(err, text, dec)
	}
	n := &node{offset: dec.InputOffset()}
	delim, ok := tok.(json.Delim)
	if !ok {
		n.value = tok
		return n, nil
	}
	if depth >= maxDepth {
		return nil, fmt.Errorf("%s: nested deeper than %d levels", where(path), maxDepth)
	}
	if delim == '{' {
		n.isObj, n.members = true, map[string]*node{}
	} else {
		n.isArr = true
	}
	for dec.More() {
		if n.isArr {
			item, err := readNode(dec, fmt.Sprintf("%s[%d]", path, len(n.items)), depth+1, text)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
			continue
		}
		keyTok, err := dec.Token()
		if err != nil {
			return nil, syntaxError(err, text, dec)
		}
		key, _ := keyTok.(string)
		if _, twice := n.members[key]; twice {
			return nil, fmt.Errorf("%s: the key %q stands twice, the second time at %s", where(path), key, place(text, dec.InputOffset()))
		}
		member, err := readNode(dec, join(path, key), depth+1, text)
		if err != nil {
			return nil, err
		}
		n.keys = append(n.keys, key)
		n.members[key] = member
	}
	if _, err := dec.Token(); err != nil { // the closing bracket
		return nil, syntaxError(err, text, dec)
	}
	return n, nil
}

func syntaxError(err error, text string, dec *json.Decoder) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the JSON ends too early, at %s", place(text, int64(len(text))))
	}
	at := dec.InputOffset()
	var se *json.SyntaxError
	if errors.As(err, &se) {
		at = max(at, se.Offset)
	}
	return fmt.Errorf("not valid JSON at %s: %w", place(text, at), err)
}

// place is an offset as line and column, both from 1.
func place(text string, offset int64) string {
	offset = min(offset, int64(len(text)))
	before := text[:offset]
	line := 1
	last := 0
	for i := range len(before) {
		if before[i] == '\n' {
			line, last = line+1, i+1
		}
	}
	return fmt.Sprintf("line %d, column %d", line, max(1, utf8.RuneCountInString(before[last:])))
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func where(path string) string {
	if path == "" {
		return "the document"
	}
	return path
}

func (n *node) kind() string {
	switch {
	case n.isObj:
		return "an object"
	case n.isArr:
		return "a list"
	}
	switch n.value.(type) {
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	}
	return "null"
}
