package plain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/ui/words"
)

// outside are the literals of a file that hold a word which a person could read: with what is only compared, named or formatted left out.
func outside(t *testing.T, name string, source any) (found []string) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	no := map[ast.Node]bool{}
	leave := func(nodes ...ast.Expr) {
		for _, n := range nodes {
			no[n] = true
		}
	}
	word := regexp.MustCompile(`[A-Za-z]{2,}`)
	markup := regexp.MustCompile("%[-+#0-9.]*[a-z]|```(json|yaml)|&lt;|&gt;")
	ending := regexp.MustCompile(`^[-.][a-z.-]+$`) // of a file's name
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.GenDecl: // a constant of package words is where a text stands
			return n.Tok != token.CONST || file.Name.Name != "words"
		case *ast.Field:
			if n.Tag != nil {
				leave(n.Tag)
			}
		case *ast.BinaryExpr: // a value of the engine or of the environment
			_, member := n.X.(*ast.SelectorExpr)
			_, called := n.X.(*ast.CallExpr)
			if (n.Op == token.EQL || n.Op == token.NEQ) && (member || called) {
				leave(n.Y)
			}
		case *ast.CallExpr: // commands, environment variables and layouts of times
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "Command" || f.Sel.Name == "Getenv" || f.Sel.Name == "Format") {
				leave(n.Args...)
			}
		case *ast.BasicLit:
			if n.Kind != token.STRING || no[n] {
				return true
			}
			text, err := strconv.Unquote(n.Value)
			if err != nil {
				t.Fatal(err)
			}
			if bare := markup.ReplaceAllString(text, ""); word.MatchString(bare) && !ending.MatchString(bare) && text != "aws" { // the usual partition
				found = append(found, set.Position(n.Pos()).String()+": "+n.Value)
			}
		}
		return true
	})
	return found
}

// Every word that plain lines show or take stands in package words: no file here holds one, no file of the plain journey, and no function there.
func TestEveryWordStandsInOnePlace(t *testing.T) {
	for _, where := range []string{"*.go", "../command/accessible*.go", "../words/*.go"} {
		files, err := filepath.Glob(where)
		if err != nil || len(files) < 5 {
			t.Fatal(where, len(files), err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			for _, text := range outside(t, name, nil) {
				t.Errorf("%s belongs into package words", text)
			}
		}
	}
}

// The guard sees a word wherever one can be put: in an option, a label, a format, what is typed, and an error.
func TestAWordElsewhereIsSeen(t *testing.T) {
	for line, want := range map[string]int{
		`_ = []option{{"yes", ""}}`: 1, `p.para(2, "Why: ", s)`: 1, `p.line("%d of %s", n, s)`: 1, `if typed == "take" {}`: 1,
		`switch typed { case "all": }`: 1, `_ = errors.New("too long")`: 1, `p.title(words.TitleWho + "now")`: 1, `const hint = "Free to choose"`: 1,
		`if found.State == "missing" {}`: 0, `p.line("%-14s %s", a, b)`: 0, `s.Command("resume", n)`: 0, `_ = name + ".yaml"`: 0,
	} {
		if got := outside(t, "line.go", "package plain\nfunc f() {\n"+line+"\n}\n"); len(got) != want {
			t.Errorf("%s: found %q", line, got)
		}
	}
}

// What a text tells to type is the word that is taken.
func TestWordsToTypeAreTold(t *testing.T) {
	for text, typed := range map[string][]string{
		words.SayBackAndHelp: {words.WordBack}, words.SayNoneLeavesEmpty: {words.WordNone}, words.SayRoleOrProfile: {words.WordProfile},
		words.SayWhichVPCs: {words.WordAll, words.WordMissing}, words.SayNoneMissing: {words.WordAll},
		words.SayTypeYes: {words.WordYes}, words.SayTypeYesOrNo: {words.WordYes, words.WordNo},
		words.AskConfirm:     {words.WordYes, words.WordNo, words.WordBack, words.WordSave, words.WordList},
		words.SayNotAccepted: {words.WordYes, words.WordNo, words.WordBack, words.WordSave, words.WordList},
	} {
		for _, word := range typed {
			if !regexp.MustCompile(`(?i)\b` + word + `\b`).MatchString(text) {
				t.Errorf("%q does not tell %q", text, word)
			}
		}
	}
}
