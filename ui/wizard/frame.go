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
	head, keys := m.head(), m.keysHere()
	foot := m.foot(keys)
	room := max(1, m.h-len(head)-len(foot))
	box := m.box(room)
	p := m.page(room - len(box))
	if more := p.more || len(p.lines) > room; more && len(m.dialogs) == 0 && !isNamed(keys, "↑↓") {
		foot = m.foot(append([]key.Binding{bind("↑↓", doesScroll, "up", "down")}, keys...))
		room = max(1, m.h-len(head)-len(foot))
		p = m.page(room)
	}
	return m.finish(slices.Concat(head, m.body(p, room-len(box)), box, foot))
}

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
func (m *model) foot(keys []key.Binding) []string {
	lines := []string{m.theme.faint.Render(strings.Repeat("─", m.w))}
	if m.notice != "" {
		notice := wrap(m.notice, m.w)
		if len(notice) > 2 {
			notice = []string{notice[0], cut(strings.Join(notice[1:], " "), m.w)}
		}
		lines = append(lines, each(m.theme.warn.Render, notice)...)
	}
	return append(lines, m.keyLines(keys, 2)...)
}

func (m *model) keysHere() []key.Binding {
	switch {
	case len(m.dialogs) > 0:
		return m.dialogs[0].keys(m)
	case m.helping:
		return []key.Binding{bind("esc", doesCloseHelp)}
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

// body is a page in so many lines, scrolled so that what is in focus is in sight.
func (m *model) body(p page, room int) []string {
	if room <= 0 {
		return nil
	}
	lines := m.scrolled(p, room)
	for len(lines) < room {
		lines = append(lines, "")
	}
	return lines
}

// box is the question over the end of the screen in sight, in at most so many lines; nil: none.
func (m *model) box(most int) []string {
	if len(m.dialogs) == 0 {
		return nil
	}
	box := m.dialogs[0].view(m, m.w, most)
	return box[:min(len(box), most)]
}

// page is the screen in sight, or its help.
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
		keys := m.screenKeys()
		if !isNamed(keys, "↑↓") {
			keys = append([]key.Binding{bind("↑↓ pgup/pgdn", doesScroll, "up", "down", "pgup", "pgdown")}, keys...)
		}
		for _, k := range append(keys, keyHelp, bind("ctrl+l", doesDrawAnew, "ctrl+l"), suspend, keyQuit) {
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
		p.focus, p.until = p.focus+2, p.until+2
	}
	return p
}
