package steps_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// In the other mode each break is found first, too, and what flowgrant offers mends it. Where the role is somebody else's a person has to.
func TestEachBreakIsFoundFirstPerAccount(t *testing.T) {
	byHand := []string{"bucket-recreated", "region-not-enabled", "scp-deny", "no-traffic", "role-missing", "role-path",
		"reader-excess", "bucket-policy-full"}
	for _, b := range sandbox.Breaks() {
		if strings.HasPrefix(b.ID, "cwl-") || b.ID == "trust-others" { // whom a role that was there trusts its owner says
			continue
		}
		inBubble(t, b.ID, func(t *testing.T) {
			l := newLab(t, sandbox.Options{State: filepath.Join(t.TempDir(), "world.json")})
			s := setup(t, perAccountFile, "regions: [us-east-1]", "regions: [us-east-1, eu-west-1], delete_replaced: true")
			if b.ID == "bucket-policy-wrong-organization" {
				s = setup(t, perAccountFile+"delivery_scope: organization\n")
			}
			l.expect(l.apply(s), steps.ResultVerified)
			l.must(l.world.Break(b.ID))
			time.Sleep(2 * time.Minute)
			r := l.diagnose(s)
			if len(r.Causes) == 0 || r.Causes[0].ID != b.ID || r.Status == steps.ReportVerified {
				t.Errorf("found are %s, %s", r.Status, causeIDs(r))
				l.blame(r)
				return
			}
			if hand := slices.Contains(byHand, b.ID); hand != (r.Causes[0].Mend == steps.MendHand) {
				t.Errorf("it is mended by %s", r.Causes[0].Mend)
			} else if hand {
				return
			}
			if b.ID == "too-early" {
				time.Sleep(15 * time.Minute)
			}
			l.mend(s, r)
			time.Sleep(2 * time.Minute)
			if after := l.diagnose(s); after.Status != steps.ReportVerified || len(after.Causes) > 0 {
				t.Errorf("after the fix it is %s, %s", after.Status, causeIDs(after))
				l.blame(after)
			}
		})
	}
}
