package wizard

import (
	"context"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/clipboard"
)

// driver plays Bubble Tea's part: it runs commands beside the test and gives their messages to the model. It works in a synctest bubble.
type driver struct {
	t    *testing.T
	m    *model
	mu   sync.Mutex
	msgs []tea.Msg
	quit bool
}

func plainEnv(name string) string {
	return map[string]string{"TERM": "xterm-256color", "LANG": "en_US.UTF-8", "NO_COLOR": "1"}[name]
}

func drive(t *testing.T, e Engine, change ...func(*Options)) *driver {
	t.Helper()
	o := Options{Open: func(context.Context, Connect) (Engine, error) { return e, nil }, Connect: Connect{Sandbox: true}, Wait: -1,
		Dir: t.TempDir(), Getenv: plainEnv, now: now}
	o.Profiles = func(bool) steps.Profiles {
		p := steps.Profiles{Files: []string{"~/.aws/config", "~/.aws/credentials"}}
		if s, ok := e.(*script); !ok || !s.noProfiles {
			p.Names = []string{"log-archive", "payments", "storefront"}
		}
		return p
	}
	for _, c := range change {
		c(&o)
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	d := &driver{t: t, m: newModel(ctx, o, clipboard.Clipboard{})}
	d.m.send = func(msg tea.Msg) { d.mu.Lock(); d.msgs = append(d.msgs, msg); d.mu.Unlock() }
	d.do(d.m.Init())
	d.settle()
	return d
}

// end lets everything that still waits come to an end.
func (d *driver) end() {
	if d.m.run != nil {
		d.m.run.cancel()
		d.m.run.kill()
	}
	for _, l := range d.m.loads {
		l.cancel(nil)
	}
	time.Sleep(time.Second + time.Minute) // the timer of an age that was shown
}

// do runs a command in a goroutine; batches and sequences are taken apart.
func (d *driver) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		msg := cmd()
		if v := reflect.ValueOf(msg); v.IsValid() && v.Kind() == reflect.Slice {
			for i := range v.Len() {
				if c, ok := v.Index(i).Interface().(tea.Cmd); ok {
					d.do(c)
				}
			}
			return
		}
		d.mu.Lock()
		d.msgs = append(d.msgs, msg)
		d.mu.Unlock()
	}()
}

// settle delivers messages until everything waits for a person or for time.
func (d *driver) settle() {
	for {
		synctest.Wait()
		d.mu.Lock()
		msgs := d.msgs
		d.msgs = nil
		d.mu.Unlock()
		if len(msgs) == 0 {
			return
		}
		for _, msg := range msgs {
			if _, ok := msg.(tea.QuitMsg); ok {
				d.quit = true
			}
			_, cmd := d.m.Update(msg)
			d.do(cmd)
		}
	}
}

func (d *driver) send(msg tea.Msg) {
	_, cmd := d.m.Update(msg)
	d.do(cmd)
	d.settle()
}

var named = map[string]tea.KeyType{"enter": tea.KeyEnter, "esc": tea.KeyEsc, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
	"tab": tea.KeyTab, "ctrl+c": tea.KeyCtrlC, "ctrl+u": tea.KeyCtrlU, "ctrl+z": tea.KeyCtrlZ, "ctrl+r": tea.KeyCtrlR, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp, "end": tea.KeyEnd,
	"home": tea.KeyHome, "backspace": tea.KeyBackspace, "space": tea.KeySpace}

// keys presses keys: a name of a key, or text that is typed letter by letter.
func (d *driver) keys(keys ...string) {
	d.t.Helper()
	for _, k := range keys {
		if typ, ok := named[k]; ok {
			msg := tea.KeyMsg{Type: typ}
			if typ == tea.KeySpace {
				msg.Runes = []rune{' '}
			}
			d.send(msg)
			if k == "esc" {
				time.Sleep(2 * escapeWait)
				d.settle()
			}
			continue
		}
		for _, r := range k {
			d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
		}
	}
}

func (d *driver) paste(s string) {
	d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s), Paste: true})
}

func (d *driver) size(w, h int) { d.send(tea.WindowSizeMsg{Width: w, Height: h}) }

func (d *driver) see(want ...string) {
	d.t.Helper()
	frame := d.m.View()
	for _, w := range want {
		if !strings.Contains(flat(frame), flat(w)) {
			d.t.Fatalf("the screen does not show %q:\n%s", w, frame)
		}
	}
}

func (d *driver) notSee(unwanted string) {
	d.t.Helper()
	if frame := d.m.View(); strings.Contains(flat(frame), flat(unwanted)) {
		d.t.Fatalf("the screen shows %q:\n%s", unwanted, frame)
	}
}

// flat takes the line breaks out, so that wrapping does not matter.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

// fits fails where a frame is wider or taller than the screen, or holds a control character.
func (d *driver) fits(what string) {
	d.t.Helper()
	frame := d.m.View()
	lines := strings.Split(frame, "\n")
	if len(lines) > d.m.h {
		d.t.Errorf("%s at %dx%d: %d lines\n%s", what, d.m.w, d.m.h, len(lines), frame)
	}
	for _, l := range lines {
		if w := ansi.StringWidthWc(l); w > d.m.w {
			d.t.Errorf("%s at %dx%d: a line of %d columns: %q", what, d.m.w, d.m.h, w, l)
		}
		if strings.ContainsFunc(l, func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 }) {
			d.t.Errorf("%s at %dx%d: control characters in %q", what, d.m.w, d.m.h, l)
		}
	}
}

func TestMain(m *testing.M) {
	_ = os.Setenv("TERM", "dumb")
	os.Exit(m.Run())
}
