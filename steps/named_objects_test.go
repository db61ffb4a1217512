package steps_test

import (
	"slices"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// What is denied for objects as delivery names them, or for the folders of one account, is found without the reader trying.
func TestDeniesOfWhatIsDeliveredAreSeen(t *testing.T) {
	reader := `{"AWS":"` + hubARN + `"}`
	for _, c := range []struct {
		name, deny string
		fails      []string
		finds      string
	}{
		{"reading by the name of the file", statement("D", "Deny", reader, `"s3:GetObject"`, `"arn:aws:s3:::central-flow-logs/*_fl-*"`, ""), []string{"access.denies", "access.get"}, "reader-explicit-deny"},
		{"listing the logs of one account", statement("D", "Deny", reader, `"s3:ListBucket"`, `"arn:aws:s3:::central-flow-logs"`, `{"StringLike":{"s3:prefix":"AWSLogs/222233334444/*"}}`), []string{"access.denies", "access.list"}, "reader-explicit-deny"},
		{"listing all but the accounts", statement("D", "Deny", reader, `"s3:ListBucket"`, `"arn:aws:s3:::central-flow-logs"`, `{"StringNotEquals":{"s3:prefix":"AWSLogs/"}}`), []string{"access.denies", "access.list"}, "reader-explicit-deny"},
		{"delivering by the name of the file", statement("D", "Deny", `"*"`, `"s3:PutObject"`, `"arn:aws:s3:::central-flow-logs/*_vpcflowlogs_*"`, ""), []string{"bucket-policy"}, "bucket-policy-denies"},
	} {
		inBubble(t, c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, centralFile)
			l.expect(l.apply(s), steps.ResultVerified)
			l.addToBucketPolicy(hubBucket, c.deny)
			time.Sleep(2 * time.Minute)
			l.withoutReader()
			if v := l.verify(s); v.Status != steps.ReportFailed || !slices.Equal(failing(v), c.fails) {
				t.Errorf("verify says %s of %v", v.Status, failing(v))
				l.blame(v)
			}
			r := l.diagnose(s)
			if len(r.Causes) == 0 || r.Causes[0].ID != c.finds {
				t.Fatalf("found are %s", causeIDs(r))
			}
			l.mend(s, r)
			if after := l.diagnose(s); after.Status != steps.ReportVerified || len(after.Causes) > 0 {
				t.Errorf("after the fix it is %s, %s", after.Status, causeIDs(after))
			}
		})
	}
}
