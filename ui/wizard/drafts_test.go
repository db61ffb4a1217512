package wizard

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/words"
)

// Wherever the program is killed between two questions, the next start goes on with the answers, and the same set-up file comes of it. The answers
// are gone once a run of them has begun.
func TestAnswersOutliveTheProgram(t *testing.T) {
	for name, c := range sameAnswersOf {
		hand, err := steps.ParseSetup("hand.yaml", []byte(c.hand))
		if err != nil {
			t.Fatal(err)
		}
		for n := 2; n <= len(c.keys); n++ {
			t.Run(fmt.Sprintf("%s, killed after %d", name, n), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				stored := func(o *Options) { o.Store = steps.OpenStore(dir) }
				play(t, &script{}, func(d *driver) {
					d.keys("enter")
					for _, keys := range c.keys[:n] {
						d.keys(keys...)
					}
				}, stored)
				play(t, &script{}, func(d *driver) {
					d.see("▸ "+words.SayDraft, string(hand.Mode), "Continue", words.SayNotTheDraft)
					d.keys("enter")
					for _, keys := range c.keys[n:] {
						d.keys(keys...)
					}
					e := d.m.engine.(*script)
					if len(e.planned) == 0 {
						t.Fatalf("not at the review:\n%s", d.m.View())
					}
					if screen := e.planned[0]; string(screen.YAML()) != string(hand.YAML()) {
						t.Errorf("the wizard gives\n%s\nby hand\n%s", screen.YAML(), hand.YAML())
					}
					d.confirm()
					if left := d.m.o.Store.Drafts(); len(left) > 0 {
						t.Errorf("kept although a run has begun: %+v", left)
					}
				}, stored)
			})
		}
	}
}

// What plain lines have kept goes on in the full screen, and the other way round, with the same set-up file.
func TestAnswersGoOnInTheOtherWay(t *testing.T) {
	c := sameAnswersOf["centralized, an existing bucket with a key, a whole account and a part of another"]
	hand, err := steps.ParseSetup("hand.yaml", []byte(c.hand))
	if err != nil {
		t.Fatal(err)
	}
	typed := strings.Split(c.typed, "|")
	for n := 3; n <= len(c.keys); n++ {
		dir := t.TempDir()
		stored := func(o *Options) { o.Store = steps.OpenStore(dir) }
		play(t, &script{}, func(d *driver) {
			d.keys("enter")
			for _, keys := range c.keys[:n] {
				d.keys(keys...)
			}
		}, stored)
		kept := steps.OpenStore(dir).Drafts()
		if len(kept) != 1 {
			t.Fatalf("after %d answers %d drafts are kept", n, len(kept))
		}
		var rest []string
		if kept[0].Next != "" {
			at := n
			if n >= 9 { // plain lines say what is known of a bucket, and ask nothing
				at--
			}
			rest = typed[at:]
		}
		var out, asked strings.Builder
		s, err := plain.New(&out, plain.Look{Width: 80}, steps.Setup{}).Questions(t.Context(), plain.NewAsker(strings.NewReader(strings.Join(rest, "\n")+"\n"), &asked), &script{}, kept[0], nil)
		if err != nil {
			t.Fatalf("after %d answers, next %q: %v\n%s", n, kept[0].Next, err, out.String())
		}
		if string(s.YAML()) != string(hand.YAML()) {
			t.Errorf("after %d answers, next %q, plain lines give\n%s\nby hand\n%s", n, kept[0].Next, s.YAML(), hand.YAML())
		}
	}
}

// Another start keeps answers of its own: those that are there stay, are listed the newest first, and can be chosen.
func TestAnswersOfAnotherStartStay(t *testing.T) {
	dir := t.TempDir()
	stored := func(o *Options) { o.Store = steps.OpenStore(dir) }
	for _, account := range []string{"111122223333", "222233334444"} {
		play(t, &script{}, func(d *driver) {
			if d.m.top().(*who).items[0].label == words.SayDraft {
				d.keys("down", "enter") // not with those
				d.see(words.TitleKnown, words.SayDraft)
				d.keys("end", "enter") // a new set-up
			} else {
				d.keys("enter")
			}
			d.keys("enter", "999988887777", "enter", "ctrl+u", account, "enter")
			d.keys("ctrl+c")
			d.see("What you have answered is kept")
		}, stored)
		time.Sleep(time.Millisecond)
	}
	play(t, &script{}, func(d *driver) {
		d.see("per-account, 222233334444")
		d.keys("down", "enter")
		d.see("Go on with your answers", "per-account, 222233334444", "Go on with older answers (2)", "per-account, 111122223333", "New set-up")
		d.keys("down", "enter")
		d.see("111122223333")
		d.keys("esc")
		d.see("Question 2: Workload account", "> 111122223333_")
		d.keys("esc")
		d.see("Question 1:", "> 999988887777_")
	}, stored)
	files, err := filepath.Glob(filepath.Join(dir, "answers", "*.json"))
	if err != nil || len(files) != 2 {
		t.Fatalf("kept in %v, %v", files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f, info.Mode(), err)
		}
	}
}
