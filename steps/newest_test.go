package steps_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// A listing goes from old to new: in a full bucket the newest object is not on the first page.
func TestNewestObjectOfMany(t *testing.T) {
	for name, later := range map[string]time.Duration{"the same day": 9 * time.Hour, "just after midnight": 24*time.Hour + time.Minute} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, perAccountFile)
			l.expect(l.apply(s), steps.ResultVerified)
			a, client := l.admin(payments), l.s3(payments)
			first, err := a.Objects(t.Context(), "us-east-1", "payments-flow-logs", "AWSLogs/", "", 1)
			l.must(err)
			body, err := a.OpenObject(t.Context(), "us-east-1", "payments-flow-logs", first[0].Key)
			l.must(err)
			content, err := io.ReadAll(body)
			l.must(err)
			stem := first[0].Key[:strings.LastIndex(first[0].Key, "_")]
			for i := range 1000 {
				_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("payments-flow-logs"),
					Key: aws.String(fmt.Sprintf("%s_%08x.log.gz", stem, i)), Body: bytes.NewReader(content)})
				l.must(err)
			}
			time.Sleep(later)
			r := l.verify(s)
			for _, c := range r.Checks {
				if c.ID == "delivery" && strings.Contains(c.Evidence, stem) {
					t.Errorf("%s was opened, which is not the newest: %s", c.Target, c.Evidence)
				}
			}
		})
	}
}

// Logs that arrived once are no proof for a flow log that has failed since.
func TestFlowLogThatDeliversNoMoreFails(t *testing.T) {
	inBubble(t, "denied later", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile)
		l.expect(l.apply(s), steps.ResultVerified)
		a := l.admin(archive)
		l.must(a.DeleteBucketPolicy(t.Context(), "us-east-1", "central-flow-logs"))
		time.Sleep(3 * time.Hour)
		r := l.verify(s)
		if !slices.ContainsFunc(r.Checks, func(c steps.Check) bool {
			return c.ID == "delivery" && c.Status == steps.Fail && strings.Contains(c.Evidence, "FAILED")
		}) {
			t.Error("no delivery fails")
			l.tell(r)
		}
		l.expect(l.run(t.Context(), l.plan(s), 0), steps.ResultWaiting) // mended, and nothing has come since
		l.expect(l.run(t.Context(), l.plan(s), -1), steps.ResultUnchanged)
	})
	inBubble(t, "mended and waited for", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile)
		l.expect(l.apply(s), steps.ResultVerified)
		l.must(l.admin(archive).DeleteBucketPolicy(t.Context(), "us-east-1", "central-flow-logs"))
		time.Sleep(3 * time.Hour)
		l.expect(l.run(t.Context(), l.plan(s), -1), steps.ResultVerified)
		l.expect(l.apply(s), steps.ResultUnchanged)
	})
}
