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
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
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
			first, _, err := a.Objects(t.Context(), "us-east-1", "payments-flow-logs", "AWSLogs/", "", 1)
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

// However full the bucket is and whenever the newest logs came, three pages of listings for each flow log find them.
func TestThreePagesOfListingsAtMost(t *testing.T) {
	one := func(l *lab) string {
		vpcs, err := l.admin(payments).VPCs(l.Context(), "us-east-1")
		l.must(err)
		return strings.Replace(perAccountFile, "regions: [us-east-1]", "regions: [us-east-1], vpcs: ["+vpcs[0].ID+"]", 1)
	}
	for _, c := range []struct {
		name    string
		file    func(*lab) string
		later   time.Duration // than midnight
		stopped bool          // the flow logs fail since then
		logs    int           // flow logs of the set-up that have something to log
	}{
		{"one VPC", one, 9 * time.Hour, false, 1},
		{"one VPC, under a prefix", func(l *lab) string {
			return strings.Replace(one(l), "payments-flow-logs\"", "payments-flow-logs/team\"", 1)
		}, 9 * time.Hour, false, 1},
		{"one VPC, just after midnight", one, 24*time.Hour + time.Minute, false, 1},
		{"one VPC that stopped the day before", one, 33 * time.Hour, true, 1},
		{"several VPCs", as(perAccountFile), 9 * time.Hour, false, 2},
		{"several VPCs that stopped the day before", as(perAccountFile), 33 * time.Hour, true, 2},
	} {
		inBubble(t, c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, c.file(l))
			time.Sleep(12 * time.Hour)
			l.expect(l.apply(s), steps.ResultVerified)
			l.beside("payments-flow-logs", func(in *ec2.CreateFlowLogsInput) {
				in.LogDestination = aws.String(strings.TrimSuffix(s.Bucket.ARN, "/"))
				in.DestinationOptions = &ec2types.DestinationOptionsRequest{PerHourPartition: aws.Bool(true)}
			})
			time.Sleep(12 * time.Hour)
			fill := func() {
				stored, err := l.world.Backfill(time.Now().Add(-30*time.Hour), 4)
				l.must(err)
				if stored < 2000 {
					t.Fatalf("only %d objects", stored)
				}
			}
			if c.stopped {
				l.must(l.admin(payments).DeleteBucketPolicy(t.Context(), "us-east-1", "payments-flow-logs"))
				fill()
				time.Sleep(c.later)
			} else {
				time.Sleep(c.later)
				fill()
			}
			l.calls.take(t)
			r, err := l.engine.Prove(t.Context(), s, steps.ProofOptions{MaxAge: 20 * time.Minute})
			l.must(err)
			pages := 0
			for _, call := range l.calls.take(t) {
				if call.Operation == "ListObjectsV2" {
					pages++
				}
			}
			if pages > 3*c.logs {
				t.Errorf("%d pages were read for %d flow logs", pages, c.logs)
			}
			for _, check := range r.Checks {
				if old := strings.Contains(check.Evidence, "33h"); check.ID == "delivery" && strings.Contains(check.Evidence, "_fl-") && ((check.Status == steps.Pass) == c.stopped || old != c.stopped) {
					t.Errorf("%s of %s: %s, %s", check.Status, check.Target, check.Summary, check.Evidence)
				}
			}
		})
	}
}
