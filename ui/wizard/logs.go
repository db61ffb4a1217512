package wizard

import (
	"fmt"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/ui/words"

	"github.com/charmbracelet/x/ansi"

	"github.com/flowgrant/flowgrant/steps"
)

// logs is a picture of what arrived: people would rather see that it works.
func (s *end) logs(m *model, p *page, width int) {
	a := s.report.Arrived
	if a == nil && s.revoked {
		return
	}
	if a == nil {
		p.add(each(m.theme.faint.Render, wrap(sayNoLogs, min(width, maxText)))...)
		return
	}
	p.add(wrap(words.Arrived(a), min(width, maxText))...)
	if len(a.OverTime) > 0 {
		p.add("", m.theme.bold.Render(sayOverTime))
		p.add(s.overTime(m, a, width)...)
	}
	if len(a.Talkers) > 0 {
		p.add("", m.theme.bold.Render(sayTalkers))
		most := a.Talkers[0].Bytes
		talkers, wide := a.Talkers[:min(5, len(a.Talkers))], nameWidth
		for _, t := range talkers {
			wide = max(wide, min(ansi.StringWidthWc(t.Name), min(width, maxText)-saidWidth-16))
		}
		for _, t := range talkers {
			name := t.Name
			if ansi.StringWidthWc(name) > wide { // an address says nothing in part
				p.add(cut("  "+name, width))
				name = ""
			}
			p.add(barLine(m, name, wide, fmt.Sprintf("%s, %s", size(t.Bytes), count(t.Records, "record")), t.Bytes, most, 0, width))
		}
	}
	if len(a.TCPFlags) > 0 {
		p.add("", m.theme.bold.Render(sayFlags))
		most := 0
		for _, f := range a.TCPFlags {
			most = max(most, f.Records)
		}
		for _, f := range a.TCPFlags {
			p.add(barLine(m, f.Name, nameWidth, count(f.Records, "record"), int64(f.Records), int64(most), 0, width))
		}
	}
}

// overTime has a line for each span: accepted in full blocks, rejected in light ones.
func (s *end) overTime(m *model, a *steps.Arrived, width int) []string {
	most := 0
	for _, at := range a.OverTime {
		most = max(most, at.Accepted+at.Rejected)
	}
	layout := "15:04"
	if last := a.OverTime[len(a.OverTime)-1].Start; last.Sub(a.OverTime[0].Start) > 24*time.Hour {
		layout = "Jan 2 15:04"
	}
	var lines []string
	for _, at := range a.OverTime {
		lines = append(lines, barLine(m, at.Start.Format(layout)+" UTC", nameWidth, fmt.Sprintf("%d + %d", at.Accepted, at.Rejected), int64(at.Accepted), int64(most), int64(at.Rejected), width))
	}
	return lines
}

const nameWidth, saidWidth = 17, 22 // columns of what stands before and behind a bar

// barLine is a name in so many columns, a bar of n and then of more out of most, and what it stands for.
func barLine(m *model, name string, wide int, said string, n, most, more int64, width int) string {
	room := int64(max(4, min(width, maxText)-wide-saidWidth-4))
	most = max(most, 1)
	full, light := n*room/most, more*room/most
	if n > 0 && full == 0 {
		full = 1
	}
	if more > 0 && light == 0 {
		light = 1
	}
	bar := m.theme.good.Render(strings.Repeat("█", int(full))) + m.theme.bad.Render(strings.Repeat("░", int(light)))
	return "  " + pad(name, wide) + " " + bar + strings.Repeat(" ", max(0, int(room)+1-ansi.StringWidthWc(bar))) + m.theme.faint.Render(cut(said, saidWidth))
}

// size says how many bytes, in the units of people.
func size(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	f, i := float64(n), 0
	for f >= 1000 && i < len(units)-1 {
		f, i = f/1000, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}
