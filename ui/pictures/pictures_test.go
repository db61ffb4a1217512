//go:build pictures

// Package pictures makes the pictures of the wizard: it plays the real program on a pseudo-terminal with the embedded AWS, and writes what its
// screen shows as SVG into docs/pictures: go test -count=1 -tags pictures ./ui/pictures
package pictures

import (
	"bytes"
	"fmt"
	"html"
	"image/color"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
)

const (
	root          = "../.."
	columns, rows = 80, 24
	enter         = "\r"
	down          = "\x1b[B"
	tab           = "\t"
)

// shot is what is pressed, what must then be seen, and the picture to take of it (none without a name).
type shot struct{ keys, see, picture string }

var shots = []shot{
	{"", "user/admin", "start"},
	{enter + down, "Centralized", "modes"},
	{enter, "ColorTokens AWS account ID", ""},
	{"999988887777" + enter, "External ID", ""},
	{"xs-7f3a91" + enter, "444455556666", ""},
	{"log arch", "Enter takes 444455556666", "account"},
	{enter, "The way into that account", ""},
	{enter, "Account name for the portal", ""},
	{enter, "Role name", ""},
	{enter, "archive-existing", ""},
	{"central-flow-logs" + enter, "is free", "bucket"},
	{enter, "Storefront", ""},
	{"\x1b[200~111122223333, 222233334444\x1b[201~", "2 of 4 accounts chosen", ""},
	{enter, "The way into the workload accounts", ""},
	{enter, "regions chosen: us-east-1", ""},
	{enter, "VPCs chosen", "vpcs"},
	{enter, "The rest", ""},
	{enter, "Nothing has been changed yet", "review"},
	{"a", "Type yes", ""},
	{"yes" + enter, "You need not wait", "run"},
	{"", "It works", "proof"},
	{tab, "S3 Bucket ARN", "portal"},
	{tab, "Records over time", "logs"},
}

// broken are the shots after somebody has denied the reader.
var broken = []shot{
	{"", "user/admin", ""},
	{enter, "Set-ups known here", ""},
	{enter, "Prove it again", ""},
	{enter, "d finds the cause", ""},
	{"d", "once you confirm it", "diagnosis"},
}

func TestPictures(t *testing.T) {
	program := filepath.Join(t.TempDir(), "flowgrant")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	home := t.TempDir()
	play(t, program, home, shots)
	world, err := sandbox.Open(sandbox.Options{State: filepath.Join(home, "flowgrant", "sandbox.json")})
	if err == nil {
		err = world.Break("reader-explicit-deny")
	}
	if err != nil {
		t.Fatal(err)
	}
	play(t, program, home, broken)
}

// play presses the keys of some shots in a program of its own.
func play(t *testing.T, program, home string, shots []shot) {
	cmd := exec.Command(program, "--sandbox")
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LANG=C.UTF-8", "LC_ALL=", "NO_COLOR=", "COLORFGBG=15;0", "AWS_CONFIG_FILE=/nonexistent", "XDG_STATE_HOME="+home)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: rows, Cols: columns})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	s := &screen{emulator: vt.NewEmulator(columns, rows)}
	go func() { _, _ = io.Copy(io.Discard, s.emulator) }()
	go s.follow(terminal)
	for _, shot := range shots {
		if _, err := terminal.WriteString(shot.keys); err != nil {
			t.Fatal(err)
		}
		s.wait(t, shot.see)
		if shot.picture != "" {
			if err := os.WriteFile(filepath.Join(root, "docs", "pictures", shot.picture+".svg"), s.svg(), 0o644); err != nil { //nolint:gosec // a picture of the documentation
				t.Fatal(err)
			}
		}
	}
}

// screen is what the terminal shows.
type screen struct {
	mu       sync.Mutex
	emulator *vt.Emulator
	last     time.Time
}

func (s *screen) follow(terminal io.Reader) {
	buf := make([]byte, 64<<10)
	for {
		n, err := terminal.Read(buf)
		s.mu.Lock()
		_, _ = s.emulator.Write(buf[:n])
		s.last = time.Now()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// wait waits until the screen shows a text and nothing more comes for a moment.
func (s *screen) wait(t *testing.T, want string) {
	t.Helper()
	limit := time.Now().Add(30 * time.Second)
	for {
		s.mu.Lock()
		text, quiet := s.emulator.String(), time.Since(s.last) > 80*time.Millisecond
		s.mu.Unlock()
		if strings.Contains(strings.Join(strings.Fields(text), " "), want) && quiet {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("%q does not come:\n%s", want, text)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// svg draws the screen: one text element for each run of cells of the same look.
func (s *screen) svg() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	const w, h, pad = 8.4, 18, 12
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14">`+"\n", columns*w+2*pad, rows*h+2*pad)
	fmt.Fprintln(&b, `<rect width="100%" height="100%" rx="8" fill="#16181d"/>`)
	for y := range rows {
		type run struct {
			x, n int
			text string
			look string
		}
		var runs []run
		for x := 0; x < columns; x++ {
			cell := s.emulator.CellAt(x, y)
			if cell == nil || cell.Content == "" {
				continue
			}
			fill, weight := "#d7dae0", ""
			if cell.Style.Fg != nil {
				fill = hex(cell.Style.Fg)
			}
			if cell.Style.Attrs&1 != 0 {
				weight = ` font-weight="bold"`
			}
			text := cell.Content
			if cell.Style.Attrs&(1<<5) != 0 && strings.TrimSpace(text) == "" { // the cursor
				text = "█"
			}
			look := fmt.Sprintf(`fill="%s"%s`, fill, weight)
			if n := len(runs); n > 0 && runs[n-1].look == look && runs[n-1].x+runs[n-1].n == x {
				runs[n-1].text += text
				runs[n-1].n += max(1, cell.Width)
				continue
			}
			runs = append(runs, run{x, max(1, cell.Width), text, look})
		}
		for _, r := range runs {
			if strings.TrimSpace(r.text) == "" {
				continue
			}
			fmt.Fprintf(&b, `<text x="%.1f" y="%d" textLength="%.1f" xml:space="preserve" %s>%s</text>`+"\n",
				pad+float64(r.x)*w, pad+y*h+14, float64(r.n)*w, r.look, html.EscapeString(r.text))
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func hex(c color.Color) string {
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}
