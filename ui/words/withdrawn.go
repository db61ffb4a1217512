package words

import (
	"fmt"

	"github.com/flowgrant/flowgrant/steps"
)

// What holds after a set-up was taken back.
const (
	TitleProofRevoked = "Proof that %s is taken back: %s"
	SayProveOut       = "Prove that Xshield is out"
	SayProveOutMeans  = "Looks whether anything still lets it read, and whether kept logs go on. Changes nothing."
	SayProveGone      = "Prove that it is gone"
	SayProveGoneMeans = "Looks whether anything that was to go is still there. Changes nothing."
	TitleStays        = "To know, and what is left to do"
	TitleGone         = "Not there any more"
	SayOut            = "Xshield can no longer read."
	SayNotOut         = "Something still lets Xshield read: see Checks."
	SayNotOutOthers   = "Xshield can still read, by something that is not this set-up's: see Checks."
	SayOutOpen        = "What this set-up granted is taken back. Whether something else still lets Xshield read could not be proved: see Checks."
	SayOutLeft        = "Not all that this set-up granted is taken back, or it could not be looked at: see Checks."
	SayOutLogsWrong   = "Xshield can no longer read. The logs that were kept do not all arrive: see Checks."
	SayLeftOver       = "Xshield can no longer read. Something of this set-up is there still, or again: see Checks."
	SayDeliveryGone   = "Nothing of this set-up is there any more that was to go."
	SayDeliveryLeft   = "Something of this set-up is there still, or again, or could not be looked at: see Checks."
	SayVerifyRevoked  = "%s was taken back, so this proof of the set-up misses what went. That the reader is out is proved by: %s"

	sayOutProved  = "taken back, proved"
	sayNotTaken   = "not taken back"
	sayStillReads = "taken back, but Xshield can still read"
	sayOutLeft    = "not all taken back"
	sayOutNotAll  = "taken back, not all proved"
	sayOutBut     = "taken back, but something is wrong"
	sayLogsKept   = "The flow logs stay and are yours: they deliver to %s, and Xshield has no part in them any more."
	sayLogsStay   = "The flow logs stay and are yours: they deliver to %s."
	sayLogsGone   = "The flow logs of this set-up were deleted. What they delivered until then stays in %s."
	sayLogsToGone = "The flow logs of this set-up were deleted, and %s with them."
	sayLogsNone   = "There are no flow logs of this set-up any more: nothing is delivered by it."
	sayLogsOpen   = "Flow logs of this set-up may be there still. Taking it back once more looks for them, and deletes them."
)

// Out says in a few words what the proof of a revocation came to.
func Out(r steps.Report) string {
	switch {
	case r.Status == steps.ReportVerified:
		return sayOutProved
	case r.Status != steps.ReportFailed && r.Withdrawn != nil && r.Withdrawn.Left:
		return sayOutLeft
	case r.Status != steps.ReportFailed:
		return sayOutNotAll
	case r.Withdrawn != nil && r.Withdrawn.Reader == steps.Fail && r.Withdrawn.Left:
		return sayNotTaken
	case r.Withdrawn != nil && r.Withdrawn.Reader == steps.Fail:
		return sayStillReads
	}
	return sayOutBut
}

// SaidOut says in a sentence what the proof of a revocation came to. nobody: there was no reader.
func SaidOut(r steps.Report, nobody bool) string {
	w := r.Withdrawn
	switch {
	case nobody && (r.Status == steps.ReportFailed || w != nil && w.Left):
		return SayDeliveryLeft
	case nobody:
		return SayDeliveryGone
	case r.Status == steps.ReportVerified && w != nil && w.Others:
		return SayNotOutOthers
	case r.Status == steps.ReportVerified:
		return SayOut
	case r.Status != steps.ReportFailed && w != nil && w.Left:
		return SayOutLeft
	case r.Status != steps.ReportFailed:
		return SayOutOpen
	case w == nil || w.Reader == steps.Fail && w.Left:
		return SayNotOut
	case w.Reader == steps.Fail:
		return SayNotOutOthers
	case w.Left:
		return SayLeftOver
	}
	return SayOutLogsWrong
}

// LogsAfter says what became of the flow logs of a set-up that was taken back.
func LogsAfter(w *steps.Withdrawal) string {
	switch {
	case w.Logs == steps.LogsKept && w.Reader == steps.Pass && !w.Others:
		return fmt.Sprintf(sayLogsKept, w.To)
	case w.Logs == steps.LogsKept:
		return fmt.Sprintf(sayLogsStay, w.To)
	case w.Logs == steps.LogsGone && w.ToGone:
		return fmt.Sprintf(sayLogsToGone, w.To)
	case w.Logs == steps.LogsGone:
		return fmt.Sprintf(sayLogsGone, w.To)
	case w.Logs == steps.LogsNone:
		return sayLogsNone
	}
	return sayLogsOpen
}
