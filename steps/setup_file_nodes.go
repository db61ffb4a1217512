package steps

import (
	"regexp"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

type nodeKind int

const (
	nodeNothing nodeKind = iota // null, or no value
	nodeText
	nodeNumber // also unquoted text that another reader of YAML may take for a number
	nodeBool
	nodeList
	nodeMapping
)

var nodeWords = map[nodeKind]string{nodeNothing: "nothing", nodeText: "text", nodeNumber: "a number", nodeBool: "true or false",
	nodeList: "a list", nodeMapping: "a group of keys"}

// node is a value of the file, from YAML or JSON alike.
type node struct {
	kind    nodeKind
	line    int
	text    string // of text; of numbers and bools as they stand there
	items   []*node
	entries []entry
	size    int // nodes in it, aliases counted in full
}

type entry struct {
	key   string
	line  int
	value *node
}

// most nodes a file may come to with its aliases resolved, so that aliases of aliases cannot grow without bounds
const mostNodes = 200_000

var looksNumeric = regexp.MustCompile(`^[-+]?[0-9][0-9_]*(\.[0-9]*)?([eE][-+]?[0-9]+)?$`)

// yamlNodes turns the parser's tree into nodes: anchors, aliases and merge keys resolved.
type yamlNodes struct {
	anchors map[string]*node
	total   int
	faults  Faults
}

func (y *yamlNodes) fault(line int, accepted, problem string) {
	y.faults = append(y.faults, Fault{Line: line, Problem: problem, Accepted: accepted})
}

func (y *yamlNodes) build(from ast.Node) *node {
	n := &node{size: 1}
	if from == nil {
		return n
	}
	n.line = lineOf(from)
	switch from := from.(type) {
	case *ast.NullNode:
	case *ast.BoolNode:
		n.kind, n.text = nodeBool, from.Token.Value
	case *ast.IntegerNode:
		n.kind, n.text = nodeNumber, from.Token.Value
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		n.kind, n.text = nodeNumber, from.GetToken().Value
	case *ast.StringNode:
		n.kind, n.text = nodeText, from.Value
		if from.Token.Type == token.StringType && looksNumeric.MatchString(from.Value) {
			n.kind = nodeNumber
		}
	case *ast.LiteralNode:
		n.kind, n.text = nodeText, from.Value.Value
	case *ast.SequenceNode:
		n.kind = nodeList
		for _, value := range from.Values {
			item := y.build(value)
			n.items = append(n.items, item)
			n.size += item.size
		}
	case *ast.MappingNode:
		y.mapping(n, from.Values)
	case *ast.MappingValueNode:
		y.mapping(n, []*ast.MappingValueNode{from})
	case *ast.AnchorNode:
		n = y.build(from.Value)
		if from.Name != nil {
			y.anchors[from.Name.GetToken().Value] = n
		}
	case *ast.AliasNode:
		return y.alias(n, from)
	case *ast.TagNode:
		return y.tagged(n, from)
	default:
		y.fault(n.line, "keys with text, numbers, true or false, lists and groups", "holds something that a set-up file has no use for")
	}
	return n
}

func (y *yamlNodes) mapping(n *node, values []*ast.MappingValueNode) {
	n.kind = nodeMapping
	var merged []*node
	for _, value := range values {
		built := y.build(value.Value)
		n.size += built.size
		if value.Key.IsMergeKey() {
			merged = append(merged, built)
			continue
		}
		key := ast.Node(value.Key)
		if complex, ok := key.(*ast.MappingKeyNode); ok && complex.Value != nil {
			key = complex.Value
		}
		e := entry{line: lineOf(key), value: built}
		if text, ok := key.(*ast.StringNode); ok {
			e.key = text.Value
		} else {
			e.key = key.GetToken().Value
		}
		n.entries = append(n.entries, e)
	}
	if len(n.entries) > 0 {
		n.line = n.entries[0].line
	}
	for _, from := range merged {
		y.merge(n, from)
	}
}

// merge adds what "<<" points to: keys that the mapping has itself stay as they are.
func (y *yamlNodes) merge(n, from *node) {
	switch from.kind {
	case nodeMapping:
		own := make(map[string]bool, len(n.entries))
		for _, e := range n.entries {
			own[e.key] = true
		}
		for _, e := range from.entries {
			if !own[e.key] {
				n.entries = append(n.entries, e)
			}
		}
	case nodeList:
		for _, item := range from.items {
			if item.kind == nodeMapping {
				y.merge(n, item)
				continue
			}
			y.fault(from.line, "<<: *NAME, the name of a group of keys", "the merge key << points to something else than a group of keys")
		}
	default:
		y.fault(from.line, "<<: *NAME, the name of a group of keys", "the merge key << points to something else than a group of keys")
	}
}

func (y *yamlNodes) alias(n *node, from *ast.AliasNode) *node {
	name := ""
	if from.Value != nil {
		name = from.Value.GetToken().Value
	}
	target, ok := y.anchors[name]
	if !ok {
		y.fault(n.line, "the name of an anchor (&NAME) further up", "*"+plainKey(name)+" names nothing in the file")
		return n
	}
	if y.total += target.size; y.total > mostNodes {
		if y.total-target.size <= mostNodes {
			y.fault(n.line, "the values themselves, or fewer aliases", "the aliases of the file repeat too much")
		}
		return n
	}
	copied := *target
	copied.line = n.line
	return &copied
}

func (y *yamlNodes) tagged(n *node, from *ast.TagNode) *node {
	if from.Start.Value == "!!str" {
		if value := y.build(from.Value); value.kind == nodeText || value.kind == nodeNumber || value.kind == nodeBool {
			value.kind = nodeText
			return value
		}
	}
	y.fault(n.line, "the plain value", "the tag "+shown(from.Start.Value)+" is not understood")
	return n
}

func lineOf(n ast.Node) int {
	if mapping, ok := n.(*ast.MappingNode); ok && !mapping.IsFlowStyle && len(mapping.Values) > 0 {
		return lineOf(mapping.Values[0].Key)
	}
	if tk := n.GetToken(); tk != nil && tk.Position != nil {
		return tk.Position.Line
	}
	return 0
}
