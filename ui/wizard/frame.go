package wizard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/x/ansi"
)

const (
	minWidth, minHeight = 40, 12
	keyColumn           = 14  // of a help page
	maxText             = 100 // lines of prose longer than this are hard to read
)

// View draws the frame: where in the journey and who acts, the screen, the keys that work. It is never wider or taller than the terminal.
func (m *model) View() string {
	if m.w < minWidth || m.h < minHeight {
		return m.finish([]string{fmt.Sprintf(sayIsTooSmallFor, m.w, m.h), labelAtLeast, fmt.Sprintf(labelScreenIs, minWidth, minHeight)})
	}
	head, foot := m.head(), m.foot()
	body := m.body(m.h - len(head) - len(foot))
	return m.finish(append(append(head, body...), foot...))
}

func (m *model) bodyHeight() int { return max(1, m.h-len(m.head())-len(m.foot())) }

// finish holds every line to the width and the whole to the height.
func (m *model) finish(lines []string) string {
	lines = lines[:min(len(lines), max(m.h, 0))]
	for i, l := range lines {
		if ansi.StringWidthWc(l) > m.w {
			lines[i] = ansi.TruncateWc(l, m.w, "")
		}
	}
	out := strings.Join(lines, "\n")
	if m.theme.ascii {
		out = toASCII(out)
	}
	return out
}

// head is the journey, who acts, and a rule.
func (m *model) head() []string {
	here := m.top().stage()
	var parts []string
	for i, name := range stageNames {
		switch s := stage(i); {
		case s < here:
			parts = append(parts, m.theme.good.Render("✓ "+name))
		case s == here:
			parts = append(parts, m.theme.chosen.Render("● "+name))
		default:
			parts = append(parts, m.theme.faint.Render("○ "+name))
		}
	}
	gap := "  "
	if m.w < 64 {
		gap = " "
	}
	journey := m.theme.bold.Render("flowgrant") + gap + strings.Join(parts, gap)
	return []string{journey, m.theme.faint.Render(cut(m.acting(), m.w)), m.theme.faint.Render(strings.Repeat("─", m.w))}
}

// acting says who makes the calls.
func (m *model) acting() string {
	var parts []string
	if m.connect.Sandbox {
		parts = append(parts, labelSandbox)
	}
	switch {
	case m.identity.Account != "":
		name := m.identity.ARN[strings.LastIndex(m.identity.ARN, ":")+1:]
		parts = append(parts, labelAccountOf+m.identity.Account, name)
	default:
		parts = append(parts, labelNotSignedIn)
	}
	if p := m.profileName(); p != "" {
		parts = append(parts, labelProfileOf+p)
	}
	if m.identity.Region != "" {
		parts = append(parts, m.identity.Region)
	}
	return strings.Join(parts, " · ")
}

func (m *model) profileName() string {
	if m.identity.Profile != "" {
		return m.identity.Profile
	}
	return m.connect.Profile
}

// foot is a rule, a notice where there is one, and the keys.
func (m *model) foot() []string {
	lines := []string{m.theme.faint.Render(strings.Repeat("─", m.w))}
	if m.notice != "" {
		notice := wrap(m.notice, m.w)
		if len(notice) > 2 {
			notice = []string{notice[0], cut(strings.Join(notice[1:], " "), m.w)}
		}
		lines = append(lines, each(m.theme.warn.Render, notice)...)
	}
	return append(lines, m.keyLines(m.keysHere(), 2)...)
}

func (m *model) keysHere() []key.Binding {
	switch {
	case len(m.dialogs) > 0:
		return m.dialogs[0].keys(m)
	case m.helping:
		return []key.Binding{keyMove, bind("esc", doesCloseHelp)}
	}
	return append(m.screenKeys(), keyHelp, keyQuit)
}

// screenKeys are those of the screen in sight, and the way back where there is one.
func (m *model) screenKeys() []key.Binding {
	keys := m.top().keys(m)
	escapes := slices.ContainsFunc(keys, func(k key.Binding) bool { return k.Enabled() && k.Help().Key == "esc" })
	if _, running := m.top().(*running); len(m.stack) > 1 && !running && !escapes {
		keys = append(keys, keyBack)
	}
	return keys
}

// keyLines lays out the enabled bindings in at most limit lines; the last three always show.
func (m *model) keyLines(keys []key.Binding, limit int) []string {
	h := help.New()
	h.Styles.ShortKey, h.Styles.ShortDesc, h.Styles.ShortSeparator = m.theme.accent, m.theme.faint, m.theme.faint
	h.ShortSeparator = "  "
	var enabled []key.Binding
	for _, k := range keys {
		if k.Help().Key != "" && (k.Enabled() || len(k.Keys()) == 0) {
			k.SetEnabled(true)
			if len(k.Keys()) == 0 {
				k.SetKeys(k.Help().Key)
			}
			enabled = append(enabled, k)
		}
	}
	for {
		var lines []string
		from := 0
		for i := range enabled {
			if i > from && ansi.StringWidthWc(h.ShortHelpView(enabled[from:i+1])) > m.w {
				lines = append(lines, h.ShortHelpView(enabled[from:i]))
				from = i
			}
		}
		if from < len(enabled) {
			lines = append(lines, h.ShortHelpView(enabled[from:]))
		}
		if len(lines) <= limit || len(enabled) <= 3 {
			return lines[:min(len(lines), limit)]
		}
		// The help page has them all: drop the one before the last three.
		enabled = append(enabled[:len(enabled)-4:len(enabled)-4], enabled[len(enabled)-3:]...)
	}
}

// body is the screen (or its help), scrolled so that what is in focus is in sight, with a dialog over its end.
func (m *model) body(height int) []string {
	height = max(1, height)
	var box []string
	if len(m.dialogs) > 0 {
		box = m.dialogs[0].view(m, m.w, height)
		box = box[:min(len(box), height)]
	}
	room := height - len(box)
	var lines []string
	if room > 0 {
		p := m.page(room)
		lines = m.scrolled(p, room)
	}
	for len(lines) < room {
		lines = append(lines, "")
	}
	return append(lines, box...)
}

func (m *model) page(height int) page {
	if m.helping {
		p := page{focus: -1}
		p.add(m.theme.bold.Render(cut(labelHelpOf+m.top().title(m), m.w)), "")
		p.add(wrap(m.top().help(m), min(m.w, maxText))...)
		if m.top().stage() >= stageAnswers && m.answers.mode != "" {
			p.add("", m.theme.bold.Render(sayWhoOwnsWhat))
			p.add(m.drawing(m.answers.mode)...)
		}
		p.add("", m.theme.bold.Render(labelKeysHere))
		suspend := when(m.run == nil || !m.run.active(), bind("ctrl+z", doesSuspend, "ctrl+z"))
		for _, k := range append(m.screenKeys(), keyHelp, bind("ctrl+l", doesDrawAnew, "ctrl+l"), suspend, keyQuit) {
			if k.Enabled() {
				p.add(m.theme.accent.Render(pad(k.Help().Key, keyColumn)) + cut(k.Help().Desc, m.w-keyColumn))
			}
		}
		return p
	}
	p := m.top().view(m, m.w, height-2)
	title := m.theme.bold.Render(cut(m.top().title(m), m.w))
	p.lines = append([]string{title, ""}, p.lines...)
	if p.focus >= 0 {
		p.focus += 2
	}
	return p
}

// scrolled shows height lines of a page and says where there is more.
func (m *model) scrolled(p page, height int) []string {
	n := len(p.lines)
	if n <= height {
		m.scroll = 0
		return p.lines
	}
	from := m.scroll
	if p.focus >= 0 {
		from = 0
		if p.focus >= height-2 {
			from = p.focus - height + 3
		}
	}
	from = max(0, min(from, n-height))
	if p.focus < 0 {
		m.scroll = from
	}
	shown := append([]string(nil), p.lines[from:from+height]...)
	if from > 0 {
		shown[0] = m.theme.faint.Render(cut(fmt.Sprintf(labelAbove, count(from+1, "line")), m.w))
	}
	if below := n - from - height; below > 0 {
		shown[height-1] = m.theme.faint.Render(cut(fmt.Sprintf(labelBelow, count(below+1, "line")), m.w))
	}
	return shown
}
