package words

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
)

// What is told once of many regions.
const (
	SayNoneToLog   = "no VPC to log in %s"
	sayNoneToLogIn = "no VPC to log in %s: %s"

	sayRegion        = "region"
	sayFurtherRegion = "further region"
)

// Regions counts regions: further ones where others of the account have VPCs.
func Regions(regions []string, further bool) string {
	if further {
		return text.Count(len(regions), sayFurtherRegion)
	}
	return text.Count(len(regions), sayRegion)
}

// NoVPCs names the regions of an account in which there is nothing to log.
func NoVPCs(regions []string, further bool) string {
	return fmt.Sprintf(sayNoneToLogIn, Regions(regions, further), strings.Join(regions, ", "))
}

// FoldedChecks tells what passes alike in many regions of an account once, with the regions one after the other. The rest stays as it is.
func FoldedChecks(checks []steps.Check) []steps.Check {
	folded := make([]steps.Check, 0, len(checks))
	at := map[steps.Check]int{}
	for _, c := range checks {
		like := c
		like.Region = ""
		i, known := at[like]
		if foldable := c.Status == steps.Pass && c.Region != "" && c.Target == ""; foldable && known {
			folded[i].Region += ", " + c.Region
			continue
		} else if foldable {
			at[like] = len(folded)
		}
		folded = append(folded, c)
	}
	return slices.Clip(folded)
}
