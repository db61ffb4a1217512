package wizard

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
)

// Nothing that the engine says reaches the screen with a flag, a command or a key of the set-up file that the person has no use for here.
func TestTheEngineIsToldInTermsOfTheScreen(t *testing.T) {
	// Commands of AWS and jq, the vendor's script, and what starts flowgrant are to be typed as they are.
	foreign := regexp.MustCompile(`^jq -|\baws [a-z0-9-]+ |\baws %s |login --profile|configure --profile|--storage-access|--state-dir|deploy-colortokens|^ ?--profile %?s?$|^ --[a-z]`)
	ours := regexp.MustCompile(`(^|[ (])--[a-z]|flowgrant (plan|apply|verify|doctor)\b|\bapply again|\b(flow_logs|bucket|reader|account)\.(arn|create|region|kms_key_arn|role|external_id|vpcs|regions|delete_replaced)\b`)
	seen := 0
	hit := make([]bool, len(tellings))
	for _, dir := range []string{"../../steps", "../../awsops"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			base := filepath.Base(name)
			// A diagnosis without a set-up has no screen here, and a set-up file speaks of itself.
			if strings.HasSuffix(base, "_test.go") || base == "doctor_account.go" || base == "doctor_receiving.go" || strings.HasPrefix(base, "setup_") || base == "fields_arn.go" {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				e, ok := n.(ast.Expr)
				if !ok {
					return true
				}
				text, ok := literal(e)
				if !ok {
					return true
				}
				here := text
				for i, t := range tellings {
					hit[i] = hit[i] || t.engine.MatchString(here)
					here = t.engine.ReplaceAllString(here, t.here)
				}
				if !ours.MatchString(text) || foreign.MatchString(text) || strings.HasPrefix(text, "flow_logs.") { // the last is the name of a key alone, for JSON
					return false
				}
				seen++
				if ours.MatchString(here) {
					t.Errorf("%s: %q is told as %q", set.Position(e.Pos()), text, here)
				} else {
					t.Logf("%s", here)
				}
				return false
			})
		}
	}
	for i, telling := range tellings {
		if !hit[i] {
			t.Errorf("nothing that the engine says is told by %q", telling.engine)
		}
	}
	if seen < 30 {
		t.Errorf("only %d texts found: is the search still right?", seen)
	}
}

// literal is the text of a string, or of several put together with values between them.
func literal(e ast.Expr) (text string, ok bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, some := literal(e.X)
		right, more := literal(e.Y)
		if e.Op != token.ADD || !some && !more {
			return "", false
		}
		if !some {
			left = "central-logs"
		}
		if !more {
			right = "central-logs"
		}
		return left + right, true
	}
	return "", false
}

// What is taken along keeps the engine's own terms: they are right outside.
func TestWhatIsTakenAlongKeepsTheTermsOfTheCommandLine(t *testing.T) {
	e := &script{run: func(_ context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
		e := steps.StepEvent{Key: 3, Step: steps.StepRole, Account: p.Setup.Account.ID, Status: steps.Failed, Cause: "it cannot be understood", Fix: "mend it, then apply again"}
		o.Emit(e)
		return steps.Result{Setup: p.Setup.Name, Status: steps.ResultFailed, Failure: &e}
	}}
	play(t, e, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.see("To do: mend it, then try again")
		if out := strings.Join(outcomeLines(*d.m.outcome.result, d.m.outcome.setup, nil, false), "\n"); !strings.Contains(out, "then apply again") {
			t.Errorf("the outcome that stays on the terminal:\n%s", out)
		}
	})
}
