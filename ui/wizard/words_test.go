package wizard

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// texts gives the texts of words.go and of package words by their names.
func texts(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../words/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, name := range append(files, "words.go") {
		textsOf(t, name, found)
	}
	return found
}

func textsOf(t *testing.T, name string, found map[string]string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) < len(spec.Names) {
			return true
		}
		for i, name := range spec.Names {
			if lit, ok := spec.Values[i].(*ast.BasicLit); ok {
				text, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				found[strings.ToLower(name.Name[:1])+name.Name[1:]] = text
			}
		}
		return true
	})
}

// Every text keeps to a length at 60 columns: a heading to its line, what is said on a screen to a few, a help page to its paragraphs.
func TestWordsAreShortAtSixtyColumns(t *testing.T) {
	all := texts(t)
	if len(all) < 100 {
		t.Fatalf("only %d texts found", len(all))
	}
	filled := regexp.MustCompile(`%[sd]`)
	for name, text := range all {
		text = filled.ReplaceAllString(text, "central-logs")
		lines := len(wrap(text, 60))
		most := 4
		switch {
		case strings.HasPrefix(name, "title"), strings.HasPrefix(name, "tab"):
			most = 1
		case strings.HasPrefix(name, "name"):
			most = 1
			if w := ansi.StringWidth(text); w > 45 { // beside it stands the answer or its number
				t.Errorf("%s is %d columns wide: %q", name, w, text)
			}
		case strings.HasPrefix(name, "hint"):
			most = 3
		case strings.HasPrefix(name, "help"), strings.HasPrefix(name, "more"):
			most = 30
			for _, paragraph := range strings.Split(text, "\n\n") {
				if n := len(wrap(paragraph, 60)); n > 10 {
					t.Errorf("%s has a paragraph of %d lines: %q", name, n, paragraph)
				}
			}
		}
		if lines > most {
			t.Errorf("%s takes %d lines at 60 columns, at most %d: %q", name, lines, most, text)
		}
		if strings.Contains(text, "  ") && !strings.HasPrefix(name, "help") || strings.TrimSpace(text) == "" {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// What a person reads stands in words.go and in package words: no other file of the wizard and of the plain questions holds a sentence.
func TestSentencesStandInOnePlace(t *testing.T) {
	sentence := regexp.MustCompile(`[a-z]+ [a-z]+ [a-z]+ [a-z]+`)
	var files []string
	for _, where := range []string{"*.go", "../plain/questions*.go", "../plain/field.go", "../command/accessible*.go"} {
		found, err := filepath.Glob(where)
		if err != nil || len(found) == 0 {
			t.Fatal(where, err)
		}
		files = append(files, found...)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "words") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && sentence.MatchString(lit.Value) {
				t.Errorf("%s: %s belongs into words.go", set.Position(lit.Pos()), lit.Value)
			}
			return true
		})
	}
}
