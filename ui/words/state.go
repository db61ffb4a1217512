package words

import (
	"fmt"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
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
	told := strings.Join(parts, ", ")
	if s.Why != "" && !Finished(s) {
		told += ": " + s.Why
	}
	return told
}

// DraftName names the n-th of the kept answers, the newest first, counted from 0: it is picked by that.
func DraftName(n int) string {
	if n == 0 {
		return SayDraft
	}
	return fmt.Sprintf(SayDraftOlder, n+1)
}

// Draft says what was answered of a set-up that was not begun, when, and what comes next.
func Draft(d steps.Draft, now time.Time) string {
	what, ago := string(d.Setup.Mode), since(now.Sub(d.SavedAt))
	if d.Setup.Name != "" {
		what = d.Setup.Name + ", " + what
	}
	if d.Setup.Account.ID != "" {
		what += ", " + d.Setup.Account.ID
	}
	if d.Next == "" {
		return fmt.Sprintf(SayDraftWhole, what, ago)
	}
	return fmt.Sprintf(SayDraftNext, what, ago, d.Next)
}

// How long ago.
const (
	sayJustNow = "just now"
	sayAgo     = "%s ago"
	sayMinute  = "minute"
	sayHour    = "hour"
	sayDay     = "day"
)

// since says how long ago something was.
func since(d time.Duration) string {
	switch {
	case d < time.Minute:
		return sayJustNow
	case d < time.Hour:
		return fmt.Sprintf(sayAgo, text.Count(int(d.Minutes()), sayMinute))
	case d < 48*time.Hour:
		return fmt.Sprintf(sayAgo, text.Count(int(d.Hours()), sayHour))
	default:
		return fmt.Sprintf(sayAgo, text.Count(int(d.Hours())/24, sayDay))
	}
}
