package words

import (
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
)

// What is said where a set-up goes on without what failed.
const (
	SayLeaveOut          = "Leave %s out?"
	SayLeaveOutMeans     = "The set-up goes on without it, and \"verified\" then says nothing about its VPCs. Flow logs that are there already stay and deliver on: the review names them. It comes first: nothing is changed before you confirm it."
	SayLeaveVPCsOutMeans = "The other VPCs there are set up and proved. The answers go on naming what is left out, and the review, the result and each proof say so, until you have it logged. The review comes first: nothing is changed before you confirm it."
	SayVPCOfPlace        = "%s of %s"
	SayVPCsOfPlace       = "%s and %d more VPCs of %s"
	SayGoOnWithout       = "Go on without what failed"
	TitleLeftOut         = "Left out of this set-up"
)

// LeftOut names what is left out; account is how that is named, with its 12 digits.
func LeftOut(o steps.LeftOut, account string) string {
	where := account + ", " + o.Region
	switch n := len(o.VPCs); {
	case n == 0:
		return where
	case n <= 2:
		return fmt.Sprintf(SayVPCOfPlace, strings.Join(o.VPCs, ", "), where)
	default:
		return fmt.Sprintf(SayVPCsOfPlace, o.VPCs[0], n-1, where)
	}
}

// AllLeftOut names everything that is left out.
func AllLeftOut(left []steps.LeftOut) string {
	names := make([]string, len(left))
	for i, o := range left {
		names[i] = LeftOut(o, o.Account)
	}
	return strings.Join(names, "; ")
}

// LeavingOut tells what it means to leave that out.
func LeavingOut(o steps.LeftOut) string {
	if len(o.VPCs) == 0 {
		return SayLeaveOutMeans
	}
	return SayLeaveVPCsOutMeans
}
