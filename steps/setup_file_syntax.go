package steps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	mostBytes = 1 << 20
	mostDepth = 50     // brackets, tags and anchors within each other: the parser calls itself for each
	mostKeys  = 25_000 // the parser's time grows with the square of these
	mostLines = 30_000
	mostRare  = 500 // documents, keys written with "?", blocks of text: a set-up needs none of them
)

const acceptedFile = "a set-up file; the wizard (flowgrant) writes one"

// readNodes reads YAML, or JSON, into a tree. What it refuses are files that have no tree, or one that nobody means.
func readNodes(data []byte) (*node, Faults) {
	whole := func(line int, accepted, problem string, args ...any) (*node, Faults) {
		return nil, Faults{{Line: line, Problem: fmt.Sprintf(problem, args...), Accepted: accepted}}
	}
	if len(data) > mostBytes {
		return whole(0, "at most 1 MiB", "the file has %d bytes", len(data))
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	if at := oddByte(data); at >= 0 {
		return whole(lineAt(data, at), "UTF-8 text", "the file holds a byte that text does not have")
	}
	trimmed := bytes.TrimSpace(data)
	if len(trimmed) == 0 {
		return whole(0, acceptedFile, "the file is empty")
	}
	if depth := bytes.Count(data, []byte("[")) + bytes.Count(data, []byte("{")); trimmed[0] == '{' && depth <= mostKeys && json.Valid(data) {
		return jsonNodes(data)
	}
	return yamlTree(data)
}

// oddByte finds the first byte that is no UTF-8 or a control character; -1: none.
func oddByte(data []byte) int {
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		if (r == utf8.RuneError && size <= 1) || (r < ' ' && r != '\n' && r != '\t') || (r >= 0x7f && r < 0xa0) || r == 0x2028 || r == 0x2029 || r == 0xfeff {
			return at
		}
		at += size
	}
	return -1
}

func lineAt(data []byte, at int) int { return 1 + bytes.Count(data[:at], []byte("\n")) }

func yamlTree(data []byte) (tree *node, faults Faults) {
	defer func() {
		// the parser is not ours, and a file that breaks it is still only a file that cannot be read
		if recover() != nil {
			tree, faults = nil, Faults{{Problem: "the file cannot be read as YAML", Accepted: acceptedFile}}
		}
	}()
	if lines := bytes.Count(data, []byte("\n")); lines > mostLines {
		return nil, Faults{{Problem: fmt.Sprintf("the file has %d lines", lines), Accepted: fmt.Sprintf("at most %d lines: several smaller set-ups", mostLines)}}
	}
	tokens := lexer.Tokenize(string(data))
	if f := tooMuch(tokens); f != nil {
		return nil, Faults{*f}
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxFaults(data, err)
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if _, directive := doc.Body.(*ast.DirectiveNode); doc.Body != nil && !directive {
			bodies = append(bodies, doc.Body)
		}
	}
	switch len(bodies) {
	case 0:
		return nil, Faults{{Problem: "the file holds no set-up", Accepted: acceptedFile}}
	case 1:
	default:
		return nil, Faults{{Line: lineOf(bodies[1]), Problem: "a second document begins here", Accepted: "one set-up a file, without --- between its parts"}}
	}
	y := &yamlNodes{anchors: map[string]*node{}}
	tree = y.build(bodies[0])
	return tree, y.faults
}

// tooMuch finds what would keep the parser busy for long, or exhaust its stack.
func tooMuch(tokens token.Tokens) *Fault {
	depth, run, keys, rare := 0, 0, 0, 0
	for _, tk := range tokens {
		switch tk.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.MappingValueType:
			keys++
		case token.DocumentHeaderType, token.MappingKeyType, token.LiteralType, token.FoldedType:
			rare++
		}
		switch tk.Type {
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType, token.DirectiveType:
			run++
		case token.StringType, token.SingleQuoteType, token.DoubleQuoteType:
			// an anchor's name is text too: only text that no anchor waits for ends a run
			if tk.Prev == nil || tk.Prev.Type != token.AnchorType {
				run = 0
			}
		}
		if depth > mostDepth || run > mostDepth || rare > mostRare {
			return &Fault{Line: tk.Position.Line, Problem: "the file is built in a way that no set-up is", Accepted: acceptedFile}
		}
		if keys > mostKeys {
			return &Fault{Line: tk.Position.Line, Problem: fmt.Sprintf("the file has more than %d keys", mostKeys), Accepted: "several smaller set-ups"}
		}
	}
	return nil
}

var tabIndent = regexp.MustCompile(`^ *\t`)

func syntaxFaults(data []byte, err error) Faults {
	var tabs Faults
	for i, line := range strings.Split(string(data), "\n") {
		if tabIndent.MatchString(line) && strings.TrimSpace(line) != "" && len(tabs) < 10 {
			tabs = append(tabs, Fault{Line: i + 1, Problem: "is indented with a tab", Accepted: "spaces"})
		}
	}
	if len(tabs) > 0 {
		return tabs
	}
	fault := Fault{Problem: "cannot be read as YAML", Accepted: "keys and values as in `key: value`, indented with spaces"}
	var syntax yaml.Error
	if errors.As(err, &syntax) {
		fault.Problem += ": " + strings.Trim(shown(syntax.GetMessage()), `"`)
		if tk := syntax.GetToken(); tk != nil && tk.Position != nil {
			fault.Line = tk.Position.Line
		}
	}
	return Faults{fault}
}

// jsonNodes reads valid JSON.
func jsonNodes(data []byte) (*node, Faults) {
	j := &jsonReader{data: data, decoder: json.NewDecoder(bytes.NewReader(data)), line: 1}
	j.decoder.UseNumber()
	tree, err := j.value(0)
	if err == nil {
		if _, end := j.decoder.Token(); end != io.EOF {
			err = errors.New("more than one value")
		}
	}
	if err != nil {
		return nil, Faults{{Line: j.line, Problem: "cannot be read as JSON: " + err.Error(), Accepted: acceptedFile}}
	}
	return tree, nil
}

type jsonReader struct {
	data    []byte
	decoder *json.Decoder
	counted int64 // bytes up to which lines are counted
	line    int
}

func (j *jsonReader) next() (json.Token, error) {
	tk, err := j.decoder.Token()
	at := min(j.decoder.InputOffset(), int64(len(j.data)))
	j.line += bytes.Count(j.data[j.counted:at], []byte("\n"))
	j.counted = at
	return tk, err
}

func (j *jsonReader) value(depth int) (*node, error) {
	if depth > mostDepth {
		return nil, errors.New("is nested too deeply")
	}
	tk, err := j.next()
	if err != nil {
		return nil, err
	}
	n := &node{line: j.line, size: 1}
	switch tk := tk.(type) {
	case string:
		n.kind, n.text = nodeText, tk
	case json.Number:
		n.kind, n.text = nodeNumber, tk.String()
	case bool:
		n.kind, n.text = nodeBool, fmt.Sprint(tk)
	case json.Delim:
		if tk == '{' {
			n.kind = nodeMapping
		} else {
			n.kind = nodeList
		}
		return n, j.inside(n, depth)
	}
	return n, nil
}

func (j *jsonReader) inside(n *node, depth int) error {
	for j.decoder.More() {
		var e entry
		if n.kind == nodeMapping {
			tk, err := j.next()
			if err != nil {
				return err
			}
			e.key, _ = tk.(string)
			e.line = j.line
		}
		value, err := j.value(depth + 1)
		if err != nil {
			return err
		}
		if n.kind == nodeList {
			n.items = append(n.items, value)
			continue
		}
		e.value = value
		n.entries = append(n.entries, e)
	}
	_, err := j.next()
	return err
}
