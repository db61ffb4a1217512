package words

import (
	"fmt"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/steps"
)

// Finished tells whether a set-up needs nothing more.
func Finished(s steps.SetupState) bool {
	return s.Status == steps.SetupVerified || s.Status == steps.SetupRevoked
}

// State says how far a set-up is, since when, and why it stopped there.
func State(s steps.SetupState, now time.Time) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if s.Mode != "" {
		add("%s", s.Mode)
	}
	switch {
	case s.Status == steps.SetupRevoked:
		add(SayRevoked)
	case s.Verb == steps.VerbRevoke && s.Unfinished():
		add(SayHalfRevoked)
	case s.Status == steps.SetupWaiting:
		add(SayStillWaiting)
	default:
		add("%s", s.Status)
	}
	if s.Total > 0 && s.Unfinished() {
		add(SayStepsDone, s.Done, s.Total)
	}
	if !s.StoppedAt.IsZero() {
		add("%s", since(now.Sub(s.StoppedAt)))
	}
	text := strings.Join(parts, ", ")
	if s.Why != "" && !Finished(s) {
		text += ": " + s.Why
	}
	return text
}

// since says how long ago something was.
func since(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return count(int(d.Minutes()), "minute") + " ago"
	case d < 48*time.Hour:
		return count(int(d.Hours()), "hour") + " ago"
	default:
		return count(int(d.Hours())/24, "day") + " ago"
	}
}

func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
