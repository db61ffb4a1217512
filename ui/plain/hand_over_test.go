package plain

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
)

// Where only steps are left that somebody else does, the script has their commands, and their words as comments.
func TestHandOverOfStepsThatOthersDo(t *testing.T) {
	const command = "aws iam update-assume-role-policy --cli-input-json '{\"RoleName\":\"R\"}'"
	work := HandOver{Plan: &steps.Plan{Setup: central, Steps: []steps.PlannedStep{
		{Step: steps.StepTrust, Account: "111122223333", Change: steps.ChangeBlocked, Summary: "the trust policy must let the reader in", Commands: command,
			HandOff: "its owner changes the statement to this one:\n{\n  \"Sid\": \"Reader\"\n}\n\nWith the AWS CLI, as somebody who may in account 111122223333:\n" + command},
		{Step: steps.StepPermissions, Account: "444455556666", Change: steps.ChangeHandOff, Summary: "grant access in the portal", HandOff: "in the portal: Grant\nthen Submit"},
	}}, Undone: []int{0, 1}, Told: func(int) (string, string) { return "", "" }}
	script := work.CLI()
	var commands []string
	for line := range strings.Lines(script) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			commands = append(commands, line)
		}
	}
	if len(commands) != 1 || commands[0] != command || strings.Count(script, command) != 1 {
		t.Errorf("the script runs %q:\n%s", commands, script)
	}
	for _, said := range []string{"# as somebody who may, in account 111122223333\n", "# its owner changes the statement to this one:\n", "# then Submit\n"} {
		if !strings.Contains(script, said) {
			t.Errorf("the script does not say %q:\n%s", said, script)
		}
	}
	if !strings.Contains(work.JSON(), `"commands": "aws iam update-assume-role-policy`) || strings.Count(work.Text(), command) != 1 {
		t.Errorf("JSON\n%s\ntext\n%s", work.JSON(), work.Text())
	}
	if work.Undone = []int{1}; work.CLI() != "" {
		t.Errorf("a script without a command:\n%s", work.CLI())
	}
}
