package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

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

// replace deletes the flow logs that this set-up had to replace, now that the new ones are proved, if that is wanted.
func (d *delivery) replace(ctx context.Context) (string, error) {
	t, s := d.task, d.task.setup()
	proved := fmt.Sprintf("logs of %s have arrived and read well", count(len(d.expected()), "VPC"))
	if len(d.expected()) == 0 {
		proved = "no VPC here has a network interface, so there is nothing to log"
	}
	if closed := slices.IndexFunc(d.vpcs, func(v *vpcDelivery) bool { return v.closed != "" }); closed >= 0 {
		if s.toGroups() {
			return "whether logs arrive cannot be seen from here: " + d.vpcs[closed].closed, nil
		}
		return fmt.Sprintf("logs of %s have arrived, but cannot be opened from here", count(len(d.expected()), "VPC")), nil
	}
	var old, of []string
	for _, v := range d.expected() {
		if ids := s.replaced(d.at, v.vpc); len(ids) > 0 {
			old, of = append(old, ids...), append(of, v.vpc.ID)
		}
	}
	if s.FlowLogs.DeleteReplaced {
		for _, v := range d.expected() {
			proved = strings.Join(append([]string{proved}, s.staying(d.at, v.vpc)...), "; ")
		}
	}
	if len(old) == 0 || t.run.proofOnly {
		return proved, nil
	}
	if !s.FlowLogs.DeleteReplaced {
		t.waiting(proved, 0)
		if !t.run.mayDelete(ctx, replacedIn(d.at, old, of)) {
			return proved + fmt.Sprintf("; %s replaced, still there and charged: %s", count(len(old), "flow log"), some(old)), nil
		}
	}
	if err := t.write("delete the replaced flow logs "+some(old), func() error { return d.at.acting.DeleteFlowLogs(ctx, d.at.region, old) }); err != nil {
		return "", err
	}
	return proved + "; the replaced ones are deleted", d.describe(ctx)
}
