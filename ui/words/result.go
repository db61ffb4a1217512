package words

import (
	"fmt"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
)

// What came of a run.
const (
	SayNotAllProved = "set up, not all proved yet"
	SayNotMade      = "Planned and not made"

	sayArrived = "%s opened in %s: %d accepted, %d rejected."
	sayQuiet   = " %d of quiet times (NODATA)."
	saySkipped = " %d of times that AWS could not record in full (SKIPDATA)."
)

// Result says how a run ended.
func Result(r steps.ResultStatus) string {
	switch r {
	case steps.ResultVerified:
		return "verified"
	case steps.ResultUnchanged:
		return "nothing to change, verified"
	case steps.ResultWaiting:
		return SayNotAllProved
	case steps.ResultInterrupted:
		return "interrupted"
	case steps.ResultRevoked:
		return "access taken back"
	case "":
		return "begun"
	default:
		return string(r)
	}
}

// Arrived says in a line what was read of the logs that arrived.
func Arrived(a *steps.Arrived) string {
	said := fmt.Sprintf(sayArrived, text.Count(a.Records, "record"), text.Count(a.Objects, "object"), a.Accepted, a.Rejected)
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
	return [][2]string{{"Account Name", p.AccountName}, {"Account ID", p.AccountID}, {"IAM Role Name", p.RoleName}, {"External ID", p.ExternalID}, {"S3 Bucket ARN", p.BucketARN}}
}
