package steps

import (
	"fmt"

	"github.com/flowgrant/flowgrant/awsops"
)

// replaced lists the flow logs of a VPC that were there and could not serve when this set-up made the one that does. Nothing else is ever
// deleted: what came later, or stands beside one that this set-up did not make, is somebody else's.
func (s Setup) replaced(at *site, v awsops.VPC) []string {
	right := s.flowLogOf(at, v.ID)
	if right == nil || right.Tags[TagSetup] != s.Name {
		return nil
	}
	var ids []string
	for _, f := range s.unfit(at, v.ID) {
		if !f.Created.After(right.Created) && s.madeBy(f.Tags) == "" {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// staying says which flow logs of a VPC cannot serve and are not this set-up's to delete, whatever the answers say: another set-up made them.
func (s Setup) staying(at *site, v awsops.VPC) []string {
	var notes []string
	for _, f := range s.unfit(at, v.ID) {
		if made := s.madeBy(f.Tags); made != "" {
			notes = append(notes, fmt.Sprintf("%s of %s%s, stays beside the one of this set-up: %s. Both are charged", f.ID, v.ID, made, s.flowLogFault(at, f)))
		}
	}
	return notes
}
