package wizard

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// saying is a text under its name, in lower case at the front.
type saying struct{ name, text string }

// texts gives the texts of words.go, of words_labels.go and of package words, also those that are put together of others.
func texts(t *testing.T) (found []saying) {
	t.Helper()
	shared, err := filepath.Glob("../words/*.go")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var of *types.Package // package words, for what words.go takes from it
	for _, names := range [][]string{shared, {"words.go", "words_labels.go"}} {
		var files []*ast.File
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(set, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		check := types.Config{Importer: only{of}, Error: func(error) {}} // texts need nothing else that is imported
		of, _ = check.Check("words", set, files, nil)
		for _, name := range of.Scope().Names() {
			if c, ok := of.Scope().Lookup(name).(*types.Const); ok && c.Val().Kind() == constant.String {
				found = append(found, saying{strings.ToLower(name[:1]) + name[1:], constant.StringVal(c.Val())})
			}
		}
	}
	return found
}

// only imports package words.
type only struct{ words *types.Package }

func (o only) Import(path string) (*types.Package, error) {
	if o.words != nil && strings.HasSuffix(path, "/ui/words") {
		return o.words, nil
	}
	return nil, fmt.Errorf("%s is not needed", path)
}

// Every text keeps to a length at 60 columns: a heading to its line, what is said on a screen to a few, a help page to its paragraphs.
func TestWordsAreShortAtSixtyColumns(t *testing.T) {
	all := texts(t)
	if len(all) < 500 {
		t.Fatalf("only %d texts found", len(all))
	}
	filled := regexp.MustCompile(`%[sd]`)
	for _, said := range all {
		name, text := said.name, said.text
		text = filled.ReplaceAllString(text, "central-logs")
		lines := len(wrap(text, 60))
		most := 4
		switch {
		case strings.HasPrefix(name, "title"), strings.HasPrefix(name, "tab"), strings.HasPrefix(name, "label"), strings.HasPrefix(name, "word"):
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
		if strings.Contains(strings.TrimLeft(text, " "), "  ") && !strings.HasPrefix(name, "help") && !strings.HasPrefix(name, "columns") || strings.TrimSpace(text) == "" {
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

// Names of answers, columns and pages, what keys do, and the parts of sentences stand there, too: no other file of the wizard holds a text of two
// words, one that begins with a capital, or what a key does.
func TestLabelsStandInOnePlace(t *testing.T) {
	label := regexp.MustCompile(`[A-Za-z]{2,} [a-z]{2,}|^[^A-Za-z]*[A-Z][a-z]+`)
	setting := regexp.MustCompile(`^(Jan 2 15:04|OrganizationAccountAccessRole|setups backups|wrong format)$`) // of a time, a name in AWS, a command, a state of the engine
	names, err := filepath.Glob("*.go")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "words") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		tell := func(lit *ast.BasicLit) {
			t.Errorf("%s: %s belongs into words_labels.go", set.Position(lit.Pos()), lit.Value)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec, *ast.Comment:
				return false
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "bind" {
					ast.Inspect(n.Args[1], func(does ast.Node) bool {
						if lit, ok := does.(*ast.BasicLit); ok && lit.Kind == token.STRING {
							tell(lit)
						}
						return true
					})
				}
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && label.MatchString(text) && !setting.MatchString(text) {
					tell(n)
				}
			}
			return true
		})
	}
}
