package wizard

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

func now() time.Time { return time.Now() }

var expired = &steps.StepError{Step: steps.StepIdentity, Tried: "sign in with profile log-archive", Cause: "the single sign-on session has expired",
	Fix: "aws sso login --profile log-archive", RequestID: "8f1c"}

// centralized goes to a question of the centralized journey: reader, external ID, account, way, label, role, bucket, details, resources, way, regions, VPCs, rest.
func (d *driver) centralized(until int) {
	d.keys("enter", "down", "enter")
	for _, answer := range [][]string{
		{"999988887777", "enter"}, {"xs-7f3a91", "enter"}, {"ctrl+u", "444455556666", "enter"}, {"enter"}, {"enter"}, {"enter"},
		{"ctrl+u", "central-flow-logs", "enter"}, {"enter"}, {"down", "down", "space", "down", "space", "enter"}, {"enter"}, {"enter"}, {"enter"}, {"enter"},
	}[:until] {
		d.keys(answer...)
	}
}

func (d *driver) perAccount(until int) {
	d.keys("enter", "enter")
	for _, answer := range [][]string{
		{"999988887777", "enter"}, {"ctrl+u", "111122223333", "enter"}, {"enter"}, {"enter"}, {"enter"}, {"ctrl+u", "archive-existing", "enter"}, {"enter"},
		{"enter"}, {"enter"}, {"enter"},
	}[:until] {
		d.keys(answer...)
	}
}

// remember puts a set-up that was begun before into the store.
func (d *driver) remember() { d.rememberFile(contractFile) }

// stores are the files of stores with one set-up each, by the text of the set-up: writing a store for every scene takes time.
var stores sync.Map

func (d *driver) rememberFile(text string) {
	d.t.Helper()
	dir := d.t.TempDir()
	d.m.o.Store = steps.OpenStore(dir)
	if from, ok := stores.Load(text); ok {
		if err := os.CopyFS(dir, from.(fs.FS)); err != nil {
			d.t.Fatal(err)
		}
		return
	}
	s, err := steps.ParseSetup("setup.yaml", []byte(text))
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.m.o.Store.Save(s); err != nil {
		d.t.Fatal(err)
	}
	kept := fstest.MapFS{}
	if err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, path))
		kept[path] = &fstest.MapFile{Data: data, Mode: 0o600}
		return err
	}); err != nil {
		d.t.Fatal(err)
	}
	stores.Store(text, kept)
}

// keepDocuments puts a set-up into the store with two documents as they were before it changed them.
func (d *driver) keepDocuments() {
	d.t.Helper()
	d.remember()
	for _, of := range [][2]string{{"trust", "ColortokensHubFlowLogsRole"}, {"bucket-policy", "central-flow-logs"}} {
		if err := d.m.o.Store.Backup("central-logs", "444455556666", "", of[0], of[1], `{"Version":"2012-10-17","Statement":[]}`); err != nil {
			d.t.Fatal(err)
		}
		time.Sleep(time.Hour)
	}
}

// keepAnswers puts the answers of so many starts into the store, an hour apart.
func (d *driver) keepAnswers(starts int) {
	d.t.Helper()
	if d.m.o.Store == nil {
		d.m.o.Store = steps.OpenStore(d.t.TempDir())
	}
	for n := range starts {
		s := steps.NewSetup(steps.Centralized)
		s.Reader.Account, s.Account.ID = "999988887777", "444455556666"
		next := words.NameBucket
		if n == 0 && starts > 1 {
			s.Name, next = "central-logs", ""
		}
		if err := d.m.o.Store.SaveDraft(d.m.o.Store.NewDraft(), s, next); err != nil {
			d.t.Fatal(err)
		}
		time.Sleep(time.Hour)
	}
}

// show puts a screen in sight that no scripted answer leads to.
func (d *driver) show(s screen) {
	d.do(d.m.show(s))
	d.settle()
}

func (d *driver) page(state steps.SetupState) { d.show(&setupPage{state: state}) }

// takeAll goes to the review of taking back everything that can go.
func (d *driver) takeAll() {
	d.revoke(0)
	d.keys("down", "enter", "enter", "down", "enter")
}

// proveOut proves that a set-up, which was taken back some time ago, is.
func (d *driver) proveOut() {
	d.remember()
	d.keys("r", "enter")
	d.page(knownStates()[4])
	d.keys("enter")
}

// many goes to the review of the centralized mode with so many workload accounts.
func (d *driver) many(accounts int) {
	d.centralized(8)
	d.keys("n")
	var ids []string
	for i := range accounts {
		ids = append(ids, fmt.Sprintf("6000000000%02d", i))
	}
	d.paste(strings.Join(ids, "\n"))
	d.keys("enter", "enter", "enter", "enter", "enter")
}

// revoke goes to a question of taking back: flow logs, sessions, bucket, and then to the review.
func (d *driver) revoke(until int) {
	d.remember()
	d.keys("r", "enter", "enter", "end", "up", "enter")
	for n := range until {
		if n == 0 {
			d.keys("down") // delete the flow logs: only then the bucket may go
		}
		d.keys("enter")
	}
}

func (d *driver) confirm() { d.keys("a", "yes", "enter") }

// scene is a screen in a state that it can be in.
type scene struct {
	engine *script
	play   func(d *driver)
}

// scenes are all screens in the states they can be in.
var scenes = merge(questionScenes, reviewScenes, runScenes, endScenes, knownScenes, diagnosisScenes)

func merge(parts ...map[string]scene) map[string]scene {
	all := map[string]scene{}
	for _, part := range parts {
		for name, s := range part {
			if _, twice := all[name]; twice {
				panic("two scenes are called " + name)
			}
			all[name] = s
		}
	}
	return all
}

// stageScene plays a scene in a bubble of its own.
func stageScene(t *testing.T, name string, look func(d *driver)) {
	scene := scenes[name]
	synctest.Test(t, func(t *testing.T) {
		e := scene.engine.copy()
		d := drive(t, e)
		defer d.end()
		scene.play(d)
		look(d)
	})
}

func TestScreens(t *testing.T) {
	for name := range scenes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			frames := map[int]string{}
			stageScene(t, name, func(d *driver) {
				height := 24
				if d.m.helping { // of a help page all of it
					height = 70
				}
				for _, width := range []int{60, 80, 120} {
					d.size(width, height)
					d.fits(name)
					frames[width] = d.m.View() + "\n"
				}
			})
			for width, frame := range frames {
				t.Run(fmt.Sprint(width), func(t *testing.T) { golden.RequireEqual(t, frame) })
			}
		})
	}
}

// TestFits goes through every scene at many sizes: no line is wider and no frame taller than the screen.
func TestFits(t *testing.T) {
	for name := range scenes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stageScene(t, name, func(d *driver) {
				for w := 30; w <= 200; w += 10 {
					for _, h := range []int{5, 12, 20, 24, 33, 60} {
						d.size(w+h%7, h)
						d.fits(name)
					}
				}
			})
		})
	}
}

// TestChosenStaysInSight: what the keys act on is shown on the lowest screen, too.
func TestChosenStaysInSight(t *testing.T) {
	for name := range scenes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stageScene(t, name, func(d *driver) {
				if c, ok := d.m.top().(*checklist); ok && (c.wrong != "" || c.adding != nil) {
					return // that is in sight instead
				}
				if s, ok := d.m.top().(*end); ok && s.cursor == 0 {
					return // it begins at the top, whatever is there
				}
				if d.size(80, 200); d.m.helping || len(d.m.dialogs) > 0 || !strings.Contains(d.m.View(), "▸ ") {
					return
				}
				for _, height := range []int{24, 16, minHeight} {
					for _, width := range []int{80, 60, minWidth} {
						if d.size(width, height); !strings.Contains(d.m.View(), "▸ ") {
							t.Errorf("%s at %dx%d:\n%s", name, width, height, d.m.View())
						}
					}
				}
			})
		})
	}
}
