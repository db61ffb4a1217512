package steps_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
)

var update = flag.Bool("update", false, "write the tables in docs anew")

// causeRow is what a test showed of one cause.
type causeRow struct {
	id, title     string
	failing       []string // checks that verify fails
	found, mended string
}

// offers are the ways in which a cause is taken away.
var offers = map[steps.Mend]string{
	steps.MendApply:  "`apply`",
	steps.MendChange: "`doctor`, once confirmed, then `apply`",
	steps.MendHand:   "a person, as the fix says",
	steps.MendWait:   "time",
}

// checkTable compares the table in the documentation with what was shown, and writes it with -update.
func checkTable(t *testing.T, file string, rows []causeRow) {
	t.Helper()
	order := steps.CauseIDs()
	slices.SortStableFunc(rows, func(a, b causeRow) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.id), slices.Index(order, b.id)), slices.Compare(a.failing, b.failing), cmp.Compare(a.mended, b.mended))
	})
	rows = slices.CompactFunc(rows, func(a, b causeRow) bool {
		return a.id == b.id && slices.Equal(a.failing, b.failing) && a.mended == b.mended
	})
	var b strings.Builder
	b.WriteString(causesIntro)
	shown := map[string]bool{}
	for _, r := range rows {
		shown[r.id] = true
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.id, r.title, strings.Join(r.failing, ", "), r.found, r.mended)
	}
	fmt.Fprintf(&b, "\nThat is %d causes in %d rows. Named too, and shown by other tests, since nothing that is broken makes them stand first:\n\n", len(shown), len(rows))
	for _, id := range order {
		if !shown[id] {
			fmt.Fprintf(&b, "- `%s`: %s\n", id, steps.CauseTitle(id))
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile(file)
	if err != nil || strings.ReplaceAll(string(text), "\r\n", "\n") != b.String() {
		t.Errorf("%s does not say what the tests show; write it anew with go test ./steps -run EachCause -update\n%s", file, b.String())
	}
}

const causesIntro = `# Why logs do not arrive, or cannot be read

What ` + "`flowgrant doctor`" + ` can name, in the order in which it ranks causes: those that bring others with them stand first. The table is written by
a test (` + "`go test ./steps -run EachCause -update`" + `): it sets up everything on the embedded AWS, breaks it in that one way, wants the cause to be named
first and ` + "`verify`" + ` to fail exactly the checks given, takes the fix that is offered, and wants everything to pass again and nothing else to be
changed.

| cause | what it means | ` + "`verify`" + ` fails | found | mended by |
|---|---|---|---|---|
`
