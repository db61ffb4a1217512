package plain

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
)

// What people are told to run leads to their set-up: with its file or its name, and with the flags they gave.
func TestCommandsLeadToTheSetup(t *testing.T) {
	const says = "flowgrant apply -f FILE adds it; flowgrant doctor logs names the cause; flowgrant doctor logs --sandbox offers a fix; flowgrant doctor finds more; flowgrant plan -f FILE shows it"
	store := steps.OpenStore(t.TempDir()).Called("--sandbox")
	for _, c := range []struct {
		given []string
		want  string
	}{
		{nil, says},
		{[]string{"-f", "-"}, says},
		{[]string{"-f", "my file.yaml"}, "flowgrant apply -f 'my file.yaml' --sandbox adds it; flowgrant doctor -f 'my file.yaml' --sandbox names the cause; " +
			"flowgrant doctor logs --sandbox offers a fix; flowgrant doctor finds more; flowgrant plan -f 'my file.yaml' --sandbox shows it"},
		{[]string{"logs"}, "flowgrant resume logs --sandbox adds it; flowgrant doctor logs --sandbox names the cause; " +
			"flowgrant doctor logs --sandbox offers a fix; flowgrant doctor finds more; flowgrant plan -f FILE shows it"},
	} {
		var out strings.Builder
		New(&out, Look{}, steps.Setup{Name: "logs"}).Of(store).Given(c.given).Say(says)
		if got := strings.TrimSpace(out.String()); got != c.want {
			t.Errorf("given %q it says\n%s\nnot\n%s", c.given, got, c.want)
		}
	}
}

// A document and a command of a text are copied: their lines stay as they are.
func TestWhatIsCopiedStaysWhole(t *testing.T) {
	var out strings.Builder
	const document = "{\n  \"Sid\": \"A statement of some length\"\n}\naws iam get-role --role-name SomeRole"
	New(&out, Look{Width: 30}, steps.Setup{}).para(0, "", "a text that is much longer than the line:\n"+document)
	if want := "a text that is much longer\nthan the line:\n" + document + "\n"; out.String() != want {
		t.Errorf("it says\n%s\nnot\n%s", out.String(), want)
	}
}
