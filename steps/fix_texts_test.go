package steps_test

import (
	"strings"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// What a check that does not pass tells to do is of use.
func TestChecksTellWhatHelps(t *testing.T) {
	for _, c := range []struct {
		broken, check, not, says string
	}{
		{"key-disabled", "delivery", "right format", "flowgrant doctor central-logs"},
		{"vpce-deny", "access.denies", "which addresses", "through no VPC endpoint of yours"},
		{"vpce-deny", "access.get", "which addresses", "ArnNotEquals aws:PrincipalArn " + hubARN},
		{"source-ip-deny", "access.denies", "VPC endpoint", "from which addresses"},
		{"permissions-missing", "access.real", "plan shows what is missing", "flowgrant doctor central-logs names what keeps the reader out"},
		{"bucket-expiry", "bucket", "they are", "finish the settings of the bucket: expire logs after 30 days"},
		{"reader-excess", "access.real", "shows what is missing", "names the statement"},
		{"bucket-deleted", "delivery", "wait", "says what to do about the bucket"},
		{"bucket-recreated", "delivery", "wait", "says what to do about the bucket"},
	} {
		inBubble(t, c.broken+" "+c.check, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, keyedFile(l.flowLogsKey()))
			l.expect(l.apply(s), steps.ResultVerified)
			l.must(l.world.Break(c.broken))
			time.Sleep(2 * time.Minute)
			seen := false
			for _, k := range l.verify(s).Checks {
				if k.ID != c.check || k.Status == steps.Pass {
					continue
				}
				seen = true
				if strings.Contains(k.Fix, c.not) || !strings.Contains(k.Fix, c.says) {
					t.Errorf("%s, %s: %s", k.Summary, k.Evidence, k.Fix)
				}
			}
			if !seen {
				t.Error("the check passes")
			}
		})
	}
}

// A flow log that cannot serve is told by what is wrong with it.
func TestFlowLogThatIsReplacedSaysWhy(t *testing.T) {
	inBubble(t, "hive", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile)
		l.expect(l.apply(s), steps.ResultVerified)
		l.must(l.world.Break("layout-hive"))
		for _, k := range l.verify(s).Checks {
			if k.ID == "flow-logs" && k.Status == steps.Fail && !strings.HasPrefix(k.Summary, "it uses Hive-compatible prefixes. A flow log cannot be changed: ") {
				t.Errorf("%s: %s", k.Target, k.Summary)
			}
		}
	})
}

// Nothing arrives: waiting is told only where it can help.
func TestNobodyWaitsForWhatCannotCome(t *testing.T) {
	inBubble(t, "bucket policy", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile)
		l.run(t.Context(), l.plan(s), 0)
		l.must(l.admin(archive).DeleteBucketPolicy(t.Context(), "us-east-1", hubBucket))
		for _, k := range l.verify(s).Checks {
			if k.ID == "delivery" && k.Status == steps.Unknown && !strings.Contains(k.Fix, "waiting does not help while bucket-policy") {
				t.Errorf("%s: %s", k.Summary, k.Fix)
			}
		}
		r := l.diagnose(s)
		if len(r.Causes) == 0 || r.Causes[0].ID != "bucket-policy-missing" {
			t.Errorf("found are %s", causeIDs(r))
		}
	})
}

// A quota of CloudWatch Logs is named first whenever it is looked at.
func TestThrottlingIsNamedWheneverItIsLookedAt(t *testing.T) {
	inBubble(t, "quota", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, groupFile)
		l.expect(l.apply(s), steps.ResultVerified)
		l.must(l.world.Break("cwl-throttled"))
		time.Sleep(2 * time.Minute)
		for range 20 {
			time.Sleep(7 * time.Minute)
			r := l.diagnose(s)
			t.Logf("%s %s", r.Status, causeIDs(r))
			if len(r.Causes) == 0 || r.Causes[0].ID != "cwl-throttled" {
				t.Errorf("found are %s, %s", r.Status, causeIDs(r))
				l.blame(r)
			}
		}
	})
}
