package words

import (
	"fmt"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
)

// What came of a run.
const (
	SayNotAllProved    = "set up, not all proved yet"
	SayNotMade         = "Planned and not made"
	SayNothingToChange = "nothing to change, verified"
	SayWasInterrupted  = "interrupted"
	SayAccessTakenBack = "access taken back"
	SayBegun           = "begun"

	sayArrived = "%s opened in %s: %d accepted, %d rejected."
	sayRecord  = "record"
	sayObject  = "object"
	sayQuiet   = " %d of quiet times (NODATA)."
	saySkipped = " %d of times that AWS could not record in full (SKIPDATA)."
)

// Result says how a run ended.
func Result(r steps.ResultStatus) string {
	switch r {
	case steps.ResultVerified:
		return SayVerified
	case steps.ResultUnchanged:
		return SayNothingToChange
	case steps.ResultWaiting:
		return SayNotAllProved
	case steps.ResultInterrupted:
		return SayWasInterrupted
	case steps.ResultRevoked:
		return SayAccessTakenBack
	case "":
		return SayBegun
	default:
		return string(r)
	}
}

// Arrived says in a line what was read of the logs that arrived.
func Arrived(a *steps.Arrived) string {
	said := fmt.Sprintf(sayArrived, text.Count(a.Records, sayRecord), text.Count(a.Objects, sayObject), a.Accepted, a.Rejected)
	if a.NoData > 0 {
		said += fmt.Sprintf(sayQuiet, a.NoData)
	}
	if a.Skipped > 0 {
		said += fmt.Sprintf(saySkipped, a.Skipped)
	}
	return said
}

// PortalValues are the five values of the portal in their order there, each after its label; nil without any.
func PortalValues(p *steps.Portal) [][2]string {
	if p == nil {
		return nil
	}
	return [][2]string{{NamePortalAccountName, p.AccountName}, {NamePortalAccountID, p.AccountID}, {NamePortalRole, p.RoleName}, {NameExternalID, p.ExternalID}, {NamePortalBucket, p.BucketARN}}
}
