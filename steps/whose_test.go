package steps_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// secondFlowLog makes a flow log of another format to the same bucket, as another team would.
func (l *lab) secondFlowLog(bucket string) string {
	l.Helper()
	a := l.admin(payments)
	vpcs, err := a.VPCs(l.Context(), "us-east-1")
	l.must(err)
	ids, err := a.CreateFlowLogs(l.Context(), "us-east-1", awsops.NewFlowLogs{VPCs: []string{vpcs[0].ID}, Traffic: "ALL", Interval: 600,
		Format: flowrecord.Format(flowrecord.DefaultV2...), Destination: "arn:aws:s3:::" + bucket})
	l.must(err)
	return ids[0]
}

func (l *lab) hasFlowLog(id string) bool {
	l.Helper()
	logs, err := l.admin(payments).FlowLogs(l.Context(), "us-east-1")
	l.must(err)
	return slices.ContainsFunc(logs, func(f awsops.FlowLog) bool { return f.ID == id })
}

// Only what this set-up had to replace is deleted, not what somebody added beside it later.
func TestFlowLogsThatWereNotReplacedStay(t *testing.T) {
	inBubble(t, "added later", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, perAccountFile, "regions: [us-east-1]", "regions: [us-east-1], delete_replaced: true")
		l.expect(l.apply(s), steps.ResultVerified)
		other := l.secondFlowLog("payments-flow-logs")
		l.expect(l.apply(s), steps.ResultUnchanged)
		if !l.hasFlowLog(other) {
			t.Error("the flow log of somebody else was deleted")
		}
	})
}

// A plan shows the deletion of what an earlier run replaced and left.
func TestPlanShowsTheDeletionOfWhatWasReplaced(t *testing.T) {
	inBubble(t, "later", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		l.must(l.admin(payments).CreateBucket(t.Context(), awsops.NewBucket{Name: "payments-flow-logs", Region: "us-east-1"}))
		old := l.secondFlowLog("payments-flow-logs")
		s := setup(t, perAccountFile)
		l.expect(l.apply(s), steps.ResultVerified)
		s.FlowLogs.DeleteReplaced = true
		if p := l.plan(s); p.Changes() != 1 || !slices.ContainsFunc(p.Steps, func(st steps.PlannedStep) bool {
			return st.Change == steps.ChangeDelete && strings.Contains(st.Summary, old)
		}) {
			t.Errorf("the plan does not show that %s is deleted: %d changes", old, p.Changes())
		}
		if r := l.verify(s); r.Status != steps.ReportVerified {
			t.Errorf("verify says %s", r.Status)
			l.tell(r)
		}
		l.expect(l.apply(s), steps.ResultVerified)
		if l.hasFlowLog(old) {
			t.Error("the replaced flow log is still there")
		}
		l.expect(l.apply(s), steps.ResultUnchanged)
	})
}

// A flow log that another set-up made is never deleted, though this one cannot use it; whose it is is said.
func TestFlowLogsOfAnotherSetupStay(t *testing.T) {
	for name, write := range map[string]struct{ file, narrow, all string }{
		"to a bucket":    {perAccountFile, "flow_logs: {traffic: REJECT, ", "flow_logs: {"},
		"to a log group": {strings.Replace(groupFile, "regions: [us-east-1, eu-west-1]", "regions: [us-east-1]", 1), "flow_logs:\n  traffic: REJECT", "flow_logs:"},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			if name == "to a bucket" {
				l.must(l.admin(payments).CreateBucket(t.Context(), awsops.NewBucket{Name: "payments-flow-logs", Region: "us-east-1"}))
			}
			theirs := setup(t, strings.Replace(write.file, write.all, write.narrow, 1))
			ours := setup(t, strings.NewReplacer("payments-logs", "our-logs", "payments-groups", "our-groups").Replace(write.file))
			ours.FlowLogs.DeleteReplaced = true
			l.expect(l.apply(theirs), steps.ResultVerified)
			before := flowLogsOf(l, payments)
			p := l.plan(ours)
			said := strings.Join(p.Warnings, "\n")
			for _, st := range p.Steps {
				said += strings.Join(st.Notes, "\n")
			}
			if !strings.Contains(said, "which set-up "+theirs.Name+" made, stays") || strings.Contains(said, "is replaced") {
				t.Errorf("whose they are is not said: %s", said)
			}
			r := l.run(t.Context(), p, time.Minute)
			l.expect(r, steps.ResultVerified)
			l.expect(l.apply(ours), steps.ResultUnchanged)
			for _, f := range before {
				if !l.hasFlowLog(f.ID) {
					t.Errorf("flow log %s of set-up %s was deleted", f.ID, f.Tags[steps.TagSetup])
				}
			}
			if len(before) == 0 || len(flowLogsOf(l, payments)) != 2*len(before) {
				t.Errorf("%d before, %d now", len(before), len(flowLogsOf(l, payments)))
			}
		})
	}
}

// One list of VPCs for all accounts names each in the account that has it.
func TestOneListOfVPCsForSeveralAccounts(t *testing.T) {
	inBubble(t, "list", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		var ids []string
		for _, account := range []string{payments, "222233334444"} {
			vpcs, err := l.admin(account).VPCs(t.Context(), "us-east-1")
			l.must(err)
			ids = append(ids, vpcs[0].ID)
		}
		s := setup(t, centralFile)
		s.FlowLogs.VPCs = steps.VPCChoice{IDs: ids}
		l.expect(l.apply(s), steps.ResultVerified)
		s.FlowLogs.VPCs.IDs = append(ids, "vpc-0123456789abcdef0")
		if blocked := l.plan(s).Blocked(); len(blocked) == 0 || !strings.Contains(blocked[0].Reason, "vpc-0123456789abcdef0") || strings.Contains(blocked[0].Reason, ids[0]) {
			t.Errorf("blocked is %+v", blocked)
		}
	})
}

// A VPC that another account shares with this one is logged by its owner.
func TestSharedVPCsAreLeftToTheirOwner(t *testing.T) {
	inBubble(t, "shared", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		vpcs, err := l.admin(payments).VPCs(t.Context(), "us-east-1")
		l.must(err)
		shared := vpcs[0].ID
		l.behind(func(operation string, send func() (*http.Response, error)) (*http.Response, error) {
			r, err := send()
			if operation != "DescribeVpcs" {
				return r, err
			}
			return edited(r, err, func(text string) string {
				items := strings.Split(text, "</item><item>")
				for i, item := range items {
					if strings.Contains(item, shared) {
						items[i] = strings.Replace(item, "<ownerId>"+payments, "<ownerId>999900001111", 1)
					}
				}
				return strings.Join(items, "</item><item>")
			})
		})
		s := setup(t, perAccountFile)
		p := l.plan(s)
		for _, st := range p.Steps {
			if st.Step == steps.StepFlowLogs && strings.Contains(*st.After, shared) {
				t.Errorf("a flow log is planned for the VPC of another account: %s", *st.After)
			}
		}
		if !slices.ContainsFunc(p.Warnings, func(w string) bool { return strings.Contains(w, shared) && strings.Contains(w, "999900001111") }) {
			t.Errorf("nothing is said of the shared VPC: %v", p.Warnings)
		}
		l.expect(l.apply(s), steps.ResultVerified)
		s.FlowLogs.VPCs = steps.VPCChoice{IDs: []string{shared}}
		if blocked := l.plan(s).Blocked(); len(blocked) == 0 || !strings.Contains(blocked[0].Reason, "999900001111") {
			t.Errorf("blocked is %+v", blocked)
		}
	})
}

// A statement of others that lets the reader in without the external ID is not ours to take out.
func TestTrustThatStaysOpenIsBlocked(t *testing.T) {
	inBubble(t, "root without external ID", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		_, err := l.admin(archive).CreateRole(t.Context(), awsops.NewRole{Name: "ColortokensHubFlowLogsRole",
			Trust: policy.AssumeRoleTrust("arn:aws:iam::999988887777:root", "").String()})
		l.must(err)
		s := setup(t, centralFile)
		l.calls.take(t)
		r := l.apply(s)
		l.expect(r, steps.ResultFailed)
		if r.Failure.Step != steps.StepTrust || !strings.Contains(r.Failure.Cause, "external ID") || !strings.Contains(r.Failure.Fix, "sts:ExternalId") {
			t.Errorf("the failure is %+v", r.Failure)
		}
		for _, c := range l.calls.take(t) {
			if c.Write {
				t.Errorf("%s:%s was called", c.Service, c.Operation)
			}
		}
	})
}

// The key of a bucket that this set-up made stays the one it has, unless the file names another.
func TestKeyOfOwnBucket(t *testing.T) {
	inBubble(t, "set by hand", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile)
		l.expect(l.apply(s), steps.ResultVerified)
		a, key := l.admin(archive), l.flowLogsKey()
		l.must(a.Encrypt(t.Context(), "us-east-1", "central-flow-logs", key))
		l.expect(l.apply(s), steps.ResultVerified)
		b, err := a.Bucket(t.Context(), "central-flow-logs", "us-east-1")
		l.must(err)
		if b.Encryption.Key != key {
			t.Errorf("the bucket encrypts with %q", b.Encryption.Key)
		}
		l.expect(l.apply(s), steps.ResultUnchanged)
	})
}

// Lifecycle rules that somebody added to a bucket of ours stay.
func TestLifecycleRulesOfOthersStay(t *testing.T) {
	inBubble(t, "one more rule", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, strings.Replace(centralFile, "region: us-east-1}", "region: us-east-1, expire_after_days: 30}", 1))
		l.expect(l.apply(s), steps.ResultVerified)
		client := l.s3(archive)
		read := func() []types.LifecycleRule {
			out, err := client.GetBucketLifecycleConfiguration(t.Context(), &s3.GetBucketLifecycleConfigurationInput{Bucket: aws.String("central-flow-logs")})
			l.must(err)
			return out.Rules
		}
		theirs := types.LifecycleRule{ID: aws.String("theirs"), Status: types.ExpirationStatusEnabled,
			Filter: &types.LifecycleRuleFilter{Prefix: aws.String("other/")}, Expiration: &types.LifecycleExpiration{Days: aws.Int32(7)}}
		_, err := client.PutBucketLifecycleConfiguration(t.Context(), &s3.PutBucketLifecycleConfigurationInput{Bucket: aws.String("central-flow-logs"),
			LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: append(read(), theirs)}})
		l.must(err)
		l.expect(l.apply(s), steps.ResultUnchanged)
		s.Bucket.ExpireAfterDays = 60
		l.expect(l.apply(s), steps.ResultVerified)
		days := map[string]int32{}
		for _, r := range read() {
			days[aws.ToString(r.ID)] = aws.ToInt32(r.Expiration.Days)
		}
		if len(days) != 2 || days["theirs"] != 7 || days["flowgrant-expire"] != 60 {
			t.Errorf("the lifecycle rules are %v", days)
		}
		s.Bucket.ExpireAfterDays = 0
		if p := l.plan(s); !slices.ContainsFunc(p.Steps, func(st steps.PlannedStep) bool {
			return st.Step == steps.StepBucket && strings.Contains(st.Summary, "keep logs")
		}) {
			t.Error("the plan does not say that logs are kept")
		}
		l.expect(l.apply(s), steps.ResultVerified)
		if rules := read(); len(rules) != 1 || aws.ToString(rules[0].ID) != "theirs" {
			t.Errorf("the lifecycle rules are %v", rules)
		}
		l.expect(l.apply(s), steps.ResultUnchanged)
	})
}

// s3 is a client of the SDK in an account, for what awsops does not do.
func (l *lab) s3(account string) *s3.Client {
	key, secret := l.world.Credentials()
	config := aws.Config{Region: "us-east-1", HTTPClient: &http.Client{Transport: l.world}, Credentials: credentials.NewStaticCredentialsProvider(key, secret, "")}
	config.Credentials = stscreds.NewAssumeRoleProvider(sts.NewFromConfig(config), "arn:aws:iam::"+account+":role/OrganizationAccountAccessRole")
	return s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
}

// Two set-ups that share bucket and role: what the reader may read of the other is nothing beyond.
func TestTwoSetupsInOneBucketAreBothProved(t *testing.T) {
	inBubble(t, "one under a prefix", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		one := setup(t, centralFile)
		two := setup(t, centralFile, "name: central-logs", "name: central-two", "central-flow-logs\"", "central-flow-logs/team\"")
		l.expect(l.apply(one), steps.ResultVerified)
		l.expect(l.apply(two), steps.ResultVerified)
		for _, s := range []steps.Setup{one, two} {
			if r := l.verify(s); r.Status != steps.ReportVerified {
				l.tell(r)
				t.Errorf("%s: %s", s.Name, r.Status)
			}
		}
	})
}
