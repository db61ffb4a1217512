package steps_test

import (
	"slices"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// What is denied for objects as delivery names them, or for the folders of one account, is found without the reader trying.
func TestDeniesOfWhatIsDeliveredAreSeen(t *testing.T) {
	reader := `{"AWS":"` + hubARN + `"}`
	context := `{"StringLike":{"kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::central-flow-logs*"}}`
	for _, c := range []struct {
		name, deny string
		fails      []string
		finds      string
		ofKey      bool // the Deny stands in the key policy
	}{
		{"decrypting what is in the bucket", statement("D", "Deny", reader, `"kms:Decrypt"`, `"*"`, context), []string{"access.decrypt", "access.denies", "key-policy"}, "key-policy-denies", true},
		{"encrypting what goes into the bucket", statement("D", "Deny", `"*"`, `"kms:GenerateDataKey*"`, `"*"`, context), []string{"key-policy"}, "key-policy-denies", true},
		{"reading by the name of the file", statement("D", "Deny", reader, `"s3:GetObject"`, `"arn:aws:s3:::central-flow-logs/*_fl-*"`, ""), []string{"access.denies", "access.get"}, "reader-explicit-deny", false},
		{"listing the logs of one account", statement("D", "Deny", reader, `"s3:ListBucket"`, `"arn:aws:s3:::central-flow-logs"`, `{"StringLike":{"s3:prefix":"AWSLogs/222233334444/*"}}`), []string{"access.denies", "access.list"}, "reader-explicit-deny", false},
		{"listing all but the accounts", statement("D", "Deny", reader, `"s3:ListBucket"`, `"arn:aws:s3:::central-flow-logs"`, `{"StringNotEquals":{"s3:prefix":"AWSLogs/"}}`), []string{"access.denies", "access.list"}, "reader-explicit-deny", false},
		{"delivering by the name of the file", statement("D", "Deny", `"*"`, `"s3:PutObject"`, `"arn:aws:s3:::central-flow-logs/*_vpcflowlogs_*"`, ""), []string{"bucket-policy"}, "bucket-policy-denies", false},
	} {
		inBubble(t, c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			file := centralFile
			if c.ofKey {
				file = keyedFile(l.flowLogsKey())
			}
			s := setup(t, file)
			l.expect(l.apply(s), steps.ResultVerified)
			if c.ofKey {
				l.editKeyPolicy(func(d policy.Document) policy.Document { return d.With(parsed(policyOf(c.deny)).Statements...) })
			} else {
				l.addToBucketPolicy(hubBucket, c.deny)
			}
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
