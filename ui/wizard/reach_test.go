package wizard

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// What differs between a high and a low screen though it says the same: the cursor's mark, and which rows are in sight.
var notSaid = strings.NewReplacer("▸ ", "  ", "_", "", "> ", "")

var (
	rowsInSight = regexp.MustCompile(`^rows \d+-\d+ · `)
	stepInSight = regexp.MustCompile(`^── .* \d+ of \d+ ─*$`)
)

const mostKeys = 150 // of one kind

// between gives the lines of a frame between head and foot.
func between(frame string) []string {
	lines := strings.Split(frame, "\n")
	lines = lines[min(3, len(lines)):]
	for i, l := range lines {
		if l != "" && strings.Trim(l, "─") == "" {
			return lines[:i]
		}
	}
	return lines
}

// announced is the line that says that there is more this way, where there is one.
func announced(frame, way string) string {
	for _, l := range between(frame) {
		if strings.Contains(l, map[string]string{"below": "↓ ", "above": "↑ "}[way]) && strings.Contains(l, way) {
			return l
		}
	}
	return ""
}

// until gives a key again and again until it changes nothing more; each sees the frames that it leads to.
func (d *driver) until(key string, each func(frame string)) {
	frame := d.m.View()
	for range mostKeys {
		d.keys(key)
		next := d.m.View()
		if next == frame {
			return
		}
		frame = next
		each(frame)
	}
	d.t.Errorf("%s %d times, and there is still more to come", key, mostKeys)
}

func saidIn(seen map[string]bool, lines []string) {
	for _, l := range lines {
		l = rowsInSight.ReplaceAllString(strings.TrimRight(notSaid.Replace(l), " "), "")
		if l != "" && !stepInSight.MatchString(l) && !strings.HasSuffix(l, "· …") { // the last is looked at only in sight
			seen[l] = true
		}
	}
}

// TestEveryLineCanBeReached drives every scene on low screens with the keys that move: what is shown on a screen as high as can be is shown
// there too, sooner or later, and no line is announced that they do not lead to.
func TestEveryLineCanBeReached(t *testing.T) {
	for name := range scenes {
		for _, size := range [][2]int{{60, 20}, {80, 24}} {
			t.Run(fmt.Sprintf("%s/%dx%d", name, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				want, seen := map[string]bool{}, map[string]bool{}
				stageScene(t, name, func(d *driver) {
					d.size(size[0], 400)
					look := func(frame string) { saidIn(want, between(frame)) }
					if len(d.m.dialogs) > 0 {
						saidIn(want, d.m.dialogs[0].view(d.m, size[0], 400))
						return
					}
					look(d.m.View())
					d.until("down", look)
				})
				stageScene(t, name, func(d *driver) {
					d.t = t
					d.size(size[0], size[1])
					look := func(frame string) { saidIn(seen, between(frame)) }
					look(d.m.View())
					if len(d.m.dialogs) > 0 {
						if l := announced(d.m.View(), "below"); l != "" {
							t.Errorf("behind a question it says %q:\n%s", l, d.m.View())
						}
					} else {
						d.reach(look)
					}
					for l := range want {
						if !seen[l] {
							t.Errorf("never shown: %q", l)
						}
					}
				})
			})
		}
	}
}

// reach goes through a page with the keys that move, to its end and back.
func (d *driver) reach(look func(frame string)) {
	d.t.Helper()
	more := false // than fits
	read := func(frame string) {
		look(frame)
		more = more || announced(frame, "below") != "" || announced(frame, "above") != ""
		if strings.Contains(announced(frame, "below"), "pgdn") { // a part of the page with lines of its own
			d.until("pgdown", look)
		}
	}
	read(d.m.View())
	for _, keys := range [][2]string{{"down", "up"}, {"pgdown", "pgup"}, {"end", "home"}} {
		if keys[0] != "down" && !more || keys[0] == "end" && d.m.top().typing() && !d.m.helping {
			continue // it moves in the text
		}
		d.until(keys[0], read)
		if l := announced(d.m.View(), "below"); l != "" {
			d.t.Errorf("%s does not lead to %q:\n%s", keys[0], l, d.m.View())
		}
		d.until(keys[1], look)
		if l := announced(d.m.View(), "above"); l != "" {
			d.t.Errorf("%s does not lead to %q:\n%s", keys[1], l, d.m.View())
		}
	}
}
